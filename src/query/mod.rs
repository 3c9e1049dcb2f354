//! `VideoQuery`: collects what to list and opens a stream.

mod open;

use std::time::SystemTime;

use crate::client::Client;
use crate::cursor::{Cursor, Position};
use crate::stream::{PageStream, Since, VideoStream};
use crate::wire::{MAX_PAGE_SIZE, Malformed};

impl Client {
    /// Starts a query for all videos of the account. Nothing is sent until its stream is polled.
    pub fn videos(&self) -> VideoQuery {
        VideoQuery {
            client: self.clone(),
            folder_id: None,
            title: None,
            page_size: MAX_PAGE_SIZE,
            max_items: None,
            created_since: None,
            read_ahead: 0,
            malformed: Malformed::default(),
            cursor: None,
            start: None,
        }
    }
}

/// Which videos to list, and how.
///
/// [`Client::videos`] creates a query; [`stream`](Self::stream) or [`pages`](Self::pages) opens it.
///
/// If a value is out of range, no request is sent and the first item of the stream is an
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest). If the cursor belongs to
/// another query, the first item is an [`ErrorKind::Cursor`](crate::ErrorKind::Cursor).
///
/// # Default
///
/// - all folders and all titles
/// - from the beginning, without a cap
/// - pages of 100, without read-ahead
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(30).start().await?;
/// # let client = simulator.client();
/// let query = client.videos().title("onboarding").max_items(10);
/// let titles: Vec<_> = query.stream().map_ok(|video| video.video_title).try_collect().await?;
/// # assert!(titles.len() <= 10);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until `stream` or `pages` is called"]
pub struct VideoQuery {
    client: Client,
    folder_id: Option<String>,
    title: Option<String>,
    page_size: u32,
    max_items: Option<u64>,
    created_since: Option<Since>,
    read_ahead: usize,
    malformed: Malformed,
    cursor: Option<Cursor>,
    /// The page of a token that came from elsewhere. It is a `Position` because the `Debug` of that
    /// type omits the token.
    start: Option<Position>,
}

impl VideoQuery {
    /// Lists only the videos in this folder. An empty id is refused.
    pub fn folder_id(mut self, id: impl Into<String>) -> Self {
        self.folder_id = Some(id.into());
        self
    }

    /// Lists only the videos whose title matches; the API decides what matches. An empty title is
    /// refused.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets how many videos one request asks for: 1 to 100, the default.
    ///
    /// If the cap allows fewer videos, a request asks for only that many. After a resume, it also
    /// asks for the yielded videos that the server may send again, up to the page size.
    pub fn page_size(mut self, videos: u32) -> Self {
        self.page_size = videos;
        self
    }

    /// Sets how many videos the stream yields at most. Videos yielded before a resume do not count.
    ///
    /// With 0 the stream ends at once and sends nothing.
    pub fn max_items(mut self, videos: u64) -> Self {
        self.max_items = Some(videos);
        self
    }

    /// Yields only videos created at or after `time`, and those without a creation time.
    ///
    /// The API has no such filter, so the stream leaves out older videos itself. It stops, with
    /// [`End::SinceReached`], at the first page after which the last two dated videos are older. So
    /// one video with a wrong date does not end the stream. k new videos cost
    /// ceil((k + 2) / page size) requests.
    ///
    /// It stops early only while the videos are listed newest first. HeyGen's API lists them in
    /// this order, but does not promise it. Once a video is listed after an older one, the stream
    /// logs a warning and reads the listing to its end, so that it misses none.
    ///
    /// It needs times in Unix seconds, which both versions of the API send. Times in milliseconds,
    /// dates as text, and times before September 2001, such as 0, count as missing. If no video has
    /// a usable time, nothing can be left out; a warning in the log and a
    /// [notice](Client::notices) say so.
    ///
    /// The time is not part of a [`Cursor`]. Give it again with
    /// [`resume_from`](Self::resume_from). Without it, the resumed stream also yields the older
    /// videos that follow. An older video that was already left out may be missing.
    ///
    /// [`End::SinceReached`]: crate::End::SinceReached
    ///
    /// ```
    /// # #[cfg(feature = "simulator")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// use futures::TryStreamExt;
    /// use heygen_videos::End;
    /// # use heygen_videos::{Video, simulator::Simulator};
    /// # let simulator = Simulator::builder().videos(250).start().await?;
    /// # let client = simulator.client();
    /// # let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() as i64;
    /// # let mut video = Video::new("made-today");
    /// # video.created_at = Some(now);
    /// # simulator.insert(video);
    ///
    /// let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    /// let mut videos = client.videos().created_since(yesterday).stream();
    /// while let Some(video) = videos.try_next().await? {
    ///     println!("{}", video.video_id);
    /// }
    /// assert_eq!(videos.end(), Some(End::SinceReached));
    /// assert_eq!(videos.stats().requests, 1); // of the three pages
    /// # assert_eq!(videos.stats().items, 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "simulator"))]
    /// # fn main() {}
    /// ```
    pub fn created_since(mut self, time: SystemTime) -> Self {
        self.created_since = Some(Since::new(time));
        self
    }

