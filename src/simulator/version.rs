//! `ServedVersion`, the version of the API that a path belongs to.

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedVersion {
    V1,
    V3,
}

impl ServedVersion {
    /// The version whose listing is at this path.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/video.list" => Some(Self::V1),
            "/v3/videos" => Some(Self::V3),
            _ => None,
        }
    }

    /// The version whose format the response uses, even at an unknown path.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/v3/") { Self::V3 } else { Self::V1 }
    }
}
