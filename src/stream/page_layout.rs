//! `PageLayout`: which videos of a page are new, and the position after each of them.

use std::mem;
use std::sync::Arc;

use super::carried::{Carried, last};
use super::expected::Expected;
use super::recent_ids::RecentIds;
use crate::cursor::fingerprint;
use crate::cursor::{Order, Position, YieldedRun, count_yielded};
use crate::video::Video;

/// A page as it was received, compared with what was yielded before.
#[derive(Debug, Default)]
pub(crate) struct PageLayout {
    /// The token that the page was requested with.
    token: Option<Arc<str>>,
    /// The fingerprints of all its videos.
    fingerprints: Vec<u64>,
    /// The videos that are not yielded: the index of each, in ascending order, and the reason.
    left_out: Vec<(usize, LeftOut)>,
    /// How many of the page's videos the server sent for another place before: earlier in this
    /// walk, or in an earlier one before the place where this one resumed.
    repeated: u64,
    /// Whether the walk makes progress: the page has a new video, or one that a cursor carried.
    has_news: bool,
    /// The yielded videos that later pages may show.
    carried: Carried,
    /// The last videos before this page that are not on it, the latest last.
    before: Vec<u64>,
    /// How many videos a position in this page holds, if there are so many before it.
    held: usize,
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
pub(crate) fn fingerprints(videos: &[Video]) -> Vec<u64> {
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
        (layout.before, layout.held) = (carried.before_page(left_out), carried.held());
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
                    self.has_news = true;
                    continue;
                }
                (None, Some(after)) => {
                    self.repeated += 1;
                    if after < added { LeftOut::Again } else { LeftOut::Yielded(None) }
                }
            };
            self.has_news |= run.is_some();
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
        self.before.retain(|id| *id != fingerprint);
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

    pub(super) fn has_news(&self) -> bool {
        self.has_news
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
        let (mut run, mut followed_by) = (Vec::new(), None);
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
        let before = last(self.held.saturating_sub(count_yielded(&runs)), &self.before);
        let before = (!before.is_empty()).then_some(before);
        let refused = self.refused.as_ref().map(std::slice::from_ref);
        let behind = before.into_iter().chain(refused).map(|ids| YieldedRun::behind(ids.into()));
        let yielded = self.carried.in_page(runs, &behind.collect::<Vec<_>>());
        Position::At { token: self.token.clone(), yielded, order: self.order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::count_yielded;

    fn fingerprint_of(id: char) -> u64 {
        fingerprint(id.to_string().as_bytes())
    }

    fn run(ids: &str, next: Option<char>) -> YieldedRun {
        YieldedRun {
            fingerprints: ids.chars().map(fingerprint_of).collect(),
            followed_by: next.map(fingerprint_of),
        }
    }

    fn behind(ids: &str) -> YieldedRun {
        YieldedRun::behind(ids.chars().map(fingerprint_of).collect())
    }

    /// A page of videos with these letters as ids, in a walk that resumed with these runs.
    fn page(yielded: &[YieldedRun], ids: &str) -> PageLayout {
        later_page(&Carried::from_cursor(&yielded.into()), ids, &mut RecentIds::default())
    }

    fn later_page(carried: &Carried, ids: &str, recent: &mut RecentIds) -> PageLayout {
        let videos: Vec<_> = ids.chars().map(Video::new).collect();
        PageLayout::new(None, carried, &videos, recent)
    }

    #[track_caller]
    fn yielded_in(position: &Position) -> &Arc<[YieldedRun]> {
        let Position::At { yielded, .. } = position else { panic!("finished") };
        yielded
    }

    #[track_caller]
    fn check_position(layout: &PageLayout, after: usize, expected: &[YieldedRun]) {
        assert_eq!(**yielded_in(&layout.position_after(after)), *expected);
    }

    #[track_caller]
    fn check_new(layout: &PageLayout, ids: &str, expected: &str) {
        let videos = layout.without_left_out(ids.chars().map(Video::new).collect());
        assert_eq!(videos.iter().map(|video| &*video.video_id).collect::<String>(), expected);
    }

    #[test]
    fn a_position_holds_the_yielded_videos_and_the_next_one() {
        let layout = page(&[], "abc");
        check_position(&layout, 0, &[]);
        check_position(&layout, 2, &[run("ab", Some('c'))]);
        check_position(&layout, 3, &[run("abc", None)]);
    }

    #[test]
    fn an_id_that_comes_twice_is_left_out_the_second_time() {
        let layout = page(&[], "abacb");
        check_new(&layout, "abacb", "abc");
        assert_eq!((layout.repeated(), layout.new_count()), (2, 3));
        check_position(&layout, 1, &[run("a", Some('b'))]);
        check_position(&layout, 2, &[run("ab", Some('c'))]);
        check_position(&layout, 3, &[run("abc", None)]);
    }

    #[test]
    fn what_a_cursor_carries_is_left_out_and_does_not_count_as_repeated() {
        let layout = page(&[run("ab", Some('c'))], "xabbc");
        check_new(&layout, "xabbc", "xc");
        assert_eq!((layout.repeated(), layout.new_count()), (1, 2), "only the second b");
        assert!(layout.carried().runs.is_empty());
    }

    #[test]
    fn news_are_new_videos_and_those_that_a_cursor_carries() {
        let mut recent = RecentIds::default();
        let none = Carried::default();
        assert!(later_page(&none, "abc", &mut recent).has_news());
        assert!(!later_page(&none, "", &mut recent).has_news());
        assert!(!later_page(&none, "cba", &mut recent).has_news());
        assert!(later_page(&none, "abd", &mut recent).has_news());
        let carried = Carried::from_cursor(&[run("ab", None)].into());
        let first = later_page(&carried, "a", &mut recent);
        assert!(first.has_news());
        let second = later_page(first.carried(), "a", &mut recent);
        assert!(!second.has_news(), "it came again already");
    }

    #[test]
    fn missing_videos_are_forgotten_once_the_video_after_their_run_comes() {
        let layout = page(&[run("abc", Some('d'))], "bdef");
        check_position(&layout, 2, &[run("bde", Some('f'))]);
        assert!(layout.carried().runs.is_empty(), "a and c were deleted");
    }

    #[test]
    fn videos_that_new_ones_pushed_to_a_later_page_are_carried_over() {
        let layout = page(&[run("ab", Some('c'))], "xya");
        check_position(
            &layout,
            1,
            &[run("x", Some('y')), run("a", Some('c')), run("b", Some('c'))],
        );
        let carried = layout.carried();
        assert_eq!(*carried.runs, [run("b", Some('c'))]);
        let next = later_page(carried, "bcd", &mut RecentIds::default());
        check_new(&next, "bcd", "cd");
        assert!(next.carried().runs.is_empty());
    }

    #[test]
    fn yielded_videos_behind_new_ones_form_a_run_of_their_own() {
        // The stream stops after 'x'. Then two more new videos push 'a' to a later page.
        let layout = page(&[run("a", Some('b'))], "xyab");
        check_position(&layout, 1, &[run("x", Some('y')), run("a", Some('b'))]);
        let later = page(yielded_in(&layout.position_after(1)), "vwxy");
        check_new(&later, "vwxy", "vwy");
        assert_eq!(*later.carried().runs, [run("a", Some('b'))]);
    }

    #[test]
    fn a_position_holds_the_last_videos_before_it_in_case_pages_overlap() {
        let mut recent = RecentIds::default();
        let first = later_page(&Carried::default(), "abcd", &mut recent);
        check_position(&first, 1, &[run("a", Some('b'))]);
        let second = later_page(first.carried(), "cdef", &mut recent);
        check_new(&second, "cdef", "ef");
        check_position(&second, 1, &[run("cde", Some('f')), behind("ab")]);
        let third = later_page(second.carried(), "ghij", &mut recent);
        check_position(&third, 1, &[run("g", Some('h')), behind("abcdef")]);
        assert_eq!(*third.carried().between_pages(), [behind("abcdefghij")]);

        // A walk that resumes after the second page.
        let resumed = page(&[behind("cdef")], "efgh");
        check_new(&resumed, "efgh", "gh");
        assert_eq!(resumed.repeated(), 2);
        check_position(&resumed, 1, &[run("efg", Some('h')), behind("cd")]);
        assert_eq!(*resumed.carried().between_pages(), [behind("cdefgh")]);
        let empty = page(&[behind("cdef")], "");
        let resumed = later_page(empty.carried(), "efgh", &mut RecentIds::default());
        check_new(&resumed, "efgh", "gh");
    }

    #[test]
    fn a_position_in_a_page_holds_100_videos_or_as_many_as_the_largest_page_had() {
        let ids =
            |range: std::ops::Range<u32>| range.filter_map(char::from_u32).collect::<String>();
        for (most, first) in [(100, 80), (130, 130)] {
            let mut recent = RecentIds::default();
            let first = later_page(&Carried::default(), &ids(1_000..1_000 + first), &mut recent);
            let second = later_page(first.carried(), &ids(2_000..2_100), &mut recent);
            for (count, expected) in [(1, most - 1), (30, most - 30), (100, most - 100)] {
                let position = second.position_after(count);
                let held = count_yielded(yielded_in(&position)) - count;
                assert_eq!(held, expected.min(first.fingerprints.len()), "after {count}");
            }
        }
    }

    #[test]
    fn every_position_in_a_page_remembers_a_refused_token_once() {
        let mut layout = page(&[], "ab");
        layout.refuse_token(7);
        layout.refuse_token(7);
        let refused = YieldedRun::behind([7].into());
        check_position(&layout, 1, &[run("a", Some('b')), refused.clone()]);
        check_position(&layout, 2, &[run("ab", None), refused]);
    }

    #[test]
    fn videos_that_are_too_old_stay_to_be_yielded_later() {
        let mut layout = page(&[run("ac", None)], "abcde");
        layout.leave_out_too_old(vec![0, 1, 3, 4]);
        check_new(&layout, "abcde", "");
        check_position(&layout, 0, &[run("a", Some('b')), run("c", Some('d'))]);
        let mut layout = page(&[], "abcd");
        layout.leave_out_too_old(vec![1]);
        check_new(&layout, "abcd", "acd");
        check_position(&layout, 2, &[run("a", Some('b')), run("c", Some('d'))]);
        check_position(&layout, 3, &[run("a", Some('b')), run("cd", None)]);
    }

    #[test]
    fn a_position_stays_small_over_many_resumes_and_deletions() {
        let mut yielded: Arc<[YieldedRun]> = Arc::default();
        for round in 0..1_000_u32 {
            // All videos yielded so far were deleted.
            let videos: Vec<_> =
                (0..100).map(|n| Video::new(format!("{}", round * 50 + n))).collect();
            let carried = Carried::from_cursor(&yielded);
            let layout = PageLayout::new(None, &carried, &videos, &mut RecentIds::default());
            yielded = yielded_in(&layout.position_after(50)).clone();
            assert_eq!(count_yielded(&yielded), 50);
        }
    }
}
