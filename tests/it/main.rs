//! The integration tests: one binary, a file a topic.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails loudly")]

mod architecture;
mod cli;
mod export;
mod faults;
mod promises;
mod random;
mod support;
mod wire;
