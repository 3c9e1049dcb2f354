//! `Since`: which videos `created_since` leaves out of a page, and whether the walk ends there.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::cursor::Order;
use crate::video::Video;

/// Only these numbers count as times in Unix seconds, from the year 2001 to the year 5138.
///
/// Smaller ones are older than any video: 0, a date such as 20260104, or a time in minutes. Larger
/// ones are times in milliseconds.
const USABLE: Range<i64> = 1_000_000_000..100_000_000_000;

/// The earliest creation time that is yielded, in Unix seconds.
///
/// A checkpoint contains it as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Since(i64);

/// The result of [`Since`] for one page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SinceVerdict {
    /// The indices of the videos that are too old.
    pub(super) too_old: Vec<usize>,
    /// The order after the page.
    pub(super) order: Order,
    /// Whether all further videos are too old.
    pub(super) is_reached: bool,
}

impl Since {
    pub(crate) fn new(time: SystemTime) -> Self {
        // Videos have whole seconds, so a part of a second rounds up.
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => {
                let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
                seconds.try_into().unwrap_or(i64::MAX)
            }
            Err(before) => {
                before.duration().as_secs().try_into().map_or(i64::MIN, |seconds: i64| -seconds)
            }
        })
    }

    #[cfg(feature = "export")]
    pub(crate) fn seconds(self) -> i64 {
        self.0
    }

    /// Checks a page. `order` is the order of the videos before it.
    ///
    /// Only new videos affect the order: `is_new` is false for videos that were received before.
    pub(super) fn look_at(
        self,
        videos: &[Video],
        is_new: impl Fn(usize) -> bool,
        order: Order,
    ) -> SinceVerdict {
        let new = videos.iter().enumerate().filter(|(index, _)| is_new(*index));
        let before = order;
        let order = new.fold(before, |order, (_, video)| order.then(usable_date(video)));
        let is_too_old = |created_at: i64| created_at < self.0;
        let too_old = videos.iter().map(usable_date).enumerate();
        let too_old = too_old.filter(|(_, date)| date.is_some_and(is_too_old));
        SinceVerdict {
            too_old: too_old.map(|(index, _)| index).collect(),
            order,
            // If the videos are not listed newest first, a later page may still have recent ones.
            is_reached: order != Order::Broken && last_two(videos, before).all(is_too_old),
        }
    }
}

/// The creation times of the last two videos with a date.
///
/// One video with a wrong date must not end the walk, so a video that a page repeats counts once.
/// If the page has only one such video, `before` has the time of the one before the page. A time
/// that is missing there counts as recent.
fn last_two(videos: &[Video], before: Order) -> impl Iterator<Item = i64> {
    let mut dated = videos.iter().rev().filter_map(|video| Some((video, usable_date(video)?)));
    let last = dated.next();
    let other = last.and_then(|(last, _)| dated.find(|(video, _)| video.video_id != last.video_id));
    let last_before = match before {
        Order::Kept(date) => date,
        Order::Unknown | Order::Broken => i64::MAX,
    };
    let last = last.map_or(i64::MAX, |(_, date)| date);
    [last, other.map_or(last_before, |(_, date)| date)].into_iter()
}

