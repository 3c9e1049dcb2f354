//! `walk`: asks for page after page until the token ends the listing.

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;

use super::end::End;
use super::page_layout::PageLayout;
use super::remaining::Remaining;
use super::seen::SeenTokens;
use crate::api_version::ApiVersion;
use crate::cursor::{Position, YieldedRun};
use crate::error::{Error, Result};
use crate::http::Fetcher;
use crate::video::Video;

/// How many empty pages in a row are followed.
const MAX_EMPTY_PAGES: u32 = 100;

/// One page of a walk, with the positions and the end that go with it.
///
/// The streams cannot look into the boxed walk, so each step carries what they need to know.
#[derive(Debug)]
pub(crate) struct Step {
    /// The videos to yield: new ones only, cut to the cap.
    pub(crate) videos: Vec<Video>,
    pub(crate) total: Option<u64>,
    /// Gives the position after each of `videos` but the last.
    pub(crate) layout: PageLayout,
    /// The position after the last of `videos`.
    pub(crate) position_after: Position,
    /// Why the walk ends here; `None` if it goes on.
    pub(crate) end: Option<End>,
    /// The version and the filters of the cursors from here on; `None` if they do not change.
    pub(crate) listing: Option<(ApiVersion, u64)>,
}

impl Step {
    /// Keeps the new videos of a page, cuts them to the cap and finds the position after them.
    ///
    /// `fetcher` knows the version that sent it. `received` are all videos of the page. `next` is the token of the next page, `None` at the
    /// end of the listing, or an error if the walk cannot go on.
    fn new(
        fetcher: &Fetcher,
        layout: PageLayout,
        received: Vec<Video>,
        total: Option<u64>,
        next: &Result<Option<Arc<str>>>,
        remaining: &mut Remaining,
    ) -> Self {
        let mut videos = layout.without_yielded(received);
        let was_cut = remaining.cut(&mut videos);
        let position_after = match next {
            Ok(None) if !was_cut => Position::Finished,
            Ok(Some(token)) if !was_cut => {
                Position::At { token: Some(token.clone()), yielded: layout.carried().clone() }
            }
            // Read this page again later: the cap cut it, or its next token cannot be followed.
            _ => layout.position_after(videos.len()),
        };
        let end = if remaining.is_zero() {
            Some(End::CapReached { more: position_after != Position::Finished })
        } else {
            (position_after == Position::Finished).then_some(End::Exhausted)
        };
        let listing = Some((fetcher.version(), fetcher.fingerprint()));
        Self { videos, total, layout, position_after, end, listing }
    }
}

/// Walks the pages, beginning with that of `token`, until the listing ends or the cap is reached.
///
/// `cap` is 1 or more. The videos in `yielded` are left out wherever they come.
pub(super) fn walk(
    fetcher: Fetcher,
    seen: SeenTokens,
    mut token: Option<Arc<str>>,
    mut yielded: Arc<[YieldedRun]>,
    cap: Remaining,
) -> impl Stream<Item = Result<Step>> + Send + 'static {
    try_stream! {
        let mut remaining = cap;
        let mut empty_pages = 0;
        if let Some(token) = &token {
            seen.insert(token);
        }
        for number in 1.. {
            let page = fetcher.page(token.as_deref(), number).await?;
            empty_pages = if page.videos.is_empty() { empty_pages + 1 } else { 0 };
            let layout = PageLayout::new(token.take(), &yielded, &page.videos);
            yielded = layout.carried().clone();
            let next = seen.next_token(page.next);
            let step = Step::new(&fetcher, layout, page.videos, page.total, &next, &mut remaining);
            let is_last = step.end.is_some();
            yield step;
            if is_last {
                return;
            }
            token = next?;
            if empty_pages > MAX_EMPTY_PAGES {
                Err(Error::pagination("the server sent more than 100 empty pages in a row"))?;
            }
        }
    }
}
