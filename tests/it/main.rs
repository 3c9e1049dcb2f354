//! The integration tests: one binary, a file a topic.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails loudly")]

mod fault_server;
mod faults;
mod faults_connection;
mod faults_random;
mod faults_size;
mod promises_asking;
mod promises_going_on;
mod promises_stream;
mod resume;
mod secrets;
mod support;
mod tracing_events;
