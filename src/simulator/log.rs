//! `Log`, the latest requests, each as a `Recorded`.

use std::collections::VecDeque;

use super::parameters::find;

/// How many requests the log keeps.
const KEPT: usize = 10_000;

/// A request that was answered, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Recorded {
    /// The path as it was sent.
    pub path: String,
    /// The decoded parameters in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// The HTTP status of the response.
    pub status: u16,
}

impl Recorded {
    /// The decoded value of a parameter. If it was sent more than once, this is the first value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }
}

/// The latest requests, oldest first.
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
    fn the_log_keeps_the_latest_requests() {
        let mut log = Log::default();
        for n in 0..KEPT + 5 {
            log.push(Recorded { path: n.to_string(), query: Vec::new(), status: 200 });
        }
        let kept = log.to_vec();
        assert_eq!((kept.len(), kept[0].path.as_str()), (KEPT, "5"));
    }

    #[test]
    fn param_is_the_first_value_of_a_parameter() {
        let query = [("a", "1"), ("b", "2"), ("a", "3")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let recorded = Recorded { path: String::new(), query, status: 200 };
        assert_eq!(recorded.param("a"), Some("1"));
        assert_eq!(recorded.param("c"), None);
    }
}
