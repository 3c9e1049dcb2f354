//! `Carried`: the yielded videos that the server may send again on later pages.

use std::collections::HashSet;
use std::sync::Arc;

use super::recent_ids::REMEMBERED;
use crate::cursor::{YieldedRun, count_videos};
use crate::wire::MAX_PAGE_SIZE;

/// A cursor holds at least this many of the videos just before its position, or all of them if
/// there are fewer.
///
/// This is the size of the largest page. If pages are smaller, it covers several of them: videos
/// that are created between two runs can push a yielded video down by more than one page.
const HELD_BEFORE: usize = MAX_PAGE_SIZE as usize;

/// The yielded videos that the server may send again on later pages.
///
/// The runs come from the cursor at which the walk began. Each page can remove some of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    /// In the order of the listing: the videos yielded longest ago come last.
    pub(super) runs: Arc<[YieldedRun]>,
    /// See [`YieldedRun::behind`]. Later pages may show them if the server's pages overlap.
    pub(super) behind: Arc<[YieldedRun]>,
    /// Whether `behind` comes from a cursor. If not, it holds videos of this walk, which
    /// `RecentIds` recognises.
    pub(super) is_resumed: bool,
}

impl Carried {
    /// The carried videos of a cursor.
    pub(super) fn from_cursor(yielded: &Arc<[YieldedRun]>) -> Self {
        if !yielded.iter().any(YieldedRun::is_behind) {
            return Self { runs: yielded.clone(), behind: Arc::default(), is_resumed: true };
        }
        let (behind, runs): (Vec<_>, _) = yielded.iter().cloned().partition(YieldedRun::is_behind);
        Self { runs: runs.into(), behind: behind.into(), is_resumed: true }
    }

    /// The runs whose videos the next page may show.
    pub(super) fn expected(&self) -> impl DoubleEndedIterator<Item = &YieldedRun> {
        let behind = if self.is_resumed { &self.behind[..] } else { &[] };
        self.runs.iter().chain(behind)
    }

    /// The videos of `behind` that a page does not show, in the order in which they were received.
    /// `left_out` are the videos of the page that were yielded before.
    pub(super) fn before_page(&self, left_out: impl Iterator<Item = u64>) -> Arc<[u64]> {
        let left_out: HashSet<_> = left_out.collect();
        match &*self.behind {
            // This is the usual case, and it copies nothing.
            [run] if left_out.is_empty() => run.fingerprints.clone(),
            runs => {
                let behind = runs.iter().flat_map(|run| run.fingerprints.iter());
                behind.filter(|id| !left_out.contains(id)).copied().collect()
            }
        }
    }

    /// What is carried after this page. `before` is the result of [`before_page`](Self::before_page),
    /// and `runs` are the remaining runs.
    pub(super) fn after_page(
        &self,
        before: &[u64],
        page: &Arc<[u64]>,
        runs: Arc<[YieldedRun]>,
    ) -> Self {
        if page.is_empty() {
            return self.clone();
        }
        let held = self.held().max(page.len()).min(REMEMBERED);
        let fingerprints = if page.len() == held {
            page.clone()
        } else {
            let page = last(held, page);
            last(held - page.len(), before).iter().chain(page).copied().collect()
        };
        Self { runs, behind: [YieldedRun::behind(fingerprints)].into(), is_resumed: false }
    }

    /// How many of the last videos a cursor holds: at least as many as the largest page had. So it
    /// does not shrink when a walk resumes with smaller pages.
    pub(super) fn held(&self) -> usize {
        count_videos(&self.behind).max(HELD_BEFORE)
    }

    /// All runs, as the position before the next page stores them.
    pub(super) fn between_pages(&self) -> Arc<[YieldedRun]> {
        if self.runs.is_empty() {
            return self.behind.clone();
        }
        self.in_page(Vec::new(), &self.behind)
    }

