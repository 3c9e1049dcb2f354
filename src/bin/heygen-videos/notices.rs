//! `NoticeFeed`: the library's warnings while a command runs, read from its log events.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// A warning of the library.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// A request failed and will be retried.
    Retry {
        /// What failed and where, such as `connection refused by 127.0.0.1:8080`.
        reason: String,
        wait: Duration,
    },
    Warning(String),
}

/// Passes the library's warnings to the listener that shows them.
#[derive(Clone, Default)]
pub(crate) struct NoticeFeed(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    listener: Option<Arc<dyn Fn(Notice) + Send + Sync>>,
}

impl NoticeFeed {
    /// Calls `listener` with every notice from now on, until the returned value is dropped.
    pub(crate) fn listen(&self, listener: impl Fn(Notice) + Send + Sync + 'static) -> Listening {
        self.lock().listener = Some(Arc::new(listener));
        Listening(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The listener gets notices until this is dropped.
pub(crate) struct Listening(NoticeFeed);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.lock().listener = None;
    }
}

impl<S: Subscriber> Layer<S> for NoticeFeed {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN || !metadata.target().starts_with("heygen_videos") {
            return;
        }
        let Some(listener) = self.lock().listener.clone() else { return };
        let mut fields = NoticeFields::default();
        event.record(&mut fields);
        listener(fields.notice());
    }
}

/// The fields of an event that make a notice.
#[derive(Default)]
struct NoticeFields {
    message: String,
    reason: Option<String>,
    kind: Option<String>,
    status: Option<String>,
    host: Option<String>,
    wait: Option<Duration>,
    others: String,
}

impl NoticeFields {
    fn notice(self) -> Notice {
        let Some(wait) = self.wait else {
            return Notice::Warning(format!("{}{}", self.message, self.others));
        };
        let reason = self.reason.or_else(|| self.status.map(|status| format!("HTTP {status}")));
        let reason = reason.or(self.kind).unwrap_or(self.message);
        let reason = match self.host {
            Some(host) if !reason.contains(&host) => at_host(&reason, &host),
            _ => reason,
        };
        Notice::Retry { reason, wait }
    }
}

/// The reason, including the server that it is about.
fn at_host(reason: &str, host: &str) -> String {
    let word = if reason.contains("refused") || reason.contains("reset") {
        "by"
    } else if reason.starts_with("HTTP ") {
        "from"
    } else {
        "at"
    };
    format!("{reason} {word} {host}")
}

impl Visit for NoticeFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.to_owned(),
            "reason" => self.reason = Some(value.to_owned()),
            "kind" => self.kind = Some(value.to_owned()),
            "host" => self.host = Some(value.to_owned()),
            "status" => self.status = Some(value.to_owned()),
            "wait" => self.wait = parsed(value),
            "attempt" => {}
            // Writing to a string in memory cannot fail.
            name => drop(write!(self.others, " {name}={value}")),
        }
    }
}

/// A time as `Debug` writes it, such as `1.5s`.
fn parsed(time: &str) -> Option<Duration> {
    time.parse::<SignedDuration>().ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use tracing::{debug, warn};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_retry_has_its_reason_its_server_and_its_wait() {
        let notices = NoticeFeed::default();
        let got: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let seen = Arc::clone(&got);
        let listening = notices.listen(move |notice| seen.lock().unwrap().push(notice));
        let subscriber = tracing_subscriber::registry().with(notices);
        tracing::subscriber::with_default(subscriber, || {
            let (host, wait) = ("127.0.0.1:8080", Duration::from_millis(1_500));
            for reason in ["HTTP 503", "timed out", "connection refused"] {
                warn!(target: "heygen_videos::http", reason, host, attempt = 1, ?wait, "retrying");
            }
            let status = Some(503_u16);
            warn!(target: "heygen_videos::http", kind = %"server error", status, ?wait, "retrying");
            let status = None::<u16>;
            warn!(target: "heygen_videos::http", kind = %"timed out", status, ?wait, "retrying");
            warn!(target: "heygen_videos", version = "v3", "the API answered in another version");
            warn!(target: "hyper", ?wait, "of another crate");
            debug!(target: "heygen_videos", ?wait, "no warning");
            drop(listening);
            warn!(target: "heygen_videos", ?wait, "nobody listens");
        });
        let retry = |reason: &str| Notice::Retry {
            reason: reason.into(),
            wait: Duration::from_millis(1_500),
        };
        let wanted = [
            retry("HTTP 503 from 127.0.0.1:8080"),
            retry("timed out at 127.0.0.1:8080"),
            retry("connection refused by 127.0.0.1:8080"),
            retry("HTTP 503"),
            retry("timed out"),
            Notice::Warning("the API answered in another version version=v3".into()),
        ];
        assert_eq!(*got.lock().unwrap(), wanted);
    }

    #[test]
    fn every_wait_that_debug_writes_is_read() {
        for wait in [Duration::from_micros(12), Duration::from_nanos(1_234_567), Duration::MAX / 64]
        {
            assert!(parsed(&format!("{wait:?}")).is_some(), "{wait:?}");
        }
    }
}
