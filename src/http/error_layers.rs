//! `error_layers`: an error of reqwest and everything below it.

use std::error::Error as StdError;
use std::io;
use std::iter;

/// The error and its sources, from the outside in.
pub(super) fn error_layers<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |current| {
        let current = *current;
        // `io::Error::source` skips the error that it wraps. A TLS error is wrapped twice.
        match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => current.source(),
        }
    })
}
