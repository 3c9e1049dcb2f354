//! `Warning`: a problem that a person should read about, in an export that did not fail.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::json_form;
use super::time::rfc3339;

/// A problem that a person should read about, in an export that did not fail.
///
/// [`as_str`](Self::as_str) is a word for programs, and `Display` is a sentence for people. In
/// JSON, a warning is an object with both, as `kind` and `message`.
///
/// ```no_run
/// # async fn export(export: heygen_videos::export::Export) -> Result<(), Box<dyn std::error::Error>> {
/// let summary = export.run(|_event| {}).await?;
/// for warning in &summary.warnings {
///     eprintln!("{}: {warning}", warning.as_str());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// No video had a field with this name, so its column is empty.
    #[non_exhaustive]
    FieldNotSeen {
        /// The name as it was given.
        field: String,
    },
    /// The server announced something, such as the day on which the API is switched off, or the
    /// listing was unusual; see [`Client::notices`](crate::Client::notices).
    #[non_exhaustive]
    Notice {
        /// The notice in one line.
        text: String,
    },
    /// The server's count differs from the number of listed videos.
    #[non_exhaustive]
    CountDiffers {
        /// How many videos the account has according to the server.
        total: u64,
        /// How many videos were listed.
        listed: u64,
    },
    /// The config of a tap has a setting that this release does not know.
    #[non_exhaustive]
    UnknownSetting {
        /// The name of the setting.
        name: String,
    },
    /// The state of a tap belongs to another server, key or filter, so everything was sent again.
    StateNotUsed,
    /// The bookmark in the state of a tap is later than now, so it counts as now.
    #[non_exhaustive]
    BookmarkInFuture {
        /// The time of the bookmark.
        bookmark: SystemTime,
    },
    /// Only videos created since this time are selected, and it is later than now.
    #[non_exhaustive]
    SinceInFuture {
        /// The time.
        since: SystemTime,
    },
    /// The catalog of a tap does not select the videos, so none were sent.
    NothingSelected,
    /// A field had values that do not fit its type in the schema of a tap. They were written as
    /// null.
    #[non_exhaustive]
    ValuesNotKept {
        /// The name of the field.
        field: String,
    },
    /// The videos have more fields than a tap adds to its schema, so the others were not sent.
    #[non_exhaustive]
    FieldsLeftOut {
        /// How many fields were added.
        limit: usize,
    },
    /// The listing may be incomplete, so a tap did not make the target drop older rows.
    VersionNotActivated,
    /// The server rejected the saved position, so the export was restarted.
    #[non_exhaustive]
    PositionRefused {
        /// When the abandoned export was started.
        begun_at: SystemTime,
    },
    /// The unfinished export was older than [`max_resume_age`](super::Export::max_resume_age), so
    /// the export was restarted.
    #[non_exhaustive]
    TooOld {
        /// When the abandoned export was started.
        begun_at: SystemTime,
        /// The age limit that applied.
        limit: Duration,
    },
    /// There was a checkpoint but no file with the saved videos, so the export was restarted.
    #[non_exhaustive]
    SavedVideosMissing {
        /// Where the file should have been.
        path: PathBuf,
    },
    /// The file exists and there is no unfinished export, so there was nothing to resume.
    #[non_exhaustive]
    AlreadyComplete {
        /// The file.
        path: PathBuf,
    },
    /// The file system has no locks, so a second run could write the same file.
    #[non_exhaustive]
    NotLocked {
        /// The file that could not be locked.
        path: PathBuf,
    },
    /// The file system cannot sync this file or folder, so a power cut may undo what was saved.
    #[non_exhaustive]
    NotSynced {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file could not be given the mode of the file that it replaces or, if it replaces none,
    /// the usual mode of a new file.
    #[non_exhaustive]
    ModeNotKept {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be given the owner or group of the file that it replaces.
    #[non_exhaustive]
    OwnerNotKept {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be given the access control list of the file that it replaces, so only its
    /// owner may open it.
    #[non_exhaustive]
    AccessListNotKept {
        /// The file.
        path: PathBuf,
    },
    /// The export is complete, but a file that is no longer needed could not be removed.
    #[non_exhaustive]
    NotRemoved {
        /// The file.
        path: PathBuf,
    },
}

impl Warning {
    /// The kind of warning as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::FieldNotSeen { .. } => "field_not_seen",
            Self::Notice { .. } => "notice",
            Self::CountDiffers { .. } => "count_differs",
            Self::UnknownSetting { .. } => "unknown_setting",
            Self::StateNotUsed => "state_not_used",
            Self::BookmarkInFuture { .. } => "bookmark_in_future",
            Self::SinceInFuture { .. } => "since_in_future",
            Self::NothingSelected => "nothing_selected",
            Self::ValuesNotKept { .. } => "values_not_kept",
            Self::FieldsLeftOut { .. } => "fields_left_out",
            Self::VersionNotActivated => "version_not_activated",
            Self::PositionRefused { .. } => "position_refused",
            Self::TooOld { .. } => "too_old",
            Self::SavedVideosMissing { .. } => "saved_videos_missing",
            Self::AlreadyComplete { .. } => "already_complete",
            Self::NotLocked { .. } => "not_locked",
            Self::NotSynced { .. } => "not_synced",
            Self::ModeNotKept { .. } => "mode_not_kept",
            Self::OwnerNotKept { .. } => "owner_not_kept",
            Self::AccessListNotKept { .. } => "access_list_not_kept",
            Self::NotRemoved { .. } => "not_removed",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldNotSeen { field } => {
                write!(f, "no video has a field '{field}': check how it is spelled")
            }
            Self::Notice { text } => f.write_str(text),
            Self::CountDiffers { total, listed } => write!(
                f,
                "the server reports {total} videos in the account, but {listed} were listed: videos \
                 were added or deleted during the export, or the server counts differently"
            ),
            Self::UnknownSetting { name } => {
                write!(f, "the config has an unknown setting '{name}', which is ignored")
            }
            Self::StateNotUsed => f.write_str(
                "the state belongs to another server, key or filter, so everything is sent again",
            ),
            Self::BookmarkInFuture { bookmark } => write!(
                f,
                "the bookmark in the state, {}, is later than now and counts as now: if it was \
                 meant to be an earlier time, correct it and run again",
                rfc3339(*bookmark)
            ),
            Self::SinceInFuture { since } => write!(
                f,
                "only videos created since {} are selected, which is later than now: if you meant \
                 an earlier time, correct it and run again",
                rfc3339(*since)
            ),
            Self::NothingSelected => f.write_str(
                "the catalog does not select the stream 'videos', so nothing is sent: select it, \
                 or leave the catalog out",
            ),
            Self::ValuesNotKept { field } => write!(
                f,
                "some values of '{field}' do not fit its type in the schema and were written as null"
            ),
            Self::FieldsLeftOut { limit } => write!(
                f,
                "the videos have more than {limit} fields that the schema did not name, and the \
                 others were not sent: name the fields that you need in the schema of the catalog"
            ),
            Self::VersionNotActivated => f.write_str(
                "the listing is empty, shorter than the server's total, or entries were skipped, so \
                 the target keeps rows of videos that may have been deleted",
            ),
            Self::PositionRefused { begun_at } => write!(
                f,
                "the server refused the position that was saved by the run started at {}, so the \
                 listing was restarted",
                rfc3339(*begun_at)
            ),
            Self::TooOld { begun_at, limit } => write!(
                f,
                "the unfinished export was started at {}, at least {} ago, and would lack the videos \
                 created since then: the export was restarted",
                rfc3339(*begun_at),
                in_whole_units(*limit)
            ),
            Self::SavedVideosMissing { path } => write!(
                f,
                "{} with the saved videos is missing, so the export was restarted",
                path.display()
            ),
            Self::AlreadyComplete { path } => write!(
                f,
                "{} exists and nothing unfinished is next to it, so there was nothing to do",
                path.display()
            ),
            Self::NotLocked { path } => write!(
                f,
                "the file system cannot lock {}: do not start two runs at once",
                path.display()
            ),
            Self::NotSynced { path } => write!(
                f,
                "the file system cannot sync {}: a power cut may undo what was saved last",
                path.display()
            ),
            Self::ModeNotKept { path } => {
                write!(f, "the file system did not let the mode of {} be set", path.display())
            }
            Self::OwnerNotKept { path } => write!(
                f,
                "{} could not be given the owner and group of the file that it replaces",
                path.display()
            ),
            Self::AccessListNotKept { path } => write!(
                f,
                "{} could not be given the access control list of the file that it replaces: only \
                 its owner may open it; use setfacl to let others in",
                path.display()
            ),
            Self::NotRemoved { path } => write!(
                f,
                "the export is complete, but {} could not be removed: remove it by hand",
                path.display()
            ),
        }
    }
}

