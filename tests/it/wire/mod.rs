//! Requests and response bodies of both API versions.

mod auto_version;
mod bodies;
mod contract;
mod end_of_v1;
mod error_text;
mod no_page;
mod notices;
mod refused_cursor;
mod statuses;
mod video;
