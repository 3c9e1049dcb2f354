//! The model: the listing as a sorted map, and a walk that remembers every yielded id.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Bound;

use super::case::Trouble;

/// The order of the listing: by descending rank, videos without a rank last, equal ranks by
/// descending id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SortKey(Reverse<Option<i64>>, Reverse<String>);

impl SortKey {
    pub(super) fn new(rank: Option<i64>, id: &str) -> Self {
        Self(Reverse(rank), Reverse(id.to_owned()))
    }

    pub(super) fn id(&self) -> &str {
        &self.1.0
    }
}

/// Added to the times of the model to get times that the crate takes for Unix seconds.
pub(super) const FIRST_TIME: i64 = 1_700_000_000;

/// What a video has in addition to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) created_at: Option<i64>,
    pub(super) status: &'static str,
}

pub(super) type Row = (SortKey, Facts);

/// All videos of the account.
pub(super) type Account = BTreeMap<SortKey, Facts>;

/// The videos of the page after a place, and the place of the next page if there is one.
pub(super) fn page_after(
    account: &Account,
    after: Option<&SortKey>,
    limit: usize,
    overlap: usize,
) -> (Vec<SortKey>, Option<SortKey>) {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = account.range((start, Bound::Unbounded)).map(|(key, _)| key.clone());
    let page: Vec<SortKey> = rest.by_ref().take(limit).collect();
    let next = rest.next().and_then(|_| {
        // At least the first video of a page does not come again, so that the walk continues.
        let last = page.len().checked_sub(1)?;
        Some(page[last - overlap.min(last)].clone())
    });
    (page, next)
}

/// Where a page begins, and what is known of the order of the videos before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// After this video, or at the start.
    After(Option<SortKey>, KnownOrder),
    Finished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownOrder {
    NewestFirst(Option<i64>),
    Broken,
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WalkEnd {
    Exhausted,
    Since,
    Cap { more: bool },
}

/// What a stream without read-ahead must do.
#[derive(Debug)]
pub(super) struct Walk {
    /// The positions of the page in the buffer and of the next page.
    here: Position,
    next: Position,
    buffer: VecDeque<Row>,
    left: Option<u64>,
    pub(super) end: Option<WalkEnd>,
    pub(super) requests: u64,
}

/// The state of the server, and the ids that all streams have yielded.
pub(super) struct Known<'a> {
    pub(super) account: &'a Account,
    pub(super) script: &'a mut VecDeque<Trouble>,
    pub(super) yielded: &'a HashSet<String>,
    pub(super) limit: usize,
    pub(super) overlap: usize,
    pub(super) since: Option<i64>,
}

impl Walk {
    pub(super) fn new(from: Position, cap: Option<u64>) -> Self {
        let end = match (&from, cap) {
            (Position::Finished, _) => Some(WalkEnd::Exhausted),
            (_, Some(0)) => Some(WalkEnd::Cap { more: true }),
            _ => None,
        };
        let (here, next) = (from.clone(), from);
        Self { here, next, buffer: VecDeque::new(), left: cap, end, requests: 0 }
    }

    /// Where a stream would resume.
    pub(super) fn position(&self) -> &Position {
        if self.buffer.is_empty() { &self.next } else { &self.here }
    }

    /// Whether one more item costs a request.
    pub(super) fn would_ask(&self) -> bool {
        self.buffer.is_empty() && self.end.is_none()
    }

    /// The next item: a video or a page, or `Err` if the server fails.
    pub(super) fn item(
        &mut self,
        by_page: bool,
        mut known: Known<'_>,
    ) -> Option<Result<Vec<Row>, ()>> {
        loop {
            if let Some(row) = self.buffer.pop_front() {
                return Some(Ok(vec![row]));
            }
            match self.page(&mut known)? {
                Ok(rows) if !by_page => self.buffer = rows.into(),
                page => return Some(page),
            }
        }
    }

    fn page(&mut self, known: &mut Known<'_>) -> Option<Result<Vec<Row>, ()>> {
        let Position::After(after, order) = self.next.clone() else { return None };
        if self.end.is_some() {
            return None;
        }
        self.requests += 1;
        match known.script.pop_front() {
            Some(Trouble::Failure) => return Some(Err(())),
            // Its token leads to the same position.
            Some(Trouble::EmptyPage) => return Some(Ok(Vec::new())),
            None => {}
        }
        let (keys, follows) = page_after(known.account, after.as_ref(), known.limit, known.overlap);
        let mut rows: Vec<Row> =
            keys.into_iter().map(|key| (key.clone(), known.account[&key])).collect();
        let mut last_dates = rows.iter().rev().filter_map(|(_, facts)| facts.created_at);
        let last_two = (last_dates.next(), last_dates.next());
        rows.retain(|(key, _)| !known.yielded.contains(key.id()));
        let mut after_page = order;
        let mut is_reached = false;
        let mut here_order = order;
        if let Some(since) = known.since {
            for (_, facts) in &rows {
                after_page = match (after_page, facts.created_at) {
                    (KnownOrder::NewestFirst(Some(last)), Some(date)) if date > last => {
                        KnownOrder::Broken
                    }
                    (KnownOrder::NewestFirst(_), Some(date)) => KnownOrder::NewestFirst(Some(date)),
                    (order, _) => order,
                };
            }
            let is_broken = after_page == KnownOrder::Broken;
            let last_before = match order {
                KnownOrder::NewestFirst(last) => last,
                KnownOrder::Broken => None,
            };
            let is_old = |date: Option<i64>| date.is_some_and(|date| date < since);
            is_reached = !is_broken && is_old(last_two.0) && is_old(last_two.1.or(last_before));
            if is_broken {
                here_order = after_page;
            }
            rows.retain(|(_, facts)| facts.created_at.is_none_or(|date| date >= since));
        }
        let whole = rows.len();
        if let Some(left) = &mut self.left {
            rows.truncate(usize::try_from(*left).unwrap());
            *left -= rows.len() as u64;
        }
        self.here = Position::After(after, here_order);
        self.next = match follows {
            _ if rows.len() < whole || is_reached => self.here.clone(),
            Some(place) => Position::After(Some(place), after_page),
            None => Position::Finished,
        };
        let finished = self.next == Position::Finished;
        self.end = match self.left {
            Some(0) => Some(WalkEnd::Cap { more: !finished }),
            _ if is_reached => Some(WalkEnd::Since),
            _ => finished.then_some(WalkEnd::Exhausted),
        };
        Some(Ok(rows))
    }
}

/// How many videos after a position were already yielded.
pub(super) fn count_repeated(
    account: &Account,
    position: &Position,
    yielded: &HashSet<String>,
) -> u64 {
    let start = match position {
        Position::Finished => return 0,
        Position::After(key, _) => key.as_ref().map_or(Bound::Unbounded, Bound::Excluded),
    };
    let rest = account.range((start, Bound::Unbounded));
    rest.filter(|(key, _)| yielded.contains(key.id())).count() as u64
}
