//! `Page`: one page of a listing.

use std::slice;
use std::vec;

use super::page_layout::PageLayout;
use crate::api_version::ApiVersion;
use crate::cursor::{Cursor, Position};
use crate::http::Request;
use crate::video::Video;

/// One page of a listing, without the videos that are beyond the cap or were yielded before a
/// resume.
///
/// Two pages are equal if their videos, totals and positions are. A server may use a different
/// token for the same position in every walk; to ignore that, compare only
/// [`videos`](Self::videos).
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::StreamExt;
/// use heygen_videos::Cursor;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
///
/// let page = client.videos().pages().next().await.ok_or("no page")??;
/// assert_eq!((page.videos.len(), page.total), (100, Some(250)));
/// let checkpoint: Cursor = page.cursor(); // the position after this page
///
/// let next = client.videos().resume_from(checkpoint).pages().next().await.ok_or("no page")??;
/// assert_ne!(page.videos[0], next.videos[0]);
/// for video in page {
///     println!("{}", video.video_id);
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The videos in the order of the server; may be empty.
    pub videos: Vec<Video>,
    /// How many videos the account has, as the server reported with this page; `None` with v3,
    /// which does not report it.
    pub total: Option<u64>,
    /// `None` for a page that a user made.
    pub(super) place: Option<PagePlace>,
}

/// Where a page is in its listing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PagePlace {
    /// The position before its first video.
    pub(super) before: Position,
    /// The position after its last video.
    pub(super) after: Cursor,
}

impl Page {
    /// Creates a page of these videos, without a total, for tests of your code.
    ///
    /// [`VideoStream::from_pages`](crate::VideoStream::from_pages) makes a stream of such pages.
    ///
    /// ```
    /// use heygen_videos::{Page, Video};
    ///
    /// let mut page = Page::new(vec![Video::new("a"), Video::new("b")]);
    /// page.total = Some(2);
    /// let ids: Vec<_> = page.into_iter().map(|video| video.video_id).collect();
    /// assert_eq!(ids, ["a", "b"]);
    /// ```
    #[must_use]
    pub fn new(videos: Vec<Video>) -> Self {
        Self { videos, total: None, place: None }
    }

    /// The position after this page: a stream resumed from it yields the videos that follow.
    ///
    /// A page from [`new`](Self::new) does not belong to a listing. Its cursor points to the start
    /// of a v1 listing without filters, and remembers the videos of the page as yielded.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        match &self.place {
            Some(place) => place.after.clone(),
            None => {
                let layout = PageLayout::of_new(None, &self.videos);
                Cursor { position: layout.position_after(self.videos.len()), ..unplaced() }
            }
        }
    }
}

/// The start of a listing, for pages that do not belong to a query.
pub(super) fn unplaced() -> Cursor {
    let api = ApiVersion::V1;
    let filters = Request::default().fingerprint(api);
    Cursor { api, filters, position: Position::start() }
}

impl IntoIterator for Page {
    type Item = Video;
    type IntoIter = vec::IntoIter<Video>;

    fn into_iter(self) -> Self::IntoIter {
        self.videos.into_iter()
    }
}

impl<'a> IntoIterator for &'a Page {
    type Item = &'a Video;
    type IntoIter = slice::Iter<'a, Video>;

    fn into_iter(self) -> Self::IntoIter {
        self.videos.iter()
    }
}
