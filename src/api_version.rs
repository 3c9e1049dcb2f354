//! `ApiVersion`: which version of the API a client uses.

use std::fmt;

/// Which version of the API a client uses.
///
/// Both versions take the same key and filters, and a stream behaves the same with both.
///
/// ```
/// use heygen_videos::{ApiVersion, Client};
///
/// let client = Client::builder().api_key("key").api(ApiVersion::V3).build()?;
/// assert_eq!(ApiVersion::default(), ApiVersion::V1);
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `GET /v1/video.list`, the default. HeyGen supports it until 2026-10-31.
    #[default]
    V1,
    /// `GET /v3/videos`, HeyGen's current API. It does not report a total.
    V3,
}

impl ApiVersion {
    /// The version as it is written in a path: `v1` or `v3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
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
