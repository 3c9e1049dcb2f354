//! Reads an `ApiVersion` from its text. This is not in `api_version.rs`, to avoid a cycle between
//! modules: it needs `Error`, an `Error` can hold a cursor, and a cursor holds a version.

use std::str::FromStr;

use crate::api_version::ApiVersion;
use crate::error::{Error, Result};

impl FromStr for ApiVersion {
    type Err = Error;

    /// Reads `auto`, `v1` or `v3`, which is what `Display` writes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for any other text.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "v1" => Ok(Self::V1),
            "v3" => Ok(Self::V3),
            _ => Err(Error::invalid("unknown version of the API: use 'auto', 'v1' or 'v3'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_version_is_read_back() {
        for version in [ApiVersion::Auto, ApiVersion::V1, ApiVersion::V3] {
            assert_eq!(version.to_string().parse::<ApiVersion>().unwrap(), version);
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(json, format!("\"{version}\""));
            assert_eq!(serde_json::from_str::<ApiVersion>(&json).unwrap(), version);
        }
        for text in ["", "V1", "Auto", "v2", " v1", "1"] {
            let error = text.parse::<ApiVersion>().unwrap_err();
            assert!(error.to_string().contains("use 'auto', 'v1' or 'v3'"), "{text:?}: {error}");
        }
    }
}
