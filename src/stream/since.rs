//! `Since`: which videos `created_since` leaves out of a page, and whether the walk ends there.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::cursor::Order;
use crate::video::Video;

/// From this number on, a time does not count as seconds: in seconds it is in the year 5138, in
/// milliseconds in 1973.
const FIRST_UNUSABLE: i64 = 100_000_000_000;

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
        let order = new.fold(order, |order, (_, video)| order.then(usable_date(video)));
        let is_too_old = |created_at: i64| created_at < self.0;
        let dates = videos.iter().map(usable_date);
        let too_old = dates.clone().enumerate();
        let too_old = too_old.filter(|(_, date)| date.is_some_and(is_too_old));
        SinceVerdict {
            too_old: too_old.map(|(index, _)| index).collect(),
            order,
            // If the videos are not listed newest first, a later page may still have recent ones.
            is_reached: order != Order::Broken
                && dates.flatten().next_back().is_some_and(is_too_old),
        }
    }
}

/// The creation time of a video, unless it cannot be one in Unix seconds. A time in milliseconds
/// would make every video look new.
fn usable_date(video: &Video) -> Option<i64> {
    video.created_at.filter(|seconds| *seconds < FIRST_UNUSABLE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn page(dates: &[Option<i64>]) -> Vec<Video> {
        let videos = dates.iter().enumerate().map(|(number, date)| {
            let mut video = Video::new(number.to_string());
            video.created_at = *date;
            video
        });
        videos.collect()
    }

    #[track_caller]
    fn check(before: Order, dates: &[Option<i64>], too_old: &[usize], order: Order, reached: bool) {
        let verdict = Since(50).look_at(&page(dates), |_| true, before);
        let expected = SinceVerdict { too_old: too_old.into(), order, is_reached: reached };
        assert_eq!(verdict, expected, "{dates:?}");
    }

    #[test]
    fn the_first_page_whose_last_dated_video_is_too_old_is_the_last() {
        check(Order::Unknown, &[], &[], Order::Unknown, false);
        check(Order::Unknown, &[None], &[], Order::Unknown, false);
        check(Order::Unknown, &[Some(60), Some(50)], &[], Order::Kept(50), false);
        check(Order::Unknown, &[Some(60), Some(49)], &[1], Order::Kept(49), true);
        check(Order::Kept(60), &[Some(49), None], &[0], Order::Kept(49), true);
        check(Order::Kept(50), &[None], &[], Order::Kept(50), false);
    }

    #[test]
    fn a_time_in_milliseconds_counts_as_none() {
        let millis = Some(1_700_000_000_000);
        check(Order::Unknown, &[millis, millis], &[], Order::Unknown, false);
        check(Order::Kept(60), &[Some(40), millis], &[0], Order::Kept(40), true);
        check(Order::Kept(60), &[Some(FIRST_UNUSABLE - 1)], &[], Order::Broken, false);
        check(Order::Kept(60), &[Some(FIRST_UNUSABLE)], &[], Order::Kept(60), false);
    }

    #[test]
    fn a_video_after_an_older_one_means_that_the_walk_goes_on() {
        check(Order::Unknown, &[Some(60), Some(40), Some(41)], &[1, 2], Order::Broken, false);
        check(Order::Kept(59), &[Some(60), Some(40)], &[1], Order::Broken, false);
        check(Order::Broken, &[Some(60), Some(40)], &[1], Order::Broken, false);
    }

    #[test]
    fn videos_that_came_before_do_not_count_for_the_order() {
        let videos = page(&[Some(70), Some(60), Some(40)]);
        let verdict = Since(50).look_at(&videos, |index| index > 0, Order::Kept(65));
        assert_eq!((verdict.order, verdict.is_reached), (Order::Kept(40), true));
        let verdict = Since(50).look_at(&videos, |_| false, Order::Kept(65));
        assert_eq!((verdict.order, verdict.is_reached), (Order::Kept(65), true));
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
