//! `Place`, where in a listing a walk stands, and `Layout`, the places within one page.
//!
//! A place is a page and the videos that were yielded and can still come: by their ids, not their
//! number, as others are created and deleted in the meantime. They are forgotten as soon as they
//! cannot come any more, so that a place stays small however often a listing is resumed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::fingerprint::fingerprint;
use crate::video::Video;

/// More yielded videos than this that did not come again are not carried on: they were deleted, or
/// thousands of new ones stand before them.
const MAX_CARRIED: usize = 2_000;

/// Where in a listing a walk stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// At the page of `token` (none: the first), of which, or of pages before it, the videos in
    /// `yielded` can still come although they were yielded.
    At { token: Option<Arc<str>>, yielded: Arc<[Run]> },
    /// After the last video.
    Finished,
}

/// Videos that were yielded in a row, by the fingerprints of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) prints: Box<[u64]>,
    /// The video that came after them and was not yielded: once it comes, those of the run that
    /// have not come never will.
    pub(crate) next: Option<u64>,
}

impl Place {
    pub(crate) fn start() -> Self {
        Self::At { token: None, yielded: Arc::default() }
    }

    /// How many videos can still come although they were yielded.
    pub(crate) fn yielded_count(&self) -> usize {
        match self {
            Self::At { yielded, .. } => count(yielded),
            Self::Finished => 0,
        }
    }
}

fn count(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.prints.len()).sum()
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("Finished"),
            Self::At { token, .. } => {
                let token = token.as_ref().map_or("none", |_| "[redacted]");
                write!(f, "At {{ token: {token}, yielded: {} videos }}", self.yielded_count())
            }
        }
    }
}

/// A page as it was received, from which the place after any of its videos can be told.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    token: Option<Arc<str>>,
    /// The fingerprints of all its videos.
    prints: Vec<u64>,
    /// Which of them had been yielded before, in ascending order, and what followed them then.
    again: Vec<(usize, Option<u64>)>,
    /// What was yielded before, is not in this page and can still come.
    carried: Arc<[Run]>,
}

pub(crate) fn fingerprints(videos: &[Video]) -> Vec<u64> {
    videos.iter().map(|video| fingerprint(video.video_id.as_bytes())).collect()
}

impl Layout {
    /// The layout of a page that was asked for with `token`, when `yielded` could still come.
    pub(crate) fn new(token: Option<Arc<str>>, yielded: &[Run], videos: &[Video]) -> Self {
        let mut layout = Self { token, prints: fingerprints(videos), ..Self::default() };
        if !yielded.is_empty() {
            layout.find_again(yielded);
        }
        layout
    }

    fn find_again(&mut self, yielded: &[Run]) {
        // The runs that wait for a video: a server that sends one twice means it twice.
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for (number, run) in yielded.iter().enumerate().rev() {
            for print in &run.prints {
                waiting.entry(*print).or_default().push(number);
            }
        }
        for (at, print) in self.prints.iter().enumerate() {
            if let Some(number) = waiting.get_mut(print).and_then(Vec::pop) {
                self.again.push((at, yielded[number].next));
            }
        }
        // A video that comes again is not the one that came next, be its id the same.
        let mut again = self.again.iter().peekable();
        let fresh = self.prints.iter().enumerate();
        let fresh: Vec<_> = fresh
            .filter(|(at, _)| again.next_if(|(again, _)| again == at).is_none())
            .map(|(_, print)| *print)
            .collect();
        let mut carried = Vec::new();
        for (number, run) in yielded.iter().enumerate() {
            if run.next.is_some_and(|next| fresh.contains(&next)) {
                continue;
            }
            let mut still_waits = |print: &u64| {
                let runs = waiting.get_mut(print)?;
                let at = runs.iter().position(|waits| *waits == number)?;
                Some(runs.swap_remove(at))
            };
            let prints: Box<[u64]> =
                run.prints.iter().filter(|print| still_waits(print).is_some()).copied().collect();
            if !prints.is_empty() {
                carried.push(Run { prints, next: run.next });
            }
        }
        let mut over = count(&carried).saturating_sub(MAX_CARRIED);
        while let Some(run) = carried.pop_if(|_| over > 0) {
            over = over.saturating_sub(run.prints.len());
        }
        self.carried = carried.into();
    }

    /// The page's videos without those that were yielded before.
    pub(crate) fn fresh(&self, mut videos: Vec<Video>) -> Vec<Video> {
        if !self.again.is_empty() {
            let mut at = 0;
            let mut again = self.again.iter().peekable();
            videos.retain(|_| {
                let yielded = again.next_if(|(next, _)| *next == at).is_some();
                at += 1;
                !yielded
            });
        }
        videos
    }

    /// What was yielded before this page and can still come after it.
    pub(crate) fn carried(&self) -> &Arc<[Run]> {
        &self.carried
    }

