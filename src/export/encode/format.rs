//! The formats and compressions, their names, and what a file name says about them.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::export::error::{ExportError, ExportErrorKind};

/// How a video is written.
///
/// Its text form, in `Display`, `FromStr` and serde, is `jsonl` or `csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a line: the API's object with all its fields.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a header line.
    Csv,
}

/// How the file is compressed.
///
/// Its text form, in `Display`, `FromStr` and serde, is `none`, `gzip` or `zstd`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952), in several members.
    Gzip,
    /// Zstandard (RFC 8878), in several frames.
    Zstd,
}

impl Format {
    const ALL: [Self; 2] = [Self::Jsonl, Self::Csv];

    /// The format's name: `jsonl` or `csv`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Infers the format from the extension `.jsonl`, `.ndjson` or `.csv`, which may be followed
    /// by that of a compression.
    ///
    /// ```
    /// use heygen_videos::export::Format;
    ///
    /// assert_eq!(Format::of_path("videos.csv.gz")?, Format::Csv);
    /// assert!(Format::of_path("videos.xlsx").is_err());
    /// # Ok::<(), heygen_videos::export::ExportError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] for any other name.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self, ExportError> {
        let mut path = path.as_ref().to_owned();
        if Compression::of_path(&path) != Compression::None {
            path.set_extension("");
        }
        match extension(&path).as_deref() {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("csv") => Ok(Self::Csv),
            _ => Err(ExportError::new(
                ExportErrorKind::Usage,
                "cannot infer the format from the file name",
            )
            .hint_at(
                "end the name in .jsonl, .ndjson or .csv, optionally followed by .gz or .zst, or give \
                 the format",
            )),
        }
    }
}

impl Compression {
    const ALL: [Self; 3] = [Self::None, Self::Gzip, Self::Zstd];

    /// The compression's name: `none`, `gzip` or `zstd`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Infers the compression from the extension `.gz` or `.zst`; without one of them there is none.
    ///
    /// ```
    /// use heygen_videos::export::Compression;
    ///
    /// assert_eq!(Compression::of_path("videos.csv.gz"), Compression::Gzip);
    /// ```
    #[must_use]
    pub fn of_path(path: impl AsRef<Path>) -> Self {
        match extension(path.as_ref()).as_deref() {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ExportError;

    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] for an unknown name.
    fn from_str(name: &str) -> Result<Self, ExportError> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == name);
        known.ok_or_else(|| unknown("format", name, "use jsonl or csv"))
    }
}

impl FromStr for Compression {
    type Err = ExportError;

    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] for an unknown name.
    fn from_str(name: &str) -> Result<Self, ExportError> {
        let known = Self::ALL.into_iter().find(|compression| compression.as_str() == name);
        known.ok_or_else(|| unknown("compression", name, "use none, gzip or zstd"))
    }
}

fn unknown(what: &str, name: &str, hint: &'static str) -> ExportError {
    ExportError::new(ExportErrorKind::Usage, format!("unknown {what} {name:?}")).hint_at(hint)
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_and_a_compression_have_one_text_form_each() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
        for compression in Compression::ALL {
            assert_eq!(compression.to_string().parse::<Compression>().unwrap(), compression);
            assert_eq!(serde_json::to_value(compression).unwrap(), compression.as_str());
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_known_names() {
        let error = "xlsx".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), "unknown format \"xlsx\"");
        assert_eq!(error.hint(), Some("use jsonl or csv"));
        assert_eq!("GZIP".parse::<Compression>().unwrap_err().kind(), ExportErrorKind::Usage);
    }
}
