//! `Malformed`: what to do with an entry of a page that is not a video. `BadEntry`: why it is not
//! one.

use std::fmt;

use super::fields::pick;
use crate::video::RawJson;

/// What to do with an entry of a page that is not a video.
///
/// An entry is not a video if it is not an object, or if its id is missing, empty or not a string.
/// Other fields never make an entry malformed, whatever their values are.
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use heygen_videos::Malformed;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(30).start().await?;
/// # let client = simulator.client();
///
/// let mut videos = client.videos().malformed(Malformed::Skip).stream();
/// while let Some(video) = videos.try_next().await? {
///     println!("{}", video.video_id);
/// }
/// assert_eq!(videos.stats().skipped, 0);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// Fail the page with an [`ErrorKind::Decode`](crate::ErrorKind::Decode). The error names the
    /// entry by its index in the page, which counts from 0, and by its id if that can be read.
    #[default]
    Fail,
    /// Leave the entry out, count it in [`Stats::skipped`](crate::Stats::skipped) and log a
    /// warning.
    Skip,
}

/// The longest id that is quoted.
const MAX_ID: usize = 64;

/// An entry of a page that is not a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadEntry {
    /// The index in the page.
    index: u64,
    id: Option<String>,
    reason: &'static str,
}

impl BadEntry {
    /// Finds out why this entry is not a video. `id` is the name of the field with the id.
    pub(super) fn new(index: u64, entry: RawJson<'_>, id: &str) -> Self {
        let (id, reason) = match pick(entry.0, [id]) {
            None => (None, "is not an object"),
            Some([None]) => (None, "has no id"),
            Some([Some(id)]) => (readable(id), reason(id)),
        };
        Self { index, id, reason }
    }
}

const HALF_PAIR: &str = "has half a surrogate pair in its id";

fn reason(id: RawJson<'_>) -> &'static str {
    match id.exact_text() {
        Some(text) if text.is_empty() => "has an empty id",
        // The half surrogate pair was replaced before the page was read again.
        Some(text) if text.contains(char::REPLACEMENT_CHARACTER) => HALF_PAIR,
        // The id is valid, so this is the only reason left.
        Some(_) => "has a field name of more than a million bytes",
        None if id.is_null() => "has null for its id",
        None if id.0.starts_with('"') => HALF_PAIR,
        None => "has an id that is not a string",
    }
}

/// An id that can be named: a text or a number, if it is not too long.
fn readable(id: RawJson<'_>) -> Option<String> {
    let text = match id.0.as_bytes().first()? {
        b'"' => id.text()?.into_owned(),
        b'-' | b'0'..=b'9' => id.0.to_owned(),
        _ => return None,
    };
    (1..=MAX_ID).contains(&text.len()).then_some(text)
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of the page", self.index)?;
        if let Some(id) = &self.id {
            write!(f, " (video_id {id})")?;
        }
        write!(f, " {}", self.reason)
    }
}
