//! Walks a listing page by page, and the two public streams over that walk.

mod pages;
mod read_ahead;
mod stats;
mod tracked;
mod videos;
mod walk;

pub use pages::{Page, PageStream};
pub use stats::Stats;
pub use tracked::End;
pub(crate) use tracked::{Source, Steps, Track};
#[cfg(feature = "__internals")]
pub(crate) use videos::Flatten;
pub use videos::VideoStream;
pub(crate) use walk::Guard;
#[cfg(feature = "__internals")]
pub(crate) use walk::Step;
