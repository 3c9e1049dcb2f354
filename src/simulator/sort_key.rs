//! `SortKey`, the position of a video in the listing.

use std::cmp::Reverse;

/// Orders the listing: newest first, and by descending id within a second.
///
/// Videos without `created_at` come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SortKey {
    created_at: Reverse<Option<i64>>,
    id: Reverse<String>,
}

impl SortKey {
    pub(super) fn new(created_at: Option<i64>, id: impl Into<String>) -> Self {
        Self { created_at: Reverse(created_at), id: Reverse(id.into()) }
    }

    pub(super) fn created_at(&self) -> Option<i64> {
        self.created_at.0
    }

    pub(super) fn id(&self) -> &str {
        &self.id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn videos_are_listed_newest_first_and_undated_ones_last() {
        let new = SortKey::new(Some(2), "a");
        let tie_high = SortKey::new(Some(1), "b");
        let tie_low = SortKey::new(Some(1), "a");
        let undated = SortKey::new(None, "z");
        assert!(new < tie_high && tie_high < tie_low && tie_low < undated);
    }
}
