//! Parsing a cursor never panics, and a parsed cursor is written back unchanged.
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
    // A random text almost never has a valid checksum, so also test the text with one added.
    check(&with_check(text));
});
