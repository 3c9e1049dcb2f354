//! Fetches one page over HTTP: the request, its retries, and errors without secrets.

mod classify;
mod fetch;
mod request;

pub(crate) use fetch::Fetcher;
pub(crate) use request::Request;
