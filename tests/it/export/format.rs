//! The formats of an export: JSON lines and CSV, compression, and selected fields.

use heygen_videos::export::{Compression, Export, ExportErrorKind, Format, Outcome, Output};
use heygen_videos::{ApiVersion, Video};
use serde_json::{Value, json};

use crate::support::export::{NAMES, export, file_names, read, run, temp_path};
use crate::support::walk::simulator;

fn video(value: Value) -> Video {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn json_lines_are_the_objects_of_the_api() {
    let simulator = simulator(30).await;
    simulator.insert(video(json!({
        "video_id": "odd", "video_title": "=1+1, \"q\"\r\n", "status": "new", "created_at": 9e9,
        "folder_id": "null", "unknown": {"a": [1]},
    })));
    let (_folder, path) = temp_path("videos.jsonl");
    let summary = run(export(simulator.client().videos(), &path)).await.unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 31));
    assert_eq!((summary.pages, summary.requests, summary.total), (1, 1, Some(31)));
    assert_eq!(summary.warnings, []);
    let content = String::from_utf8(read(&path)).unwrap();
    assert_eq!(summary.bytes_written as usize, content.len());
    let lines: Vec<Video> =
        content.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, simulator.videos());
    assert_eq!(file_names(&path), ["videos.jsonl"], "no other file is left");
}

#[tokio::test]
async fn csv_follows_rfc_4180_and_guards_formulas() {
    let simulator = simulator(0).await;
    let titles =
        ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a,b", "say \"hi\"", "two\nlines", "plain"];
    for (n, title) in titles.iter().enumerate() {
        simulator.insert(video(json!({
            "video_id": format!("id-{n}"), "video_title": title, "status": "completed",
            "type": "GENERATED", "created_at": 1_759_560_467 - n, "folder_id": "null",
        })));
    }
    simulator.insert(video(json!({ "video_id": "bare" })));
    let (_folder, path) = temp_path("videos.csv");
    run(export(simulator.client().videos(), &path)).await.unwrap();
    let content = String::from_utf8(read(&path)).unwrap();
    assert!(content.starts_with("video_id,title,status,type,folder_id,created_at\r\n"));
    assert!(content.contains("id-0,'=1+1,completed,GENERATED,,2025-10-04T06:47:47Z\r\n"));
    assert!(content.contains("id-7,\"say \"\"hi\"\"\",completed"), "{content}");
    assert!(content.ends_with("bare,,,,,\r\n"), "{content}");
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let read: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    let guarded = titles.map(|title| match title.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{title}"),
        false => title.to_owned(),
    });
    assert_eq!(read[..titles.len()], guarded);

    let (_folder, path) = temp_path("videos.csv");
    run(export(simulator.client().videos(), &path).csv_guard(false)).await.unwrap();
    assert!(String::from_utf8(crate::support::export::read(&path)).unwrap().contains("id-0,=1+1,"));
}

#[tokio::test]
async fn fields_select_and_order_the_columns() {
    let simulator = simulator(0).await;
    simulator.insert(video(json!({
        "video_id": "a", "video_title": "t", "created_at": 5, "duration": 12.5, "tags": ["x"],
    })));
    let fields = ["duration", "title", "tags", "video_id", "none"];
    let (_folder, path) = temp_path("videos.csv");
    run(export(simulator.client().videos(), &path).fields(fields)).await.unwrap();
    let content = String::from_utf8(read(&path)).unwrap();
    assert_eq!(content, "duration,title,tags,video_id,none\r\n12.5,t,\"[\"\"x\"\"]\",a,\r\n");
    let (_folder, path) = temp_path("videos.jsonl");
    run(export(simulator.client().videos(), &path).fields(fields)).await.unwrap();
    let line = String::from_utf8(read(&path)).unwrap();
    assert_eq!(line, "{\"duration\":12.5,\"title\":\"t\",\"tags\":[\"x\"],\"video_id\":\"a\"}\n");
}

#[tokio::test]
async fn a_field_of_another_type_stays_in_its_column() {
    let simulator = simulator(0).await;
    simulator.insert(video(json!({
        "video_id": "a", "video_title": 5, "status": 7, "created_at": "yesterday", "type": true,
    })));
    let (_folder, path) = temp_path("videos.csv");
    run(export(simulator.client().videos(), &path)).await.unwrap();
    let content = String::from_utf8(read(&path)).unwrap();
    assert_eq!(content.lines().nth(1), Some("a,5,7,true,,yesterday"), "{content}");
    let (_folder, path) = temp_path("videos.jsonl");
    run(export(simulator.client().videos(), &path).fields(["title", "status"])).await.unwrap();
    assert_eq!(read(&path), b"{\"title\":5,\"status\":7}\n");
}

#[tokio::test]
async fn the_file_name_sets_the_format_also_for_an_empty_listing() {
    for videos in [0, 45] {
        let simulator = simulator(videos).await;
        for name in NAMES {
            let (_folder, path) = temp_path(name);
            run(export(simulator.client().videos().page_size(20), &path)).await.unwrap();
            let header = name.contains("csv") as usize;
            let content = String::from_utf8(read(&path)).unwrap();
            assert_eq!(content.lines().count(), videos as usize + header, "{name}");
        }
    }
}

#[tokio::test]
async fn an_unknown_extension_is_refused_with_a_list_of_known_ones() {
    let simulator = simulator(1).await;
    for name in ["videos", "videos.xlsx", "videos.gz", "videos.json"] {
        let (_folder, path) = temp_path(name);
        let error = run(export(simulator.client().videos(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage, "{name}");
        assert!(error.hint().unwrap().contains(".ndjson"), "{error:?}");
        assert_eq!(file_names(&path), [""; 0]);
    }
    let (_folder, path) = temp_path("videos");
    let named = export(simulator.client().videos(), &path).format(Format::Csv);
    run(named.compression(Compression::None)).await.unwrap();
    let (_folder, path) = temp_path("videos.csv");
    let none: [&str; 0] = [];
    let error = run(export(simulator.client().videos(), &path).fields(none)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Usage);
}

#[tokio::test]
async fn presigned_urls_are_dropped_unless_kept() {
    let simulator = simulator(5).await;
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    for keep in [false, true] {
        let (_folder, path) = temp_path("videos.jsonl");
        run(export(client.videos(), &path).keep_urls(keep)).await.unwrap();
        let content = String::from_utf8(read(&path)).unwrap();
        assert_eq!(content.contains("Signature="), keep, "{content}");
        assert_eq!(content.contains("\"video_url\":\"http"), keep);
        assert!(content.contains("\"duration\":"), "the rest stays");
    }
}

#[tokio::test]
async fn a_writer_gets_every_page() {
    #[derive(Clone, Default)]
    struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let simulator = simulator(250).await;
    let shared = Shared::default();
    let query = simulator.client().videos();
    let summary = run(Export::new(query, Output::writer(shared.clone()))).await.unwrap();
    assert_eq!((summary.videos, summary.path), (250, None));
    assert_eq!(shared.0.lock().unwrap().iter().filter(|byte| **byte == b'\n').count(), 250);
}