/// The creation time of a video, unless it cannot be one in Unix seconds.
fn usable_date(video: &Video) -> Option<i64> {
    video.created_at.filter(|seconds| USABLE.contains(seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FIRST: i64 = USABLE.start;

    fn page(dates: &[Option<i64>]) -> Vec<Video> {
        let videos = dates.iter().enumerate().map(|(number, date)| {
            let mut video = Video::new(number.to_string());
            video.created_at = *date;
            video
        });
        videos.collect()
    }

    /// A time this many seconds after the first one that can be used.
    fn at(seconds: i64) -> Option<i64> {
        Some(FIRST + seconds)
    }

    fn kept(seconds: i64) -> Order {
        Order::Kept(FIRST + seconds)
    }

    #[track_caller]
    fn check(before: Order, dates: &[Option<i64>], too_old: &[usize], order: Order, reached: bool) {
        let verdict = Since(FIRST + 50).look_at(&page(dates), |_| true, before);
        let expected = SinceVerdict { too_old: too_old.into(), order, is_reached: reached };
        assert_eq!(verdict, expected, "{dates:?}");
    }

    #[test]
    fn the_first_page_whose_last_two_dated_videos_are_too_old_is_the_last() {
        check(Order::Unknown, &[], &[], Order::Unknown, false);
        check(Order::Unknown, &[None], &[], Order::Unknown, false);
        check(Order::Unknown, &[at(60), at(50)], &[], kept(50), false);
        check(Order::Unknown, &[at(60), at(49), at(48)], &[1, 2], kept(48), true);
        check(kept(60), &[at(49), None, at(48), None], &[0, 2], kept(48), true);
        check(kept(50), &[None], &[], kept(50), false);
    }

    #[test]
    fn one_video_that_is_too_old_does_not_end_the_walk() {
        check(Order::Unknown, &[at(60), at(49)], &[1], kept(49), false);
        check(Order::Unknown, &[at(49)], &[0], kept(49), false);
        check(kept(60), &[at(49), None], &[0], kept(49), false);
        // The second one may be on the next page.
        check(kept(49), &[at(48)], &[0], kept(48), true);
        check(kept(49), &[at(60)], &[], Order::Broken, false);

        let mut twice = page(&[at(60), at(49), at(49)]);
        twice[2].video_id = twice[1].video_id.clone();
        assert!(!Since(FIRST + 50).look_at(&twice, |_| true, Order::Unknown).is_reached);
    }

    #[test]
    fn a_time_that_is_not_in_unix_seconds_counts_as_none() {
        let millis = 1_700_000_000_000;
        for odd in [0, 1, -1, 1_700_000, 20_260_104, FIRST - 1, USABLE.end, millis, i64::MIN] {
            let odd = Some(odd);
            check(Order::Unknown, &[odd, odd], &[], Order::Unknown, false);
            check(kept(60), &[at(60), at(55), odd], &[], kept(55), false);
            check(kept(60), &[at(40), at(40), odd], &[0, 1], kept(40), true);
        }
        check(kept(60), &[Some(USABLE.end - 1)], &[], Order::Broken, false);
        check(kept(60), &[at(0), at(0)], &[0, 1], kept(0), true);
    }

    #[test]
    fn a_video_after_an_older_one_means_that_the_walk_continues() {
        check(Order::Unknown, &[at(60), at(40), at(41)], &[1, 2], Order::Broken, false);
        check(kept(59), &[at(60), at(40), at(39)], &[1, 2], Order::Broken, false);
        check(Order::Broken, &[at(60), at(40), at(39)], &[1, 2], Order::Broken, false);
    }

    #[test]
    fn videos_received_before_do_not_count_for_the_order() {
        let videos = page(&[at(70), at(60), at(40), at(39)]);
        let since = Since(FIRST + 50);
        let verdict = since.look_at(&videos, |index| index > 0, kept(65));
        assert_eq!((verdict.order, verdict.is_reached), (kept(39), true));
        let verdict = since.look_at(&videos, |_| false, kept(65));
        assert_eq!((verdict.order, verdict.is_reached), (kept(65), true));
    }

    #[test]
    fn any_time_becomes_whole_seconds_rounded_up() {
        for (millis, seconds) in
            [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (-1, 0), (-1_000, -1), (-1_001, -1)]
        {
            let duration = Duration::from_millis(i64::unsigned_abs(millis));
            let time = if millis < 0 { UNIX_EPOCH - duration } else { UNIX_EPOCH + duration };
            assert_eq!(Since::new(time), Since(seconds), "{millis} ms");
        }
    }
}
