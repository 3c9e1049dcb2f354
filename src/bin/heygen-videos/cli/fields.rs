//! Which names `--fields` accepts. A typing error is found before the export starts, instead of
//! causing an empty column.

use crate::failure::Failure;

/// The fields that the API documents, and those that an export adds.
const KNOWN: [&str; 18] = [
    "video_id",
    "video_title",
    "status",
    "type",
    "folder_id",
    "created_at",
    "completed_at",
    "duration",
    "video_url",
    "thumbnail_url",
    "gif_url",
    "captioned_video_url",
    "subtitle_url",
    "video_page_url",
    "failure_code",
    "failure_message",
    "output_language",
    "account",
];

/// Rejects a name that is close to a known one. Any other name may belong to a field that the API
/// sends but does not document.
pub(crate) fn refuse_unknown_fields(names: &[String]) -> Result<(), Failure> {
    for name in names.iter().filter(|name| !is_known(name)) {
        if let Some(known) = closest(name) {
            return Err(Failure::usage(format!("--fields: no video has a field '{name}'"))
                .hint(format!("did you mean '{known}'?")));
        }
    }
    Ok(())
}

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || name == "exported_at"
}

/// The known name that the user most likely meant.
fn closest(name: &str) -> Option<&'static str> {
    let name = simplified(name);
    let by_distance = KNOWN.into_iter().chain(["exported_at"]).map(|known| {
        let simple = simplified(known);
        (distance(&name, &simple), known, simple.len())
    });
    let (errors, known, length) = by_distance.min_by_key(|(errors, ..)| *errors)?;
    // Allow one edit in a short name and two in a longer one.
    if errors <= if length < 7 { 1 } else { 2 } {
        return Some(known);
    }
    KNOWN.into_iter().find(|known| known.split('_').any(|part| part == name))
}

/// The name without differences that people overlook: capitals, hyphens, spaces and underscores.
fn simplified(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many characters must be added, removed or replaced, or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let is_swapped =
                i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if is_swapped {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_close_to_a_known_one_is_refused_with_it() {
        for (name, known) in [
            ("title", "video_title"),
            ("Title", "video_title"),
            ("id", "video_id"),
            ("ID", "video_id"),
            ("videoId", "video_id"),
            ("video-id", "video_id"),
            ("created", "created_at"),
            ("create_at", "created_at"),
            ("craeted_at", "created_at"),
            ("folder", "folder_id"),
            ("Status", "status"),
            ("stauts", "status"),
            ("tpye", "type"),
            ("durration", "duration"),
            ("url", "video_url"),
            ("exportedat", "exported_at"),
        ] {
            let failure = refuse_unknown_fields(&["video_id".into(), name.into()]).unwrap_err();
            assert_eq!(failure.hint, Some(format!("did you mean '{known}'?")), "{name}");
        }
    }

    #[test]
    fn known_and_unrelated_names_are_taken() {
        let known = KNOWN.into_iter().chain(["exported_at"]);
        for name in known.chain(["avatar", "workspace", "credits_used", "x", "製品"]) {
            assert!(refuse_unknown_fields(&[name.into()]).is_ok(), "{name}");
        }
    }
}
