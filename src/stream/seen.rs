//! `SeenTokens`: detects a server that sends a token again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cursor::fingerprint;
use crate::error::{Error, Result};
use crate::wire::Next;

/// The tokens of a walk, 8 bytes each. Clones share them, so they outlive a `rearm`.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenTokens(Arc<Mutex<HashSet<u64>>>);

impl SeenTokens {
    /// Adds a token; true if the walk has not seen it before.
    pub(super) fn insert(&self, token: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(fingerprint(token.as_bytes()))
    }

    /// The token of the next page; `None` at the end of the listing.
    pub(super) fn next_token(&self, next: Next) -> Result<Option<Arc<str>>> {
        match next {
            Next::End => Ok(None),
            Next::Missing => Err(Error::pagination(
                "the server says that there are more videos but sent no token for them",
            )),
            Next::Token(token) if self.insert(&token) => Ok(Some(token.into())),
            Next::Token(_) => Err(Error::pagination(
                "the server sent the same token twice: following it would never end",
            )),
        }
    }
}
