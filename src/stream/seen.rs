//! `SeenTokens`: the loop guard.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cursor::fingerprint;
use crate::error::{Error, Result};
use crate::wire::Next;

/// Remembers the tokens of a walk, 8 bytes each, through its rearmings.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenTokens(Arc<Mutex<HashSet<u64>>>);

impl SeenTokens {
    /// Whether the token is new to this walk; from now on it is not.
    pub(super) fn insert(&self, token: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(fingerprint(token.as_bytes()))
    }

    /// The token to go on with, `None` at the end of the listing.
    pub(super) fn next_token(&self, next: Next) -> Result<Option<Arc<str>>> {
        match next {
            Next::End => Ok(None),
            Next::Missing => Err(Error::pagination(
                "the server says there are more videos but gives no token for them",
            )),
            Next::Token(token) if self.insert(&token) => Ok(Some(token.into())),
            Next::Token(_) => Err(Error::pagination(
                "the server gave a token for the second time: following it would never end",
            )),
        }
    }
}
