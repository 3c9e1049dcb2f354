//! Files next to the path that this export did not write: they are refused and left alone.

use std::fs;
use std::path::Path;

use heygen_videos::export::{Existing, ExportError, ExportErrorKind, Outcome};
use heygen_videos::simulator::Simulator;

use crate::support::export::{
    export, file_names, folder_contents, read, run, snapshot, stopped, temp_path, undisturbed,
    with_suffix,
};
use crate::support::walk::simulator;

const ALL: [Existing; 3] = [Existing::Refuse, Existing::Resume, Existing::Restart];

/// Runs an export in each way, with and without force. Each is refused before any request and
/// changes nothing.
async fn assert_refused(
    simulator: &Simulator,
    path: &Path,
    existing: &[Existing],
    kind: ExportErrorKind,
    says: &str,
) {
    let before = folder_contents(path);
    let requests = simulator.requests();
    for existing in existing {
        for force in [false, true] {
            let again = export(simulator.client().videos().page_size(20), path);
            let error = run(again.existing(*existing).force(force)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{existing:?}: {error}");
            assert!(error.to_string().contains(says), "{existing:?}: {error}");
            assert!(error.hint().is_some() && !error.is_resumable(), "{error:?}");
            assert_eq!(folder_contents(path), before, "{existing:?}");
        }
    }
    assert_eq!(simulator.requests(), requests);
}

#[tokio::test]
async fn a_partial_file_of_someone_else_is_refused_and_left_alone() {
    let simulator = simulator(90).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        for suffix in [".partial", ".encoding", ".checkpoint.tmp"] {
            let (_folder, path) = temp_path(name);
            fs::write(with_suffix(&path, suffix), "hours of somebody's work").unwrap();
            assert_refused(&simulator, &path, &ALL, ExportErrorKind::Foreign, suffix).await;
        }
        let (_folder, path) = temp_path(name);
        fs::write(with_suffix(&path, ".checkpoint"), "hours of somebody's work").unwrap();
        let says = "not from an export";
        assert_refused(&simulator, &path, &ALL, ExportErrorKind::Foreign, says).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_partial_file_with_a_second_name_is_not_written_to() {
    let simulator = simulator(90).await;
    for content in ["a thesis", ""] {
        let (folder, path) = temp_path("videos.jsonl");
        let thesis = folder.path().join("thesis.txt");
        fs::write(&thesis, content).unwrap();
        fs::hard_link(&thesis, with_suffix(&path, ".partial")).unwrap();
        let says = "has another name";
        assert_refused(&simulator, &path, &ALL, ExportErrorKind::Foreign, says).await;
    }

    // The same holds for the partial file of an unfinished export, even if its second name is that of
    // the finished file.
    for second in ["backup", "videos.jsonl"] {
        let (folder, path) = temp_path("videos.jsonl");
        stopped(&simulator, &path, 2).await;
        fs::hard_link(with_suffix(&path, ".partial"), folder.path().join(second)).unwrap();
        let before = folder_contents(&path);
        for existing in [Existing::Resume, Existing::Restart] {
            let again = export(simulator.client().videos(), &path).existing(existing).force(true);
            assert_eq!(run(again).await.unwrap_err().kind(), ExportErrorKind::Foreign);
            assert_eq!(folder_contents(&path), before);
        }
    }
}

#[tokio::test]
async fn a_partial_file_without_its_checkpoint_keeps_every_saved_byte() {
    let simulator = simulator(90).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let (_folder, path) = temp_path(name);
        stopped(&simulator, &path, 2).await;
        fs::remove_file(with_suffix(&path, ".checkpoint")).unwrap();
        assert_refused(&simulator, &path, &ALL, ExportErrorKind::Foreign, ".partial was not").await;
    }
}

#[tokio::test]
async fn a_partial_file_with_any_saved_byte_altered_is_refused() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 3).await;
    let partial = with_suffix(&path, ".partial");
    let whole = fs::read(&partial).unwrap();
    let resume = [Existing::Resume];
    for at in [0, 1, whole.len() / 2, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        for tail in ["", "more"] {
            fs::write(&partial, [&altered, tail.as_bytes()].concat()).unwrap();
            let says = "was altered since it was saved";
            assert_refused(&simulator, &path, &resume, ExportErrorKind::Mismatch, says).await;
        }
    }
    fs::write(&partial, &whole[..whole.len() - 1]).unwrap();
    let says = "is shorter than";
    assert_refused(&simulator, &path, &resume, ExportErrorKind::Mismatch, says).await;

    fs::write(&partial, [&whole, &b"what a crash left"[..]].concat()).unwrap();
    let again = export(simulator.client().videos().page_size(20), &path);
    run(again.existing(Existing::Resume)).await.unwrap();
    assert_eq!(read(&path), undisturbed(&simulator.client(), "videos.jsonl").await);
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_of_an_unfinished_export_is_resumed_only_if_what_follows_can_be_ours() {
    let simulator = simulator(90).await;
    let wanted = undisturbed(&simulator.client(), "videos.jsonl").await;
    let (folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 2).await;

    // A copy has another inode, as after a remount of a file system without lasting inodes.
    let all = [Existing::Resume, Existing::Restart];
    let copied = |rest: &str| {
        let copy = snapshot(folder.path());
        let path = copy.path().join("videos.jsonl");
        let partial = with_suffix(&path, ".partial");
        let saved = fs::read(&partial).unwrap();
        fs::write(&partial, [&saved, rest.as_bytes()].concat()).unwrap();
        (copy, path, partial)
    };
    for rest in ["somebody's work", "{\"video_id\":\"a\"}\nsomebody's work", "{\"notes\":1}\n"] {
        let (_copy, path, _) = copied(rest);
        let says = "is not the file that its checkpoint describes";
        assert_refused(&simulator, &path, &all, ExportErrorKind::Foreign, says).await;
    }
    let (_copy, path, partial) = copied("");
    let mut altered = fs::read(&partial).unwrap();
    altered[0] ^= 1;
    fs::write(&partial, &altered).unwrap();
    assert_refused(&simulator, &path, &all, ExportErrorKind::Mismatch, "was altered").await;

    for rest in ["", "{\"video_id\":\"a\"}\n", "{\"video_id\":\"a\"}\n{\"video_id\":\"b\",\"vid"] {
        for existing in all {
            let (_copy, path, _) = copied(rest);
            let again = export(simulator.client().videos().page_size(20), &path);
            let summary = run(again.existing(existing)).await.unwrap();
            let pages = if existing == Existing::Resume { 3 } else { 5 };
            assert_eq!((summary.videos, summary.pages), (90, pages), "{existing:?} {rest:?}");
            assert_eq!(read(&path), wanted);
            assert_eq!(file_names(&path), ["videos.jsonl"]);
        }
    }
}

