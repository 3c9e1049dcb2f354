//! `Checkpoint`: where an unfinished export stopped, as JSON in `PATH.checkpoint`.

use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::identity::{ExportIdentity, hash_of};
use super::side_files::SideFiles;
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::files::{FileId, create_private, hint_at_cause, open_to_read, write_whole};
use crate::export::time::unix_now;
use crate::stream::Since;

/// The version of the file format.
const VERSION: u32 = 4;

/// The beginning of every checkpoint, whichever release wrote it.
const BEGINNING: &[u8] = br#"{"version":"#;

/// A longer file is not a checkpoint, because a cursor is far shorter.
const MAX_LENGTH: u64 = 16 << 20;

/// Where an unfinished export stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    version: u32,
    /// The release that wrote it, for people who open the file.
    tool: String,
    pub(super) identity: ExportIdentity,
    /// When the export was first started, in seconds since the Unix epoch. Resumed runs keep it.
    pub(crate) begun_at: i64,
    /// The earliest creation time that is exported. Resumed runs keep it, even if the caller's time
    /// is relative to now.
    pub(crate) since: Option<Since>,
    /// When this checkpoint was saved.
    pub(crate) saved_at: i64,
    pub(crate) cursor: Cursor,
    /// The file that holds the videos.
    pub(super) spool: Option<FileId>,
    /// How many bytes of that file are valid.
    pub(crate) bytes: u64,
    /// The hash of these bytes.
    pub(super) hash: String,
    pub(crate) counts: Counts,
    /// Whether all videos are in the spool, so that only the final steps remain.
    pub(crate) complete: bool,
    /// `PATH.encoding`, once it was created.
    pub(super) encoding: Option<EncodingFile>,
    /// A hash of the other fields, so that a damaged checkpoint is detected.
    sum: String,
}

/// The counts of an export over all of its runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    /// Videos in the spool.
    pub(crate) videos: u64,
    /// How many videos were received again and left out.
    pub(crate) repeated: u64,
    /// How many presigned URLs were left out.
    pub(crate) dropped_urls: u64,
    /// How many videos were left out because of their status.
    pub(crate) not_selected: u64,
}

/// The state of `PATH.encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EncodingFile {
    pub(super) file: FileId,
    /// Whether it is complete, so it has been renamed to its final name or is about to be.
    pub(super) complete: bool,
}

impl Checkpoint {
    /// The checkpoint of an export that has saved nothing yet.
    pub(crate) fn first(
        identity: ExportIdentity,
        cursor: Cursor,
        begun_at: i64,
        since: Option<Since>,
    ) -> Self {
        Self {
            version: VERSION,
            tool: concat!("heygen-videos ", env!("CARGO_PKG_VERSION")).into(),
            identity,
            begun_at,
            since,
            saved_at: begun_at,
            cursor,
            spool: None,
            bytes: 0,
            hash: String::new(),
            counts: Counts::default(),
            complete: false,
            encoding: None,
            sum: String::new(),
        }
    }

    /// The checkpoint after the next batch. Saving it fills in the fields about the spool.
    pub(crate) fn after(&self, cursor: Cursor, counts: Counts, complete: bool) -> Self {
        Self { cursor, counts, complete, encoding: None, ..self.clone() }
    }

    /// The same checkpoint with this encoded file.
    pub(super) fn with_encoding(&self, encoding: EncodingFile) -> Self {
        Self { encoding: Some(encoding), ..self.clone() }
    }

    /// The same checkpoint with nothing saved.
    pub(super) fn emptied(&self, hash: String) -> Self {
        let counts = Counts::default();
        Self { bytes: 0, hash, counts, complete: false, encoding: None, ..self.clone() }
    }

    /// Whether it has nothing that could be resumed.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0 && !self.complete
    }

    fn sum(&self) -> serde_json::Result<String> {
        let unsummed = Self { sum: String::new(), ..self.clone() };
        Ok(hash_of(&serde_json::to_vec(&unsummed)?))
    }

    /// Loads the checkpoint at `path`, if there is one.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, ExportError> {
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let hint = hint_at_cause(path, &error);
                let what = format!("cannot read the checkpoint {}", path.display());
                let failed = ExportError::output(what, error);
                return Err(failed.hint_if(hint));
            }
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_slice::<Version>(&text) {
            Ok(Version { version: VERSION }) => {}
            Ok(Version { version }) => {
                let release = if version < VERSION { "an older" } else { "a newer" };
                let why = format!("was written by {release} release");
                let hint = "finish the export with that release, or move the checkpoint and the \
                            partial file away and begin again";
                return Err(unusable(path, &why, hint));
            }
            Err(_) => return Err(damaged(path)),
        }
        match serde_json::from_slice::<Self>(&text) {
            Ok(saved) if saved.sum().is_ok_and(|sum| sum == saved.sum) => Ok(Some(saved)),
            _ => Err(damaged(path)),
        }
    }

    /// Fails if the checkpoint belongs to another export.
    pub(super) fn verify(
        &self,
        identity: &ExportIdentity,
        key_rotated: bool,
    ) -> Result<(), ExportError> {
        let names = self.identity.differences(identity, key_rotated);
        if names.is_empty() {
            return Ok(());
        }
        let message =
            format!("the unfinished export was started with another {}", names.join(", "));
        let hint = if names.len() == 1 && self.identity.has_other_key(identity) {
            "if the key is a new one of the same account, say so (key_rotated, --key-rotated); \
             otherwise resume with the key it was started with, or restart it"
        } else {
            "resume with the settings and key it was started with, or restart it"
        };
        Err(ExportError::new(ExportErrorKind::Mismatch, message).hint_at(hint))
    }

    /// Replaces the checkpoint on disk; returns false if the file system cannot sync.
    pub(super) fn store(&mut self, files: &SideFiles) -> io::Result<bool> {
        self.saved_at = unix_now();
        self.sum = self.sum()?;
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        write_whole(&files.temporary, &files.checkpoint, create_private, &text)
    }
}

