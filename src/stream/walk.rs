//! `Walk`: asks for page after page until the token ends the listing.

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;
use tracing::warn;

use super::carried::Carried;
use super::end::End;
use super::own_task::{OwnTask, runtime_was_shut_down};
use super::page_layout::PageLayout;
use super::remaining::Remaining;
use super::seen::{Seen, SeenSoFar};
use super::since::Since;
use crate::api_version::ApiVersion;
use crate::cursor::{Order, Position};
use crate::error::{Error, Result};
use crate::http::Fetcher;
use crate::video::Video;
use crate::wire::{Next, WirePage};

/// How many pages in a row may make no progress before the walk gives up.
pub(super) const MAX_PAGES_WITHOUT_PROGRESS: u32 = 100;

/// A walk gives up when it has received this many videos more than ten times the server's total. A
/// server can repeat its videos in a cycle that is too long to be noticed.
const MANY_VIDEOS: u64 = 1_000_000;

/// After this many videos without a date the caller of `created_since` is warned, even before the
/// end of the listing.
const MANY_WITHOUT_DATE: usize = 100;

const NO_DATES: &str = "no video so far has a creation time in Unix seconds, so older ones cannot be \
                        left out";

/// One page of a walk, with the positions and the end that go with it.
///
/// The streams cannot access the boxed walk, so each step carries what they need.
#[derive(Debug)]
pub(crate) struct Step {
    /// The videos to yield: new ones only, cut to the cap.
    pub(crate) videos: Vec<Video>,
    /// The total that the server sent with this page.
    ///
    /// The page that ends the listing does not lower the total of the page before it. If that page
    /// is cut short, its total may be too low as well, and would hide that videos are missing.
    pub(crate) total: Option<u64>,
    /// How many videos were left out because the server repeated them; see `Stats::repeated`.
    pub(crate) repeated: u64,
    /// How many entries were left out because they are not videos.
    pub(crate) skipped: u64,
    /// Gives the position after each of `videos` but the last.
    pub(crate) layout: PageLayout,
    /// The position after the last of `videos`.
    pub(crate) position_after: Position,
    /// Why the walk ends here; `None` if it continues.
    pub(crate) end: Option<End>,
    /// The version and the filters of the cursors from here on; `None` if they do not change.
    pub(crate) listing: Option<(ApiVersion, u64)>,
}

/// The state of a walk between two pages.
pub(super) struct Walk {
    seen: Seen,
    since: Option<Since>,
    is_whole: bool,
    /// The token of the next page; the first page has none.
    token: Option<Arc<str>>,
    carried: Carried,
    order: Order,
    remaining: Remaining,
    pages_without_progress: u32,
    /// How many videos were received without a date that `created_since` can use; 0 once one has
    /// such a date.
    without_date: usize,
}

impl Walk {
    /// A walk of at most `cap` videos from `position`. `position` must not be the end, and `cap`
    /// must be at least 1.
    pub(super) fn new(
        seen: Seen,
        position: &Position,
        cap: Remaining,
        since: Option<Since>,
        is_whole: bool,
    ) -> Self {
        let (token, carried, order) = match position {
            Position::At { token, yielded, order } => {
                (token.clone(), Carried::from_cursor(yielded), *order)
            }
            Position::Finished => Default::default(),
        };
        {
            let mut seen = seen.lock();
            if let Some(token) = &token {
                // After a `rearm` the token is already in `seen`.
                let _ = seen.add_token(token);
            }
            for run in carried.expected().rev() {
                for fingerprint in run.fingerprints.iter() {
                    seen.recent.insert(*fingerprint);
                }
            }
            // One of these fingerprints may belong to a refused token. The others belong to videos
            // and match no token.
            for run in carried.behind.iter() {
                for fingerprint in run.fingerprints.iter() {
                    seen.add_token_fingerprint(*fingerprint);
                }
            }
        }
        Self {
            seen,
            since,
            is_whole,
            token,
            carried,
            order,
            remaining: cap,
            pages_without_progress: 0,
            without_date: 0,
        }
    }

