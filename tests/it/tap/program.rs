//! The command `tap`: its output, its exit codes, its signals, and kills.

use std::fs;
use std::io::{BufRead, BufReader, Read, pipe};
use std::process::ChildStdout;
use std::time::Duration;

use heygen_videos::Video;
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::tap::Catalog;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Scratch};
use crate::support::soak::{count, seed};
use crate::support::tap::{Messages, Target};
use crate::support::walk::{eventually, simulator, start};

/// Writes a config for this simulator and returns its path.
fn config(simulator: &Simulator, files: &Scratch) -> String {
    let path = files.file("config.json");
    let config = json!({ "api_key": Simulator::API_KEY, "api_url": simulator.base_url() });
    fs::write(&path, config.to_string()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn stdout_has_only_messages_and_stderr_the_log() {
    let (simulator, files) = (simulator(250).await, Scratch::new());
    let config = config(&simulator, &files);
    let ended = Cli::new(&["tap", "--config", &config]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let messages = Messages::parse(&ended.stdout);
    assert_eq!(messages.ids(), simulator.ids());
    assert!(ended.stderr.starts_with("250 videos sent in "), "{}", ended.stderr);
    assert!(ended.stderr.contains("key from the config"), "{}", ended.stderr);
    let quiet = Cli::new(&["tap", "-q", "-c", &config]).run();
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));

    let state = files.file("state.json");
    let values = messages.of_type("STATE");
    fs::write(&state, values[values.len() - 1]["value"].to_string()).unwrap();
    let before = simulator.requests();
    let zero = json!({ "api_key": Simulator::API_KEY, "api_url": simulator.base_url(),
        "look_back": "0s" });
    fs::write(&config, zero.to_string()).unwrap();
    let again = Cli::new(&["tap", "-c", &config, "-s", &state]).run();
    assert_eq!((again.code, simulator.requests() - before), (0, 1), "{}", again.stderr);
    assert_eq!(Messages::parse(&again.stdout).records().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_needs_neither_a_key_nor_a_network() {
    let ended = Cli::new(&["tap", "--discover"]).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(Catalog::from_json(&ended.stdout).unwrap().is_selected());
    // Meltano gives the config, even before there is a key in it.
    let files = Scratch::new();
    let path = files.file("config.json");
    fs::write(&path, "{}").unwrap();
    let with_config = Cli::new(&["tap", "--config", &path, "-d"]).run();
    assert_eq!(with_config.stdout, ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn about_describes_the_settings_and_version_prints_the_version() {
    let ended = Cli::new(&["tap", "--about"]).run();
    let about: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    for name in ["api_key", "start_date", "look_back", "api_url"] {
        assert!(about["settings"]["properties"][name].is_object(), "{name}");
    }
    let ended = Cli::new(&["tap", "--version"]).run();
    assert!(ended.stdout.trim_end().ends_with(env!("CARGO_PKG_VERSION")), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_selects_by_either_name_of_its_option() {
    let (simulator, files) = (simulator(3).await, Scratch::new());
    let path = files.file("catalog.json");
    let mut catalog: Value = serde_json::from_str(&Catalog::discover()).unwrap();
    catalog["streams"][0]["metadata"][0]["metadata"]["selected"] = json!(false);
    fs::write(&path, catalog.to_string()).unwrap();
    for option in ["--catalog", "--properties"] {
        let ended = Cli::on(&simulator, &["tap", option, &path]).run();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(Messages::parse(&ended.stdout).records().len(), 0);
        assert!(ended.stderr.contains("warning: the catalog does not select"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_state_is_refused_before_the_first_request() {
    let (simulator, files) = (simulator(3).await, Scratch::new());
    let path = files.file("state.json");
    for empty in ["", "\n"] {
        fs::write(&path, empty).unwrap();
        let ended = Cli::on(&simulator, &["tap", "--state", &path]).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("the state is empty"), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: give the last state"), "{}", ended.stderr);
    }
    assert_eq!(simulator.requests(), 0);
    fs::write(&path, "{}").unwrap();
    assert_eq!(Cli::on(&simulator, &["tap", "--state", &path]).run().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bookmark_of_another_field_exits_with_7() {
    let (simulator, files) = (simulator(3).await, Scratch::new());
    let path = files.file("state.json");
    let run = |bookmark: Value| {
        let state = json!({ "bookmarks": { "videos": bookmark } });
        fs::write(&path, state.to_string()).unwrap();
        Cli::on(&simulator, &["tap", "--state", &path]).run()
    };
    let ended = run(json!({ "updated_at": "2026-11-24T08:00:00Z" }));
    assert_eq!((ended.code, ended.stdout.as_str()), (7, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("its bookmark has no created_at"), "{}", ended.stderr);
    assert_eq!(simulator.requests(), 0);
    for bookmark in [json!({}), json!({ "replication_key": "created_at" })] {
        assert_eq!(run(bookmark).code, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_not_kept_are_a_warning_on_stderr() {
    let (simulator, files) = (simulator(0).await, Scratch::new());
    for (id, views) in [("a", json!("many")), ("b", json!("few")), ("c", json!(1))] {
        let video = json!({ "video_id": id, "created_at": 1_795_000_000, "views": views });
        simulator.insert(serde_json::from_value::<Video>(video).unwrap());
    }
    let path = files.file("catalog.json");
    let mut catalog: Value = serde_json::from_str(&Catalog::discover()).unwrap();
    catalog["streams"][0]["schema"]["properties"]["views"] = json!({ "type": ["null", "integer"] });
    fs::write(&path, catalog.to_string()).unwrap();
    let ended = Cli::on(&simulator, &["tap", "--catalog", &path, "--page-size", "1"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let warnings: Vec<_> = ended.stderr.matches("warning: some values of 'views'").collect();
    assert_eq!(warnings.len(), 1, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_after_a_state_exits_with_5_and_before_it_with_its_own_code() {
    let (simulator, files) = (simulator(250).await, Scratch::new());
    let config = config(&simulator, &files);
    let args = ["tap", "--config", &config, "--max-wait", "0s"];
    simulator.script_at(2, Fault::Status(500));
    let ended = Cli::new(&args).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("give the last STATE with --state"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--resume"), "{}", ended.stderr);
    let mut target = Target::default();
    target.load(&Messages::parse(&ended.stdout));
    assert_eq!(target.rows.len(), 100);
    simulator.script(Fault::Status(500));
    assert_eq!(Cli::new(&args).run().code, 1);
    let refused = Cli::new(&["tap", "--base-url", &simulator.base_url()])
        .env("HEYGEN_API_KEY", "canary-key")
        .run();
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(!refused.stderr.contains("canary"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_gone_exits_with_141() {
    let (simulator, files) = (simulator(5_000).await, Scratch::new());
    let config = config(&simulator, &files);
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let ended = Cli::new(&["tap", "-c", &config]).stdout_to(writer).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (141, ""));
    assert_eq!(simulator.requests(), 0);
    let mut running = Cli::new(&["tap", "-c", &config]).spawn();
    let mut stdout = running.child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1_000]).unwrap();
    drop(stdout);
    assert_eq!(running.ended().code, 141);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_with_a_state_to_continue_from() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let builder = Simulator::builder().videos(600).latency(Duration::from_millis(5));
        let (simulator, files) = (start(builder).await, Scratch::new());
        let config = config(&simulator, &files);
        let running = Cli::new(&["tap", "--config", &config, "--page-size", "10"]).spawn();
        eventually(|| simulator.requests() >= 10).await;
        running.signal(signal);
        let ended = running.ended();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let mut target = Target::default();
        target.load(&Messages::parse(&ended.stdout));
        let state = files.file("state.json");
        fs::write(&state, target.state.as_ref().unwrap().to_string()).unwrap();
        let before = simulator.requests();
        let rest = Cli::new(&["tap", "--config", &config, "--state", &state]).run();
        assert_eq!(rest.code, 0, "{}", rest.stderr);
        // The rest has pages of 100, and the walk that follows has all six again.
        assert!((7..=12).contains(&(simulator.requests() - before)));
        target.load(&Messages::parse(&rest.stdout));
        assert_eq!(target.rows.len(), 600);
    }
}

/// Reads whole lines until this many bytes were read.
fn read_some(stdout: ChildStdout, bytes: usize) -> String {
    let (mut reader, mut text) = (BufReader::new(stdout), String::new());
    while text.len() < bytes && reader.read_line(&mut text).unwrap() > 0 {}
    let end = text.rfind('\n').map_or(0, |end| end + 1);
    text.truncate(end);
    text
}

/// `RUNS=2000 cargo test --release --features cli --test it -- --nocapture tap::program::killed`
/// kills more runs.
#[tokio::test(flavor = "multi_thread")]
async fn killed_runs_lose_no_video() {
    let (seed, runs) = (seed(), count("RUNS", 4));
    let mut rng = fastrand::Rng::with_seed(seed);
    let (simulator, files) = (simulator(300).await, Scratch::new());
    let (config, state) = (config(&simulator, &files), files.file("state.json"));
    let (mut kills, mut wanted) = (0, simulator.ids());
    wanted.sort();
    for _ in 0..runs {
        let _ = fs::remove_file(&state);
        let mut target = Target::default();
        loop {
            let mut args = vec!["tap", "-q", "-c", &config, "--page-size", "2"];
            if target.state.is_some() {
                args.extend(["--state", &state]);
            }
            let mut running = Cli::new(&args).spawn();
            let stdout = running.child.stdout.take().unwrap();
            let text = read_some(stdout, rng.usize(..200_000));
            let is_complete = running.child.try_wait().unwrap().is_some_and(|s| s.success());
            running.child.kill().unwrap();
            drop(running);
            target.load(&Messages::parse(&text));
            if let Some(saved) = &target.state {
                fs::write(&state, saved.to_string()).unwrap();
            }
            if is_complete {
                break;
            }
            kills += 1;
        }
        assert!(target.rows.keys().eq(&wanted), "repeat with SEED={seed}");
    }
    println!("SEED={seed} RUNS={runs}: {kills} kills");
}
