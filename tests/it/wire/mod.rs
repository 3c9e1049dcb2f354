//! Requests and response bodies of both API versions.

mod auto_version;
mod bad_entries;
mod bodies;
mod contract;
mod end_of_v1;
mod error_text;
mod extra;
#[cfg(feature = "cli")]
mod hostile;
mod no_page;
mod notices;
mod reasons;
mod refused_cursor;
mod statuses;
mod video;
