//! Exports that are killed at any system call on their files, or in which such a call fails.
//!
//! Each test is skipped where strace is missing or may not trace. With `RUNS=6` each error comes at six
//! places; CI runs two.

use std::fs;
use std::path::Path;
use std::process::Output;

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;
use serde_json::json;

use crate::support::export::{file_names, read, snapshot, temp_path, with_suffix};
use crate::support::soak::count;
use crate::support::strace::{CALLS, export, is_available};
use crate::support::walk::simulator;

/// Six requests: enough for one batch, as the export is quick.
const VIDEOS: u64 = 30;

/// What an undisturbed export writes.
#[track_caller]
fn wanted(simulator: &Simulator, name: &str) -> Vec<u8> {
    let (_folder, path) = temp_path(name);
    let ended = export(simulator, &path, &[], &[]);
    assert!(ended.status.success(), "{ended:?}");
    read(&path)
}

fn new_video(number: u64) -> Video {
    let id = format!("new-{number}");
    serde_json::from_value(json!({ "video_id": id, "created_at": 9_000_000_000_u64 + number }))
        .unwrap()
}

#[track_caller]
fn assert_complete(path: &Path, wanted: &[u8], what: &str) {
    assert!(read(path) == wanted, "{what}");
    let name = path.file_name().unwrap().to_str().unwrap();
    assert_eq!(file_names(path), [name], "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_killed_at_any_system_call_resumes_and_never_delivers_an_older_listing() {
    if !is_available() {
        return;
    }
    let mut kills = 0;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let simulator = simulator(VIDEOS).await;
        for call in CALLS {
            for number in 1.. {
                let at = [format!("{call}:signal=KILL:when={number}")];
                let what = format!("{name} killed at {call} {number}");
                let today = wanted(&simulator, name);
                let (_folder, path) = temp_path(name);
                let ended = export(&simulator, &path, &["--resume"], &at);
                if ended.status.success() {
                    assert_complete(&path, &today, &what);
                    break;
                }
                kills += 1;
                if !path.exists() {
                    let ended = export(&simulator, &path, &["--resume"], &[]);
                    assert!(ended.status.success(), "{what}: {ended:?}");
                    assert_complete(&path, &today, &what);
                    continue;
                }
                // The file has its final name. Remove it in every second case, and change the account.
                assert!(read(&path) == today, "complete or absent: {what}");
                if number % 2 == 0 {
                    fs::remove_file(&path).unwrap();
                }
                simulator.insert(new_video(kills));
                let ended = export(&simulator, &path, &["--resume", "--force"], &[]);
                assert!(ended.status.success(), "{what}: {ended:?}");
                assert_complete(&path, &wanted(&simulator, name), &what);
            }
        }
    }
    println!("{kills} kills");
    assert!(kills > 80, "only {kills} kills");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_killed_where_files_get_other_inodes_resumes_and_leaves_nothing() {
    if !is_available() {
        return;
    }
    let simulator = simulator(VIDEOS).await;
    let mut kills = 0;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let wanted = wanted(&simulator, name);
        // Each of these is the last call before the state of the files changes.
        for call in ["write", "fdatasync", "rename", "renameat2", "ftruncate", "fchmod", "unlink"] {
            for number in 1.. {
                let at = [format!("{call}:signal=KILL:when={number}")];
                let what = format!("{name} killed at {call} {number}");
                let (folder, path) = temp_path(name);
                let ended = export(&simulator, &path, &["--resume"], &at);
                if ended.status.success() {
                    break;
                }
                kills += 1;
                let copy = snapshot(folder.path());
                let path = copy.path().join(name);
                let ended = export(&simulator, &path, &["--resume"], &[]);
                assert!(ended.status.success(), "{what}: {ended:?}");
                assert_complete(&path, &wanted, &what);
            }
        }
    }
    assert!(kills > 25, "only {kills} kills");
}

/// The errors that each call may give on a disk that is full, broken or read-only.
const ERRORS: [(&str, &[&str]); 12] = [
    ("openat", &["EACCES", "ENOSPC", "EMFILE", "EIO"]),
    ("write", &["ENOSPC", "EDQUOT", "EFBIG", "EIO"]),
    ("read", &["EIO"]),
    ("lseek", &["EIO"]),
    ("fsync", &["EIO", "ENOSPC", "EINVAL"]),
    ("fdatasync", &["EIO", "ENOSPC", "EINVAL"]),
    ("ftruncate", &["EIO", "EPERM"]),
    ("rename", &["EACCES", "ENOSPC", "EIO", "EBUSY"]),
    ("renameat2", &["EACCES", "ENOSPC", "EINVAL", "ENOSYS"]),
    ("unlink", &["EACCES", "EIO", "EROFS"]),
    ("fchmod", &["EPERM", "EIO", "EROFS"]),
    ("flock", &["ENOSYS", "EOPNOTSUPP", "ENOLCK", "EIO"]),
];

