//! Exports next to foreign files, and with unusual settings.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use heygen_videos::ApiVersion;
use heygen_videos::export::{
    Event, Existing, Export, ExportErrorKind, Format, Outcome, Output, Warning,
};
use serde_json::json;

use crate::support::export::{
    NAMES, export, file_names, read, run, stopped, temp_path, undisturbed, with_suffix,
};
use crate::support::walk::simulator;

#[cfg(unix)]
#[tokio::test]
async fn a_leftover_temporary_file_does_not_set_the_mode_of_a_checkpoint() {
    use std::os::unix::fs::PermissionsExt;

    let simulator = simulator(90).await;
    for leftover in ["", "{\"versi"] {
        let (_folder, path) = temp_path("videos.jsonl");
        let temporary = with_suffix(&path, ".checkpoint.tmp");
        fs::write(&temporary, leftover).unwrap();
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o644)).unwrap();
        let mut modes = Vec::new();
        export(simulator.client().videos().page_size(20), &path)
            .run(|event| {
                if let Event::Checkpoint { .. } = event {
                    let checkpoint = with_suffix(&path, ".checkpoint").symlink_metadata().unwrap();
                    assert!(checkpoint.is_file());
                    modes.push(checkpoint.permissions().mode() & 0o777);
                }
            })
            .await
            .unwrap();
        assert_eq!(modes, [0o600; 6]);
        assert_eq!(file_names(&path), ["videos.jsonl"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_sockets_are_not_written_through_or_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    use std::os::unix::net::UnixListener;

    let simulator = simulator(5).await;
    let query = || simulator.client().videos();

    for suffix in [".partial", ".checkpoint", ".checkpoint.tmp", ".encoding"] {
        let (folder, path) = temp_path("videos.jsonl");
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let link = with_suffix(&path, suffix);
        symlink(&victim, &link).unwrap();
        let error = run(export(query(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Foreign);
        assert_eq!(error.to_string(), format!("{} is not a file", link.display()));
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(fs::read_link(&link).unwrap(), victim);
        assert_eq!(file_names(&path).len(), 2);
    }

    let (_folder, path) = temp_path("socket.jsonl");
    let _socket = UnixListener::bind(&path).unwrap();
    let error = run(export(query(), &path).force(true)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Output);
    assert!(path.symlink_metadata().unwrap().file_type().is_socket(), "a socket stays");
    assert_eq!(file_names(&path), ["socket.jsonl"]);
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn a_checkpoint_with_any_byte_altered_is_refused_and_nothing_is_lost() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let (_folder, path) = temp_path("videos.jsonl");
    assert_eq!(stopped(&simulator, &path, 2).await.outcome, Outcome::Stopped);
    let (checkpoint, partial) = (with_suffix(&path, ".checkpoint"), with_suffix(&path, ".partial"));
    let (whole, bytes) = (fs::read(&checkpoint).unwrap(), fs::read(&partial).unwrap());
    // The last byte is the line break.
    for at in 0..whole.len() - 1 {
        let mut altered = whole.clone();
        // Turns a digit into another digit and a letter into another letter: mostly still JSON.
        altered[at] ^= 1;
        fs::write(&checkpoint, &altered).unwrap();
        let again = export(client.videos(), &path).existing(Existing::Resume);
        let error = run(again).await.expect_err("an altered checkpoint");
        assert_eq!(error.kind(), ExportErrorKind::Foreign, "byte {at}");
        assert_eq!(fs::read(&partial).unwrap(), bytes, "byte {at}");
    }
    fs::write(&checkpoint, &whole).unwrap();
    run(export(client.videos(), &path).existing(Existing::Resume)).await.unwrap();
    assert_eq!(read(&path), undisturbed(&client, "videos.jsonl").await);
}

#[tokio::test]
async fn duplicate_empty_and_missing_field_names_are_refused() {
    let simulator = simulator(5).await;
    for (fields, says) in [
        (&["status", "video_id", "status"][..], "\"status\" is named twice"),
        (&["status", ""], "an empty name"),
        (&[], "the list of fields is empty"),
    ] {
        for name in ["videos.jsonl", "videos.csv"] {
            let (_folder, path) = temp_path(name);
            let export = export(simulator.client().videos(), &path).fields(fields.iter().copied());
            let error = run(export).await.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Usage);
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(file_names(&path), [""; 0]);
        }
    }
}

#[tokio::test]
async fn url_fields_that_would_be_dropped_are_refused() {
    let simulator = simulator(5).await;
    let [v1, v3] = [ApiVersion::V1, ApiVersion::V3]
        .map(|api| simulator.client_builder().api(api).build().unwrap());
    let fields = ["video_id", "thumbnail_url"];
    let (_folder, path) = temp_path("videos.csv");
    for client in [v1, v3.clone(), simulator.client()] {
        let error = run(export(client.videos(), &path).fields(fields)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains("\"thumbnail_url\" holds presigned URLs"), "{error}");
        assert_eq!((simulator.requests(), file_names(&path).len()), (0, 0));
    }
    run(export(v3.videos(), &path).fields(fields).keep_urls(true)).await.unwrap();
    let (_folder, path) = temp_path("videos.csv");
    run(export(v3.videos(), &path).fields(["video_id", "video_page_url"])).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_an_unfinished_file_and_a_replaced_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;

    let simulator = simulator(30).await;
    let mode_of = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        for mode in [0o600, 0o440, 0o666] {
            let (_folder, path) = temp_path(name);
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let mut modes = Vec::new();
            export(simulator.client().videos(), &path)
                .force(true)
                .run(|_| modes.push(mode_of(&with_suffix(&path, ".partial"))))
                .await
                .unwrap();
            assert!(modes.len() > 2 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
            assert_ne!(fs::read(&path).unwrap(), b"old");
            assert_eq!(mode_of(&path), mode);
        }
        // A new file has the mode that the system gives to new files.
        let (folder, path) = temp_path(name);
        run(export(simulator.client().videos(), &path)).await.unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        assert_eq!(mode_of(&path), mode_of(&other));
        run(export(simulator.client().videos(), &path).force(true).keep_urls(true)).await.unwrap();
        assert_eq!(mode_of(&path), 0o600, "it may hold presigned URLs");
    }
}

#[tokio::test]
async fn what_is_saved_does_not_depend_on_the_format() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let wanted = undisturbed(&client, "videos.jsonl").await;
    for name in NAMES {
        let (_folder, path) = temp_path(name);
        let mut lengths = Vec::new();
        export(client.videos().page_size(20), &path)
            .run(|event| {
                if let Event::Checkpoint { bytes, .. } = event {
                    let saved = fs::read(with_suffix(&path, ".partial")).unwrap();
                    assert!(wanted.starts_with(&saved), "{name}");
                    assert_eq!(saved.len() as u64, *bytes);
                    lengths.push(saved.len());
                }
            })
            .await
            .unwrap();
        assert_eq!(lengths.len(), 6);
        assert!(lengths.is_sorted() && lengths.last() == Some(&wanted.len()), "{lengths:?}");
        assert_eq!(file_names(&path), [name]);
    }
}

#[tokio::test]
async fn a_compressed_file_has_one_member_or_frame_even_after_a_resume() {
    use std::io::Read;

    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl.gz");
    stopped(&simulator, &path, 2).await;
    let again = export(simulator.client().videos().page_size(20), &path);
    run(again.existing(Existing::Resume)).await.unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut first = String::new();
    let mut decoder = flate2::bufread::GzDecoder::new(&bytes[..]);
    decoder.read_to_string(&mut first).unwrap();
    assert_eq!(first.lines().count(), 90);
    assert_eq!(decoder.into_inner(), b"", "nothing follows the first member");

    let (_folder, path) = temp_path("videos.jsonl.zst");
    run(export(simulator.client().videos().page_size(20), &path)).await.unwrap();
    let bytes = fs::read(&path).unwrap();
    let frame = zstd::zstd_safe::find_frame_compressed_size(&bytes).unwrap();
    assert_eq!(frame, bytes.len());
}

#[tokio::test]
async fn a_count_that_differs_from_the_total_is_a_warning_without_a_cap() {
    let fresh = |id: &str| serde_json::from_value(json!({ "video_id": id, "created_at": 9e9 }));
    for (cap, warns) in [(None, true), (Some(1_000), false)] {
        let simulator = simulator(45).await;
        let (_folder, path) = temp_path("videos.jsonl");
        let mut query = simulator.client().videos().page_size(20);
        if let Some(cap) = cap {
            query = query.max_items(cap);
        }
        let mut pages = 0;
        let summary = export(query, &path)
            .run(|event| {
                pages += u32::from(matches!(event, Event::Page { .. }));
                if pages == 1 {
                    // It is newer than the first page, so this walk does not reach it.
                    simulator.insert(fresh("new").unwrap());
                }
            })
            .await
            .unwrap();
        assert_eq!((summary.videos, summary.total), (45, Some(46)));
        let words: Vec<_> = summary.warnings.iter().map(Warning::as_str).collect();
        let wanted: &[&str] = if warns { &["count_differs"] } else { &[] };
        assert_eq!(words, wanted, "{summary:?}");
    }
}

#[tokio::test]
async fn a_closed_reader_is_a_broken_pipe_error_even_in_a_spawned_task() {
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
