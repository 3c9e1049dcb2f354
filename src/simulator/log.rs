//! `Recorded`, a request as the simulator saw it, and the `Log` of the latest.

use std::collections::VecDeque;

use super::parameters::find;

/// So many requests are kept.
const KEPT: usize = 10_000;

/// A request that was answered; the key is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The path, as sent.
    pub path: String,
    /// The parameters in the order sent, decoded.
    pub query: Vec<(String, String)>,
    /// The HTTP status of the answer.
    pub status: u16,
}

impl Recorded {
    /// The value of a parameter, decoded; the first one where there are several.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }
}

/// The latest requests, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Recorded>);

impl Log {
    pub(super) fn push(&mut self, recorded: Recorded) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(recorded);
    }

    pub(super) fn to_vec(&self) -> Vec<Recorded> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_latest() {
        let mut log = Log::default();
        for n in 0..KEPT + 5 {
            log.push(Recorded { path: n.to_string(), query: Vec::new(), status: 200 });
        }
        let kept = log.to_vec();
        assert_eq!((kept.len(), kept[0].path.as_str()), (KEPT, "5"));
    }

    #[test]
    fn param_finds_the_first_of_its_name() {
        let query = [("a", "1"), ("b", "2"), ("a", "3")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let recorded = Recorded { path: String::new(), query, status: 200 };
        assert_eq!(recorded.param("a"), Some("1"));
        assert_eq!(recorded.param("c"), None);
    }
}
