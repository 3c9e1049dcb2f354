//! The page decoder of v3 never panics, refuses a page without its last byte, and reads every
//! video of a page.
#![no_main]

use heygen_videos::ApiVersion;
use heygen_videos::internals::decode_page;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    if let Some(videos) = decode_page(ApiVersion::V3, body) {
        let whole = body.trim_ascii_end();
        let cut = &whole[..whole.len() - 1];
        assert!(decode_page(ApiVersion::V3, cut).is_none(), "a page without its last byte was accepted");
        // Skip pages with a lone surrogate: the decoder accepts them, `Value` does not.
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let sent = value["data"].as_array().map(Vec::len);
            assert_eq!(Some(videos), sent, "the number of videos differs");
        }
    }
});
