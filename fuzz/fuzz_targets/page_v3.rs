//! No body makes the page decoder of v3 panic, no part of a page passes for the whole, and none of
//! its videos is left out.
#![no_main]

use heygen_videos::ApiVersion;
use heygen_videos::internals::decode_page;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    if let Some(videos) = decode_page(ApiVersion::V3, body) {
        let whole = body.trim_ascii_end();
        let cut = &whole[..whole.len() - 1];
        assert!(decode_page(ApiVersion::V3, cut).is_none(), "a cut page passed for a page");
        // What `Value` refuses has half a surrogate pair in it.
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let sent = value["data"].as_array().map(Vec::len);
            assert_eq!(Some(videos), sent, "not all videos were read");
        }
    }
});
