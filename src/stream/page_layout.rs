//! `PageLayout`: which videos of a page are new, and the position after each of them.

use std::mem;
use std::sync::Arc;

use super::carried::{Carried, last};
use super::expected::Expected;
use super::recent_ids::RecentIds;
use crate::cursor::fingerprint;
use crate::cursor::{Order, Position, YieldedRun, count_videos};
use crate::video::Video;

/// A page as it was received, compared with what was yielded before.
#[derive(Debug, Default)]
pub(crate) struct PageLayout {
    /// The token that the page was requested with.
    token: Option<Arc<str>>,
    /// The fingerprints of all its videos.
    fingerprints: Arc<[u64]>,
    /// The videos that are not yielded: the index of each, in ascending order, and the reason.
    left_out: Vec<(usize, LeftOut)>,
    /// How many of the page's videos the server had already sent, in this walk or, if it resumed,
    /// on a page before the one where it resumed.
    repeated: u64,
    /// Whether the walk makes progress: the page has a new video, or one that a cursor carried.
    makes_progress: bool,
    /// The yielded videos that later pages may show.
    carried: Carried,
    /// The last videos received before this page, without those that are also on it, in the order
    /// in which they were received.
    before: Arc<[u64]>,
    /// The fingerprint of the next page's token, if that was refused.
    refused: Option<u64>,
    /// The order of the videos, as a position in this page holds it.
    order: Order,
}

/// Why a video of a page is not yielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    /// It was yielded before. If a cursor carried it, this holds the `followed_by` of its run.
    Yielded(Option<u64>),
    /// It appeared earlier in this page.
    Again,
    /// It is older than `created_since`.
    TooOld,
}

/// The fingerprints of the videos' ids.
pub(crate) fn fingerprints(videos: &[Video]) -> Arc<[u64]> {
    videos.iter().map(|video| fingerprint(video.video_id.as_bytes())).collect()
}

impl PageLayout {
    /// The layout of a page that was requested with `token`.
    ///
    /// The videos in `carried` and `recent` were yielded before. The videos of the page are added
    /// to `recent`.
    pub(super) fn new(
        token: Option<Arc<str>>,
        carried: &Carried,
        videos: &[Video],
        recent: &mut RecentIds,
    ) -> Self {
        let fingerprints = fingerprints(videos);
        let mut layout = Self { token, fingerprints, ..Self::default() };
        let mut expected = Expected::new(carried);
        layout.find_yielded(&mut expected, recent);
        let runs = expected.remaining(layout.new_fingerprints());
        let left_out = layout.left_out.iter().map(|(index, _)| layout.fingerprints[*index]);
        layout.before = carried.before_page(left_out);
        layout.carried = carried.after_page(&layout.before, &layout.fingerprints, runs);
        layout
    }

    /// A page whose videos are all new.
    pub(crate) fn of_new(token: Option<Arc<str>>, videos: &[Video]) -> Self {
        Self::new(token, &Carried::default(), videos, &mut RecentIds::default())
    }

    /// Finds the videos that were yielded before, and removes them from those expected.
    fn find_yielded(&mut self, expected: &mut Expected<'_>, recent: &mut RecentIds) {
        let mut added = 0;
        for (index, fingerprint) in self.fingerprints.iter().enumerate() {
            let run = expected.take(*fingerprint);
            let added_after = recent.insert(*fingerprint);
            added += usize::from(added_after.is_none());
            let why = match (run, added_after) {
                (Some(run), _) => {
                    self.repeated += u64::from(run.is_behind());
                    LeftOut::Yielded(run.followed_by.filter(|_| !run.is_behind()))
                }
                (None, None) => {
                    self.makes_progress = true;
                    continue;
                }
                (None, Some(after)) => {
                    self.repeated += 1;
                    if after < added { LeftOut::Again } else { LeftOut::Yielded(None) }
                }
            };
            self.makes_progress |= run.is_some();
            self.left_out.push((index, why));
        }
    }

