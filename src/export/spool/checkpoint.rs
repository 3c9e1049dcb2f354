//! `Checkpoint`: where an unfinished export stopped, as JSON in `PATH.checkpoint`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{SideFiles, create_private, remove_if_exists, sync_folder};
use super::identity::{ExportIdentity, hash_of};
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};

/// The version of the file format.
const VERSION: u32 = 2;

/// Where an unfinished export stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    version: u32,
    /// The release that wrote it, for people who open the file.
    tool: String,
    /// Its name in the file is older than the type and stays, so that old files can be read.
    #[serde(rename = "job")]
    pub(super) identity: ExportIdentity,
    pub(crate) cursor: Cursor,
    /// How many bytes of `PATH.partial` count.
    pub(crate) bytes: u64,
    pub(crate) videos: u64,
    /// Whether every video is in the file, so that only the rename is left.
    pub(crate) complete: bool,
    /// A hash of the other fields, so that a damaged file is not resumed from.
    sum: String,
}

impl Checkpoint {
    /// The checkpoint after the next batch; saving it fills in `bytes`.
    pub(crate) fn new(
        identity: ExportIdentity,
        cursor: Cursor,
        videos: u64,
        complete: bool,
    ) -> Self {
        let tool = concat!("heygen-videos ", env!("CARGO_PKG_VERSION")).into();
        let sum = String::new();
        Self { version: VERSION, tool, identity, cursor, bytes: 0, videos, complete, sum }
    }

    fn sum(&self) -> serde_json::Result<String> {
        let unsummed = Self { sum: String::new(), ..self.clone() };
        Ok(hash_of(&serde_json::to_vec(&unsummed)?))
    }

    /// Loads the checkpoint at `path`, if there is one.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, ExportError> {
        let unreadable = |why: &'static str| {
            let message = format!("the checkpoint {} {why}", path.display());
            ExportError::new(ExportErrorKind::Mismatch, message).hint_at(
                "restart the export; the partial file is kept until there is something new to save",
            )
        };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let what = format!("cannot read the checkpoint {}", path.display());
                return Err(ExportError::output(what, error));
            }
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_slice::<Version>(&text) {
            Ok(Version { version: VERSION }) => {}
            Ok(_) => {
                return Err(unreadable(
                    "was written by another release in a format that this one cannot read",
                ));
            }
            Err(_) => return Err(unreadable("is cut short or altered")),
        }
        match serde_json::from_slice::<Self>(&text) {
            Ok(saved) if saved.sum().is_ok_and(|sum| sum == saved.sum) => Ok(Some(saved)),
            _ => Err(unreadable("is cut short or altered")),
        }
    }

    /// Refuses to go on with another export.
    pub(super) fn verify(&self, identity: &ExportIdentity) -> Result<(), ExportError> {
        let names = self.identity.differences(identity);
        if names.is_empty() {
            return Ok(());
        }
        let message =
            format!("the unfinished export was started with another {}", names.join(", "));
        Err(ExportError::new(ExportErrorKind::Mismatch, message)
            .hint_at("resume with the settings and key it was started with, or restart it"))
    }

    /// Replaces the checkpoint on disk; a crash leaves either the old one or the new one.
    pub(super) fn store(&self, files: &SideFiles) -> io::Result<()> {
        let mut text = serde_json::to_vec(&Self { sum: self.sum()?, ..self.clone() })?;
        text.push(b'\n');
        // A leftover of a crash may have another mode, and a link would lead to another file.
        remove_if_exists(&files.temporary)?;
        let mut file = create_private(&files.temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&files.temporary, &files.checkpoint)?;
        sync_folder(&files.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;
    use crate::export::encode::{Compression, Encoding, Format};

    #[test]
    fn an_unreadable_checkpoint_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Checkpoint::load(&folder.path().join("videos.jsonl.checkpoint"));
        assert!(missing.unwrap().is_none());
        // Taken for a missing one, it would be replaced, and everything it saved would be lost.
        let error = Checkpoint::load(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Output, "{error}");
        assert!(error.to_string().contains("cannot read the checkpoint"), "{error}");
    }

    #[test]
    fn the_file_format_does_not_change() {
        let encoding = Encoding {
            format: Format::Csv,
            compression: Compression::Gzip,
            fields: None,
            csv_guard: true,
            bom: false,
            begun_at: 0,
            account: None,
        };
        let query = Client::new("a-key").unwrap().videos().title("x").max_items(25);
        let cursor = query.clone().pages().cursor();
        let identity = ExportIdentity::new(&query, None, &encoding, false);
        let folder = tempfile::tempdir().unwrap();
        let files = SideFiles::of(&folder.path().join("videos.csv.gz"));
        Checkpoint::new(identity, cursor.clone(), 7, false).store(&files).unwrap();

        let text = fs::read_to_string(&files.checkpoint).unwrap();
        let (before_sum, _) = text.split_once(r#""sum":"#).unwrap();
        let wanted = [
            r#"{"version":2,"tool":"heygen-videos "#,
            env!("CARGO_PKG_VERSION"),
            r#"","job":{"base_url":"https://api.heygen.com","api":"auto","key":"2a8a1240f506","#,
            r#""folder_id":null,"title":"x","max_items":25,"format":"csv","compression":"gzip","#,
            r#""fields":null,"csv_guard":true,"keep_urls":false},"cursor":""#,
            &cursor.to_string(),
            r#"","bytes":0,"videos":7,"complete":false,"#,
        ];
        assert_eq!(before_sum, wanted.concat());
        assert_eq!(Checkpoint::load(&files.checkpoint).unwrap().unwrap().videos, 7);
    }
}
