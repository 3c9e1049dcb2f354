//! The Singer tap: its messages, its state, and the program.
#![cfg(feature = "tap")]

mod catalog;
mod incremental;
mod interrupted;
mod messages;
#[cfg(feature = "cli")]
mod program;
mod random;
mod scope;
#[cfg(feature = "cli")]
mod settings;
