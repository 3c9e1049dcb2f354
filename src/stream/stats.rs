//! `Stats`, what a stream has done so far, and the counters that the fetch below it moves.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a stream has done so far.
///
/// ```
/// # use heygen_videos::{Client, Stats};
/// let videos = Client::new("key")?.videos().stream();
/// assert_eq!(videos.stats(), Stats::default()); // nothing was sent yet
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Pages that reached the stream, including empty ones. Pages read ahead count once they do.
    pub pages: u64,
    /// Videos yielded.
    pub items: u64,
    /// Requests sent, including failed ones and those of pages read ahead.
    pub requests: u64,
    /// How many of the requests repeated an attempt at the same page. The first request after a
    /// `rearm` is not a retry.
    pub retries: u64,
    /// Bytes of response bodies read, after decompression, including those of failed answers.
    pub bytes: u64,
}

/// Counted where it happens, so that they can be read while a request or a wait is under way.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

impl Counters {
    pub(crate) fn request(&self, is_retry: bool) {
        self.requests.fetch_add(1, Relaxed);
        self.retries.fetch_add(is_retry.into(), Relaxed);
    }

    pub(crate) fn bytes(&self, read: usize) {
        self.bytes.fetch_add(read as u64, Relaxed);
    }

    pub(crate) fn stats(&self, pages: u64, items: u64) -> Stats {
        Stats {
            pages,
            items,
            requests: self.requests.load(Relaxed),
            retries: self.retries.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}
