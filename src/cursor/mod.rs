//! `Cursor`, an item-exact position in a listing, and its text form.

mod fingerprint;
mod position;
mod text;

use std::fmt;

use crate::api_version::ApiVersion;

pub(crate) use fingerprint::fingerprint;
pub(crate) use position::{Position, YieldedRun, count_yielded};
#[cfg(feature = "__internals")]
pub(crate) use text::with_check;

/// An item-exact, serialisable place in the listing of one query.
///
/// A stream hands one out at any time ([`VideoStream::cursor`](crate::VideoStream::cursor)), every
/// error of a stream carries one, and
/// [`VideoQuery::resume_from`](crate::VideoQuery::resume_from) goes on from it, in another process
/// and another year if need be, with exactly the videos that were not yet yielded. It remembers
/// which videos of its page were yielded, not how many, so that videos which are created or
/// deleted in between move nothing.
///
/// It is bound to the dialect and the filters of its query, but not to the page size, the cap or
/// the account. `Display` and serde give one line of printable ASCII, up to about a kilobyte long
/// within a page of 100. Yielded videos that were deleted since, or pushed to later pages by new
/// ones, make it longer; it remembers about 2,000 of these at most. `FromStr` reads the line, and
/// notices one that was cut short or altered. The line contains the server's pagination token: keep
/// it where the export itself is kept. `Debug` leaves the token out.
///
/// ```
/// use heygen_videos::{Client, Cursor};
///
/// let client = Client::new("key")?;
/// let saved = client.videos().stream().cursor().to_string();
/// // … in another process:
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
    /// Whether nothing is left after this place.
    ///
    /// A stream that resumes from such a cursor ends at once and sends nothing.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.position == Position::Finished
    }

    /// The dialect of the API that this cursor belongs to.
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