    /// All runs, as a position in a page stores them: first those of the page itself (`page`), then
    /// those that later pages may show, then `behind`.
    pub(super) fn in_page(
        &self,
        page: Vec<YieldedRun>,
        behind: &[YieldedRun],
    ) -> Arc<[YieldedRun]> {
        let runs = bounded(&self.runs);
        if page.is_empty() && behind.is_empty() {
            return runs;
        }
        page.into_iter().chain(runs.iter().cloned()).chain(behind.iter().cloned()).collect()
    }
}

/// The last `count` of these, or all if there are fewer.
pub(super) fn last(count: usize, fingerprints: &[u64]) -> &[u64] {
    &fingerprints[fingerprints.len().saturating_sub(count)..]
}

/// Forgets the videos yielded longest ago, so that no more than `REMEMBERED` are left.
///
/// There are more only if thousands were deleted, or pushed down by thousands of new videos.
fn bounded(runs: &Arc<[YieldedRun]>) -> Arc<[YieldedRun]> {
    let mut excess = count_videos(runs).saturating_sub(REMEMBERED);
    if excess == 0 {
        return runs.clone();
    }
    let mut kept = runs.to_vec();
    while excess > 0
        && let Some(mut last) = kept.pop()
    {
        // Within a run, the first video was yielded first.
        let forgotten = excess.min(last.fingerprints.len());
        excess -= forgotten;
        last.fingerprints = last.fingerprints[forgotten..].into();
        if !last.fingerprints.is_empty() {
            kept.push(last);
        }
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(fingerprints: std::ops::Range<u64>) -> YieldedRun {
        YieldedRun { fingerprints: fingerprints.collect(), followed_by: None }
    }

    #[test]
    fn single_videos_are_forgotten_and_those_yielded_first_go_first() {
        let runs: Arc<[YieldedRun]> = [run(0..6_000), run(6_000..9_000), run(9_000..12_000)].into();
        assert_eq!(*bounded(&runs), [run(0..6_000), run(6_000..9_000), run(11_000..12_000)]);
        let runs: Arc<[YieldedRun]> = [run(0..10_000), run(20_000..20_700)].into();
        assert_eq!(*bounded(&runs), [run(0..10_000)]);
    }

    #[test]
    fn the_videos_of_the_current_and_the_last_page_are_never_forgotten() {
        let behind = [YieldedRun::behind((50_000..60_000).collect())];
        let carried = Carried { runs: [run(0..10_001)].into(), ..Carried::default() };
        let yielded = carried.in_page(vec![run(20_000..45_000)], &behind);
        assert_eq!(*yielded, [run(20_000..45_000), run(1..10_001), behind[0].clone()]);
    }

    #[track_caller]
    fn check_behind(carried: &Carried, expected: impl IntoIterator<Item = u64>) {
        let expected = YieldedRun::behind(expected.into_iter().collect());
        assert_eq!(*carried.between_pages(), [expected]);
    }

    fn after(carried: &Carried, page: &[u64]) -> Carried {
        carried.after_page(&carried.before_page(page.iter().copied()), &page.into(), Arc::default())
    }

    #[test]
    fn a_cursor_holds_the_last_100_videos_or_as_many_as_the_largest_page_had() {
        let first = after(&Carried::default(), &[1, 2, 3]);
        check_behind(&first, [1, 2, 3]);
        check_behind(&after(&first, &[]), [1, 2, 3]);
        check_behind(&after(&first, &[4]), [1, 2, 3, 4]);
        check_behind(&after(&after(&first, &[4]), &(5..=101).collect::<Vec<_>>()), 2..=101);
        let large = after(&first, &(10..210).collect::<Vec<_>>());
        check_behind(&large, 10..210);
        check_behind(&after(&large, &[210, 211]), 12..212);
        let long: Vec<u64> = (0..REMEMBERED as u64 + 7).collect();
        check_behind(&after(&first, &long), 7..long.len() as u64);
    }

    #[test]
    fn a_video_that_comes_again_is_held_once() {
        let first = after(&Carried::default(), &[1, 2, 3, 4]);
        check_behind(&after(&first, &[3, 4, 5]), [1, 2, 3, 4, 5]);
        check_behind(&after(&first, &[1, 5]), [2, 3, 4, 1, 5]);
    }
}
