//! The field names and statuses that this crate knows, and which one the user probably meant.

use super::schema::{ACCOUNT, COLUMNS, EXPORTED_AT};
use crate::video::VideoStatus;

/// Fields that v3 documents and that have no column by default.
const OTHER_NAMES: [&str; 13] = [
    "captioned_video_url",
    "completed_at",
    "duration",
    "failure_code",
    "failure_message",
    "gif_url",
    "output_language",
    "subtitle_url",
    "thumbnail_url",
    "video_page_url",
    "video_url",
    ACCOUNT,
    EXPORTED_AT,
];

/// The known field that the user probably meant, if `name` is unknown but close to it.
pub(crate) fn field_suggestion(name: &str) -> Option<&'static str> {
    let known: Vec<_> = COLUMNS.into_iter().chain(OTHER_NAMES).collect();
    if known.contains(&name) {
        return None;
    }
    match &*plain(name) {
        "id" => return Some("video_id"),
        "title" | "name" => return Some("video_title"),
        "folder" => return Some("folder_id"),
        "created" => return Some("created_at"),
        "completed" => return Some("completed_at"),
        "videotype" | "kind" => return Some("type"),
        "url" => return Some("video_url"),
        _ => {}
    }
    closest(name, &known)
}

/// The known status that the user probably meant, if `word` is unknown but close to it.
pub(crate) fn status_suggestion(word: &str) -> Option<&'static str> {
    if VideoStatus::WORDS.contains(&word) {
        return None;
    }
    match &*plain(word) {
        "complete" | "done" | "finished" => Some("completed"),
        "fail" | "error" => Some("failed"),
        "process" => Some("processing"),
        _ => closest(word, &VideoStatus::WORDS),
    }
}

/// The known word with the fewest edits, if there are few.
fn closest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = plain(word);
    // Allow one edit in a short word and two in a longer one. More would reject words that mean
    // something else.
    let reach = if word.len() > 6 { 2 } else { 1 };
    let by_edits = known.iter().map(|known| (edits(&word, &plain(known)), *known));
    by_edits.filter(|(edits, _)| *edits <= reach).min().map(|(_, known)| known)
}

/// The letters and digits of a name, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many letters must be added, removed, replaced or swapped with the next letter.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // The rows of the distance table for the last two letters of `a`.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_close_to_a_known_one_suggests_the_known_one() {
        for (name, meant) in [
            ("title", "video_title"),
            ("Title", "video_title"),
            ("id", "video_id"),
            ("created", "created_at"),
            ("createdAt", "created_at"),
            ("creatd_at", "created_at"),
            ("craeted_at", "created_at"),
            ("stauts", "status"),
            ("ID", "video_id"),
            ("videoId", "video_id"),
            ("video-id", "video_id"),
            ("folderid", "folder_id"),
            ("typ", "type"),
            ("tpye", "type"),
            ("durration", "duration"),
            ("url", "video_url"),
            ("exported-at", "exported_at"),
            ("acount", "account"),
            ("videourl", "video_url"),
        ] {
            assert_eq!(field_suggestion(name), Some(meant), "{name}");
        }
    }

    #[test]
    fn a_status_close_to_a_known_one_suggests_the_known_one() {
        for (word, meant) in [
            ("Completed", "completed"),
            ("complete", "completed"),
            ("compelted", "completed"),
            ("faild", "failed"),
            ("FAILED", "failed"),
            ("procesing", "processing"),
            ("pendin", "pending"),
            ("draf", "draft"),
        ] {
            assert_eq!(status_suggestion(word), Some(meant), "{word}");
        }
        for word in VideoStatus::WORDS.into_iter().chain(["archived", "not_found", "canceled", "3"])
        {
            assert_eq!(status_suggestion(word), None, "{word}");
        }
    }

    #[test]
    fn known_names_and_names_of_other_fields_are_taken_as_they_are() {
        for name in COLUMNS.into_iter().chain(OTHER_NAMES) {
            assert_eq!(field_suggestion(name), None, "{name}");
        }
        for name in ["tags", "description", "asset", "updated_at", "language", "avatar_id", "é", ""]
        {
            assert_eq!(field_suggestion(name), None, "{name}");
        }
    }
}
