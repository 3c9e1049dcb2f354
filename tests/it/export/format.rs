//! What an export writes: JSON lines and CSV, compressed or not, with all fields or some.

use heygen_videos::export::{Compression, Export, ExportErrorKind, Format, Outcome, Output};
use heygen_videos::{ApiVersion, Video};
use serde_json::{Value, json};

use crate::support::export::{NAMES, export, file_names, read, run, temp_path};
use crate::support::walk::simulator;

fn video(value: Value) -> Video {
    serde_json::from_value(value).unwrap()
}

/// What an export of one video, or of several, writes in this format.
async fn exported(videos: &[Value], name: &str, with: impl FnOnce(Export) -> Export) -> String {
    let simulator = simulator(0).await;
    for (n, value) in videos.iter().enumerate() {
        let mut value = value.clone();
        let fields = value.as_object_mut().unwrap();
        fields.entry("video_id").or_insert(json!(format!("id-{n}")));
        fields.entry("created_at").or_insert(json!(1_759_560_467 - n));
        simulator.insert(video(value));
    }
    let (_folder, path) = temp_path(name);
    run(with(export(simulator.client().videos(), &path))).await.unwrap();
    String::from_utf8(read(&path)).unwrap()
}

#[tokio::test]
async fn json_lines_have_the_names_of_the_schema_and_every_other_field_as_received() {
    let simulator = simulator(30).await;
    simulator.insert(video(json!({
        "video_id": "odd", "video_title": "=1+1, \"q\"\r\n", "status": "new", "created_at": 9e9,
        "folder_id": "null", "unknown": {"a": [1, 1.50, 1e-7]},
    })));
    let (_folder, path) = temp_path("videos.jsonl");
    let summary = run(export(simulator.client().videos(), &path)).await.unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 31));
    assert_eq!((summary.pages, summary.requests, summary.total), (1, 1, Some(31)));
    assert_eq!(summary.warnings, []);
    let content = String::from_utf8(read(&path)).unwrap();
    assert_eq!(summary.bytes_written as usize, content.len());
    let odd = r#"{"video_id":"odd","video_title":"=1+1, \"q\"\r\n","status":"new","type":null,"folder_id":null,"created_at":9000000000,"unknown":{"a":[1,1.5,1e-7]}}"#;
    assert_eq!(content.lines().next(), Some(odd));
    for (line, video) in content.lines().zip(simulator.videos()) {
        let read: Video = serde_json::from_str(line).unwrap();
        assert_eq!((&read.video_id, &read.video_title), (&video.video_id, &video.video_title));
        assert_eq!((&read.status, read.created_at), (&video.status, video.created_at));
        assert_eq!(read.folder_id.as_deref(), video.folder());
    }
    assert_eq!(file_names(&path), ["videos.jsonl"], "nothing else is left");
}

#[tokio::test]
async fn both_versions_of_the_api_make_the_same_records() {
    let simulator = simulator(45).await;
    let mut files = Vec::new();
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        let (_folder, path) = temp_path("videos.csv");
        // v3 sends no type.
        let fields = ["video_id", "video_title", "status", "folder_id", "created_at"];
        run(export(client.videos(), &path).fields(fields)).await.unwrap();
        files.push(String::from_utf8(read(&path)).unwrap());
    }
    assert_eq!(files[0], files[1]);
}

#[tokio::test]
async fn a_video_without_a_folder_has_null_in_json_lines_whatever_the_api_said() {
    let videos = ["null", ""].map(|none| json!({ "folder_id": none }));
    let videos = [&videos[..], &[json!({ "folder_id": null }), json!({})]].concat();
    let lines = exported(&videos, "videos.jsonl", |export| export).await;
    assert_eq!(lines.matches("\"folder_id\":null").count(), 4, "{lines}");
}

#[tokio::test]
async fn csv_follows_rfc_4180() {
    let titles = ["a,b", "say \"hi\"", "two\nlines", "two\r\nlines", "\"", " spaces ", "plain", ""];
    let videos = titles.map(|title| json!({ "video_title": title, "folder_id": "null" }));
    let content = exported(&videos, "videos.csv", |export| export).await;
    assert!(content.starts_with("video_id,video_title,status,type,folder_id,created_at\r\n"));
    assert!(
        content.contains("\r\nid-1,\"say \"\"hi\"\"\",,,,2025-10-04T06:47:46Z\r\n"),
        "{content}"
    );
    assert!(content.ends_with("id-7,,,,,2025-10-04T06:47:40Z\r\n"), "{content}");
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let read: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(read, titles);
    // Readers skip empty lines, so a record of one empty field is written as two quotes.
    let folders = exported(&videos, "videos.csv", |export| export.fields(["folder_id"])).await;
    assert_eq!(folders, format!("folder_id\r\n{}", "\"\"\r\n".repeat(8)));
}

#[tokio::test]
async fn no_cell_of_a_csv_begins_with_a_formula() {
    let formula = "=cmd|' /C calc'!A0";
    let before = [
        "", "\n", "\r", "\t", "\0", " ", "\u{feff}", "Q3;", "Q3\t", "Q3;;", "Q3\r\n", "Q3; ",
        "a;b;",
    ];
    let titles: Vec<String> = before.iter().map(|before| format!("{before}{formula};")).collect();
    let videos: Vec<Value> = titles.iter().map(|title| json!({ "video_title": title })).collect();
    let fields = ["video_id", "video_title", "status"];
    let content = exported(&videos, "videos.csv", |export| export.fields(fields)).await;
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(content.as_bytes());
        for row in reader.records() {
            for cell in row.unwrap().iter() {
                let cell = cell.trim_start_matches(|char: char| {
                    char.is_whitespace() || char.is_control() || char == '\u{feff}'
                });
                assert!(!cell.starts_with('='), "{cell:?} at {:?}", delimiter as char);
            }
        }
    }
    let unguarded =
        exported(&videos, "videos.csv", |export| export.fields(fields).csv_guard(false)).await;
    let mut reader = csv::Reader::from_reader(unguarded.as_bytes());
    let read: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(read, titles);
}