    fn new_fingerprints(&self) -> impl Iterator<Item = u64> {
        let mut left_out = self.left_out.iter().peekable();
        let all = self.fingerprints.iter().enumerate();
        all.filter(move |(index, _)| left_out.next_if(|(at, _)| at == index).is_none())
            .map(|(_, fingerprint)| *fingerprint)
    }

    /// Also leaves out the videos with these indices, which are in ascending order.
    pub(super) fn leave_out_too_old(&mut self, indices: Vec<usize>) {
        let mut others = mem::take(&mut self.left_out).into_iter().peekable();
        for index in indices {
            while let Some(other) = others.next_if(|(at, _)| *at < index) {
                self.left_out.push(other);
            }
            if others.peek().is_none_or(|(at, _)| *at != index) {
                self.left_out.push((index, LeftOut::TooOld));
            }
        }
        self.left_out.extend(others);
    }

    /// Sets the order that a position in this page holds.
    pub(super) fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// Makes every position in this page remember that the token of the next page was refused.
    pub(super) fn refuse_token(&mut self, fingerprint: u64) {
        self.before = self.before.iter().copied().filter(|id| *id != fingerprint).collect();
        self.refused = Some(fingerprint);
    }

    /// How many videos are yielded if none is too old.
    pub(super) fn new_count(&self) -> u64 {
        (self.fingerprints.len() - self.left_out.len()) as u64
    }

    /// How many of the page's videos the server should not have sent again.
    pub(super) fn repeated(&self) -> u64 {
        self.repeated
    }

    pub(super) fn makes_progress(&self) -> bool {
        self.makes_progress
    }

    /// Whether the video at this index is not yielded.
    pub(super) fn is_left_out(&self, index: usize) -> bool {
        self.left_out.binary_search_by_key(&index, |(at, _)| *at).is_ok()
    }

    /// Removes the videos that are not yielded; `videos` are those of this page.
    pub(super) fn without_left_out(&self, mut videos: Vec<Video>) -> Vec<Video> {
        if !self.left_out.is_empty() {
            let mut index = 0;
            let mut left_out = self.left_out.iter().peekable();
            videos.retain(|_| {
                let is_left_out = left_out.next_if(|(at, _)| *at == index).is_some();
                index += 1;
                !is_left_out
            });
        }
        videos
    }

    /// What the next page may show again.
    pub(super) fn carried(&self) -> &Carried {
        &self.carried
    }

    /// The position in this page after the first `count` of the videos that it yields.
    pub(crate) fn position_after(&self, count: usize) -> Position {
        let mut runs = Vec::new();
        let mut left_out = self.left_out.iter().peekable();
        let mut remaining = count;
        let (mut run, mut followed_by) = (Vec::with_capacity(count), None);
        for (index, fingerprint) in self.fingerprints.iter().enumerate() {
            let why = left_out.next_if(|(at, _)| *at == index).map(|(_, why)| *why);
            match why {
                Some(LeftOut::Yielded(earlier)) => followed_by = earlier,
                Some(LeftOut::Again) => continue,
                None if remaining > 0 => {
                    remaining -= 1;
                    followed_by = None;
                }
                // A video that was not yielded ends the run.
                Some(LeftOut::TooOld) | None => {
                    if !run.is_empty() {
                        let fingerprints = mem::take(&mut run).into();
                        runs.push(YieldedRun { fingerprints, followed_by: Some(*fingerprint) });
                    }
                    if remaining == 0 && left_out.peek().is_none() {
                        break;
                    }
                    continue;
                }
            }
            run.push(*fingerprint);
        }
        if !run.is_empty() {
            runs.push(YieldedRun { fingerprints: run.into(), followed_by });
        }
        let before = last(self.carried.held().saturating_sub(count_videos(&runs)), &self.before);
        let before = (!before.is_empty()).then_some(before);
        let refused = self.refused.as_ref().map(std::slice::from_ref);
        let behind = before.into_iter().chain(refused).map(|ids| YieldedRun::behind(ids.into()));
        let yielded = self.carried.in_page(runs, &behind.collect::<Vec<_>>());
        Position::At { token: self.token.clone(), yielded, order: self.order }
    }
}

#[cfg(test)]
mod tests;
