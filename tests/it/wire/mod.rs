//! Requests and response bodies of both API versions.

mod bad_entries;
mod bodies;
mod contract;
mod extra;
#[cfg(feature = "cli")]
mod hostile;
mod no_page;
mod reasons;
mod statuses;
mod video;