#[tokio::test]
async fn empty_files_that_a_crash_left_are_taken_over_or_removed() {
    let simulator = simulator(90).await;
    let wanted = undisturbed(&simulator.client(), "videos.csv").await;
    for complete in [false, true] {
        let (_folder, path) = temp_path("videos.csv");
        if complete {
            run(export(simulator.client().videos().page_size(20), &path)).await.unwrap();
        }
        for suffix in [".partial", ".encoding", ".checkpoint.tmp"] {
            fs::write(with_suffix(&path, suffix), "").unwrap();
        }
        let again = export(simulator.client().videos().page_size(20), &path);
        let summary = run(again.existing(Existing::Resume)).await.unwrap();
        assert_eq!((summary.outcome, summary.pages > 0), (Outcome::Complete, !complete));
        assert_eq!(read(&path), wanted);
        assert_eq!(file_names(&path), ["videos.csv"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_of_another_user_are_refused() {
    use std::os::unix::fs::chown;

    let simulator = simulator(90).await;
    for (suffix, unfinished) in [(".partial", false), (".checkpoint", true)] {
        let (_folder, path) = temp_path("videos.jsonl");
        if unfinished {
            stopped(&simulator, &path, 2).await;
        }
        let theirs = with_suffix(&path, suffix);
        if !unfinished {
            fs::write(&theirs, "").unwrap();
        }
        if chown(&theirs, Some(12_345), None).is_err() {
            println!("skipped: only root can give a file away");
            return;
        }
        let says = "belongs to another user";
        let existing = [Existing::Resume, Existing::Restart];
        assert_refused(&simulator, &path, &existing, ExportErrorKind::Foreign, says).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_path_that_names_an_open_stream_is_refused_before_any_request_and_never_replaced() {
    use std::os::unix::fs::symlink;

    let simulator = simulator(5).await;
    let (folder, _) = temp_path("videos.jsonl");
    let file = fs::File::create(folder.path().join("target")).unwrap();
    let link = folder.path().join("link.jsonl");
    let own = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    symlink(&own, &link).unwrap();
    for path in [Path::new("/dev/stdout"), Path::new("/dev/fd/1"), Path::new(&own), &link] {
        for force in [false, true] {
            let export = export(simulator.client().videos(), path).force(force);
            let result: Result<_, ExportError> =
                run(export.format(heygen_videos::export::Format::Jsonl)).await;
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Output);
            assert!(error.to_string().contains("is an open stream"), "{error}");
            assert!(error.hint().unwrap().contains("`-`"), "{error:?}");
        }
    }
    assert_eq!(fs::read_link(&link).unwrap(), Path::new(&own));
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn an_export_never_replaces_a_file_of_another_unfinished_export() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 2).await;
    for suffix in [".partial", ".checkpoint", ".checkpoint.tmp", ".encoding"] {
        let side = with_suffix(&path, suffix);
        let before = folder_contents(&path);
        for existing in ALL {
            let export = export(simulator.client().videos(), &side);
            let export = export.format(heygen_videos::export::Format::Jsonl);
            let error = run(export.existing(existing).force(true)).await.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Foreign, "{suffix}: {error}");
            let says = "is a file of the unfinished export of ";
            assert!(error.to_string().contains(says), "{suffix}: {error}");
            assert!(!error.is_resumable() && folder_contents(&path) == before, "{suffix}");
        }
    }
    let again = export(simulator.client().videos().page_size(20), &path);
    run(again.existing(Existing::Resume)).await.unwrap();
    // Without an unfinished export next to it, the name is like any other.
    let side = with_suffix(&path, ".partial");
    let export = export(simulator.client().videos(), &side);
    run(export.format(heygen_videos::export::Format::Jsonl)).await.unwrap();
}
