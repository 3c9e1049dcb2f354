//! Presigned URLs: every command leaves them out, whichever version of the API sends them.

use std::fs;

use crate::support::cli::{Cli, Scratch};
use crate::support::fault::{FaultServer, Reply, page_v1, page_v3};

const FIELDS: &str = r#""signed":"https://f.example/v.mp4?Signature=canary",
    "nested":{"list":["https://f.example/v.mp4?Expires=1&Signature=canary"]},"#;

#[tokio::test(flavor = "multi_thread")]
async fn no_command_writes_presigned_urls_of_either_version() {
    for api in ["v1", "v3", "auto"] {
        let page = if api == "v3" { page_v3(["a"], None) } else { page_v1(["a"], None, 1) };
        let page = Reply::ok(page.replace("\"status\"", &format!("{FIELDS}\"status\"")));
        let server = FaultServer::start(move |_, _| page.clone()).await;
        let files = Scratch::new();
        let (path, csv) = (files.file("videos.jsonl"), files.file("videos.csv"));
        let (raw, database) = (files.file("raw.jsonl"), files.file("videos.db"));
        let fields = "--fields=video_id,signed,nested";
        for args in [
            &["list", "--json"][..],
            &["tap"],
            &["export", "--output", "-"],
            &["export", "--output", &path],
            &["export", "--output", &csv, fields],
            &["export", "--output", &raw, "--raw"],
            &["sync", &database],
        ] {
            let run = |args: &[&str]| {
                let cli = Cli::new(args).arg("--api").arg(api).env("HEYGEN_API_KEY", "k");
                let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
                assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
                ended.stdout
            };
            assert!(!run(args).contains("canary"), "{api}: {args:?}");
        }
        for name in files.names() {
            let content = fs::read(files.file(&name)).unwrap();
            assert!(!String::from_utf8_lossy(&content).contains("canary"), "{api}: {name}");
        }
        let cli = Cli::new(&["list", "--json", "--urls", "keep", "--api", api]);
        let cli = cli.env("HEYGEN_API_KEY", "k").env("HEYGEN_API_BASE", server.base_url());
        assert_eq!(cli.run().stdout.matches("canary").count(), 2);
    }
}
