//! Requests and bodies on the wire.

mod bodies;
mod contract;
mod no_page;
mod statuses;
mod video;
