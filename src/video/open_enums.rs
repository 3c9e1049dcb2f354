//! The open enums of a video: known words have a variant, other words are kept as text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a video has come.
///
/// An open enum: a word that this release does not know is kept as received. So a new status of the
/// API never fails a page.
///
/// ```
/// use heygen_videos::VideoStatus;
///
/// assert_eq!(VideoStatus::from("completed"), VideoStatus::Completed);
/// assert_eq!(VideoStatus::from("archived").as_str(), "archived");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoStatus {
    /// `completed`: finished, can be watched.
    Completed,
    /// `processing`: being made.
    Processing,
    /// `pending`: accepted, not started.
    Pending,
    /// `waiting`: in a queue.
    Waiting,
    /// `failed`: could not be made.
    Failed,
    /// `draft`: not submitted yet.
    Draft,
    /// Any other word, as received.
    Unknown(String),
}

/// How a video was made (`type` on the wire); an open enum like [`VideoStatus`].
///
/// ```
/// use heygen_videos::VideoType;
///
/// assert_eq!(VideoType::from("GENERATED"), VideoType::Generated);
/// assert_eq!(VideoType::from("HOLOGRAM").to_string(), "HOLOGRAM");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoType {
    /// `GENERATED`: made from a script or template.
    Generated,
    /// `TRANSLATED`: another video in another language.
    Translated,
    /// Any other word, as received.
    Unknown(String),
}

impl VideoStatus {
    fn known(word: &str) -> Option<Self> {
        Some(match word {
            "completed" => Self::Completed,
            "processing" => Self::Processing,
            "pending" => Self::Pending,
            "waiting" => Self::Waiting,
            "failed" => Self::Failed,
            "draft" => Self::Draft,
            _ => return None,
        })
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Completed => "completed",
            Self::Processing => "processing",
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Draft => "draft",
            Self::Unknown(word) => word,
        }
    }
}

impl VideoType {
    fn known(word: &str) -> Option<Self> {
        Some(match word {
            "GENERATED" => Self::Generated,
            "TRANSLATED" => Self::Translated,
            _ => return None,
        })
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Generated => "GENERATED",
            Self::Translated => "TRANSLATED",
            Self::Unknown(word) => word,
        }
    }
}

/// The conversions that both enums share.
macro_rules! open_enum {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word).unwrap_or_else(|| Self::Unknown(word.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::known(&word).unwrap_or(Self::Unknown(word))
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(word: &str) -> Result<Self, Infallible> {
                Ok(Self::from(word))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

open_enum!(VideoStatus);
open_enum!(VideoType);
