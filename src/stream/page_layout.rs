//! `PageLayout`: which videos of a page are new, and the position after each of them.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use crate::cursor::fingerprint;
use crate::cursor::{Position, YieldedRun, count_yielded};
use crate::video::Video;

/// How many yielded videos are remembered that no page has shown again.
///
/// There are more only where thousands of them were deleted, or where thousands of new videos now
/// come before them. Then the runs furthest down the listing are forgotten.
const MAX_CARRIED: usize = 2_000;

/// A page as it was received, compared with what was yielded before.
#[derive(Debug, Default)]
pub(crate) struct PageLayout {
    /// The token that the page was requested with.
    token: Option<Arc<str>>,
    /// The fingerprints of all its videos.
    fingerprints: Vec<u64>,
    /// The videos of the page that were yielded before: their index, in ascending order, and the
    /// `followed_by` of the run that they were yielded in.
    repeated: Vec<(usize, Option<u64>)>,
    /// Yielded videos that are not in this page and may still come.
    carried: Arc<[YieldedRun]>,
}

/// The fingerprints of the videos' ids.
pub(crate) fn fingerprints(videos: &[Video]) -> Vec<u64> {
    videos.iter().map(|video| fingerprint(video.video_id.as_bytes())).collect()
}

impl PageLayout {
    /// The layout of a page that was requested with `token`.
    ///
    /// The videos in `yielded` were yielded before and may come again.
    pub(crate) fn new(token: Option<Arc<str>>, yielded: &[YieldedRun], videos: &[Video]) -> Self {
        let mut layout = Self { token, fingerprints: fingerprints(videos), ..Self::default() };
        if !yielded.is_empty() {
            layout.compare_with(yielded);
        }
        layout
    }

    /// Finds the repeated videos of the page and those that are carried over to the next.
    fn compare_with(&mut self, yielded: &[YieldedRun]) {
        // The numbers of the runs that expect a fingerprint, the first run at the end. A number is
        // there as often as the run has the video, for servers that list one twice.
        let mut expected: HashMap<u64, Vec<usize>> = HashMap::new();
        for (number, run) in yielded.iter().enumerate().rev() {
            for fingerprint in &run.fingerprints {
                expected.entry(*fingerprint).or_default().push(number);
            }
        }
        let mut new = Vec::new();
        for (index, fingerprint) in self.fingerprints.iter().enumerate() {
            match expected.get_mut(fingerprint).and_then(Vec::pop) {
                Some(number) => self.repeated.push((index, yielded[number].followed_by)),
                None => new.push(*fingerprint),
            }
        }
        let mut carried = Vec::new();
        for (number, run) in yielded.iter().enumerate() {
            // Only a new video counts: a repeated one may have the same id as `followed_by`.
            if run.followed_by.is_some_and(|next| new.contains(&next)) {
                continue;
            }
            let mut is_expected = |fingerprint: &u64| {
                let Some(runs) = expected.get_mut(fingerprint) else { return false };
                let found = runs.iter().position(|expecting| *expecting == number);
                found.map(|at| runs.swap_remove(at)).is_some()
            };
            let fingerprints: Box<[u64]> =
                run.fingerprints.iter().copied().filter(|id| is_expected(id)).collect();
            if !fingerprints.is_empty() {
                carried.push(YieldedRun { fingerprints, followed_by: run.followed_by });
            }
        }
        let mut excess = count_yielded(&carried).saturating_sub(MAX_CARRIED);
        while let Some(run) = carried.pop_if(|_| excess > 0) {
            excess = excess.saturating_sub(run.fingerprints.len());
        }
        self.carried = carried.into();
    }

    /// Removes the videos that were yielded before; `videos` are those of this page.
    pub(crate) fn without_yielded(&self, mut videos: Vec<Video>) -> Vec<Video> {
        if !self.repeated.is_empty() {
            let mut index = 0;
            let mut repeated = self.repeated.iter().peekable();
            videos.retain(|_| {
                let is_repeated = repeated.next_if(|(at, _)| *at == index).is_some();
                index += 1;
                !is_repeated
            });
        }
        videos
    }

    /// The videos that were yielded before this page and may come after it.
    pub(crate) fn carried(&self) -> &Arc<[YieldedRun]> {
        &self.carried
    }

