//! The sync as a library and as a program.
#![cfg(feature = "sqlite")]

mod model;
