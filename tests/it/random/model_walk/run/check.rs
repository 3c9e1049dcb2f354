//! The checks of one item: the limit of its request, the model's prediction, and each video.

use heygen_videos::{Result, Video, VideoStatus};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::super::reference::{Known, Position, Row, WalkEnd};
use super::{Checked, Open, Run};

impl Run {
    /// The limit must be the page size or, if that is less, the cap plus the videos that are sent
    /// again.
    pub(super) fn check_limit(&self, open: &mut Open<'_>) -> Checked {
        if open.limit.is_some() || open.walker.stats().requests == 0 {
            return Ok(());
        }
        let recorded = self.simulator.recorded();
        let limit = recorded.last().and_then(|request| request.param("limit")?.parse().ok());
        let limit: u64 = limit.unwrap();
        let (size, cap) = (u64::from(open.leg.page_size), open.leg.cap.unwrap_or(u64::MAX));
        if self.exact {
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
        let plain = |(key, status): Row| (key.id().to_owned(), status.to_owned());
        let wanted = wanted.map(|item| item.map(|rows| rows.into_iter().map(plain).collect()));
        prop_assert_eq!(got, wanted);
        prop_assert_eq!(open.walker.stats().requests, open.walk.requests);
        prop_assert_eq!(
            open.walker.cursor().is_finished(),
            *open.walk.position() == Position::Finished
        );
        if item.is_none() {
            prop_assert_eq!(open.walker.end().and_then(WalkEnd::of), open.walk.end);
        }
        Ok(())
    }

    /// Checks a video against what is known of its id and of the order.
    pub(super) fn receive(&mut self, open: &mut Open<'_>, video: &Video) -> Checked {
        let id = &video.video_id;
        let Some((key, statuses)) = self.known.get(id) else {
            return Err(TestCaseError::fail(format!("{id} never existed")));
        };
        let status = video.status.as_ref().map(VideoStatus::as_str).unwrap_or_default();
        prop_assert!(statuses.contains(status), "{} was never {}", id, status);
        prop_assert_eq!(video.created_at, key.created_at());
        prop_assert!(self.yielded.insert(id.clone()), "{} was repeated", id);
        prop_assert!(open.last.as_ref() < Some(key), "{} is out of order", id);
        // Only a video that was created meanwhile may be newer than those of an earlier stream.
        let in_order = self.last_yielded.as_ref() < Some(key);
        prop_assert!(in_order || id.starts_with('n'), "{} is out of order", id);
        open.last = Some(key.clone());
        if in_order {
            self.last_yielded = Some(key.clone());
        }
        open.items += 1;
        prop_assert!(open.leg.cap.is_none_or(|cap| open.items <= cap), "more than the cap");
        Ok(())
    }
}
