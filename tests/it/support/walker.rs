//! `Walker`: the stream of videos or that of pages, taken by batches all the same.

use heygen_videos::{Cursor, End, PageStream, Result, Stats, Video, VideoQuery, VideoStream};

use futures::StreamExt;

/// Either stream, seen as batches of videos.
pub(crate) enum Walker {
    Videos(VideoStream),
    Pages(PageStream),
}

impl Walker {
    pub(crate) fn open(query: VideoQuery, by_page: bool) -> Self {
        if by_page { Self::Pages(query.pages()) } else { Self::Videos(query.stream()) }
    }

    /// The next video or the next page.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<Video>>> {
        Some(match self {
            Self::Videos(videos) => videos.next().await?.map(|video| vec![video]),
            Self::Pages(pages) => pages.next().await?.map(|page| page.videos),
        })
    }

    pub(crate) fn cursor(&self) -> Cursor {
        match self {
            Self::Videos(videos) => videos.cursor(),
            Self::Pages(pages) => pages.cursor(),
        }
    }

    pub(crate) fn rearm(&mut self) -> bool {
        match self {
            Self::Videos(videos) => videos.rearm(),
            Self::Pages(pages) => pages.rearm(),
        }
    }

    pub(crate) fn end(&self) -> Option<End> {
        match self {
            Self::Videos(videos) => videos.end(),
            Self::Pages(pages) => pages.end(),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Videos(videos) => videos.stats(),
            Self::Pages(pages) => pages.stats(),
        }
    }
}
