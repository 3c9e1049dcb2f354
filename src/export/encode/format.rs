//! In which form the videos are written, and what a file's name says about it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::export::error::{ExportError, ExportErrorKind};

/// How a video is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// A JSON object a line: the API's object, unknown fields included.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a header line.
    Csv,
}

/// How the file is compressed.
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

impl Compression {
    /// What the end of the name says: `.gz`, `.zst`, or nothing.
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

impl Format {
    /// What the end of the name says, that of the compression taken off: `.jsonl` or `.ndjson`,
    /// or `.csv`.
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
                "the file's name does not tell the format",
            )
            .hint_at(
                "end it in .jsonl, .ndjson or .csv, each also with .gz or .zst, or give the format",
            )),
        }
    }
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}
