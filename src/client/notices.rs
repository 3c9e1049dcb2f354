//! What the server announced about the API, such as the day on which it is switched off, and what
//! is unusual about a listing.

use std::sync::{Mutex, PoisonError};

/// The most notices that are kept. If there are more, the text probably changes with every
/// response.
const MAX_NOTICES: usize = 8;

/// The notices that a client has received, each once.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Vec<String>>);

impl Notices {
    /// Adds a notice; false if it was added before, or if there are too many.
    pub(crate) fn add(&self, notice: &str) -> bool {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = notices.len() < MAX_NOTICES && !notices.iter().any(|known| known == notice);
        if is_new {
            notices.push(notice.to_owned());
        }
        is_new
    }

    /// All notices so far.
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notice_is_kept_once_and_the_number_is_bounded() {
        let notices = Notices::default();
        assert!(notices.add("a") && !notices.add("a"));
        let kept = (0..100).filter(|n| notices.add(&n.to_string())).count();
        assert_eq!(kept, MAX_NOTICES - 1);
    }
}
