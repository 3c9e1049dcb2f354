//! `PageLayout`, the positions within one page.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cursor::fingerprint;
use crate::cursor::{Position, YieldedRun, count_yielded};
use crate::video::Video;

/// More yielded videos than this that did not come again are not carried on: they were deleted, or
/// thousands of new ones stand before them.
const MAX_CARRIED: usize = 2_000;

/// A page as it was received, from which the place after any of its videos can be told.
#[derive(Debug, Default)]
pub(crate) struct PageLayout {
    token: Option<Arc<str>>,
    /// The fingerprints of all its videos.
    fingerprints: Vec<u64>,
    /// Which of them had been yielded before, in ascending order, and what followed them then.
    already_yielded: Vec<(usize, Option<u64>)>,
    /// What was yielded before, is not in this page and can still come.
    carried: Arc<[YieldedRun]>,
}

pub(crate) fn fingerprints(videos: &[Video]) -> Vec<u64> {
    videos.iter().map(|video| fingerprint(video.video_id.as_bytes())).collect()
}

impl PageLayout {
    /// The layout of a page that was asked for with `token`, when `yielded` could still come.
    pub(crate) fn new(token: Option<Arc<str>>, yielded: &[YieldedRun], videos: &[Video]) -> Self {
        let mut layout = Self { token, fingerprints: fingerprints(videos), ..Self::default() };
        if !yielded.is_empty() {
            layout.find_already_yielded(yielded);
        }
        layout
    }

    fn find_already_yielded(&mut self, yielded: &[YieldedRun]) {
        // The runs that wait for a video: a server that sends one twice means it twice.
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for (number, run) in yielded.iter().enumerate().rev() {
            for fingerprint in &run.fingerprints {
                waiting.entry(*fingerprint).or_default().push(number);
            }
        }
        for (at, fingerprint) in self.fingerprints.iter().enumerate() {
            if let Some(number) = waiting.get_mut(fingerprint).and_then(Vec::pop) {
                self.already_yielded.push((at, yielded[number].followed_by));
            }
        }
        // A video that comes again is not the one that came next, be its id the same.
        let mut again = self.already_yielded.iter().peekable();
        let fresh = self.fingerprints.iter().enumerate();
        let fresh: Vec<_> = fresh
            .filter(|(at, _)| again.next_if(|(again, _)| again == at).is_none())
            .map(|(_, fingerprint)| *fingerprint)
            .collect();
        let mut carried = Vec::new();
        for (number, run) in yielded.iter().enumerate() {
            if run.followed_by.is_some_and(|next| fresh.contains(&next)) {
                continue;
            }
            let mut still_waits = |fingerprint: &u64| {
                let runs = waiting.get_mut(fingerprint)?;
                let at = runs.iter().position(|waits| *waits == number)?;
                Some(runs.swap_remove(at))
            };
            let fingerprints: Box<[u64]> = run
                .fingerprints
                .iter()
                .filter(|fingerprint| still_waits(fingerprint).is_some())
                .copied()
                .collect();
            if !fingerprints.is_empty() {
                carried.push(YieldedRun { fingerprints, followed_by: run.followed_by });
            }
        }
        let mut over = count_yielded(&carried).saturating_sub(MAX_CARRIED);
        while let Some(run) = carried.pop_if(|_| over > 0) {
            over = over.saturating_sub(run.fingerprints.len());
        }
        self.carried = carried.into();
    }

    /// The page's videos without those that were yielded before.
    pub(crate) fn without_yielded(&self, mut videos: Vec<Video>) -> Vec<Video> {
        if !self.already_yielded.is_empty() {
            let mut at = 0;
            let mut again = self.already_yielded.iter().peekable();
            videos.retain(|_| {
                let yielded = again.next_if(|(next, _)| *next == at).is_some();
                at += 1;
                !yielded
            });
        }
        videos
    }

    /// What was yielded before this page and can still come after it.
    pub(crate) fn carried(&self) -> &Arc<[YieldedRun]> {
        &self.carried
    }

