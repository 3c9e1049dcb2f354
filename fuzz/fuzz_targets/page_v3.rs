//! No body makes the page decoder of v3 panic, and no part of a page passes for the whole.
#![no_main]

use heygen_videos::ApiVersion;
use heygen_videos::internals::decode_page;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if decode_page(ApiVersion::V3, body).is_some() {
        let whole = body.trim_ascii_end();
        let cut = &whole[..whole.len() - 1];
        assert!(decode_page(ApiVersion::V3, cut).is_none(), "a cut page passed for a page");
    }
});
