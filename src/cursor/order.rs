//! `Order`: whether the videos before a position were listed newest first.

/// Whether the videos before a position were listed newest first.
///
/// Only a walk with `created_since` looks at this. It stops early only while the order is kept, so
/// the cursor must pass the order on to a walk that resumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// No video with a date so far, or the order was not checked.
    #[default]
    Unknown,
    /// Newest first so far. The last video with a date was created at this time.
    Kept(i64),
    /// A video was listed after an older one.
    Broken,
}

impl Order {
    /// The order with one more video.
    pub(crate) fn then(self, created_at: Option<i64>) -> Self {
        match (self, created_at) {
            (Self::Kept(last), Some(next)) if next > last => Self::Broken,
            (Self::Unknown | Self::Kept(_), Some(next)) => Self::Kept(next),
            (order, _) => order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dates: &[Option<i64>], expected: Order) {
        let order = dates.iter().fold(Order::Unknown, |order, date| order.then(*date));
        assert_eq!(order, expected, "{dates:?}");
    }

    #[test]
    fn the_order_is_kept_while_no_video_is_newer_than_the_one_before() {
        check(&[], Order::Unknown);
        check(&[None, None], Order::Unknown);
        check(&[Some(5), None, Some(5), Some(-1), None], Order::Kept(-1));
        check(&[Some(5), Some(6), Some(4)], Order::Broken);
        check(&[Some(5), None, Some(6), Some(4)], Order::Broken);
    }
}
