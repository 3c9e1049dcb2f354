//! Walks a listing page by page; the two public streams over that walk.

mod carried;
mod end;
mod expected;
mod flatten;
mod from_pages;
mod own_task;
mod page;
mod page_layout;
mod pages;
mod read_ahead;
mod recent_ids;
mod remaining;
mod seen;
mod since;
mod source;
mod stats;
mod tracked;
mod user_pages;
mod videos;
mod walk;
mod with_cursors;

pub use end::End;
pub use page::Page;
pub use pages::PageStream;
pub(crate) use remaining::Remaining;
pub(crate) use seen::Seen;
pub(crate) use since::Since;
pub(crate) use source::{Steps, WalkSource};
pub use stats::Stats;
pub(crate) use tracked::Tracked;
pub use videos::VideoStream;
pub use with_cursors::WithCursors;

// For `internals.rs`.
#[cfg(feature = "__internals")]
pub(crate) use self::{
    flatten::Flatten,
    page_layout::{PageLayout, fingerprints},
    walk::Step,
};
