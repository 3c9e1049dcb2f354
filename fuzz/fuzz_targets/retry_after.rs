//! Parsing a `Retry-After` header never panics, and never gives a wait of more than a year.
#![no_main]

use std::time::{Duration, SystemTime};

use heygen_videos::internals::retry_after;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    if let Some(wait) = retry_after(value, now) {
        assert!(wait <= Duration::from_secs(365 * 24 * 60 * 60));
    }
});
