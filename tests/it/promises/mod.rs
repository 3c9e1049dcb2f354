//! The promises of the streams and the client.

mod accounts;
mod asking;
mod going_on;
mod pace;
mod page_stream;
mod refused_client;
mod refused_query;
mod retrying;
mod secrets;
mod stream;
mod tracing_events;
mod waiting;