    /// The position in this page after the first `new_videos` of its new videos.
    pub(crate) fn position_after(&self, new_videos: usize) -> Position {
        let mut runs = Vec::new();
        let mut repeated = self.repeated.iter().peekable();
        let mut remaining = new_videos;
        let (mut run, mut followed_by) = (Vec::new(), None);
        for (index, fingerprint) in self.fingerprints.iter().enumerate() {
            if let Some((_, earlier)) = repeated.next_if(|(at, _)| *at == index) {
                followed_by = *earlier;
            } else if remaining > 0 {
                remaining -= 1;
                followed_by = None;
            } else {
                // A video that was not yielded: it ends the run.
                if !run.is_empty() {
                    let fingerprints = mem::take(&mut run).into();
                    runs.push(YieldedRun { fingerprints, followed_by: Some(*fingerprint) });
                }
                if repeated.peek().is_none() {
                    break;
                }
                continue;
            }
            run.push(*fingerprint);
        }
        if !run.is_empty() {
            runs.push(YieldedRun { fingerprints: run.into(), followed_by });
        }
        // The runs stay in the order of the listing: it tells videos with the same id apart.
        runs.extend(self.carried.iter().cloned());
        Position::At { token: self.token.clone(), yielded: runs.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint_of(id: char) -> u64 {
        fingerprint(id.to_string().as_bytes())
    }

    fn run(ids: &str, next: Option<char>) -> YieldedRun {
        YieldedRun {
            fingerprints: ids.chars().map(fingerprint_of).collect(),
            followed_by: next.map(fingerprint_of),
        }
    }

    /// A page of the videos whose ids are these letters.
    fn page(yielded: &[YieldedRun], ids: &str) -> PageLayout {
        let videos: Vec<_> = ids.chars().map(Video::new).collect();
        PageLayout::new(None, yielded, &videos)
    }

    #[track_caller]
    fn check_position(layout: &PageLayout, after: usize, expected: &[YieldedRun]) {
        let Position::At { yielded, .. } = layout.position_after(after) else { panic!("finished") };
        assert_eq!(*yielded, *expected);
    }

    #[track_caller]
    fn check_new(layout: &PageLayout, ids: &str, expected: &str) {
        let videos = layout.without_yielded(ids.chars().map(Video::new).collect());
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
    fn each_yielded_video_is_left_out_once() {
        let layout = page(&[run("ab", Some('c'))], "xabbc");
        check_new(&layout, "xabbc", "xbc");
        assert!(layout.carried().is_empty());
    }

    #[test]
    fn missing_videos_are_forgotten_once_the_video_after_their_run_comes() {
        let layout = page(&[run("abc", Some('d'))], "bdef");
        check_position(&layout, 2, &[run("bde", Some('f'))]);
        assert!(layout.carried().is_empty(), "a and c were deleted");
    }

    #[test]
    fn videos_that_new_ones_pushed_to_a_later_page_are_carried_over() {
        let yielded = [run("ab", Some('c'))];
        let layout = page(&yielded, "xya");
        check_position(
            &layout,
            1,
            &[run("x", Some('y')), run("a", Some('c')), run("b", Some('c'))],
        );
        assert_eq!(**layout.carried(), [run("b", Some('c'))]);
        let next = page(layout.carried(), "bcd");
        check_new(&next, "bcd", "cd");
        assert!(next.carried().is_empty());
    }

    #[test]
    fn yielded_videos_behind_new_ones_form_a_run_of_their_own() {
        // The stream stops after 'x'. Then two more new videos push 'a' to a later page.
        let layout = page(&[run("a", Some('b'))], "xyab");
        check_position(&layout, 1, &[run("x", Some('y')), run("a", Some('b'))]);
        let Position::At { yielded, .. } = layout.position_after(1) else { panic!("finished") };
        let later = page(&yielded, "vwxy");
        check_new(&later, "vwxy", "vwy");
        assert_eq!(**later.carried(), [run("a", Some('b'))]);
    }

    #[test]
    fn a_repeated_id_is_not_taken_for_the_video_after_the_run() {
        // "ab" of a page "abac" was yielded; the page is read again with a page size of 1.
        let yielded = [run("ab", Some('a'))];
        let first = page(&yielded, "a");
        check_new(&first, "a", "");
        assert_eq!(**first.carried(), [run("b", Some('a'))]);
        let second = page(first.carried(), "b");
        check_new(&second, "b", "");
        check_new(&page(second.carried(), "a"), "a", "a");
    }

    #[test]
    fn two_videos_with_one_id_are_matched_in_the_order_of_the_listing() {
        // "dd" of a page "ddn" was yielded. Then 'x' was created between the two.
        let layout = page(&[run("dd", Some('n'))], "dx");
        check_position(&layout, 0, &[run("d", Some('x')), run("d", Some('n'))]);
        let Position::At { yielded, .. } = layout.position_after(0) else { panic!("finished") };
        let first = page(&yielded, "dx");
        check_new(&first, "dx", "x");
        assert_eq!(**first.carried(), [run("d", Some('n'))]);
        check_new(&page(first.carried(), "dn"), "dn", "n");
    }

    #[test]
    fn a_position_stays_small_over_many_resumes_and_deletions() {
        let mut yielded: Arc<[YieldedRun]> = Arc::default();
        for round in 0..1_000_u32 {
            // All videos yielded so far were deleted.
            let videos: Vec<_> =
                (0..100).map(|n| Video::new(format!("{}", round * 50 + n))).collect();
            let layout = PageLayout::new(None, &yielded, &videos);
            let Position::At { yielded: after, .. } = layout.position_after(50) else {
                panic!("finished")
            };
            assert_eq!(count_yielded(&after), 50);
            yielded = after;
        }
    }

    #[test]
    fn a_position_is_bounded_even_if_every_yielded_video_is_deleted() {
        let mut yielded: Arc<[YieldedRun]> = Arc::default();
        for round in 0..100_u32 {
            let videos: Vec<_> = (0..100).map(|n| Video::new(format!("{round} {n}"))).collect();
            let layout = PageLayout::new(None, &yielded, &videos);
            let Position::At { yielded: after, .. } = layout.position_after(50) else {
                panic!("finished")
            };
            yielded = after;
        }
        assert!((2_000..=2_050).contains(&count_yielded(&yielded)), "{}", count_yielded(&yielded));
    }
}
