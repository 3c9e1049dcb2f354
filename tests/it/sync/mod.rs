//! The sync as a library and as a program.
#![cfg(feature = "sqlite")]

#[cfg(feature = "cli")]
mod command;
mod deletions;
#[cfg(feature = "cli")]
mod disk;
mod docs;
mod foreign_files;
mod incremental;
#[cfg(feature = "cli")]
mod kill;
mod model;
mod opening;
#[cfg(feature = "cli")]
mod other_user;
mod rows;
mod unfinished;
