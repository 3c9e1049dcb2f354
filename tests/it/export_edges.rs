//! Exports among what others left in the folder, and at the edges of what can be asked for.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use heygen_videos::ApiVersion;
use heygen_videos::export::{Event, Existing, Export, ExportErrorKind, Format, Outcome, Output};
use serde_json::json;

use crate::support::export::{
    beside, export, names_beside, place, read, run, stopped, undisturbed,
};
use crate::support::walk::simulator;

#[cfg(unix)]
#[tokio::test]
async fn what_a_crash_left_lends_a_checkpoint_neither_its_mode_nor_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let simulator = simulator(90).await;
    for link in [false, true] {
        let (folder, path) = place("videos.jsonl");
        let (temporary, victim) = (beside(&path, ".checkpoint.tmp"), folder.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        if link {
            symlink(&victim, &temporary).unwrap();
        } else {
            fs::write(&temporary, "{\"versi").unwrap();
            fs::set_permissions(&temporary, fs::Permissions::from_mode(0o644)).unwrap();
        }
        let mut modes = Vec::new();
        export(simulator.client().videos().page_size(20), &path)
            .run(|event| {
                if let Event::Checkpoint { .. } = event {
                    let checkpoint = beside(&path, ".checkpoint").symlink_metadata().unwrap();
                    assert!(checkpoint.is_file());
                    modes.push(checkpoint.permissions().mode() & 0o777);
                }
            })
            .await
            .unwrap();
        assert_eq!(modes, [0o600; 6]);
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(names_beside(&path), ["victim", "videos.jsonl"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_pipes_are_not_written_through_or_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    use std::os::unix::net::UnixListener;

    let simulator = simulator(5).await;
    let query = || simulator.client().videos();

    let (folder, path) = place("videos.jsonl");
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, beside(&path, ".partial")).unwrap();
    let error = run(export(query(), &path)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Output);
    assert_eq!(fs::read(&victim).unwrap(), b"precious");

    let (folder, path) = place("videos.jsonl");
    symlink(folder.path().join("nowhere"), &path).unwrap();
    let error = run(export(query(), &path)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Exists, "a link is there, though it leads nowhere");

    let (_folder, path) = place("socket.jsonl");
    let _socket = UnixListener::bind(&path).unwrap();
    let error = run(export(query(), &path).force(true)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Output);
    assert!(path.symlink_metadata().unwrap().file_type().is_socket(), "not even by force");
    assert_eq!(names_beside(&path), ["socket.jsonl"]);
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn a_checkpoint_with_any_byte_altered_is_refused_and_nothing_is_lost() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let (_folder, path) = place("videos.jsonl");
    assert_eq!(stopped(&simulator, &path, 2).await.outcome, Outcome::Stopped);
    let (checkpoint, partial) = (beside(&path, ".checkpoint"), beside(&path, ".partial"));
    let (whole, bytes) = (fs::read(&checkpoint).unwrap(), fs::read(&partial).unwrap());
    // The last is the line's end.
    for at in 0..whole.len() - 1 {
        let mut altered = whole.clone();
        // Another digit of a digit, another letter of a letter: it is still JSON mostly.
        altered[at] ^= 1;
        fs::write(&checkpoint, &altered).unwrap();
        let again = export(client.videos(), &path).existing(Existing::Resume);
        let error = run(again).await.expect_err("an altered checkpoint");
        assert_eq!(error.kind(), ExportErrorKind::Mismatch, "byte {at}");
        assert_eq!(fs::read(&partial).unwrap(), bytes, "byte {at}");
    }
    fs::write(&checkpoint, &whole).unwrap();
    run(export(client.videos(), &path).existing(Existing::Resume)).await.unwrap();
    assert_eq!(read(&path), undisturbed(&client, "videos.jsonl").await);
}

#[tokio::test]
async fn fields_of_which_no_object_can_be_made_are_refused() {
    let simulator = simulator(5).await;
    for (fields, says) in [
        (&["status", "video_id", "status"][..], "\"status\" is named twice"),
        (&["status", ""], "an empty name"),
        (&[], "the list of fields is empty"),
    ] {
        for name in ["videos.jsonl", "videos.csv"] {
            let (_folder, path) = place(name);
            let export = export(simulator.client().videos(), &path).fields(fields.iter().copied());
            let error = run(export).await.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Usage);
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(names_beside(&path), [""; 0]);
        }
    }
}

#[tokio::test]
async fn fields_whose_urls_are_dropped_are_refused_where_v3_sends_them() {
    let simulator = simulator(5).await;
    let v3 = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let fields = ["video_id", "thumbnail_url"];
    let (_folder, path) = place("videos.csv");
    let error = run(export(v3.videos(), &path).fields(fields)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Usage);
    assert!(error.to_string().contains("\"thumbnail_url\" holds presigned URLs"), "{error}");
    assert_eq!((simulator.requests(), names_beside(&path).len()), (0, 0));
    run(export(v3.videos(), &path).fields(fields).keep_urls(true)).await.unwrap();
    let (_folder, path) = place("videos.csv");
    run(export(simulator.client().videos(), &path).fields(fields)).await.unwrap();
    let (_folder, path) = place("videos.csv");
    run(export(v3.videos(), &path).fields(["video_id", "video_page_url"])).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_replaced_keeps_its_readers() {
    use std::os::unix::fs::PermissionsExt;

    let simulator = simulator(30).await;
    for (mode, then) in [(0o600, 0o600), (0o440, 0o640), (0o666, 0o666)] {
        let (_folder, path) = place("videos.jsonl");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let mode_of = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        export(simulator.client().videos(), &path)
            .force(true)
            .run(|event| {
                if let Event::Started { .. } = event {
                    assert_eq!(mode_of(&beside(&path, ".partial")), then);
                }
            })
            .await
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 30);
        assert_eq!(mode_of(&path), then);
    }
}

#[tokio::test]
async fn a_compressed_file_is_whole_at_every_checkpoint() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    for name in ["videos.jsonl.gz", "videos.csv.gz", "videos.jsonl.zst", "videos.csv.zst"] {
        let wanted = undisturbed(&client, name).await;
        let (copies, copy) = place(name);
        let (_folder, path) = place(name);
        let mut lengths = Vec::new();
        export(client.videos().page_size(20), &path)
            .run(|event| {
                if let Event::Checkpoint { .. } = event {
                    fs::copy(beside(&path, ".partial"), &copy).unwrap();
                    let content = read(&copy);
                    assert!(wanted.starts_with(&content), "{name}");
                    lengths.push(content.len());
                }
            })
            .await
            .unwrap();
        assert_eq!(lengths.len(), 6);
        assert!(lengths.is_sorted() && lengths.last() == Some(&wanted.len()), "{lengths:?}");
        drop(copies);
    }
}

