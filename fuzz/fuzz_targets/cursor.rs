//! A text that is a cursor is written back as it was; any other is refused without a panic.
#![no_main]

use heygen_videos::Cursor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string(), text.trim());
    }
});
