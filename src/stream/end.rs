//! `End`: why a stream ended.

use std::fmt;

use serde::{Serialize, Serializer};

/// Why a stream ended.
///
/// `Display` and `Serialize` write [`as_str`](Self::as_str), such as `cap_reached`.
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use heygen_videos::End;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
///
/// let mut videos = client.videos().max_items(120).stream();
/// while let Some(_video) = videos.try_next().await? {}
/// assert!(matches!(videos.end(), Some(End::CapReached { more: true, .. })));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// Every video of the listing was yielded, by this stream or before a resume.
    Exhausted,
    /// All further videos are older than [`created_since`](crate::VideoQuery::created_since).
    SinceReached,
    /// The stream yielded as many videos as [`max_items`](crate::VideoQuery::max_items) allows.
    #[non_exhaustive]
    CapReached {
        /// Whether the listing may have more videos; false only if the server said it has none.
        more: bool,
    },
    /// The stream yielded an error; [`rearm`](crate::VideoStream::rearm) continues after it.
    Failed,
}

impl End {
    /// The end as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::SinceReached => "since_reached",
            Self::CapReached { .. } => "cap_reached",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for End {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