#[tokio::test]
async fn fields_select_and_order_the_columns() {
    let videos = [json!({
        "video_id": "a", "video_title": "t", "created_at": 5, "duration": 12.5, "tags": ["x"],
    })];
    let fields = ["duration", "video_title", "tags", "video_id", "none"];
    let content = exported(&videos, "videos.csv", |export| export.fields(fields)).await;
    assert_eq!(content, "duration,video_title,tags,video_id,none\r\n12.5,t,\"[\"\"x\"\"]\",a,\r\n");
    let line = exported(&videos, "videos.jsonl", |export| export.fields(fields)).await;
    let wanted = r#"{"duration":12.5,"video_title":"t","tags":["x"],"video_id":"a","none":null}"#;
    assert_eq!(line.trim_end(), wanted);
}

#[tokio::test]
async fn times_of_a_csv_have_one_form() {
    let forms = [json!(1_759_560_999), json!("1759560999"), json!("2025-10-04T08:56:39+02:00")];
    let videos = forms.map(|time| json!({ "completed_at": time }));
    let fields = ["created_at", "completed_at"];
    let content = exported(&videos, "videos.csv", |export| export.fields(fields)).await;
    let rows: Vec<&str> = content.lines().skip(1).collect();
    assert_eq!(rows[0], "2025-10-04T06:47:47Z,2025-10-04T06:56:39Z");
    assert!(rows.iter().all(|row| row.ends_with(",2025-10-04T06:56:39Z")), "{content}");
    let lines = exported(&videos, "videos.jsonl", |export| export.fields(["completed_at"])).await;
    assert!(lines.starts_with("{\"completed_at\":1759560999}\n"), "as received: {lines}");
}

#[tokio::test]
async fn a_name_close_to_a_known_one_is_refused_with_a_suggestion() {
    let simulator = simulator(1).await;
    for (name, meant) in
        [("title", "video_title"), ("Title", "video_title"), ("creatd_at", "created_at")]
    {
        let (_folder, path) = temp_path("videos.csv");
        let export = export(simulator.client().videos(), &path).fields(["video_id", name]);
        let error = run(export).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains(name) && error.hint().unwrap().contains(meant));
        assert_eq!((simulator.requests(), file_names(&path).len()), (0, 0));
    }
}

#[tokio::test]
async fn a_field_of_another_type_stays_in_its_column() {
    let videos = [json!({
        "video_id": "a", "video_title": 5, "status": 7, "created_at": "yesterday", "type": true,
    })];
    let content = exported(&videos, "videos.csv", |export| export).await;
    assert_eq!(content.lines().nth(1), Some("a,5,7,true,,yesterday"), "{content}");
    let fields = ["video_title", "status", "created_at"];
    let line = exported(&videos, "videos.jsonl", |export| export.fields(fields)).await;
    assert_eq!(line, "{\"video_title\":5,\"status\":7,\"created_at\":\"yesterday\"}\n");
}

#[tokio::test]
async fn the_file_name_sets_the_format_even_for_an_empty_listing() {
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
    for name in ["videos", "videos.xls", "videos.gz", "videos.json"] {
        let (_folder, path) = temp_path(name);
        let error = run(export(simulator.client().videos(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage, "{name}");
        let hint = error.hint().unwrap();
        assert!([".jsonl", ".ndjson", ".csv"].iter().all(|known| hint.contains(known)), "{hint}");
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
async fn a_format_that_is_not_built_or_cannot_be_compressed_is_refused_before_any_request() {
    let simulator = simulator(1).await;
    for (name, feature, is_built) in [
        ("videos.xlsx", "xlsx", cfg!(feature = "xlsx")),
        ("videos.parquet", "parquet", cfg!(feature = "parquet")),
    ] {
        let (_folder, path) = temp_path(name);
        if !is_built {
            let error = run(export(simulator.client().videos(), &path)).await.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Usage);
            let hint = error.hint().unwrap();
            assert!(hint.contains(&format!("the feature `{feature}`")), "{hint}");
            continue;
        }
        let (_folder, path) = temp_path(&format!("{name}.gz"));
        let error = run(export(simulator.client().videos(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains("compressed already"), "{error}");
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn text_that_begins_with_a_url_and_unsigned_urls_are_kept() {
    let simulator = simulator(0).await;
    simulator.insert(video(json!({
        "video_id": "a", "description": "https://shop.example is ours. Questions? Ask Bob.",
        "tags": ["https://wiki.example/?signature=1 (internal)", "x"], "video_url": null,
        "help_url": "https://help.example/?topic=1",
        "files": { "mp4": "https://files.example/a.mp4?Signature=x", "n": 1 },
    })));
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let (_folder, path) = temp_path("videos.jsonl");
    run(export(client.videos(), &path)).await.unwrap();
    let line = String::from_utf8(read(&path)).unwrap();
    for part in ["Ask Bob", "(internal)", "?topic=1", "\"files\":{\"n\":1}"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!line.contains("Signature="), "{line}");
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
