//! What the benches and fuzz targets of this repository use. Nothing here is stable or meant for
//! users.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::Stream;

use crate::api_version::ApiVersion;
use crate::cursor::{Cursor, Position};
use crate::error::Result;
use crate::stream::{End, Flatten, PageLayout, Remaining, Step, Tracked};
use crate::video::Video;
use crate::wire::{self, Malformed, decode};

/// A page of a walk, ready in memory.
#[derive(Debug)]
pub struct ReadyPage(Step);

impl ReadyPage {
    /// Creates a page of these videos; `last` says whether it ends the walk.
    #[must_use]
    pub fn new(videos: Vec<Video>, last: bool) -> Self {
        let layout = PageLayout::of_new(None, &videos);
        let end = last.then_some(End::Exhausted);
        let position_after = Position::start();
        Self(Step {
            videos,
            total: None,
            repeated: 0,
            skipped: 0,
            layout,
            position_after,
            end,
            listing: None,
        })
    }
}

/// The fingerprints of the ids of a page, in the form in which a cursor stores them.
#[must_use]
pub fn fingerprints(videos: &[Video]) -> Arc<[u64]> {
    crate::stream::fingerprints(videos)
}

/// The stream of videos over pages that are ready.
pub fn flatten(
    pages: impl Stream<Item = Result<ReadyPage>> + Unpin,
) -> impl Stream<Item = Result<Video>> + Unpin {
    use futures::TryStreamExt;

    let cursor = Cursor { api: ApiVersion::V1, filters: 0, position: Position::start() };
    Flatten::new(Tracked::new(pages.map_ok(|page| page.0), cursor, None, Remaining::new(None)))
}

/// Appends a valid checksum to the other fields of a cursor's text, even if those are invalid.
#[must_use]
pub fn with_check(text: &str) -> String {
    crate::cursor::with_checksum(text)
}

/// How many videos the body of a page has; `None` if it is not a page.
#[must_use]
pub fn decode_page(api: ApiVersion, body: &[u8]) -> Option<usize> {
    decode(api, body, Malformed::Fail).ok().map(|page| page.videos.len())
}

/// The videos of a page and how many entries were left out; `None` if it is not a page.
#[must_use]
pub fn decode_videos(
    api: ApiVersion,
    body: &[u8],
    malformed: Malformed,
) -> Option<(Vec<Video>, u64)> {
    decode(api, body, malformed).ok().map(|page| (page.videos, page.skipped))
}

/// Like [`decode_videos`], but reads entry by entry. A page with a bad entry is read in this way.
#[must_use]
pub fn decode_one_by_one(api: ApiVersion, body: &[u8]) -> Option<(Vec<Video>, u64)> {
    let page = wire::read_one_by_one(api, body, Malformed::Fail).ok()?.ok()?;
    Some((page.videos, page.skipped))
}

/// The wait that a `Retry-After` value asks for.
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    crate::http::parse_retry_after(value, now)
}
