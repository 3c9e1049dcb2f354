//! `VideoStream::from_pages`: a stream over pages that a user made.

use futures::{Stream, StreamExt};

use super::page::{Page, unplaced};
use super::remaining::Remaining;
use super::source::WalkSource;
use super::tracked::Tracked;
use super::user_pages::UserPages;
use super::videos::VideoStream;
use crate::error::Result;

impl VideoStream {
    /// Creates a stream over pages of your own, for tests of code that takes a `VideoStream`.
    ///
    /// It needs no server, no key and no runtime. It keeps all promises of a `VideoStream` that do
    /// not concern requests: it polls `pages` only when the current page is used up, ends after an
    /// error, and continues with the same pages after [`rearm`](Self::rearm). When `pages` end,
    /// [`end`](Self::end) is [`End::Exhausted`](crate::End::Exhausted), and `pages` are not polled
    /// again.
    ///
    /// [`cursor`](Self::cursor) works as with a listing:
    ///
    /// - With pages from a [`PageStream`](crate::PageStream) it is a position in their listing.
    ///   Such pages end with their first error. Then resume from the cursor of the error, because
    ///   after a `rearm` there are no more pages.
    /// - With pages from [`Page::new`] it points to the start of a v1 listing without filters, and
    ///   remembers the videos yielded so far. At the end it
    ///   [is finished](crate::Cursor::is_finished). Videos that such a cursor remembers are not
    ///   yielded again.
    /// - Without any page it is a finished cursor of a v1 listing without filters.
    ///
    /// 100 pages in a row without a new video are an
    /// [`ErrorKind::Pagination`](crate::ErrorKind::Pagination), as in a listing. After a `rearm`
    /// the next 100 are tried.
    ///
    /// [`stats`](Self::stats) counts pages, items and repeated videos, but no requests.
    ///
    /// ```
    /// # #[cfg(feature = "simulator")] {
    /// use futures::{StreamExt, executor, stream};
    /// use heygen_videos::simulator;
    /// use heygen_videos::{ErrorKind, Page, Video, VideoStream};
    ///
    /// let pages = [
    ///     Ok(Page::new(vec![Video::new("a"), Video::new("b")])),
    ///     Err(simulator::error(ErrorKind::Server)),
    ///     Ok(Page::new(vec![Video::new("c")])),
    /// ];
    /// let mut videos = VideoStream::from_pages(stream::iter(pages));
    /// let before: Vec<_> = executor::block_on(videos.by_ref().collect());
    /// assert!(matches!(before[..], [Ok(_), Ok(_), Err(_)]));
    ///
    /// assert!(videos.rearm());
    /// let rest: Vec<_> = executor::block_on(videos.collect());
    /// assert!(matches!(rest[..], [Ok(_)]));
    /// # }
    /// ```
    pub fn from_pages(pages: impl Stream<Item = Result<Page>> + Send + 'static) -> Self {
        let source = WalkSource::Pages(UserPages::new(pages.boxed()));
        Self::new(Tracked::open(&source, unplaced(), Remaining::new(None)), source)
    }
}