    /// The place within this page after so many of its fresh videos.
    pub(crate) fn position_after(&self, new_videos: usize) -> Position {
        let mut runs = Vec::new();
        let mut again = self.already_yielded.iter().peekable();
        let mut remaining = new_videos;
        let (mut row, mut followed_by) = (Vec::new(), None);
        for (at, fingerprint) in self.fingerprints.iter().enumerate() {
            if let Some((_, then)) = again.next_if(|(next, _)| *next == at) {
                followed_by = *then;
            } else if remaining > 0 {
                remaining -= 1;
                followed_by = None;
            } else {
                if !row.is_empty() {
                    let fingerprints = std::mem::take(&mut row).into();
                    runs.push(YieldedRun { fingerprints, followed_by: Some(*fingerprint) });
                }
                if again.peek().is_none() {
                    break;
                }
                continue;
            }
            row.push(*fingerprint);
        }
        if !row.is_empty() {
            runs.push(YieldedRun { fingerprints: row.into(), followed_by });
        }
        // In the order of the listing, by which videos of one id are told apart.
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
    fn a_place_is_what_was_yielded_and_what_comes_next() {
        let layout = page(&[], "abc");
        check_position(&layout, 0, &[]);
        check_position(&layout, 2, &[run("ab", Some('c'))]);
        check_position(&layout, 3, &[run("abc", None)]);
    }

    #[test]
    fn what_comes_again_is_left_out_each_once() {
        let layout = page(&[run("ab", Some('c'))], "xabbc");
        check_new(&layout, "xabbc", "xbc");
        assert!(layout.carried().is_empty());
    }

    #[test]
    fn what_did_not_come_is_forgotten_once_the_video_after_it_comes() {
        let layout = page(&[run("abc", Some('d'))], "bdef");
        check_position(&layout, 2, &[run("bde", Some('f'))]);
        assert!(layout.carried().is_empty(), "a and c were deleted");
    }

    #[test]
    fn what_new_videos_pushed_away_is_carried_on_with_what_comes_after_it() {
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
    fn what_lies_behind_new_videos_is_told_apart_from_them() {
        // Stopped among the new ones, then more new ones pushed 'a' to another page.
        let layout = page(&[run("a", Some('b'))], "xyab");
        check_position(&layout, 1, &[run("x", Some('y')), run("a", Some('b'))]);
        let Position::At { yielded, .. } = layout.position_after(1) else { panic!("finished") };
        let later = page(&yielded, "vwxy");
        check_new(&later, "vwxy", "vwy");
        assert_eq!(**later.carried(), [run("a", Some('b'))]);
    }

    #[test]
    fn an_id_that_comes_again_is_not_the_video_of_that_id_that_came_next() {
        // A page "abac" of which "ab" was yielded, read again with a page size of 1.
        let yielded = [run("ab", Some('a'))];
        let first = page(&yielded, "a");
        check_new(&first, "a", "");
        assert_eq!(**first.carried(), [run("b", Some('a'))]);
        let second = page(first.carried(), "b");
        check_new(&second, "b", "");
        check_new(&page(second.carried(), "a"), "a", "a");
    }

    #[test]
    fn of_two_videos_of_one_id_the_first_in_the_listing_is_the_first_to_come_again() {
        // "dd" was yielded of "ddn"; then 'x' came between them, and was not yielded either.
        let layout = page(&[run("dd", Some('n'))], "dx");
        check_position(&layout, 0, &[run("d", Some('x')), run("d", Some('n'))]);
        let Position::At { yielded, .. } = layout.position_after(0) else { panic!("finished") };
        let first = page(&yielded, "dx");
        check_new(&first, "dx", "x");
        assert_eq!(**first.carried(), [run("d", Some('n'))]);
        check_new(&page(first.carried(), "dn"), "dn", "n");
    }

    #[test]
    fn a_listing_resumed_for_ever_among_deletions_keeps_its_place_small() {
        let mut yielded: Arc<[YieldedRun]> = Arc::default();
        for round in 0..1_000_u32 {
            // Everything yielded so far was deleted.
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
    fn even_without_any_video_left_to_tell_by_a_place_is_bounded() {
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
