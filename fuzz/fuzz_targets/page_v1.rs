//! The page decoder of v1 never panics, refuses a page without its last byte, accounts for every entry,
//! and gives the same result whether it reads a page as a whole or entry by entry.
#![no_main]

use heygen_videos::ApiVersion;
use libfuzzer_sys::fuzz_target;

mod page;

fuzz_target!(|body: &[u8]| page::check(ApiVersion::V1, body, |body| &body["data"]["videos"]));
