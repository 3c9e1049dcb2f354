//! The token walk: page after page until the token ends the listing, with the loop guard.

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;

use super::end::End;
use super::page_layout::PageLayout;
use super::seen::SeenTokens;
use crate::cursor::{Position, YieldedRun};
use crate::error::{Error, Result};
use crate::http::Fetcher;
use crate::video::Video;

/// How many empty pages in a row are followed.
const MAX_EMPTY_PAGES: u32 = 100;

/// A page, with all that `cursor()`, `end()` and `rearm()` need of a walk that is sealed.
#[derive(Debug)]
pub(crate) struct Step {
    /// What is to be yielded: cut by the cap, without what was yielded before.
    pub(crate) videos: Vec<Video>,
    pub(crate) total: Option<u64>,
    /// Tells where the walk stands until the last of `videos` is taken.
    pub(crate) layout: PageLayout,
    /// Where it stands from then on.
    pub(crate) position_after: Position,
    /// Why this is the last page, where it is.
    pub(crate) end: Option<End>,
}

/// Walks the pages from the page of `token` on, until the listing ends or `remaining` videos were
/// yielded (at least one), leaving out the videos in `yielded` wherever they come.
pub(crate) fn walk(
    fetcher: Fetcher,
    seen: SeenTokens,
    mut token: Option<Arc<str>>,
    mut yielded: Arc<[YieldedRun]>,
    mut remaining: Option<u64>,
) -> impl Stream<Item = Result<Step>> + Send + 'static {
    try_stream! {
        let mut empty_pages = 0;
        if let Some(token) = &token {
            seen.insert(token);
        }
        for number in 1.. {
            let page = fetcher.page(token.as_deref(), number).await?;
            empty_pages = if page.videos.is_empty() { empty_pages + 1 } else { 0 };
            let layout = PageLayout::new(token.take(), &yielded, &page.videos);
            yielded = layout.carried().clone();
            let mut videos = layout.without_yielded(page.videos);
            let cut = remaining.is_some_and(|remaining| videos.len() as u64 > remaining);
            if let Some(remaining) = &mut remaining {
                videos.truncate((*remaining).try_into().unwrap_or(usize::MAX));
                *remaining -= videos.len() as u64;
            }
            let next = seen.next_token(page.next);
            let position_after = match &next {
                Ok(None) if !cut => Position::Finished,
                Ok(next) if !cut => Position::At { token: next.clone(), yielded: yielded.clone() },
                // The rest of it, or a page that leads nowhere, has to be asked for again.
                _ => layout.position_after(videos.len()),
            };
            let end = match &position_after {
                after if remaining == Some(0) => {
                    Some(End::CapReached { more: *after != Position::Finished })
                }
                Position::Finished => Some(End::Exhausted),
                Position::At { .. } => None,
            };
            let last = end.is_some();
            yield Step { videos, total: page.total, layout, position_after, end };
            if last {
                return;
            }
            token = next?;
            if empty_pages > MAX_EMPTY_PAGES {
                Err(Error::pagination("the server sent more than 100 empty pages in a row"))?;
            }
        }
    }
}
