//! The formats and compressions, their names, and how to infer them from a file name.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::export::error::{ExportError, ExportErrorKind};

/// The most rows that a sheet of Excel can have, not counting the header.
pub(super) const MAX_SHEET_VIDEOS: u64 = 1_048_575;

/// How a video is written.
///
/// Its text form, in `Display`, `FromStr` and serde, is `jsonl`, `csv`, `xlsx` or `parquet`.
///
/// All formats use the same names and values. [The module](crate::export) lists them in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a line, with all fields that the API sent.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a header line.
    Csv,
    /// A workbook for Excel with one sheet of at most 1,048,575 videos; needs the feature `xlsx`.
    ///
    /// Times are date-time cells, text stays text, and URLs are links.
    Xlsx,
    /// Apache Parquet with zstd; needs the feature `parquet`.
    ///
    /// Fields without a column of their own are in the column `extra`, as a JSON object.
    Parquet,
}

/// How the file is compressed.
///
/// Its text form, in `Display`, `FromStr` and serde, is `none`, `gzip` or `zstd`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    #[default]
    None,
    /// gzip (RFC 1952), in one member.
    Gzip,
    /// Zstandard (RFC 8878), in one frame.
    Zstd,
}

impl Format {
    const ALL: [Self; 4] = [Self::Jsonl, Self::Csv, Self::Xlsx, Self::Parquet];

    /// The format's name: `jsonl`, `csv`, `xlsx` or `parquet`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// Infers the format from the extension `.jsonl`, `.ndjson`, `.csv`, `.xlsx` or `.parquet`. The
    /// first three may be followed by the extension of a compression.
    ///
    /// ```
    /// use heygen_videos::export::Format;
    ///
    /// assert_eq!(Format::of_path("videos.csv.gz")?, Format::Csv);
    /// assert!(Format::of_path("videos.json").is_err());
    /// # Ok::<(), heygen_videos::export::ExportError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] for any other name, for a format that this build lacks, and for a
    /// compressed workbook or Parquet file.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self, ExportError> {
        let mut path = path.as_ref().to_owned();
        let compression = Compression::of_path(&path);
        if compression != Compression::None {
            path.set_extension("");
        }
        let format = match extension(&path).as_deref() {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("csv") => Self::Csv,
            Some("xlsx") => Self::Xlsx,
            Some("parquet") => Self::Parquet,
            _ => return Err(unknown_extension()),
        };
        format.check(compression).map(|()| format)
    }

    /// Whether the format needs all videos before it can be written, so it cannot go to a pipe.
    fn needs_whole_listing(self) -> bool {
        matches!(self, Self::Xlsx | Self::Parquet)
    }

    /// How many videos a file holds at most.
    pub(crate) fn max_videos(self) -> Option<u64> {
        (self == Self::Xlsx).then_some(MAX_SHEET_VIDEOS)
    }

    /// Refuses a format that cannot be written while videos arrive.
    pub(crate) fn check_stream(self) -> Result<(), ExportError> {
        if !self.needs_whole_listing() {
            return Ok(());
        }
        let message = format!("a .{self} file needs all videos and cannot be written to a pipe");
        Err(ExportError::new(ExportErrorKind::Usage, message)
            .hint_at("write it to a file, or choose JSON lines or CSV"))
    }

    /// Refuses a format that this build lacks or that cannot be compressed in this way.
    pub(crate) fn check(self, compression: Compression) -> Result<(), ExportError> {
        if !self.is_built() {
            return Err(self.not_built());
        }
        if self.needs_whole_listing() && compression != Compression::None {
            let message = format!("a .{self} file is compressed already");
            return Err(ExportError::new(ExportErrorKind::Usage, message)
                .hint_at(format!("leave out the compression: end the name in .{self}")));
        }
        Ok(())
    }

    fn is_built(self) -> bool {
        match self {
            Self::Jsonl | Self::Csv => true,
            Self::Xlsx => cfg!(feature = "xlsx"),
            Self::Parquet => cfg!(feature = "parquet"),
        }
    }

    pub(super) fn not_built(self) -> ExportError {
        let message = format!("this build cannot write .{self} files");
        ExportError::new(ExportErrorKind::Usage, message).hint_at(format!(
            "build it with the feature `{self}`, or choose {}",
            list(Self::ALL.into_iter().filter(|format| format.is_built()).map(|f| f.to_string()))
        ))
    }
}

/// The error for videos that the format cannot hold.
pub(crate) fn does_not_fit(message: impl Into<Cow<'static, str>>) -> ExportError {
    let others = Format::ALL.into_iter().filter(|format| *format != Format::Xlsx);
    let names = others.filter(|format| format.is_built()).map(|format| format!(".{format}"));
    let hint = format!(
        "choose another format: a file that ends in {} holds any number of videos and texts of any \
         length",
        list(names)
    );
    ExportError::new(ExportErrorKind::DoesNotFit, message).hint_at(hint)
}

/// The error for a file name without a known extension. It lists the formats of this build.
fn unknown_extension() -> ExportError {
    let built = Format::ALL.into_iter().filter(|format| format.is_built());
    let names = built.flat_map(|format| match format {
        Format::Jsonl => vec![".jsonl".to_owned(), ".ndjson".to_owned()],
        format => vec![format!(".{format}")],
    });
    ExportError::new(ExportErrorKind::Usage, "cannot infer the format from the file name").hint_at(
        format!(
            "end the name in {}, where .gz or .zst may follow the first three, or give the format",
            list(names)
        ),
    )
}

/// `a, b or c`.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} or {last}", names.join(", ")) }
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

    /// Infers the compression from the extension `.gz` or `.zst`; any other name means none.
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
        known.ok_or_else(|| unknown("format", name, "use jsonl, csv, xlsx or parquet"))
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
        let error = "json".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), "unknown format \"json\"");
        assert_eq!(error.hint(), Some("use jsonl, csv, xlsx or parquet"));
        assert_eq!("GZIP".parse::<Compression>().unwrap_err().kind(), ExportErrorKind::Usage);
    }
}
