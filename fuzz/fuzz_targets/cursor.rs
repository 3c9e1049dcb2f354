//! A text that is a cursor is written back as it was; any other is refused without a panic.
#![no_main]

use heygen_videos::Cursor;
use heygen_videos::internals::with_check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let check = |text: &str| {
        if let Ok(cursor) = text.parse::<Cursor>() {
            assert_eq!(cursor.to_string(), text.trim());
        }
    };
    check(text);
    // No chance comes upon a right check, so what lies behind it would hardly be reached.
    check(&with_check(text));
});
