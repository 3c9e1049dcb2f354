//! `ApiVersion`: which version of the API a client uses.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

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

impl FromStr for ApiVersion {
    type Err = Error;

    /// Reads `v1` or `v3`, which is what `Display` writes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for any other text.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "v1" => Ok(Self::V1),
            "v3" => Ok(Self::V3),
            _ => Err(Error::invalid("unknown version of the API: use 'v1' or 'v3'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_version_is_read_back() {
        for version in [ApiVersion::V1, ApiVersion::V3] {
            assert_eq!(version.to_string().parse::<ApiVersion>().unwrap(), version);
        }
        for text in ["", "V1", "v2", " v1", "1"] {
            let error = text.parse::<ApiVersion>().unwrap_err();
            assert!(error.to_string().contains("use 'v1' or 'v3'"), "{text:?}: {error}");
        }
    }
}
