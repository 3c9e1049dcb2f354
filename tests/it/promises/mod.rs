//! The promises of the streams and the client.

mod adapters;
mod asking;
mod ending;
mod every_once;
mod going_on;
mod pace;
mod page_stream;
mod refused_client;
mod refused_query;
mod secrets;
mod since;
mod stream;
mod tracing_events;
mod unpolled;
mod waiting;
