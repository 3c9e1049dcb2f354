use std::fs;

use super::*;
use crate::client::Client;

const HOUR: i64 = 3600;

/// Plans a resume with this title and a limit of one hour. The unfinished export has the title
/// "same", was started `age` seconds ago, and its partial file has lost `lost` bytes.
fn plan(age: i64, title: &str, lost: u64) -> Result<Plan, ExportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videos.jsonl");
    let files = SideFiles::of(&path);
    let query = |title: &str| Client::new("a-key").unwrap().videos().title(title);
    let identity = |title: &str| ExportIdentity::new(&query(title), None, false, false);
    fs::write(&files.partial, "{}\n").unwrap();
    let cursor = query("same").pages().cursor();
    let mut saved = Checkpoint::first(identity("same"), cursor, unix_now() - age, None);
    (saved.bytes, saved.spool) = (3 + lost, FileId::at(&files.partial));
    saved.store(&files).unwrap();
    let at = Preflight {
        path,
        files,
        existing: Existing::Resume,
        force: false,
        identity: identity(title),
        key_rotated: false,
        max_age: Duration::from_secs(HOUR.unsigned_abs()),
        private: false,
    };
    at.check(None)
}

#[test]
fn the_age_of_an_unfinished_export_is_checked_before_its_settings_and_its_length() {
    for (title, lost) in [("same", 0), ("other", 0), ("same", 1)] {
        for age in [0, HOUR / 2] {
            let plan = plan(age, title, lost);
            match (title, lost) {
                ("same", 0) => assert!(matches!(plan, Ok(Plan::Resume(..))), "{plan:?}"),
                _ => assert_eq!(plan.unwrap_err().kind(), ExportErrorKind::Mismatch),
            }
        }
        // The age of an export that was started in the future is unknown.
        for age in [HOUR, 400 * 24 * HOUR, -HOUR] {
            let plan = plan(age, title, lost);
            let Ok(Plan::Replace { warning: Some(warning), .. }) = &plan else {
                panic!("{title} {lost} {age}: {plan:?}")
            };
            assert_eq!(warning.as_str(), "too_old");
        }
    }
}
