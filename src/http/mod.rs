//! Fetches one page over HTTP: builds the request, retries it, and reports errors without secrets.

mod auto_version;
mod body;
mod counters;
mod error_layers;
mod fetch;
mod head;
mod inflate;
mod notices;
mod reason;
mod redact;
mod request;
mod response_error;
mod retry_after;
mod streak;
mod tls_refusal;
mod transport_error;

pub(crate) use counters::Counters;
pub(crate) use fetch::Fetcher;
pub(crate) use request::Request;
#[cfg(feature = "__internals")]
pub(crate) use retry_after::parse_retry_after;