#[tokio::test]
async fn a_count_that_differs_from_the_servers_is_a_warning_where_all_were_asked_for() {
    let fresh = |id: &str| serde_json::from_value(json!({ "video_id": id, "created_at": 9e9 }));
    for (cap, warns) in [(None, true), (Some(1_000), false)] {
        let simulator = simulator(45).await;
        let (_folder, path) = place("videos.jsonl");
        let mut query = simulator.client().videos().page_size(20);
        if let Some(cap) = cap {
            query = query.max_items(cap);
        }
        let mut pages = 0;
        let summary = export(query, &path)
            .run(|event| {
                pages += u32::from(matches!(event, Event::Page { .. }));
                if pages == 1 {
                    // Newer than what was listed, so this walk does not come to it.
                    simulator.insert(fresh("new").unwrap());
                }
            })
            .await
            .unwrap();
        assert_eq!((summary.videos, summary.total), (45, Some(46)));
        assert_eq!(summary.warning.is_some(), warns, "{summary:?}");
    }
}

#[tokio::test]
async fn a_closed_reader_is_an_error_of_its_own_and_an_export_may_be_spawned() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let simulator = simulator(5).await;
    let export = Export::new(simulator.client().videos(), Output::writer(Closed));
    let error = tokio::spawn(export.format(Format::Csv).run(|_| {})).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::BrokenPipe);
    assert!(!error.is_resumable());
}
