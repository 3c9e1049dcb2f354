//! The access control list of a file that an export or a summary replaces.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use heygen_videos::export::SummaryFile;
use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::io::Errno;

use crate::support::export::{export, run, temp_path};
use crate::support::walk::simulator;

const OF_FILE: &str = "system.posix_acl_access";
/// The list that a folder gives to new files.
const FOR_NEW_FILES: &str = "system.posix_acl_default";

/// A list in the form of the system: everything for the owner, reading and writing for one user, and
/// nothing for the owning group and for everyone else.
fn list() -> Vec<u8> {
    let none = u32::MAX;
    let entries = [(1, 6, none), (2, 6, 4321), (4, 0, none), (0x10, 6, none), (0x20, 0, none)];
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, access, id) in entries {
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend(u16::to_le_bytes(access));
        bytes.extend(u32::to_le_bytes(id));
    }
    bytes
}

/// Sets a list; false if the file system has none.
#[track_caller]
fn set_list(path: &Path, name: &str) -> bool {
    match setxattr(path, name, &list(), XattrFlags::empty()) {
        Err(Errno::OPNOTSUPP) => {
            println!("skipped: the file system has no access control lists");
            false
        }
        set => set.is_ok(),
    }
}

fn list_of(path: &Path) -> Option<Vec<u8>> {
    let mut list = vec![0; 1 << 10];
    let length = getxattr(path, OF_FILE, &mut list).ok()?;
    list.truncate(length);
    Some(list)
}

#[track_caller]
fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_replaced_file_keeps_its_access_control_list() {
    let simulator = simulator(5).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let (_folder, path) = temp_path(name);
        File::create(&path).unwrap();
        if !set_list(&path, OF_FILE) {
            return;
        }
        assert_eq!(mode(&path), 0o660, "the group bits show what the list allows at most");
        run(export(simulator.client().videos(), &path).force(true)).await.unwrap();
        assert_eq!((list_of(&path), mode(&path)), (Some(list()), 0o660));
        // An export with presigned URLs is private.
        run(export(simulator.client().videos(), &path).force(true).keep_urls(true)).await.unwrap();
        assert_eq!(mode(&path), 0o600);
    }
}

#[tokio::test]
async fn a_replaced_file_without_a_list_does_not_get_that_of_its_folder() {
    let simulator = simulator(5).await;
    let (folder, path) = temp_path("videos.jsonl");
    File::create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    if !set_list(folder.path(), FOR_NEW_FILES) {
        return;
    }
    run(export(simulator.client().videos(), &path).force(true)).await.unwrap();
    assert_eq!((list_of(&path), mode(&path)), (None, 0o660));
    // A file that replaces none does get it.
    let path = folder.path().join("new.jsonl");
    run(export(simulator.client().videos(), &path)).await.unwrap();
    assert!(list_of(&path).is_some());
}

#[test]
fn a_summary_keeps_the_access_control_list_of_the_older_one() {
    let (_folder, path) = temp_path("summary.json");
    File::create(&path).unwrap();
    if set_list(&path, OF_FILE) {
        let file = SummaryFile::begin(&path, None, &[]).unwrap();
        assert_eq!(file.write("{}").unwrap(), []);
        assert_eq!((list_of(&path), mode(&path)), (Some(list()), 0o660));
    }
}

#[cfg(feature = "cli")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_whose_list_cannot_be_kept_is_private_and_the_warning_says_so() {
    use crate::support::strace;

    let simulator = simulator(5).await;
    let (_folder, path) = temp_path("videos.jsonl");
    File::create(&path).unwrap();
    if !strace::is_available() || !set_list(&path, OF_FILE) {
        return;
    }
    let at = ["fsetxattr:error=EPERM".to_owned()];
    let ended = strace::export(&simulator, &path, &["--force"], &at);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("could not be given the access control list"), "{said}");
    assert_eq!(mode(&path), 0o600);
}
