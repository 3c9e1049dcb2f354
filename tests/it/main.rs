//! The integration tests: one binary, a file a topic.

mod fault_server;
mod promises_asking;
mod promises_going_on;
mod promises_stream;
mod resume;
mod secrets;
mod support;
mod tracing_events;