    /// Sets how many pages are fetched ahead of the current one: 0, the default, to 1,000.
    ///
    /// With 1, a task of the stream fetches the next page while the consumer works on the current
    /// one. There is still only one request at a time. Order, cap, errors and
    /// [`cursor`](VideoStream::cursor) stay the same, because they depend on the videos that were
    /// yielded and not on those that were fetched.
    pub fn read_ahead(mut self, pages: usize) -> Self {
        self.read_ahead = pages;
        self
    }

    /// Sets what to do with an entry of a page that is not a video: [`Malformed::Fail`], the
    /// default, or [`Malformed::Skip`].
    pub fn malformed(mut self, malformed: Malformed) -> Self {
        self.malformed = malformed;
        self
    }

    /// Continues from a cursor that a stream with the same filters returned.
    ///
    /// Page size, cap and read-ahead may differ. A cursor of another query is refused, because it
    /// would skip or repeat videos. The stream uses the API version of the cursor; a client that
    /// was built for the other version refuses it. The exception is a cursor from before the first
    /// video: with it, [`ApiVersion::Auto`](crate::ApiVersion::Auto) still chooses the version.
    ///
    /// ```
    /// # #[cfg(feature = "simulator")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::{StreamExt, TryStreamExt};
    /// # use heygen_videos::simulator::Simulator;
    /// # let simulator = Simulator::builder().videos(250).start().await?;
    /// # let client = simulator.client();
    /// let mut videos = client.videos().stream();
    /// for _ in 0..130 {
    ///     videos.next().await.expect("there are 250")?;
    /// }
    /// let saved = videos.cursor().to_string();
    /// drop(videos);
    ///
    /// let rest = client.videos().resume_from(saved.parse()?).stream();
    /// let rest: Vec<_> = rest.try_collect().await?;
    /// assert_eq!(rest.len(), 120);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "simulator"))]
    /// # fn main() {}
    /// ```
    pub fn resume_from(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Begins at a page token from elsewhere: from curl, another SDK or an older program.
    ///
    /// The first request asks for the page of this token. From there on the stream is exact to the
    /// video, and you can resume from its cursors. It has no information about the videos before
    /// the token.
    ///
    /// A token does not contain the listing that it belongs to, so it is not checked. Use the same
    /// API version and filters with which the token was received. With others, the result depends
    /// on the server. With [`ApiVersion::Auto`](crate::ApiVersion::Auto) the token is used with v1.
    /// If the server refuses the token, the error is an
    /// [`ErrorKind::Cursor`](crate::ErrorKind::Cursor).
    ///
    /// An empty token is refused. A token together with a [cursor](Self::resume_from) is refused
    /// too, because the cursor already contains its page.
    ///
    /// ```
    /// # #[cfg(feature = "simulator")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt;
    /// # use heygen_videos::simulator::Simulator;
    /// # let simulator = Simulator::builder().videos(250).start().await?;
    /// # let client = simulator.client();
    /// # client.videos().max_items(101).stream().try_collect::<Vec<_>>().await?;
    /// # let recorded = simulator.recorded();
    /// # let token = recorded[1].param("token").ok_or("no token")?;
    ///
    /// // `token` came with a page of 100 videos.
    /// let rest: Vec<_> = client.videos().start_token(token).stream().try_collect().await?;
    /// assert_eq!(rest.len(), 150);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "simulator"))]
    /// # fn main() {}
    /// ```
    pub fn start_token(mut self, token: impl Into<String>) -> Self {
        let token = Some(token.into().into());
        self.start = Some(Position::at(token));
        self
    }

    /// Opens the stream of videos. Nothing is sent until it is polled, which must happen inside a
    /// Tokio runtime.
    pub fn stream(self) -> VideoStream {
        let (pages, source) = self.open();
        VideoStream::new(pages, source)
    }

    /// Opens the stream of pages. Nothing is sent until it is polled, which must happen inside a
    /// Tokio runtime.
    pub fn pages(self) -> PageStream {
        let (pages, source) = self.open();
        PageStream::new(pages, source)
    }

    #[cfg(feature = "export")]
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The folder and the title.
    #[cfg(feature = "export")]
    pub(crate) fn filters(&self) -> [Option<String>; 2] {
        [self.folder_id.clone(), self.title.clone()]
    }

    /// Like [`resume_from`](Self::resume_from), but also drops a start token.
    #[cfg(feature = "export")]
    pub(crate) fn go_on_from(mut self, cursor: Cursor) -> Self {
        self.start = None;
        self.resume_from(cursor)
    }

    #[cfg(feature = "export")]
    pub(crate) fn cap(&self) -> Option<u64> {
        self.max_items
    }

    #[cfg(feature = "export")]
    pub(crate) fn since(&self) -> Option<Since> {
        self.created_since
    }

    /// The same query with another cap and another time for `created_since`.
    #[cfg(feature = "export")]
    pub(crate) fn limited(mut self, cap: Option<u64>, since: Option<Since>) -> Self {
        (self.max_items, self.created_since) = (cap, since);
        self
    }

    /// The first setting by which the query lists only a part of its listing.
    #[cfg(any(feature = "sqlite", feature = "tap"))]
    pub(crate) fn cut(&self) -> Option<&'static str> {
        let cuts = [
            ("max_items", self.max_items.is_some()),
            ("created_since", self.created_since.is_some()),
            ("resume_from", self.cursor.is_some()),
            ("start_token", self.start.is_some()),
        ];
        cuts.into_iter().find(|(_, is_set)| *is_set).map(|(name, _)| name)
    }
}
