//! `Remaining`: the cap, counted in one place.

use crate::video::Video;

/// How many videos may still be yielded: the cap minus what was yielded, or no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remaining(Option<u64>);

impl Remaining {
    /// All that `cap` allows; `None` is no cap.
    pub(crate) fn new(cap: Option<u64>) -> Self {
        Self(cap)
    }

    /// The number; `None` if there is no cap.
    #[inline]
    pub(crate) fn get(self) -> Option<u64> {
        self.0
    }

    /// Whether the cap is reached.
    pub(crate) fn is_zero(self) -> bool {
        self.0 == Some(0)
    }

    /// What remains after `yielded` more videos.
    pub(crate) fn minus(self, yielded: u64) -> Self {
        Self(self.0.map(|remaining| remaining.saturating_sub(yielded)))
    }

    /// Shortens `videos` to what remains and counts them; true if it dropped some.
    pub(crate) fn cut(&mut self, videos: &mut Vec<Video>) -> bool {
        let received = videos.len();
        if let Some(remaining) = self.0 {
            videos.truncate(remaining.try_into().unwrap_or(usize::MAX));
        }
        *self = self.minus(videos.len() as u64);
        videos.len() < received
    }

    /// The `limit` to send: no more than the stream can use, at least 1.
    ///
    /// `sent_again` is how many videos were yielded before a resume and will be sent again. They
    /// take up room in the page, but the cap does not count them.
    pub(crate) fn page_limit(self, page_size: u32, sent_again: usize) -> u32 {
        let sent_again = sent_again as u64;
        let usable = self.0.map_or(u64::MAX, |remaining| remaining.saturating_add(sent_again));
        page_size.min(usable.try_into().unwrap_or(u32::MAX)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cut(cap: Option<u64>, received: usize, kept: usize, remaining: Option<u64>) {
        let mut videos: Vec<_> = (0..received).map(|n| Video::new(n.to_string())).collect();
        let mut cap = Remaining::new(cap);
        assert_eq!(cap.cut(&mut videos), kept < received);
        assert_eq!((videos.len(), cap.get()), (kept, remaining));
    }

    #[test]
    fn a_page_is_cut_to_the_cap_and_counted() {
        check_cut(None, 3, 3, None);
        check_cut(Some(5), 3, 3, Some(2));
        check_cut(Some(3), 3, 3, Some(0));
        check_cut(Some(2), 3, 2, Some(0));
        check_cut(Some(0), 3, 0, Some(0));
        check_cut(Some(u64::MAX), 3, 3, Some(u64::MAX - 3));
    }

    #[test]
    fn only_a_cap_that_is_used_up_is_zero() {
        assert!(Remaining::new(Some(3)).minus(3).is_zero());
        assert!(Remaining::new(Some(3)).minus(4).is_zero());
        assert!(!Remaining::new(Some(3)).minus(2).is_zero());
        assert!(!Remaining::new(None).minus(u64::MAX).is_zero());
    }

    #[test]
    fn the_limit_is_the_smaller_of_page_size_and_what_can_be_used() {
        for (cap, again, limit) in [
            (None, 0, 100),
            (None, 7, 100),
            (Some(100), 0, 100),
            (Some(99), 0, 99),
            (Some(99), 1, 100),
            (Some(1), 0, 1),
            (Some(0), 0, 1),
            (Some(u64::MAX), 1, 100),
        ] {
            assert_eq!(Remaining::new(cap).page_limit(100, again), limit, "{cap:?} {again}");
        }
        // `VideoQuery` refuses a page size of 0, but the limit must be valid even then.
        assert_eq!(Remaining::new(None).page_limit(0, 0), 1);
    }
}
