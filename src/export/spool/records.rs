//! Whether bytes look like the records of videos in a partial file.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::export::files::open_to_read;

/// How many bytes of a file are enough to recognise it.
const BEGINNING: u64 = 128 << 10;

/// A longer line is not a record: it would not fit into a response.
const LONGEST_RECORD: u64 = 64 << 20;

/// Whether a file begins with records of videos.
pub(super) fn begins_with_records(path: &Path) -> io::Result<bool> {
    let beginning = BufReader::new(open_to_read(path)?.take(BEGINNING));
    Ok(is_rest_of_records(beginning, &AtomicBool::new(false))? == Some(true))
}

/// Whether these are whole records of videos, followed by at most the beginning of one, as a crash
/// leaves them. `None` if it was cancelled.
pub(super) fn is_rest_of_records(
    mut rest: impl BufRead,
    cancel: &AtomicBool,
) -> io::Result<Option<bool>> {
    let mut line = Vec::new();
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        line.clear();
        rest.by_ref().take(LONGEST_RECORD).read_until(b'\n', &mut line)?;
        if line.ends_with(b"\n") {
            if !is_record(&line) {
                return Ok(Some(false));
            }
            continue;
        }
        // After a power cut, bytes that were never written are zero.
        let written = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let is_beginning = b"{\"".starts_with(&line[..written.min(2)]);
        return Ok(Some(is_beginning && rest.fill_buf()?.is_empty()));
    }
}

fn is_record(line: &[u8]) -> bool {
    /// Raw records of v3 have `id`.
    #[derive(Deserialize)]
    struct Record {
        video_id: Option<IgnoredAny>,
        id: Option<IgnoredAny>,
    }
    let record = serde_json::from_slice::<Record>(line);
    record.is_ok_and(|record| record.video_id.is_some() || record.id.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_and_the_beginning_of_one_are_what_a_crash_leaves() {
        for (rest, wanted) in [
            ("", true),
            ("{\"video_id\":\"a\"}\n{\"id\":\"b\",\"x\":[1]}\n", true),
            ("{\"video_id\":\"a\"}\n{\"video_id\":\"b\"", true),
            ("{", true),
            ("{\"video_id\":\"a\"}\n\0\0\0", true),
            ("{\"video_\0\0", true),
            ("my notes", false),
            ("{\"video_id\":\"a\"}\nmy notes", false),
            ("{\"video_id\":\"a\"}\nmy notes\n", false),
            ("{\"name\":\"a\"}\n", false),
            ("\n", false),
            ("{\"video_id\":\"a\"\n{\"video_id\":\"b\"}\n", false),
        ] {
            let found = is_rest_of_records(rest.as_bytes(), &AtomicBool::new(false)).unwrap();
            assert_eq!(found, Some(wanted), "{rest:?}");
        }
    }
}
