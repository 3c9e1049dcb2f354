//! `Seen`: what a walk remembers of all that the server has sent.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::recent_ids::RecentIds;
use crate::cursor::fingerprint;

/// What a walk has seen. Clones share it, so it outlives a `rearm`.
///
/// With read-ahead, this is ahead of the consumer. That is safe: a walk is opened again only after
/// its error, and the consumer receives all pages before that error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<SeenSoFar>>);

impl Seen {
    pub(super) fn lock(&self) -> MutexGuard<'_, SeenSoFar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub(super) struct SeenSoFar {
    /// The fingerprints of all tokens.
    tokens: HashSet<u64>,
    /// The ids of the videos that were received last.
    pub(super) recent: RecentIds,
    /// How many videos were received, each counted once.
    pub(super) videos: u64,
    /// How many entries were left out because they are not videos.
    pub(super) skipped: u64,
    /// The server's total; see [`Step::total`](super::walk::Step::total).
    pub(super) total: Option<u64>,
    /// The token of the page that was received last; the first page has none.
    last_page: Option<Option<Arc<str>>>,
}

impl SeenSoFar {
    /// Records that the page of this token was received. False if the page received before it was
    /// the same one, which happens when a rearmed walk requests its page again.
    pub(super) fn note_page(&mut self, token: &Option<Arc<str>>) -> bool {
        let is_new = self.last_page.as_ref() != Some(token);
        if is_new {
            self.last_page = Some(token.clone());
        }
        is_new
    }

    /// Adds a token. If the walk has seen it before, returns its fingerprint as an error.
    pub(super) fn add_token(&mut self, token: &str) -> Result<(), u64> {
        // A server may use the ids of videos as tokens, and a cursor holds fingerprints of both.
        // The inversion makes the fingerprint of a token differ from that of the same text as an
        // id.
        let token = !fingerprint(token.as_bytes());
        if self.add_token_fingerprint(token) { Ok(()) } else { Err(token) }
    }

    /// Adds the fingerprint of a token; true if it is new.
    pub(super) fn add_token_fingerprint(&mut self, token: u64) -> bool {
        self.tokens.insert(token)
    }
}
