//! The open enums of a video: known words have a variant, other words are kept as text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The status of a video.
///
/// An open enum: a word that has no variant in this release is kept as received. So a new status in
/// the API never fails a page.
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
    /// `success`: finished, can be watched. v1 uses it for translations.
    Success,
    /// `queued`: accepted, not started.
    Queued,
    /// `thinking`: being planned.
    Thinking,
    /// Any other word, as received.
    Unknown(UnknownWord),
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
    Unknown(UnknownWord),
}

/// A word of the API that has no variant in this release.
///
/// You can read the word, but not create it or match on it: a later release may add a variant for
/// it. To compare words, use `as_str` of the enum.
///
/// ```
/// use heygen_videos::VideoStatus;
///
/// let status = VideoStatus::from("archived");
/// let VideoStatus::Unknown(word) = &status else { panic!("{status} is known") };
/// assert_eq!(word.as_str(), "archived");
/// ```
// Boxed twice, because a pointer and a length would make each video eight bytes larger.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownWord(Box<Box<str>>);

impl UnknownWord {
    /// The word as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl VideoStatus {
    /// The words that have a variant.
    #[cfg(feature = "export")]
    pub(crate) const WORDS: [&str; 9] = [
        "completed",
        "processing",
        "pending",
        "waiting",
        "failed",
        "draft",
        "success",
        "queued",
        "thinking",
    ];

    fn known(word: &str) -> Option<Self> {
        Some(match word {
            "completed" => Self::Completed,
            "processing" => Self::Processing,
            "pending" => Self::Pending,
            "waiting" => Self::Waiting,
            "failed" => Self::Failed,
            "draft" => Self::Draft,
            "success" => Self::Success,
            "queued" => Self::Queued,
            "thinking" => Self::Thinking,
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
            Self::Success => "success",
            Self::Queued => "queued",
            Self::Thinking => "thinking",
            Self::Unknown(word) => word.as_str(),
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
            Self::Unknown(word) => word.as_str(),
        }
    }
}

/// The conversions that both enums share.
macro_rules! open_enum {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word)
                    .unwrap_or_else(|| Self::Unknown(UnknownWord(Box::new(word.into()))))
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::from(&*word)
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

#[cfg(all(test, feature = "export"))]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_has_a_variant() {
        for word in VideoStatus::WORDS {
            assert_eq!(VideoStatus::known(word).as_ref().map(VideoStatus::as_str), Some(word));
        }
    }
}
