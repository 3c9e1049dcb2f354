//! The retry quota of a client: a token bucket, as in the standard retry mode of the AWS SDKs.
//!
//! A retry policy limits what one stream sends. While a server is down, hundreds of streams with
//! the same policy would still send several times as many requests as usual. The quota limits them
//! together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::ErrorKind;

const CAPACITY: u32 = 500;
const COST: u32 = 5;
/// A request that timed out kept the server busy for longer.
const COST_AFTER_TIMEOUT: u32 = 10;
/// What a page adds to the quota if it needed no retry.
const REWARD: u32 = 1;

#[derive(Debug)]
pub(crate) struct RetryQuota(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: u32,
    /// Whether one page is retried although the bucket is empty.
    is_probed: bool,
}

/// What the retries of one page take from the quota.
///
/// When the bucket is empty, one page at a time is still retried. So the quota never stops a single
/// stream, and a client always finds out when its server works again.
#[derive(Debug)]
pub(crate) struct Withdrawal<'a> {
    quota: &'a RetryQuota,
    /// What the last retry took.
    last: u32,
    is_probe: bool,
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self(Mutex::new(Bucket { tokens: CAPACITY, is_probed: false }))
    }
}

impl RetryQuota {
    /// Begins the attempts at one page.
    pub(crate) fn begin(&self) -> Withdrawal<'_> {
        Withdrawal { quota: self, last: 0, is_probe: false }
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Withdrawal<'_> {
    /// Pays for a retry after an attempt that failed with this kind. False if the bucket is empty.
    pub(crate) fn pay(&mut self, kind: ErrorKind) -> bool {
        let cost = if kind == ErrorKind::Timeout { COST_AFTER_TIMEOUT } else { COST };
        let mut bucket = self.quota.lock();
        let paid = bucket.tokens.checked_sub(cost);
        if let Some(rest) = paid {
            bucket.tokens = rest;
        } else if !self.is_probe {
            if bucket.is_probed {
                return false;
            }
            bucket.is_probed = true;
            self.is_probe = true;
        }
        self.last = paid.map_or(0, |_| cost);
        true
    }

    /// The page arrived: gives back what its last retry took.
    pub(crate) fn succeed(self) {
        let mut bucket = self.quota.lock();
        bucket.tokens = (bucket.tokens + self.last.max(REWARD)).min(CAPACITY);
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.quota.lock().is_probed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails pages until nothing is left.
    fn emptied() -> RetryQuota {
        let quota = RetryQuota::default();
        let mut retries = 0;
        while quota.lock().tokens > 0 {
            assert!(quota.begin().pay(ErrorKind::Server));
            retries += 1;
        }
        assert_eq!(retries, 100);
        quota
    }

    #[test]
    fn a_timeout_costs_twice_as_much() {
        let quota = RetryQuota::default();
        assert!((0..50).all(|_| quota.begin().pay(ErrorKind::Timeout)));
        assert_eq!(quota.lock().tokens, 0);
    }

    #[test]
    fn one_page_at_a_time_is_retried_without_tokens() {
        let quota = emptied();
        let mut first = quota.begin();
        for _ in 0..10_000 {
            assert!(first.pay(ErrorKind::Network));
            assert!(!quota.begin().pay(ErrorKind::Network));
        }
        drop(first);
        assert!(quota.begin().pay(ErrorKind::Network));
    }

    #[test]
    fn a_successful_page_refunds_its_last_retry_or_adds_one_token() {
        let quota = emptied();
        quota.begin().succeed();
        assert_eq!(quota.lock().tokens, 1);
        quota.lock().tokens = 20;
        let mut page = quota.begin();
        assert!(page.pay(ErrorKind::Server) && page.pay(ErrorKind::Timeout));
        assert_eq!(quota.lock().tokens, 5);
        page.succeed();
        assert_eq!(quota.lock().tokens, 15);
        for _ in 0..1_000 {
            quota.begin().succeed();
        }
        assert_eq!(quota.lock().tokens, CAPACITY);
    }

    #[test]
    fn a_probe_that_succeeds_lets_another_page_probe() {
        let quota = emptied();
        let mut probe = quota.begin();
        assert!(probe.pay(ErrorKind::Server));
        probe.succeed();
        assert_eq!(quota.lock().tokens, 1);
        assert!(quota.begin().pay(ErrorKind::Server));
    }
}
