//! The integration tests: one binary, with a folder for each topic.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a panic fails the test")]

mod architecture;
mod cli;
mod export;
mod faults;
mod promises;
mod random;
mod support;
mod sync;
mod tap;
mod wire;
