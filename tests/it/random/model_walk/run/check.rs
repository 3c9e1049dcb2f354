//! The checks of one item: the limit of its request, the model's prediction, and each video.

use heygen_videos::{End, Result, Video, VideoStatus};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::super::reference::{FIRST_TIME, Known, Position, Row, WalkEnd};
use super::{Checked, Open, Run};

impl Run {
    /// The limit must be the page size or, if that is less, the cap plus the videos that are sent
    /// again.
    pub(super) fn check_limit(&self, open: &mut Open<'_>) -> Checked {
        if open.limit.is_some() || open.walker.stats().requests == 0 {
            return Ok(());
        }
        let limit = self.server.shop().last_limit.unwrap() as u64;
        let (size, cap) = (u64::from(open.leg.page_size), open.leg.cap.unwrap_or(u64::MAX));
        if self.exact && self.overlap == 0 {
            prop_assert!(limit >= size.min(cap.saturating_add(open.again)), "limit={}", limit);
        }
        let yielded = self.yielded.len() as u64;
        prop_assert!(limit <= size.min(cap.saturating_add(yielded)), "limit={}", limit);
        open.limit = Some(limit as usize);
        Ok(())
    }

    /// Compares an item with the model's.
    pub(super) fn check_prediction(
        &mut self,
        open: &mut Open<'_>,
        item: &Option<Result<Vec<Video>>>,
    ) -> Checked {
        let known = Known {
            account: &self.account,
            script: &mut self.script,
            yielded: &self.yielded,
            limit: open.limit.unwrap_or_default(),
            overlap: self.overlap,
            since: self.since,
        };
        let wanted = open.walk.item(open.leg.by_page, known);
        let id_and_status = |video: &Video| {
            let status = video.status.as_ref().map(|status| status.as_str().to_owned());
            (video.video_id.clone(), status.unwrap_or_default())
        };
        let got = item.as_ref().map(|item| match item {
            Ok(videos) => Ok(videos.iter().map(id_and_status).collect::<Vec<_>>()),
            Err(_) => Err(()),
        });
        let plain = |(key, facts): Row| (key.id().to_owned(), facts.status.to_owned());
        let wanted = wanted.map(|item| item.map(|rows| rows.into_iter().map(plain).collect()));
        prop_assert_eq!(got, wanted);
        prop_assert_eq!(open.walker.stats().requests, open.walk.requests);
        prop_assert_eq!(
            open.walker.cursor().is_finished(),
            *open.walk.position() == Position::Finished
        );
        if item.is_none() {
            let end = open.walker.end().map(|end| match end {
                End::SinceReached => WalkEnd::Since,
                End::CapReached { more, .. } => WalkEnd::Cap { more },
                _ => WalkEnd::Exhausted,
            });
            prop_assert_eq!(end, open.walk.end);
        }
        Ok(())
    }

    /// Checks a video against what is known of its id and of the order.
    pub(super) fn receive(&mut self, open: &mut Open<'_>, video: &Video) -> Checked {
        let id = &video.video_id;
        let Some((key, created_at, statuses)) = self.known.get(id) else {
            return Err(TestCaseError::fail(format!("{id} never existed")));
        };
        let status = video.status.as_ref().map(VideoStatus::as_str).unwrap_or_default();
        prop_assert!(statuses.contains(status), "{} was never {}", id, status);
        prop_assert_eq!(video.created_at, created_at.map(|date| date + FIRST_TIME));
        let is_wanted = self.since.is_none_or(|since| created_at.is_none_or(|date| date >= since));
        prop_assert!(is_wanted, "{} is too old", id);
        prop_assert!(self.yielded.insert(id.clone()), "{} was repeated", id);
        // Where pages overlap, the next page may show a new video before those yielded last.
        let may_be_earlier = self.overlap > 0 && id.starts_with('n');
        let is_next = open.last.as_ref() < Some(key);
        prop_assert!(is_next || may_be_earlier, "{} is out of order", id);
        // Only a video that was created meanwhile may be newer than those of an earlier stream.
        let in_order = self.last_yielded.as_ref() < Some(key);
        prop_assert!(in_order || id.starts_with('n'), "{} is out of order", id);
        open.last = open.last.take().max(Some(key.clone()));
        if in_order {
            self.last_yielded = Some(key.clone());
        }
        open.items += 1;
        prop_assert!(open.leg.cap.is_none_or(|cap| open.items <= cap), "more than the cap");
        Ok(())
    }
}
