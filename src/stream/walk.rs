//! The token walk: page after page until the token ends the listing, with the loop guard.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_stream::try_stream;
use futures::Stream;

use super::tracked::End;
use crate::cursor::fingerprint;
use crate::cursor::{Layout, Place, Run};
use crate::error::{Error, Result};
use crate::http::Fetcher;
use crate::video::Video;
use crate::wire::Next;

/// How many empty pages in a row are followed.
const MAX_EMPTY_PAGES: u32 = 100;

/// A page, with all that `cursor()`, `end()` and `rearm()` need of a walk that is sealed.
#[derive(Debug)]
pub(crate) struct Step {
    /// What is to be yielded: cut by the cap, without what was yielded before.
    pub(crate) videos: Vec<Video>,
    pub(crate) total: Option<u64>,
    /// Tells where the walk stands until the last of `videos` is taken.
    pub(crate) layout: Layout,
    /// Where it stands from then on.
    pub(crate) after: Place,
    /// Why this is the last page, where it is.
    pub(crate) end: Option<End>,
}

/// Remembers the tokens of a walk, 8 bytes each, through its rearmings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard(Arc<Mutex<HashSet<u64>>>);

impl Guard {
    /// Whether the token is new to this walk; from now on it is not.
    fn admit(&self, token: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(fingerprint(token.as_bytes()))
    }

    /// The token to go on with, `None` at the end of the listing.
    fn follow(&self, next: Next) -> Result<Option<Arc<str>>> {
        match next {
            Next::End => Ok(None),
            Next::Missing => Err(Error::pagination(
                "the server says there are more videos but gives no token for them",
            )),
            Next::Token(token) if self.admit(&token) => Ok(Some(token.into())),
            Next::Token(_) => Err(Error::pagination(
                "the server gave a token for the second time: following it would never end",
            )),
        }
    }
}

/// Walks the pages from the page of `token` on, until the listing ends or `left` videos were
/// yielded (at least one), leaving out the videos in `yielded` wherever they come.
pub(crate) fn walk(
    fetcher: Fetcher,
    guard: Guard,
    mut token: Option<Arc<str>>,
    mut yielded: Arc<[Run]>,
    mut left: Option<u64>,
) -> impl Stream<Item = Result<Step>> + Send + 'static {
    try_stream! {
        let mut empty_pages = 0;
        if let Some(token) = &token {
            guard.admit(token);
        }
        for number in 1.. {
            let page = fetcher.page(token.as_deref(), number).await?;
            empty_pages = if page.videos.is_empty() { empty_pages + 1 } else { 0 };
            let layout = Layout::new(token.take(), &yielded, &page.videos);
            yielded = layout.carried().clone();
            let mut videos = layout.fresh(page.videos);
            let cut = left.is_some_and(|left| videos.len() as u64 > left);
            if let Some(left) = &mut left {
                videos.truncate((*left).try_into().unwrap_or(usize::MAX));
                *left -= videos.len() as u64;
            }
            let next = guard.follow(page.next);
            let after = match &next {
                Ok(None) if !cut => Place::Finished,
                Ok(next) if !cut => Place::At { token: next.clone(), yielded: yielded.clone() },
                // What is left of it, or a page that leads nowhere, has to be asked for again.
                _ => layout.place(videos.len()),
            };
            let end = match &after {
                after if left == Some(0) => {
                    Some(End::CapReached { more: *after != Place::Finished })
                }
                Place::Finished => Some(End::Exhausted),
                Place::At { .. } => None,
            };
            let last = end.is_some();
            yield Step { videos, total: page.total, layout, after, end };
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
