//! Counts requests, retries and bytes as they happen.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the fetches of one stream have done so far. It can be read while a request is running.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

impl Counters {
    pub(super) fn add_request(&self, is_retry: bool) {
        self.requests.fetch_add(1, Relaxed);
        self.retries.fetch_add(is_retry.into(), Relaxed);
    }

    pub(super) fn add_bytes(&self, read: usize) {
        self.bytes.fetch_add(read as u64, Relaxed);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }
}
