//! `ApiVersion`: which version of the API a client uses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which version of the API a client uses.
///
/// Both versions take the same key and filters, and a stream behaves the same with both.
///
/// HeyGen announced the end of v1 for 2026-10-31. With [`Auto`](Self::Auto), the default, a program
/// needs no change when that day comes.
///
/// `Display`, `FromStr` and serde use the words `auto`, `v1` and `v3`.
///
/// ```
/// use heygen_videos::{ApiVersion, Client};
///
/// let client = Client::builder().api_key("key").api(ApiVersion::V3).build()?;
/// assert_eq!(ApiVersion::default(), ApiVersion::Auto);
/// assert_eq!("v3".parse::<ApiVersion>()?, ApiVersion::V3);
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ApiVersion {
    /// v1 if the server still has it, otherwise v3. This is the default.
    ///
    /// A new listing asks v1 for its first page. If v1 refuses that page permanently and without
    /// one of the API's own error codes, v3 is asked for the page. If v3 answers with a page, the
    /// client and all its clones use v3 from then on, and a `warn` event says so: v3 may list other
    /// videos than v1 did. Otherwise the stream returns an error. It is the error of v3 if that is
    /// retryable or shows that v3 exists, such as a refused key or an error code. If not, it is the
    /// error of v1.
    ///
    /// A permanent refusal is a redirect, which is never followed, a status such as 401, 404 or
    /// 410, or a response that is not a page. A failed connection, a timeout, 429 and 5xx are not
    /// permanent.
    ///
    /// A [`Cursor`](crate::Cursor) names the version that its listing used, and a stream that
    /// resumes from it uses that version. The exception is a cursor from before the first video:
    /// it leaves the version open.
    #[default]
    Auto,
    /// `GET /v1/video.list`. HeyGen supports it until 2026-10-31.
    V1,
    /// `GET /v3/videos`, HeyGen's current API. It does not report a total.
    V3,
}

impl ApiVersion {
    /// The version as a word: `auto`, `v1` or `v3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::V1 => "v1",
            Self::V3 => "v3",
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
