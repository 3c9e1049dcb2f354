//! `Stats`, what a stream has done so far.

use crate::http::Counters;

/// What a stream has done so far.
///
/// ```
/// # use heygen_videos::{Client, Stats};
/// let videos = Client::new("key")?.videos().stream();
/// assert_eq!(videos.stats(), Stats::default()); // nothing is sent before the first poll
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Pages that have reached the consumer's side, empty ones included.
    pub pages: u64,
    /// Videos yielded.
    pub items: u64,
    /// Requests sent, those of pages read ahead and failed ones included.
    pub requests: u64,
    /// How many of the requests were a further attempt at the same page; one after a `rearm` is
    /// a first attempt again.
    pub retries: u64,
    /// Bytes of response bodies read, after decompression, those of failed answers included.
    pub bytes: u64,
}

impl Stats {
    pub(super) fn new(counters: &Counters, pages: u64, items: u64) -> Self {
        Self {
            pages,
            items,
            requests: counters.requests(),
            retries: counters.retries(),
            bytes: counters.bytes(),
        }
    }
}
