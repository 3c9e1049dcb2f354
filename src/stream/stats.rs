//! `Stats`, what a stream has done so far.

use serde::Serialize;

use crate::http::Counters;

/// What a stream has done so far.
///
/// ```
/// # use heygen_videos::{Client, Stats};
/// let videos = Client::new("key")?.videos().stream();
/// assert_eq!(videos.stats(), Stats::default()); // nothing was sent yet
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Pages that reached the stream, including empty ones. A page that was read ahead counts when
    /// it reaches the stream.
    pub pages: u64,
    /// Videos yielded.
    pub items: u64,
    /// Videos that were left out because the server listed them again: this stream had yielded them,
    /// or it resumed from a cursor that remembers them from an earlier page. A stream that
    /// resumes within a page asks for that page again; yielded videos of that page do not count.
    pub repeated: u64,
    /// Requests sent, including failed ones and those of pages read ahead.
    pub requests: u64,
    /// How many of the requests repeated an attempt at the same page. The first request after a
    /// `rearm` is not a retry.
    pub retries: u64,
    /// Bytes of response bodies read, after decompression, including those of error responses.
    pub bytes: u64,
    /// Entries of these pages that were left out because they are not videos; see
    /// [`Malformed::Skip`](crate::Malformed::Skip). A page that is requested again after a `rearm`
    /// counts once.
    pub skipped: u64,
}

impl Stats {
    /// Adds what the requests did.
    pub(super) fn with_requests(self, counters: &Counters) -> Self {
        Self {
            requests: counters.requests(),
            retries: counters.retries(),
            bytes: counters.bytes(),
            ..self
        }
    }

    /// What two streams have done together.
    #[cfg(any(feature = "sqlite", feature = "tap"))]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            pages: self.pages + other.pages,
            items: self.items + other.items,
            repeated: self.repeated + other.repeated,
            requests: self.requests + other.requests,
            retries: self.retries + other.retries,
            bytes: self.bytes + other.bytes,
            skipped: self.skipped + other.skipped,
        }
    }

    /// What the stream has done since `earlier`.
    #[cfg(feature = "sqlite")]
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            pages: self.pages - earlier.pages,
            items: self.items - earlier.items,
            repeated: self.repeated - earlier.repeated,
            requests: self.requests - earlier.requests,
            retries: self.retries - earlier.retries,
            bytes: self.bytes - earlier.bytes,
            skipped: self.skipped - earlier.skipped,
        }
    }
}
