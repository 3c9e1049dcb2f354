//! What the commands `export` and `sync` share.

use std::path::{Path, PathBuf};

use heygen_videos::export::{ExportError, SummaryFile, Warning};
use serde_json::{Value, json};

use crate::cli::{AccountArgs, ProgressMode};
use crate::env::Env;
use crate::failure::Failure;
use crate::key;

/// Rejects a summary file that would be stdout.
pub(super) fn refuse_summary_on_stdout(path: Option<&Path>) -> Result<(), Failure> {
    if path == Some(Path::new("-")) {
        return Err(Failure::usage("--summary-file cannot be stdout")
            .hint("give a file, or use --progress json, which writes the summary to stderr"));
    }
    Ok(())
}

/// Starts the summary file, if there is one. `output` and `others` are files of the command.
pub(super) fn begin_summary(
    path: Option<&Path>,
    output: Option<&Path>,
    others: &[PathBuf],
    account: &AccountArgs,
    env: &Env,
) -> Result<Option<SummaryFile>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let key_files = [account.api_key_file.clone(), key::credentials(env).ok().flatten()];
    let others = key_files.iter().flatten().chain(others);
    let others: Vec<_> = others.map(PathBuf::as_path).collect();
    SummaryFile::begin(path, output, &others).map(Some).map_err(|error| failed_summary(&error))
}

/// Writes the summary to its file. Warnings about the file are added to the summary, and it is
/// written again.
pub(super) fn write_summary(
    file: &SummaryFile,
    json: &mut Value,
) -> Result<Vec<Warning>, ExportError> {
    let warnings = file.write(&*json)?;
    if let Some(listed) = json["warnings"].as_array_mut().filter(|_| !warnings.is_empty()) {
        listed.extend(warnings.iter().map(|warning| json!(warning)));
        file.write(&*json)?;
    }
    Ok(warnings)
}

pub(super) fn failed_summary(error: &ExportError) -> Failure {
    let failure = Failure::of_export(error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// How to show progress. `--quiet` does not turn off JSON events, because a program reads them.
pub(super) fn progress_mode(asked: ProgressMode, env: &Env) -> ProgressMode {
    match asked {
        ProgressMode::Json => ProgressMode::Json,
        _ if env.is_quiet => ProgressMode::None,
        mode => mode,
    }
}
