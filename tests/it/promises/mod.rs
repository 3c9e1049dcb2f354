//! The promises of the streams and the client.

mod accounts;
mod adapters;
mod continuing;
mod ending;
mod exactly_once;
mod from_pages;
mod overlapping;
mod pace;
mod page_stream;
mod refused_client;
mod refused_query;
mod requests;
mod retrying;
mod secrets;
mod since;
mod start_token;
mod stream;
mod tracing_events;
mod traits;
mod unpolled;
mod waiting;
mod with_cursors;