/// Whether a crash during the writing of a checkpoint may have left this file: the start of a
/// checkpoint, or only zero bytes.
pub(super) fn is_part_of_checkpoint(path: &Path) -> io::Result<bool> {
    let text = read(path)?;
    let beginning = &BEGINNING[..BEGINNING.len().min(text.len())];
    Ok(text.starts_with(beginning) || text.first() == Some(&0))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open_to_read(path)?.take(MAX_LENGTH).read_to_end(&mut text)?;
    Ok(text)
}

fn damaged(path: &Path) -> ExportError {
    let hint = "if it is from an export, move it and the partial file away and begin again; \
                otherwise choose another path";
    unusable(path, "is cut short or altered, or not from an export", hint)
}

fn unusable(path: &Path, why: &str, hint: &'static str) -> ExportError {
    let message = format!("the checkpoint {} {why}", path.display());
    ExportError::new(ExportErrorKind::Foreign, message).hint_at(hint)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::client::Client;

    #[test]
    fn an_unreadable_checkpoint_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Checkpoint::load(&folder.path().join("videos.jsonl.checkpoint"));
        assert!(missing.unwrap().is_none());
        // If an unreadable checkpoint counted as missing, it would be overwritten, and all saved
        // videos would be lost.
        let error = Checkpoint::load(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Output, "{error}");
        assert!(error.to_string().contains("cannot read the checkpoint"), "{error}");
    }

    #[test]
    fn a_checkpoint_of_another_release_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.jsonl.checkpoint");
        for (version, release) in [(3, "an older release"), (5, "a newer release")] {
            fs::write(&path, format!("{{\"version\":{version},\"job\":{{}}}}")).unwrap();
            let error = Checkpoint::load(&path).unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Foreign);
            assert!(error.to_string().ends_with(release), "{error}");
            assert!(error.hint().unwrap().contains("with that release"));
        }
    }

    #[test]
    fn the_file_format_does_not_change() {
        let since = UNIX_EPOCH + Duration::from_secs(1_759_000_000);
        let query = Client::new("a-key").unwrap().videos().title("x").max_items(25);
        let query = query.created_since(since);
        let cursor = query.clone().pages().cursor();
        let identity = ExportIdentity::new(&query, None, false, false)
            .selecting(Some("7d".into()), Some(vec!["failed".into()]));
        let folder = tempfile::tempdir().unwrap();
        let files = SideFiles::of(&folder.path().join("videos.csv.gz"));
        let counts = Counts { videos: 7, repeated: 1, dropped_urls: 2, not_selected: 3 };
        let first = Checkpoint::first(identity, cursor.clone(), 1_759_560_467, query.since());
        first.after(cursor.clone(), counts, false).store(&files).unwrap();

        let text = fs::read_to_string(&files.checkpoint).unwrap();
        let (before_sum, _) = text.split_once(r#""sum":"#).unwrap();
        let saved = Checkpoint::load(&files.checkpoint).unwrap().unwrap();
        let wanted = [
            r#"{"version":4,"tool":"heygen-videos "#,
            env!("CARGO_PKG_VERSION"),
            r#"","identity":{"base_url":"https://api.heygen.com","api":"auto","key":"2a8a1240f506","#,
            r#""folder_id":null,"title":"x","max_items":25,"created_since":"7d","#,
            r#""statuses":["failed"],"keep_urls":false,"raw":false},"#,
            r#""begun_at":1759560467,"since":1759000000,"saved_at":"#,
            &saved.saved_at.to_string(),
            r#","cursor":""#,
            &cursor.to_string(),
            r#"","spool":null,"bytes":0,"hash":"","#,
            r#""counts":{"videos":7,"repeated":1,"dropped_urls":2,"not_selected":3},"#,
            r#""complete":false,"#,
            r#""encoding":null,"#,
        ];
        assert_eq!(before_sum, wanted.concat());
        assert_eq!(saved.counts, counts);
    }

    #[test]
    fn only_the_start_of_a_checkpoint_or_zeros_count_as_part_of_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.jsonl.checkpoint.tmp");
        for (text, is_part) in [
            ("", true),
            ("{\"ver", true),
            ("{\"version\":3,\"tool\":", true),
            ("\0\0\0", true),
            ("my notes", false),
            ("{\"video_id\":1}", false),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(is_part_of_checkpoint(&path).unwrap(), is_part, "{text:?}");
        }
    }
}
