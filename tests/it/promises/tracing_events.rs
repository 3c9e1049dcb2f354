//! The `tracing` output: a span for each page, an event for each success and each retry.

use heygen_videos::simulator::Fault;

use crate::support::log::Log;
use crate::support::walk::{ids, quick_retries, simulator};

#[tokio::test]
async fn a_page_is_a_span_and_success_and_retries_are_events() {
    let log = Log::keep();
    let simulator = simulator(150).await;
    simulator.script_at(2, Fault::Status(503));
    let client = simulator.client_builder().retry(quick_retries(3)).build().unwrap();
    // The page size and the counts mark the log lines of this test.
    let query = client.videos().page_size(97);
    assert_eq!(ids(&mut query.stream()).await.len(), 150);

    let text = log.text();
    let ours = |level: &str, what: &str| {
        let lines = text.lines().filter(|line| line.contains(level) && line.contains(what));
        assert!(lines.count() > 0, "no {level} line with {what:?} in\n{text:.2000}");
    };
    ours(
        "DEBUG",
        "page{page=1 attempt=1}: heygen_videos::http::fetch: page received items=97 bytes=",
    );
    ours("WARN", "page{page=2 attempt=1}: heygen_videos::http::fetch: retrying kind=server error");
    ours(
        "DEBUG",
        "page{page=2 attempt=2}: heygen_videos::http::fetch: page received items=53 bytes=",
    );
    ours("WARN", "wait=");
    ours("DEBUG", "elapsed=");
}
