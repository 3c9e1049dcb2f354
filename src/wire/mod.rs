//! Turns the bytes of a response into types: pages, videos and error bodies of both versions.

mod error_body;
mod lone_surrogates;
mod page;

pub(crate) use error_body::ErrorBody;
pub(crate) use page::{MAX_PAGE_SIZE, Next, NotAPage, WirePage, decode};
