//! The `tracing` output: a span for each page, an event for each success and each retry.

use std::sync::Mutex;
use std::time::Duration;

use heygen_videos::Client;
use heygen_videos::simulator::Fault;
use tracing::instrument::WithSubscriber;

use crate::support::fault::{FaultServer, Reply, refused_url};
use crate::support::log::Log;
use crate::support::mock::next_error;
use crate::support::tls::alone;
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
    let retrying = format!(
        "page{{page=2 attempt=1}}: heygen_videos::http::fetch: retrying reason=HTTP 503 host={} \
         attempt=1 wait=",
        simulator.addr()
    );
    ours("WARN", &retrying);
    ours(
        "DEBUG",
        "page{page=2 attempt=2}: heygen_videos::http::fetch: page received items=53 bytes=",
    );
    ours("DEBUG", "elapsed=");
}

#[tokio::test]
async fn the_event_of_a_retry_says_what_failed_and_where() {
    let log = Log::keep();
    let refused = refused_url();
    let silent = FaultServer::start(|_, _| Reply::silence()).await;
    let reset = FaultServer::start(|_, _| Reply::reset()).await;
    let cut = FaultServer::start(|_, _| Reply::ok(r#"{"data":"#)).await;
    for (url, reason) in [
        (refused, "connection refused"),
        (silent.base_url(), "timed out"),
        (reset.base_url(), "connection reset by peer"),
        (cut.base_url(), "the body was cut short in transit"),
    ] {
        let client = Client::builder().api_key("key").base_url(&url).retry(quick_retries(2));
        let client = client.timeout(Duration::from_millis(200)).build().unwrap();
        next_error(&mut client.videos().stream(), reason).await;
        let host = url.strip_prefix("http://").unwrap();
        let text = log.text();
        let mut lines = text.lines().filter(|line| line.contains(host));
        let line = lines.find(|line| line.contains("retrying")).expect("a line of the retry");
        assert!(line.contains(" WARN ") && line.contains(reason), "{line}");
        assert!(line.contains(&format!(" host={host} attempt=1 wait=")), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_of_the_caller_alone_gets_the_events_of_its_streams() {
    for read_ahead in [0, 1] {
        let (log, subscriber) = Log::subscriber();
        let simulator = simulator(3).await;
        simulator.script(Fault::Status(503));
        let client = simulator.client_builder().retry(quick_retries(3)).build().unwrap();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        assert_eq!(ids(&mut videos).with_subscriber(subscriber).await.len(), 3);
        let text = log.text();
        for event in ["retrying", "page received"] {
            assert!(text.contains(event), "no {event:?} with read_ahead {read_ahead} in\n{text}");
        }
    }
}

/// Keeps the records of this crate in the `log` crate.
struct Records(Mutex<Vec<String>>);

static RECORDS: Records = Records(Mutex::new(Vec::new()));

impl log::Log for Records {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("heygen_videos")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[test]
fn without_a_subscriber_the_log_crate_gets_the_events() {
    // `tracing` passes events on only while no subscriber was set anywhere in the process.
    alone(module_path!(), "without_a_subscriber_the_log_crate_gets_the_events", async {
        log::set_logger(&RECORDS).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
        let simulator = simulator(150).await;
        simulator.script_at(1, Fault::Status(503));
        simulator.script_at(2, Fault::Status(503));
        let client = simulator.client_builder().retry(quick_retries(3)).build().unwrap();
        ids(&mut client.videos().stream()).await;
        let records = RECORDS.0.lock().unwrap();
        assert_eq!(records.len(), 2, "{records:?}");
        assert!(records.iter().all(|record| record.starts_with("retrying")), "{records:?}");
    });
}