    /// Fetches the pages and turns each into a step.
    pub(super) fn steps(
        mut self,
        fetcher: Fetcher,
    ) -> impl Stream<Item = Result<Step>> + Send + 'static {
        let fetcher = Arc::new(fetcher);
        try_stream! {
            for number in 1.. {
                let (request, token) = (Arc::clone(&fetcher), self.token.clone());
                // Use a separate task, so that the request continues even while the stream is not
                // polled.
                let page = OwnTask::spawn(async move {
                    request.page(token.as_deref(), number).await
                });
                let page = page.await.unwrap_or_else(|| Err(runtime_was_shut_down()))?;
                self.refuse_empty_account(&page, number)?;
                let (mut step, next) = self.receive(page);
                step.listing = Some((fetcher.version(), fetcher.fingerprint()));
                let is_last = step.end.is_some();
                if self.without_date >= if is_last { 1 } else { MANY_WITHOUT_DATE } {
                    fetcher.note(NO_DATES);
                }
                yield step;
                if is_last {
                    return;
                }
                self.token = next?;
                if self.pages_without_progress >= MAX_PAGES_WITHOUT_PROGRESS {
                    Err(Error::pagination(
                        "the server sent 100 pages in a row that were empty or repeated earlier \
                         videos",
                    ))?;
                }
            }
        }
    }

    /// Fails if a page after the first one ends the listing as if the account had no videos.
    fn refuse_empty_account(&self, page: &WirePage, number: u64) -> Result<()> {
        let is_last = match &page.next {
            Next::End => true,
            Next::Token(token) => self.token.as_deref() == Some(token),
            Next::Missing => false,
        };
        let is_empty = page.videos.is_empty() && page.skipped == 0 && page.total == Some(0);
        // A server whose total was 0 on the pages before does not count its videos.
        let counts_none = is_empty && is_last && self.seen.lock().total != Some(0);
        if self.token.is_none() || !(page.is_null || counts_none) {
            return Ok(());
        }
        // If the walk begins with this page, the account may really have been emptied. Only the
        // first page can show that.
        Err(match number {
            1 => Error::bad_cursor("the server counts no videos at this position: begin again"),
            _ => {
                Error::pagination("a page after the first one says that the account has no videos")
            }
        })
    }

    /// Turns a page into a step. Also returns the token of the next page, `None` at the end of the
    /// listing, or why the walk cannot continue.
    fn receive(&mut self, page: WirePage) -> (Step, Result<Option<Arc<str>>>) {
        let seen = self.seen.clone();
        let mut seen = seen.lock();
        let (token, videos) = (self.token.take(), page.videos);
        let skipped = if seen.note_page(&token) { page.skipped } else { 0 };
        let is_own_token = |next: &str| token.as_deref() == Some(next);
        let repeats_empty_page = videos.is_empty()
            && page.skipped == 0
            && matches!(&page.next, Next::Token(next) if is_own_token(next));
        let mut layout = PageLayout::new(token, &self.carried, &videos, &mut seen.recent);
        seen.videos += layout.new_count();
        seen.skipped += skipped;
        self.pages_without_progress =
            if layout.makes_progress() { 0 } else { self.pages_without_progress + 1 };
        let most = seen.total.max(page.total);
        let next = self.next_token(page.next, repeats_empty_page, most, &mut seen, &mut layout);
        let total = if matches!(next, Ok(None)) { most } else { page.total };
        seen.total = total.or(seen.total);
        drop(seen);
        let since_is_reached = self.apply_since(&videos, &mut layout);
        self.carried = layout.carried().clone();
        let mut step = self.step(layout, videos, total, &next, since_is_reached);
        step.skipped = skipped;
        (step, next)
    }

    /// The token of the next page. A token that was seen before is never followed. `total` is the
    /// larger of the totals of this page and of those before it.
    fn next_token(
        &self,
        next: Next,
        repeats_empty_page: bool,
        total: Option<u64>,
        seen: &mut SeenSoFar,
        layout: &mut PageLayout,
    ) -> Result<Option<Arc<str>>> {
        let token = match next {
            Next::End => return Ok(None),
            Next::Missing => {
                return Err(Error::pagination(
                    "the server says that there are more videos but sent no token for them",
                ));
            }
            Next::Token(token) => token,
        };
        let many = |total: u64| total.saturating_mul(10).saturating_add(MANY_VIDEOS);
        if total.is_some_and(|total| seen.videos > many(total)) {
            return Err(Error::pagination(
                "the server sent far more videos than its total: the listing may never end",
            ));
        }
        let Err(refused) = seen.add_token(&token) else { return Ok(Some(token.into())) };
        let is_end = match total.filter(|_| self.is_whole) {
            // The numbers must be equal: if more videos were received than exist, some were deleted
            // and others may be missing.
            Some(total) => total == seen.videos + seen.skipped,
            None => repeats_empty_page,
        };
        if is_end {
            return Ok(None);
        }
        layout.refuse_token(refused);
        Err(Error::pagination("the server sent the same token twice: following it would never end"))
    }

    /// Leaves out the videos that are too old. Returns true if all later ones are too old as well.
    fn apply_since(&mut self, videos: &[Video], layout: &mut PageLayout) -> bool {
        let Some(since) = self.since else {
            // The order is not checked from here on, so it becomes unknown; but a broken order
            // stays broken.
            if self.order != Order::Broken {
                self.order = Order::Unknown;
            }
            layout.set_order(self.order);
            return false;
        };
        let before = self.order;
        let verdict = since.look_at(videos, |index| !layout.is_left_out(index), before);
        self.order = verdict.order;
        self.without_date = match self.order {
            Order::Unknown => self.without_date + videos.len(),
            Order::Kept(_) | Order::Broken => 0,
        };
        if self.order == Order::Broken && before != Order::Broken {
            warn!("the videos do not come newest first: the whole listing is read");
        }
        // A position in this page holds the order before the page, because a resume from it
        // requests the page again and checks it from its start. A broken order stays broken.
        layout.set_order(if self.order == Order::Broken { self.order } else { before });
        layout.leave_out_too_old(verdict.too_old);
        verdict.is_reached
    }

    /// Keeps the videos to yield, cuts them to the cap and finds the position after them.
    fn step(
        &mut self,
        layout: PageLayout,
        received: Vec<Video>,
        total: Option<u64>,
        next: &Result<Option<Arc<str>>>,
        since_is_reached: bool,
    ) -> Step {
        let mut videos = layout.without_left_out(received);
        let was_cut = self.remaining.cut(&mut videos);
        let position_after = match next {
            // Read this page again later: the cap cut it, its older videos were left out, or its
            // next token cannot be followed.
            _ if was_cut || since_is_reached => layout.position_after(videos.len()),
            Err(_) => layout.position_after(videos.len()),
            Ok(None) => Position::Finished,
            Ok(Some(token)) => Position::At {
                token: Some(token.clone()),
                yielded: self.carried.between_pages(),
                order: self.order,
            },
        };
        let end = if self.remaining.is_zero() {
            Some(End::CapReached { more: position_after != Position::Finished })
        } else if since_is_reached {
            Some(End::SinceReached)
        } else {
            (position_after == Position::Finished).then_some(End::Exhausted)
        };
        let repeated = layout.repeated();
        Step { videos, total, repeated, skipped: 0, layout, position_after, end, listing: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::wire::{Malformed, decode};

    #[test]
    fn a_listing_of_far_more_videos_than_its_total_is_an_error() {
        let page = |total: &str, number: u64| {
            let videos = format!(r#"[{{"video_id":"v{number}"}}]"#);
            let data = format!(r#"{{"videos":{videos},"token":"t{number}","total":{total}}}"#);
            let body = format!(r#"{{"code":100,"data":{data}}}"#);
            decode(ApiVersion::V1, body.as_bytes(), Malformed::Fail).unwrap()
        };
        for (total, before) in [("5", MANY_VIDEOS + 49), ("20000", MANY_VIDEOS + 199_999)] {
            let seen = Seen::default();
            seen.lock().videos = before;
            let start = Position::start();
            let mut walk = Walk::new(seen.clone(), &start, Remaining::new(None), None, true);
            assert!(walk.receive(page(total, 1)).1.is_ok());
            let (step, next) = walk.receive(page(total, 2));
            assert_eq!((step.videos.len(), next.unwrap_err().kind()), (1, ErrorKind::Pagination));

            seen.lock().total = None;
            assert!(walk.receive(page("null", 3)).1.is_ok(), "there is no total to compare");
        }
    }
}
