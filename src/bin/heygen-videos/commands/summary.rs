//! The summary file of a run of `export` or `sync`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use heygen_videos::export::{ExportError, SummaryFile, Warning};
use serde_json::{Value, json};

use crate::cli::AccountArgs;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key;
use crate::output::failure_json;

/// Starts the summary file, if there is one. `output` and `others` are files of the command.
pub(super) fn begin_summary(
    path: Option<&Path>,
    output: Option<&Path>,
    others: &[PathBuf],
    account: &AccountArgs,
    env: &Env,
) -> Result<Option<SummaryFile>, Failure> {
    let Some(path) = path else { return Ok(None) };
    if path == Path::new("-") {
        return Err(Failure::usage("--summary-file cannot be stdout")
            .hint("give a file, or use --progress json, which writes the summary to stderr"));
    }
    let key_files: Vec<_> = key::files(account.api_key_file.as_deref(), env).collect();
    let others: Vec<_> = key_files.iter().chain(others).map(PathBuf::as_path).collect();
    SummaryFile::begin(path, output, &others).map(Some).map_err(|error| Failure::of_export(&error))
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

/// Replaces the summary of an earlier run with the failure of arguments that cannot be run, because
/// it would be taken for the summary of this run. No other file is written.
pub(crate) fn note_wrong_usage(args: &[OsString], failure: &Failure) {
    let Some(path) = named_summary_file(args).filter(|path| path.is_file()) else { return };
    // A file that is not a summary is refused. The failure is reported on stderr anyway.
    if let Ok(file) = SummaryFile::begin(path, None, &[]) {
        let _ = file.write(failure_json(failure));
    }
}

/// The summary file that the arguments name, even if they cannot be parsed.
fn named_summary_file(args: &[OsString]) -> Option<PathBuf> {
    let option = "--summary-file";
    let next = args.windows(2).find(|pair| pair[0] == option).map(|pair| PathBuf::from(&pair[1]));
    let joined = || {
        let mut values = args.iter().filter_map(|arg| arg.to_str()?.strip_prefix(option));
        values.find_map(|value| value.strip_prefix('=')).map(PathBuf::from)
    };
    next.or_else(joined)
}

/// Writes the failure of a run to its summary file.
pub(super) fn note_failure(
    result: Result<Exit, Failure>,
    file: Option<&SummaryFile>,
) -> Result<Exit, Failure> {
    result.inspect_err(|failure| {
        if let Some(file) = file {
            // If the summary cannot be written either, still report only the failure of the run.
            let _ = file.write(failure_json(failure));
        }
    })
}