/// A time in the largest unit that needs no fraction, up to hours.
fn in_whole_units(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds > 0 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds > 0 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json_form::warning(self.as_str(), self, serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn an_age_is_in_the_unit_that_people_use() {
        for (seconds, text) in [(86_400, "24 h"), (5400, "90 min"), (90, "90 s"), (0, "0 s")] {
            let limit = Duration::from_secs(seconds);
            let message = Warning::TooOld { begun_at: UNIX_EPOCH, limit }.to_string();
            assert!(message.contains(&format!("at least {text} ago")), "{message}");
        }
    }

    #[test]
    fn the_words_for_programs_do_not_change() {
        let (path, begun_at) = (|| PathBuf::from("p"), UNIX_EPOCH);
        for (warning, word) in [
            (Warning::FieldNotSeen { field: "x".into() }, "field_not_seen"),
            (Warning::Notice { text: "x".into() }, "notice"),
            (Warning::CountDiffers { total: 2, listed: 1 }, "count_differs"),
            (Warning::UnknownSetting { name: "x".into() }, "unknown_setting"),
            (Warning::StateNotUsed, "state_not_used"),
            (Warning::BookmarkInFuture { bookmark: begun_at }, "bookmark_in_future"),
            (Warning::SinceInFuture { since: begun_at }, "since_in_future"),
            (Warning::NothingSelected, "nothing_selected"),
            (Warning::ValuesNotKept { field: "x".into() }, "values_not_kept"),
            (Warning::FieldsLeftOut { limit: 1 }, "fields_left_out"),
            (Warning::VersionNotActivated, "version_not_activated"),
            (Warning::PositionRefused { begun_at }, "position_refused"),
            (Warning::TooOld { begun_at, limit: Duration::ZERO }, "too_old"),
            (Warning::SavedVideosMissing { path: path() }, "saved_videos_missing"),
            (Warning::AlreadyComplete { path: path() }, "already_complete"),
            (Warning::NotLocked { path: path() }, "not_locked"),
            (Warning::NotSynced { path: path() }, "not_synced"),
            (Warning::ModeNotKept { path: path() }, "mode_not_kept"),
            (Warning::OwnerNotKept { path: path() }, "owner_not_kept"),
            (Warning::AccessListNotKept { path: path() }, "access_list_not_kept"),
            (Warning::NotRemoved { path: path() }, "not_removed"),
        ] {
            assert_eq!(warning.as_str(), word);
            let json = serde_json::to_value(&warning).unwrap();
            assert_eq!(
                (&json["kind"], &json["message"]),
                (&word.into(), &warning.to_string().into())
            );
        }
    }
}
