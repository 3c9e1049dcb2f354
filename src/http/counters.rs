//! Requests, retries and bytes, counted where they happen.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counted where it happens, so that they can be read while a request or a wait is under way.
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