    /// The place within this page after so many of its fresh videos.
    pub(crate) fn place(&self, yielded: usize) -> Place {
        let mut runs = Vec::new();
        let mut again = self.again.iter().peekable();
        let mut left = yielded;
        let (mut row, mut next) = (Vec::new(), None);
        for (at, print) in self.prints.iter().enumerate() {
            if let Some((_, then)) = again.next_if(|(next, _)| *next == at) {
                next = *then;
            } else if left > 0 {
                left -= 1;
                next = None;
            } else {
                if !row.is_empty() {
                    let prints = std::mem::take(&mut row).into();
                    runs.push(Run { prints, next: Some(*print) });
                }
                if again.peek().is_none() {
                    break;
                }
                continue;
            }
            row.push(*print);
        }
        if !row.is_empty() {
            runs.push(Run { prints: row.into(), next });
        }
        // In the order of the listing, by which videos of one id are told apart.
        runs.extend(self.carried.iter().cloned());
        Place::At { token: self.token.clone(), yielded: runs.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(id: char) -> u64 {
        fingerprint(id.to_string().as_bytes())
    }

    fn run(ids: &str, next: Option<char>) -> Run {
        Run { prints: ids.chars().map(print).collect(), next: next.map(print) }
    }

    /// A page of the videos whose ids are these letters.
    fn page(yielded: &[Run], ids: &str) -> Layout {
        let videos: Vec<_> = ids.chars().map(Video::new).collect();
        Layout::new(None, yielded, &videos)
    }

    #[track_caller]
    fn check_place(layout: &Layout, after: usize, expected: &[Run]) {
        let Place::At { yielded, .. } = layout.place(after) else { panic!("finished") };
        assert_eq!(*yielded, *expected);
    }

    #[track_caller]
    fn check_fresh(layout: &Layout, ids: &str, expected: &str) {
        let videos = layout.fresh(ids.chars().map(Video::new).collect());
        assert_eq!(videos.iter().map(|video| &*video.video_id).collect::<String>(), expected);
    }

    #[test]
    fn a_place_is_what_was_yielded_and_what_comes_next() {
        let layout = page(&[], "abc");
        check_place(&layout, 0, &[]);
        check_place(&layout, 2, &[run("ab", Some('c'))]);
        check_place(&layout, 3, &[run("abc", None)]);
    }

    #[test]
    fn what_comes_again_is_left_out_each_once() {
        let layout = page(&[run("ab", Some('c'))], "xabbc");
        check_fresh(&layout, "xabbc", "xbc");
        assert!(layout.carried().is_empty());
    }

    #[test]
    fn what_did_not_come_is_forgotten_once_the_video_after_it_comes() {
        let layout = page(&[run("abc", Some('d'))], "bdef");
        check_place(&layout, 2, &[run("bde", Some('f'))]);
        assert!(layout.carried().is_empty(), "a and c were deleted");
    }

    #[test]
    fn what_new_videos_pushed_away_is_carried_on_with_what_comes_after_it() {
        let yielded = [run("ab", Some('c'))];
        let layout = page(&yielded, "xya");
        check_place(&layout, 1, &[run("x", Some('y')), run("a", Some('c')), run("b", Some('c'))]);
        assert_eq!(**layout.carried(), [run("b", Some('c'))]);
        let next = page(layout.carried(), "bcd");
        check_fresh(&next, "bcd", "cd");
        assert!(next.carried().is_empty());
    }

    #[test]
    fn what_lies_behind_new_videos_is_told_apart_from_them() {
        // Stopped among the new ones, then more new ones pushed 'a' to another page.
        let layout = page(&[run("a", Some('b'))], "xyab");
        check_place(&layout, 1, &[run("x", Some('y')), run("a", Some('b'))]);
        let Place::At { yielded, .. } = layout.place(1) else { panic!("finished") };
        let later = page(&yielded, "vwxy");
        check_fresh(&later, "vwxy", "vwy");
        assert_eq!(**later.carried(), [run("a", Some('b'))]);
    }

    #[test]
    fn an_id_that_comes_again_is_not_the_video_of_that_id_that_came_next() {
        // A page "abac" of which "ab" was yielded, read again with a page size of 1.
        let yielded = [run("ab", Some('a'))];
        let first = page(&yielded, "a");
        check_fresh(&first, "a", "");
        assert_eq!(**first.carried(), [run("b", Some('a'))]);
        let second = page(first.carried(), "b");
        check_fresh(&second, "b", "");
        check_fresh(&page(second.carried(), "a"), "a", "a");
    }

    #[test]
    fn of_two_videos_of_one_id_the_first_in_the_listing_is_the_first_to_come_again() {
        // "dd" was yielded of "ddn"; then 'x' came between them, and was not yielded either.
        let layout = page(&[run("dd", Some('n'))], "dx");
        check_place(&layout, 0, &[run("d", Some('x')), run("d", Some('n'))]);
        let Place::At { yielded, .. } = layout.place(0) else { panic!("finished") };
        let first = page(&yielded, "dx");
        check_fresh(&first, "dx", "x");
        assert_eq!(**first.carried(), [run("d", Some('n'))]);
        check_fresh(&page(first.carried(), "dn"), "dn", "n");
    }

    #[test]
    fn a_listing_resumed_for_ever_among_deletions_keeps_its_place_small() {
        let mut yielded: Arc<[Run]> = Arc::default();
        for round in 0..1_000_u32 {
            // Everything yielded so far was deleted.
            let videos: Vec<_> =
                (0..100).map(|n| Video::new(format!("{}", round * 50 + n))).collect();
            let layout = Layout::new(None, &yielded, &videos);
            let Place::At { yielded: after, .. } = layout.place(50) else { panic!("finished") };
            assert_eq!(count(&after), 50);
            yielded = after;
        }
    }

    #[test]
    fn even_without_any_video_left_to_tell_by_a_place_is_bounded() {
        let mut yielded: Arc<[Run]> = Arc::default();
        for round in 0..100_u32 {
            let videos: Vec<_> = (0..100).map(|n| Video::new(format!("{round} {n}"))).collect();
            let layout = Layout::new(None, &yielded, &videos);
            let Place::At { yielded: after, .. } = layout.place(50) else { panic!("finished") };
            yielded = after;
        }
        assert!((2_000..=2_050).contains(&count(&yielded)), "{}", count(&yielded));
    }
}