/// Asserts that a failed run printed why it failed and kept the old file.
#[track_caller]
fn assert_clear_failure(ended: &Output, path: &Path, what: &str) {
    let said = String::from_utf8_lossy(&ended.stderr);
    let code = ended.status.code();
    assert!(matches!(code, Some(1 | 2 | 5 | 6 | 7)), "{what}: {code:?} {said}");
    assert!(said.starts_with("error: "), "{what}: {said}");
    assert_eq!(fs::read(path).ok().as_deref(), Some(&b"old"[..]), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_system_call_may_fail_and_the_export_is_complete_or_says_why_and_resumes() {
    if !is_available() {
        return;
    }
    let simulator = simulator(VIDEOS).await;
    let (mut failed, mut completed) = (0, 0);
    let places = count("RUNS", 2) as usize;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let wanted = wanted(&simulator, name);
        for (call, errors) in ERRORS {
            for error in errors {
                for when in ["2", "1+", "1", "3", "2+", "3+"].into_iter().take(places) {
                    let at = [format!("{call}:error={error}:when={when}")];
                    let what = format!("{name}, {}", at[0]);
                    let (_folder, path) = temp_path(name);
                    fs::write(&path, "old").unwrap();
                    let ended = export(&simulator, &path, &["--resume", "--force"], &at);
                    if ended.status.success() {
                        completed += 1;
                        assert!(read(&path) == wanted, "{what}");
                    } else {
                        failed += 1;
                        // If the folder could not be synced, the file may have its name already.
                        if fs::read(&path).is_ok_and(|found| found == b"old") {
                            assert_clear_failure(&ended, &path, &what);
                        }
                    }
                    let ended = export(&simulator, &path, &["--resume", "--force"], &[]);
                    assert!(ended.status.success(), "{what}: {ended:?}");
                    assert_complete(&path, &wanted, &what);
                }
            }
        }
    }
    println!("{failed} runs failed, {completed} completed");
    assert!(failed > 40 && completed > 40, "{failed} failed, {completed} completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_operation_that_the_file_system_does_not_support_is_a_warning() {
    if !is_available() {
        return;
    }
    let simulator = simulator(VIDEOS).await;
    let all = |call: &str, error: &str| format!("{call}:error={error}:when=1+");
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let wanted = wanted(&simulator, name);
        for (inject, says) in [
            (vec![all("flock", "ENOSYS")], "cannot lock"),
            (vec![all("flock", "EOPNOTSUPP")], "cannot lock"),
            (vec![all("flock", "ENOLCK")], "cannot lock"),
            (vec![all("fsync", "EINVAL")], "cannot sync"),
            (vec![all("fsync", "EINVAL"), all("fdatasync", "EINVAL")], "cannot sync"),
            (vec![all("fchmod", "EPERM")], "did not let the mode"),
            (vec![all("renameat2", "EINVAL")], ""),
            (vec![all("renameat2", "ENOSYS"), all("linkat", "EPERM")], ""),
        ] {
            let what = format!("{name}, {inject:?}");
            let (_folder, path) = temp_path(name);
            let ended = export(&simulator, &path, &[], &inject);
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{what}: {said}");
            assert!(said.contains(says), "{what}: {said}");
            assert_complete(&path, &wanted, &what);
            // Without `--force` a second run does not replace the file, whichever renaming call remains.
            let ended = export(&simulator, &path, &[], &inject);
            assert!(!ended.status.success(), "{what}");
            assert_complete(&path, &wanted, &what);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_is_private_before_it_gets_its_mode() {
    use std::os::unix::fs::PermissionsExt;

    if !is_available() {
        return;
    }
    let (_folder, path) = temp_path("videos.jsonl");
    fs::write(&path, "old").unwrap();
    // No mode can be set, so the new file keeps the one with which it was created.
    let inject = ["fchmod:error=EPERM".to_owned()];
    let ended = export(&simulator(VIDEOS).await, &path, &["--force"], &inject);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_ne!(fs::read(&path).unwrap(), b"old");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_that_is_full_from_the_start_leaves_no_file() {
    if !is_available() {
        return;
    }
    let simulator = simulator(VIDEOS).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let (_folder, path) = temp_path(name);
        let ended = export(&simulator, &path, &["--resume"], &["write:error=ENOSPC".into()]);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(6), "{said}");
        assert!(said.contains("nothing was saved yet") && !said.contains("kept"), "{said}");
        let checkpoint = with_suffix(&path, ".checkpoint");
        assert!(said.contains(&format!("cannot write {}", checkpoint.display())), "{said}");
        assert_eq!(file_names(&path), [""; 0]);
    }
}
