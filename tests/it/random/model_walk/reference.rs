//! The model: the listing as a sorted map, and a walk that remembers every yielded id.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Bound;

use heygen_videos::End;

use super::case::Trouble;

/// The order of the listing: newest first, videos without a date last, equal dates by descending
/// id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SortKey(Reverse<Option<i64>>, Reverse<String>);

impl SortKey {
    pub(super) fn new(created_at: Option<i64>, id: &str) -> Self {
        Self(Reverse(created_at), Reverse(id.to_owned()))
    }

    pub(super) fn created_at(&self) -> Option<i64> {
        self.0.0
    }

    pub(super) fn id(&self) -> &str {
        &self.1.0
    }
}

/// A video: its sort key and its status.
pub(super) type Row = (SortKey, &'static str);

/// All videos of the account.
pub(super) type Account = BTreeMap<SortKey, &'static str>;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// After this video, or at the start.
    After(Option<SortKey>),
    Finished,
}

/// How a walk ends that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WalkEnd {
    Exhausted,
    CapReached { more: bool },
}

impl WalkEnd {
    pub(super) fn of(end: End) -> Option<Self> {
        match end {
            End::Exhausted => Some(Self::Exhausted),
            End::CapReached { more, .. } => Some(Self::CapReached { more }),
            _ => None,
        }
    }
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
}

impl Walk {
    pub(super) fn new(from: Position, cap: Option<u64>) -> Self {
        let end = match (&from, cap) {
            (Position::Finished, _) => Some(WalkEnd::Exhausted),
            (_, Some(0)) => Some(WalkEnd::CapReached { more: true }),
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
        let Position::After(after) = &self.next else { return None };
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
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = known.account.range((start, Bound::Unbounded));
        let listed = rest.by_ref().take(known.limit).map(|(key, status)| (key.clone(), *status));
        let mut rows: Vec<Row> = listed.collect();
        let follows =
            rest.next().and(rows.last()).map(|(last, _)| Position::After(Some(last.clone())));
        rows.retain(|(key, _)| !known.yielded.contains(key.id()));
        let whole = rows.len();
        if let Some(left) = &mut self.left {
            rows.truncate(usize::try_from(*left).unwrap());
            *left -= rows.len() as u64;
        }
        self.here = self.next.clone();
        if rows.len() == whole {
            self.next = follows.unwrap_or(Position::Finished);
        }
        let finished = self.next == Position::Finished;
        self.end = match self.left {
            Some(0) => Some(WalkEnd::CapReached { more: !finished }),
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
        Position::After(key) => key.as_ref().map_or(Bound::Unbounded, Bound::Excluded),
    };
    let rest = account.range((start, Bound::Unbounded));
    rest.filter(|(key, _)| yielded.contains(key.id())).count() as u64
}
