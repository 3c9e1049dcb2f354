//! Requests and response bodies of both API versions.

mod bodies;
mod contract;
mod no_page;
mod statuses;
mod video;
