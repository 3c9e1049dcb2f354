//! Pages whose decoded form could take far more memory than their bytes: decoding them takes only a
//! small multiple of their bytes.
#![cfg(target_os = "linux")]

use std::fs;

use crate::support::cli::Cli;
use crate::support::fault::{End, FaultServer, Reply, gzip};

/// The size of a body. As `serde_json::Value`s, small objects take a hundred times as much.
const SIZE: usize = 4 << 20;

/// As many copies of `part` as fit into a body, separated by commas.
fn many(part: &str) -> String {
    let mut all = format!("{part},").repeat(SIZE / (part.len() + 1));
    all.pop();
    all
}

/// The peak memory of the program after it has read this page of v1, in KiB.
async fn peak(body: String) -> u64 {
    let wire = gzip(body.as_bytes());
    let page = Reply::ok(wire.clone()).header("content-encoding", "gzip");
    let server = FaultServer::start(move |_, before| match before {
        0 => page.clone(),
        // The program waits here while the test looks at it.
        _ => Reply::ok("").cut(0).then(End::Silence),
    })
    .await;
    let list = Cli::new(&["list", "--json"]).env("HEYGEN_API_KEY", "k");
    let list = list.stdout_to(fs::File::create("/dev/null").unwrap());
    let running = list.env("HEYGEN_API_BASE", server.base_url()).spawn();
    server.until_requests(2).await;
    running.peak_memory()
}

/// A page with a token, so that the program requests the next page.
fn page(entry: &str, of_data: &str, of_body: &str) -> String {
    format!(r#"{{"code":100,"data":{{"videos":[{entry}],"token":"t"{of_data}}}{of_body}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_millions_of_small_objects_takes_a_small_multiple_of_its_bytes() {
    let objects = format!("[{}]", many(r#"{"":0}"#));
    let fields = many(r#""":0"#);
    for (what, body) in [
        ("total", page("", &format!(r#","total":{objects}"#), "")),
        ("an unknown field of the page", page("", "", &format!(r#","x":{objects}"#))),
        ("a message", page("", "", &format!(r#","message":{objects}"#))),
        ("a warning", page("", "", &format!(r#","warning":{objects}"#))),
        ("an unknown field", page(&format!(r#"{{"video_id":"a","x":{objects}}}"#), "", "")),
        ("a status", page(&format!(r#"{{"video_id":"a","status":{objects}}}"#), "", "")),
        ("many fields", page(&format!(r#"{{"video_id":"a",{fields}}}"#), "", "")),
    ] {
        let peak = peak(body).await;
        println!("{what}: {} MiB", peak >> 10);
        assert!(peak <= 64 << 10, "{what}: {peak} KiB");
    }
}
