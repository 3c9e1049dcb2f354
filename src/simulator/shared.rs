//! `Shared`, the state that the server and the [`Simulator`](super::Simulator) share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::account::Account;
use super::fault::Script;
use super::log::Log;

/// The state of a running simulator.
pub(super) struct Shared {
    pub(super) api_key: String,
    pub(super) requests: AtomicU64,
    pub(super) connections: AtomicU64,
    /// The last nonce used.
    nonce: AtomicU64,
    account: Mutex<Account>,
    latency: Mutex<Duration>,
    log: Mutex<Log>,
    script: Mutex<Script>,
    /// The status of all responses of v1 once it is switched off.
    v1_gone: Mutex<Option<u16>>,
}

impl Shared {
    pub(super) fn new(
        api_key: String,
        account: Account,
        script: Script,
        latency: Duration,
        v1_gone: Option<u16>,
    ) -> Self {
        Self {
            api_key,
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            nonce: AtomicU64::new(0),
            account: Mutex::new(account),
            latency: Mutex::new(latency),
            log: Mutex::default(),
            script: Mutex::new(script),
            v1_gone: Mutex::new(v1_gone),
        }
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.account)
    }

    pub(super) fn latency(&self) -> MutexGuard<'_, Duration> {
        lock(&self.latency)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    pub(super) fn v1_gone(&self) -> MutexGuard<'_, Option<u16>> {
        lock(&self.v1_gone)
    }

    pub(super) fn next_nonce(&self) -> u64 {
        self.nonce.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Ignores poisoning: no panic can leave the data behind these locks half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
