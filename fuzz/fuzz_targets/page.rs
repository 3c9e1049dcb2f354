//! What must hold for the page decoders of both versions.

use heygen_videos::internals::{decode_one_by_one, decode_page, decode_videos};
use heygen_videos::{ApiVersion, Malformed};
use serde_json::Value;

/// `entries` finds the array of videos in a body.
pub fn check(api: ApiVersion, body: &[u8], entries: impl Fn(&Value) -> &Value) {
    let strict = decode_videos(api, body, Malformed::Fail);
    let lenient = decode_videos(api, body, Malformed::Skip);
    match (&strict, &lenient) {
        (Some(strict), lenient) => {
            assert_eq!(strict.1, 0, "`Fail` leaves nothing out");
            assert_eq!(lenient.as_ref(), Some(strict), "a good page is the same with `Skip`");
        }
        (None, Some((_, skipped))) => assert!(*skipped > 0, "only a bad entry makes a difference"),
        (None, None) => {}
    }
    if let Some((videos, skipped)) = &lenient {
        let whole = body.trim_ascii_end();
        let cut = &whole[..whole.len() - 1];
        assert!(decode_page(api, cut).is_none(), "a page without its last byte was accepted");
        let cut = decode_videos(api, cut, Malformed::Skip);
        assert!(cut.is_none(), "a page without its last byte was accepted with `Skip`");
        // `Value` refuses half a surrogate pair, numbers beyond `f64`, deep nesting, and a byte order
        // mark. The decoder accepts them.
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let sent = entries(&value).as_array().map_or(0, Vec::len);
            assert_eq!(videos.len() + *skipped as usize, sent, "the number of entries differs");
        }
    }
    // Reading entry by entry cannot distinguish a replacement character in the body from one that it
    // inserted itself.
    let text = String::from_utf8_lossy(body).to_lowercase();
    if strict.is_some() && !text.contains(['\u{fffd}', '\u{feff}']) && !text.contains("fffd") {
        assert_eq!(decode_one_by_one(api, body), strict, "the two ways to read a page differ");
    }
}
