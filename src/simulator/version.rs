//! `ServedVersion`, the version of the API that a path belongs to.

/// Which of the API's two listings was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedVersion {
    V1,
    V3,
}

impl ServedVersion {
    /// The listing at this path, if there is one.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/video.list" => Some(Self::V1),
            "/v3/videos" => Some(Self::V3),
            _ => None,
        }
    }

    /// The version whose shape an answer at this path has, also where there is nothing.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/v3/") { Self::V3 } else { Self::V1 }
    }
}
