//! `tap`: writes the videos as Singer messages to stdout.

use std::fs;
use std::io::Write;
use std::path::Path;

use heygen_videos::export::{Event, ExportError, Format, StopHandle};
use heygen_videos::tap::{Catalog, Tap, TapConfig, TapState};
use serde_json::{Value, json};

use crate::cli::TapArgs;
use crate::connect::Connection;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key::{self, Key};
use crate::output::{EscapingWriter, NoticeLog, tap_summary_line, warning_line};
use crate::signals::Watch;

pub(crate) async fn run(mut args: TapArgs, watch: Watch, env: &mut Env) -> Result<Exit, Failure> {
    env.stdout.check().map_err(|error| Failure::stdout(&error))?;
    if args.discover {
        return print(&Catalog::discover(), env);
    }
    if args.about {
        return print(&about(), env);
    }
    let config = read(args.config.as_deref(), "config", TapConfig::from_json)?;
    let state = read(args.state.as_deref(), "state", TapState::from_json)?;
    let catalog = read(args.catalog.as_deref(), "catalog", Catalog::from_json)?;
    let key = apply(&config, &mut args, env)?;
    let connection = Connection::open_with(&args.account, &args.filters, key, env).await?;
    let stop = StopHandle::new();
    let query = connection.query(&args.filters, &args.account);
    let out: Box<dyn Write + Send> = match env.stdout.is_terminal {
        true => Box::new(EscapingWriter::new(env.stdout.clone(), Format::Jsonl)),
        false => Box::new(env.stdout.clone()),
    };
    let mut tap =
        Tap::new(query, out).configure(&config).catalog(catalog).state(state).stop(stop.clone());
    if let Some(name) = args.account.demo_name() {
        tap = tap.server_name(name);
    }
    let mut stderr = env.stderr.clone();
    watch.stop_on_first(
        move || stop.stop(),
        move || stderr.say("stopping after a last STATE message; a second signal quits at once"),
    );
    let _listening = NoticeLog::listen(env);
    let mut log = env.stderr.clone();
    let result = tap
        .run(move |event| {
            if let Event::Warning { warning, .. } = event {
                log.say(warning_line(warning));
            }
        })
        .await;
    let signal = watch.signal();
    let summary = result.map_err(|error| failed(&error, &connection).also(signal))?;
    if !env.is_quiet {
        env.say(tap_summary_line(&summary, connection.key_source()));
    }
    Ok(Exit::of_run(summary.outcome, signal))
}

/// Takes from the config what the options do not set. Returns the key of the config.
fn apply(config: &TapConfig, args: &mut TapArgs, env: &mut Env) -> Result<Option<Key>, Failure> {
    let TapArgs { filters, account, .. } = args;
    let text = |value: Option<&str>| value.map(str::to_owned);
    filters.folder_id = filters.folder_id.take().or_else(|| text(config.folder_id()));
    filters.title = filters.title.take().or_else(|| text(config.title()));
    if account.demo.is_some() {
        return Ok(None);
    }
    account.base_url = account.base_url.take().or_else(|| text(config.api_url()));
    if account.api_key_file.is_some() {
        return Ok(None);
    }
    if let Some(path) = config.api_key_file() {
        return key::from_file(path, "'api_key_file' in the config", env).map(Some);
    }
    let key = |text: &str| Key { text: text.to_owned(), source: "the config".to_owned() };
    Ok(config.api_key().map(key))
}

/// Reads a file of the tap; without one, the default value.
fn read<T: Default>(
    path: Option<&Path>,
    what: &'static str,
    parse: impl FnOnce(&str) -> Result<T, ExportError>,
) -> Result<T, Failure> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("--{what}: {} cannot be read: {error}", path.display()))
    })?;
    parse(&text).map_err(|error| {
        let failure = Failure::of_export(&error);
        let message = format!("--{what}: {}: {}", path.display(), failure.message);
        Failure { message, ..failure }
    })
}

fn failed(error: &ExportError, connection: &Connection) -> Failure {
    let failure = match error.api() {
        Some(_) => connection.failed_export(error),
        None => Failure::of_export(error),
    };
    if failure.exit != Exit::Incomplete {
        return failure;
    }
    let go_on = "give the last STATE with --state to go on from there";
    let hint = match failure.hint {
        Some(hint) => format!("{hint}; {go_on}"),
        None => go_on.to_owned(),
    };
    // There is no --resume, so no command to resume is shown.
    Failure { hint: Some(hint), resumable: false, ..failure }
}

fn print(text: &str, env: &mut Env) -> Result<Exit, Failure> {
    writeln!(env.stdout, "{text}")
        .and_then(|()| env.stdout.flush())
        .map_err(|error| Failure::stdout(&error))?;
    Ok(Exit::Complete)
}

/// The description of the tap, with the names that the Singer SDK uses.
fn about() -> String {
    let settings: Value = serde_json::from_str(&TapConfig::schema()).unwrap_or_default();
    let about = json!({
        "name": "tap-heygen",
        "version": env!("CARGO_PKG_VERSION"),
        "description": env!("CARGO_PKG_DESCRIPTION"),
        "capabilities": ["about", "activate-version", "catalog", "discover", "properties", "state"],
        "settings": settings,
    });
    format!("{about:#}")
}
