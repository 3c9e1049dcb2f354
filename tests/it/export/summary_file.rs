//! Where a program may write its summary, and when the file exists.

use std::fs;
use std::path::Path;

use heygen_videos::export::{ExportErrorKind, SummaryFile};

use crate::support::export::{file_names, temp_path, with_suffix};

#[track_caller]
fn assert_refused(summary: &Path, output: &Path, others: &[&Path]) {
    let error = SummaryFile::begin(summary, Some(output), others).unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("would overwrite"), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn the_output_and_its_side_files_are_refused_even_before_they_exist() {
    let (folder, output) = temp_path("videos.jsonl");
    let spelled = folder.path().join(".").join("videos.jsonl");
    for suffix in ["", ".partial", ".checkpoint", ".checkpoint.tmp", ".encoding"] {
        assert_refused(&with_suffix(&output, suffix), &output, &[]);
        assert_refused(&with_suffix(&spelled, suffix), &output, &[]);
    }
    assert_eq!(file_names(&output), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_of_the_export_is_refused() {
    use std::os::unix::fs::symlink;

    let (folder, output) = temp_path("videos.jsonl");
    let summary = folder.path().join("summary.json");
    for suffix in ["", ".partial", ".checkpoint", ".encoding"] {
        let target = with_suffix(&output, suffix);
        symlink(&target, &summary).unwrap();
        assert_refused(&summary, &output, &[]);
        fs::remove_file(&summary).unwrap();

        fs::write(&target, "precious").unwrap();
        fs::hard_link(&target, &summary).unwrap();
        assert_refused(&summary, &output, &[]);
        fs::remove_file(&summary).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
    }
    // The other way round: the output is the link.
    let link = folder.path().join("link.jsonl");
    symlink("summary.json", &link).unwrap();
    assert_refused(&summary, &link, &[]);
}

#[cfg(unix)]
#[test]
fn a_summary_is_refused_at_any_name_of_a_needed_file() {
    use std::os::unix::fs::symlink;

    let (folder, output) = temp_path("videos.jsonl");
    let at = |name: &str| folder.path().join(name);
    // Even a key that looks like a summary.
    fs::write(at("key"), "{\"event\":\"summary\"}").unwrap();
    symlink("key", at("link")).unwrap();
    fs::hard_link(at("key"), at("second")).unwrap();
    for summary in ["key", "link", "second"] {
        assert_refused(&at(summary), &output, &[&at("key")]);
        assert_refused(&at(summary), &output, &[&at("link")]);
    }
    assert_eq!(fs::read_to_string(at("key")).unwrap(), "{\"event\":\"summary\"}");
}

#[cfg(unix)]
#[test]
fn a_link_to_another_file_stays_and_the_summary_keeps_its_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (folder, output) = temp_path("videos.jsonl");
    let (link, target) = (folder.path().join("link"), folder.path().join("summary.json"));
    fs::write(&target, "").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("summary.json", &link).unwrap();
    let file = SummaryFile::begin(&link, Some(&output), &[]).unwrap();
    assert!(!target.exists(), "an older one is removed at the start");
    assert_eq!(file.write("{}").unwrap(), []);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("summary.json"));
    assert_eq!(fs::read_to_string(&target).unwrap(), "{}\n");
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(file_names(&output), ["link", "summary.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn streams_folders_and_devices_are_refused() {
    let (folder, output) = temp_path("videos.jsonl");
    for path in [Path::new("/dev/stdout"), Path::new("/dev/null"), folder.path()] {
        let error = SummaryFile::begin(path, Some(&output), &[]).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Output, "{error}");
    }
}
