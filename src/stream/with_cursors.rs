//! `WithCursors`: the videos of a stream, each with the position after it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::FusedStream;

use super::end::End;
use super::stats::Stats;
use super::videos::VideoStream;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::video::Video;

impl VideoStream {
    /// Yields each video together with the position just after it.
    ///
    /// Use this if you work on several videos at once: then [`cursor`](Self::cursor) is the
    /// position after the last video that was *started*. See [`WithCursors`].
    pub fn with_cursors(self) -> WithCursors {
        WithCursors { inner: self }
    }
}

/// The videos of a [`VideoStream`], each with the [`Cursor`] just after it.
///
/// Created by [`VideoStream::with_cursors`]. It yields the same videos and errors as the original
/// stream, ends in the same way, and keeps the same promises.
///
/// If you work on several videos at once, the stream is ahead of the work. Its own position, and
/// the position in an error, then include videos that are not finished. To be able to resume, save
/// the cursor of a video once that video *and all before it* are finished. `buffered` does that by
/// itself, because its results come in the order of the listing. With `for_each_concurrent` and
/// `buffer_unordered` you have to keep track of what is still running.
///
/// A cursor has up to about a kilobyte and is built for each video. If you save rarely and work on
/// one video at a time, [`VideoStream::cursor`] costs less.
///
/// # Cancel safety
///
/// The same as that of a [`VideoStream`](VideoStream#cancel-safety).
///
/// # Example
///
/// Work on eight videos at a time. The work on one video fails, and a second run continues at that
/// video:
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::{StreamExt, TryStreamExt};
/// use heygen_videos::Video;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
/// # let broken = simulator.ids()[130].clone();
/// # let work = async |video: Video| {
/// #     tokio::task::yield_now().await;
/// #     if video.video_id == broken { Err("no disk space") } else { Ok(()) }
/// # };
///
/// let videos = client.videos().stream().with_cursors();
/// let mut results = videos
///     .map(async |item| {
///         let (video, cursor) = item?;
///         work(video).await?;
///         Ok::<_, Box<dyn std::error::Error>>(cursor)
///     })
///     .buffered(8);
/// let mut finished = None;
/// while let Some(Ok(cursor)) = results.next().await {
///     finished = Some(cursor); // this video and all before it are finished: save the cursor
/// }
///
/// let cursor = finished.ok_or("nothing was finished")?;
/// let rest: Vec<_> = client.videos().resume_from(cursor).stream().try_collect().await?;
/// assert_eq!(rest.len(), 120);
/// assert_eq!(rest[0].video_id, simulator.ids()[130]); // the one that failed
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[must_use = "a stream sends nothing and yields nothing until it is polled"]
pub struct WithCursors {
    inner: VideoStream,
}

impl WithCursors {
    /// The position after the last video that was yielded; see [`VideoStream::cursor`].
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.inner.cursor()
    }

    /// How many videos the account has, as the server last reported; v3 does not report it.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.inner.total()
    }

    /// Why the stream ended; `None` before it has ended.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.inner.end()
    }

    /// What the stream has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.stats()
    }

    /// Makes the stream continue after an error, exactly where it stopped; see
    /// [`VideoStream::rearm`].
    pub fn rearm(&mut self) -> bool {
        self.inner.rearm()
    }

    /// The underlying stream.
    pub fn get_ref(&self) -> &VideoStream {
        &self.inner
    }

    /// Returns the underlying stream, at the same position; nothing is lost.
    pub fn into_inner(self) -> VideoStream {
        self.inner
    }
}

impl Stream for WithCursors {
    type Item = Result<(Video, Cursor)>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.inner).poll_next(cx));
        Poll::Ready(item.map(|item| item.map(|video| (video, self.inner.cursor()))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl FusedStream for WithCursors {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl fmt::Debug for WithCursors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WithCursors").field(&self.inner).finish()
    }
}
