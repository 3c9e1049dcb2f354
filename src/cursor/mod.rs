//! `Cursor`: an item-exact position in a listing.

mod fingerprint;
mod order;
mod position;
mod text;

use std::fmt;

use crate::api_version::ApiVersion;

pub(crate) use fingerprint::fingerprint;
pub(crate) use order::Order;
pub(crate) use position::{Position, YieldedRun, count_videos};
#[cfg(feature = "__internals")]
pub(crate) use text::with_checksum;

/// An item-exact, serialisable position in the listing of one query.
///
/// [`VideoStream::cursor`](crate::VideoStream::cursor) returns one at any time, and every error of
/// a stream carries one. [`VideoQuery::resume_from`](crate::VideoQuery::resume_from) continues from
/// it, in the same process or another, and yields exactly the videos that were not yet yielded.
///
/// A cursor remembers which videos of its page were yielded, not how many. So videos that are
/// created or deleted in the meantime cause no gaps and no repeats.
///
/// A cursor belongs to one API version and to the filters of its query. Page size, cap, account and
/// [`created_since`](crate::VideoQuery::created_since) are not part of it.
///
/// From a cursor, a stream continues with *older* videos. After a finished cursor no videos follow,
/// not even new ones: use [`created_since`](crate::VideoQuery::created_since) for those.
///
/// # Text form
///
/// `Display` and serde write one line of printable ASCII, and `FromStr` reads it. A line that was
/// cut short or altered is refused.
///
/// The line holds the last 100 videos before the position, in case the server's pages overlap. So
/// it has up to about 1,100 characters, plus the length of the server's token. It grows when yielded
/// videos are deleted, or when new videos push them to later pages. At most 10,000 of these are
/// remembered; the oldest are forgotten first.
///
/// The line contains the server's pagination token, so keep it as safe as the exported data.
/// `Debug` omits the token.
///
/// ```
/// use heygen_videos::{Client, Cursor};
///
/// let client = Client::new("key")?;
/// let saved = client.videos().stream().cursor().to_string();
/// // In another process:
/// let cursor: Cursor = saved.parse()?;
/// let videos = client.videos().resume_from(cursor).stream();
/// assert!("hgc1.v1.garbage".parse::<Cursor>().is_err());
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub(crate) api: ApiVersion,
    /// The fingerprint of the request's filters.
    pub(crate) filters: u64,
    pub(crate) position: Position,
}

impl Cursor {
    /// Whether this is the end of the listing.
    ///
    /// A stream that resumes from a finished cursor ends at once and sends nothing.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.position == Position::Finished
    }

    /// Whether a stream that resumes here asks for the first page of the listing.
    #[must_use]
    pub fn is_at_first_page(&self) -> bool {
        matches!(self.position, Position::At { token: None, .. })
    }

    /// The API version that this cursor belongs to.
    #[must_use]
    pub fn api(&self) -> ApiVersion {
        self.api
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("api", &self.api)
            .field("filters", &format_args!("{:016x}", self.filters))
            .field("position", &self.position)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_position_without_a_token_is_at_the_first_page() {
        for (position, is_first) in [
            (Position::start(), true),
            (Position::at(Some("t".into())), false),
            (Position::Finished, false),
        ] {
            let cursor = Cursor { api: ApiVersion::V1, filters: 7, position };
            assert_eq!(cursor.is_at_first_page(), is_first, "{cursor:?}");
        }
    }

    #[test]
    fn debug_omits_the_token() {
        let position = Position::at(Some("canary".into()));
        let debug = format!("{:?}", Cursor { api: ApiVersion::V3, filters: 7, position });
        assert!(!debug.contains("canary") && debug.contains("[redacted]"), "{debug}");
    }
}
