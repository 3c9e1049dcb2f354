//! Walks a listing page by page, and the two public streams over that walk.

mod pages;
mod read_ahead;
mod stats;
mod tracked;
mod videos;
mod walk;

pub use pages::PageStream;
pub(crate) use stats::Counters;
pub use stats::Stats;
pub use tracked::End;
pub(crate) use tracked::{Steps, Tracked, WalkSource};
#[cfg(feature = "__internals")]
pub(crate) use videos::Flatten;
pub use videos::VideoStream;
pub(crate) use walk::SeenTokens;
#[cfg(feature = "__internals")]
pub(crate) use walk::Step;
