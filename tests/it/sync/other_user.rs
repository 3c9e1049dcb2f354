//! Databases that belong to another user, or whose mode forbids their use.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::cli::{Cli, Scratch};
use crate::support::sync::daily;

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_this_user_may_not_use_is_refused_with_the_reason_and_nothing_is_left() {
    let simulator = daily(3).await;
    let files = Scratch::new();
    set_mode(files.path(), 0o777);
    let path = files.file("videos.db");
    assert_eq!(Cli::on(&simulator, &["sync", &path]).run().code, 0);
    let requests = simulator.requests();
    let refused = |says: &[&str]| {
        let left = files.names();
        for more in [&[][..], &["--dry-run"]] {
            let args = [&["sync", &path], more].concat();
            let ended = Cli::without_root(&args).with(&simulator).run();
            assert_eq!(ended.code, 6, "{}", ended.stderr);
            for says in says.iter().chain(&["hint: "]) {
                assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
            }
            assert!(!ended.stderr.contains("go on with"), "{}", ended.stderr);
            assert_eq!(files.names(), left);
        }
    };
    if Cli::without_root(&["--version"]).run().code > 125 {
        println!("skipped: another user may not run the program");
        return;
    }
    set_mode(&path, 0o444);
    refused(&["videos.db is read-only"]);
    set_mode(&path, 0o000);
    refused(&["cannot read ", "videos.db: permission denied"]);
    set_mode(&path, 0o666);
    for suffix in ["-wal", "-shm", "-lock"] {
        let side = files.file(&format!("videos.db{suffix}"));
        fs::write(&side, "").unwrap();
        for mode in [0o444, 0o000] {
            set_mode(&side, mode);
            refused(&[&format!("videos.db{suffix}: permission denied")]);
        }
        fs::remove_file(side).unwrap();
    }
    assert_eq!(simulator.requests(), requests);
    let ended = Cli::without_root(&["sync", &path]).with(&simulator).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(files.names(), ["videos.db"]);
}
