//! `Preflight`: what exists at the path of an export, and whether it may be touched.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::checkpoint::{Checkpoint, is_part_of_checkpoint};
use super::identity::ExportIdentity;
use super::lock::is_held;
use super::records::begins_with_records;
use super::side_files::{SideFiles, export_with_side_file};
use super::unfinished::SavedOnDisk;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::files::{
    Attributes, FileId, may_read, refuse_irreplaceable, refuse_kept_by_sticky_folder,
};
use crate::export::options::Existing;
use crate::export::time::{system_time, unix_now};
use crate::export::warning::Warning;

/// What an export is about to do, and where.
#[derive(Debug, Clone)]
pub(crate) struct Preflight {
    /// The path of the finished file, with links resolved.
    pub(crate) path: PathBuf,
    pub(crate) files: SideFiles,
    pub(crate) existing: Existing,
    pub(crate) force: bool,
    pub(crate) identity: ExportIdentity,
    pub(crate) key_rotated: bool,
    pub(crate) max_age: Duration,
    /// Whether only the owner may read the finished file.
    pub(crate) private: bool,
}

/// What an export does with the files it found.
#[derive(Debug)]
pub(super) enum Plan {
    /// There is nothing to keep.
    Begin,
    /// Resume from this checkpoint.
    Resume(Checkpoint, KnownBy),
    /// Start a new export, but keep this one until there is something new to save.
    Replace { older: Checkpoint, warning: Option<Warning>, known_by: KnownBy },
    /// A complete export left side files behind: remove them and check again.
    Tidy(Checkpoint),
    /// The file is complete: there is nothing to do.
    Done,
}

/// What shows that a partial file belongs to its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// Its id.
    Id,
    /// The hash of the bytes that the checkpoint counts.
    Hash,
    /// That hash, and that only records of videos follow these bytes.
    HashAndRest,
}

impl Preflight {
    /// Fails if another run has locked one of these files.
    pub(super) fn refuse_if_held(&self, files: &[&Path]) -> Result<(), ExportError> {
        if files.iter().any(|file| is_held(file)) { Err(self.locked()) } else { Ok(()) }
    }

    pub(super) fn locked(&self) -> ExportError {
        let message = format!("another run is writing {}", self.path.display());
        ExportError::new(ExportErrorKind::Locked, message)
            .hint_at("wait until it is done, or choose another path")
    }

    /// Decides what to do; changes nothing. `new` holds the attributes that a file of ours gets in
    /// this folder, once they are known.
    pub(super) fn check(&self, new: Option<Attributes>) -> Result<Plan, ExportError> {
        refuse_irreplaceable(&self.path)?;
        self.refuse_side_file_of_another()?;
        let side_files = self.files.all().map(|path| (path, path.symlink_metadata().ok()));
        for (path, found) in &side_files {
            let Some(found) = found else { continue };
            if !found.is_file() {
                return Err(foreign(path, "is not a file"));
            }
            if !may_read(path) {
                return Err(foreign(path, "may not be read by this user"));
            }
            let is_ours = |new: Attributes| self.is_ours(path, found, new);
            if new.is_some_and(|new| !is_ours(new)) {
                return Err(foreign(path, "belongs to another user"));
            }
        }
        if let Some(new) = new {
            refuse_kept_by_sticky_folder(&self.path, new)?;
        }
        let [partial, _, temporary, _] = side_files.map(|(_, found)| found);
        // After a crash, a complete file may have two names: this one and the final one.
        if let Some(partial) = partial.as_ref().filter(|found| !self.is_at_path(found)) {
            self.refuse_linked(partial)?;
        }
        let (saved, is_dropped) = match Checkpoint::load(&self.files.checkpoint) {
            // A restart drops what was saved, so it does not need the checkpoint.
            Err(error)
                if error.kind() == ExportErrorKind::Foreign
                    && self.existing == Existing::Restart
                    && self.is_of_an_export(partial.as_ref()) =>
            {
                (None, true)
            }
            saved => (saved?, false),
        };
        if temporary.is_some() && !is_part_of_checkpoint(&self.files.temporary).unwrap_or(false) {
            return Err(foreign(&self.files.temporary, "was not written by an export"));
        }
        self.refuse_foreign_encoding(saved.as_ref())?;
        match saved {
            Some(saved) => {
                // Treat an empty file as missing, unless the checkpoint has its id and counts no
                // bytes. The id alone proves nothing: a new file can reuse the inode of a removed
                // file.
                let is_ours = |found: &Metadata| saved.spool == Some(FileId::of(found));
                let is_kept = |found: &Metadata| saved.bytes == 0 && is_ours(found);
                let partial = partial.filter(|found| found.len() > 0 || is_kept(found));
                if self.has_reached_its_path(&saved, partial.is_some()) {
                    return Ok(Plan::Tidy(saved));
                }
                self.plan_with(saved, partial.as_ref())
            }
            None => self.plan_without(partial.as_ref().filter(|_| !is_dropped)),
        }
    }

    /// Rejects a path that an unfinished export of another path needs for one of its own files.
    fn refuse_side_file_of_another(&self) -> Result<(), ExportError> {
        match export_with_side_file(&self.path) {
            Some(other) if !SavedOnDisk::of(&SideFiles::of(&other)).is_nothing() => {
                let why = format!("is a file of the unfinished export of {}", other.display());
                Err(foreign(&self.path, &why)
                    .hint_at("choose another path, or finish that export first"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a checkpoint that cannot be used and its partial file seem to come from an export,
    /// judging by their beginnings.
    fn is_of_an_export(&self, partial: Option<&Metadata>) -> bool {
        let is_private = |found: &Metadata| found.len() > 0 && Attributes::of(found).is_private();
        partial.is_some_and(is_private)
            && is_part_of_checkpoint(&self.files.checkpoint).unwrap_or(false)
            && begins_with_records(&self.files.partial).unwrap_or(false)
    }

    /// Whether a crash left files without content.
    pub(super) fn has_scraps(&self) -> bool {
        let is_empty = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.len() == 0);
        is_empty(&self.files.partial)
            || exists(&self.files.encoding)
            || exists(&self.files.temporary)
    }

    fn is_at_path(&self, found: &Metadata) -> bool {
        FileId::at(&self.path) == Some(FileId::of(found))
    }

    fn refuse_linked(&self, partial: &Metadata) -> Result<(), ExportError> {
        if is_linked(partial) {
            return Err(foreign(&self.files.partial, "has another name (a hard link)"));
        }
        Ok(())
    }

    /// Rejects an encoded file that is not the one in the checkpoint, unless it is empty.
    pub(super) fn refuse_foreign_encoding(
        &self,
        saved: Option<&Checkpoint>,
    ) -> Result<(), ExportError> {
        let Ok(found) = self.files.encoding.symlink_metadata() else { return Ok(()) };
        let known = saved.and_then(|saved| saved.encoding).map(|encoding| encoding.file);
        if (found.len() == 0 && found.is_file()) || known == Some(FileId::of(&found)) {
            return Ok(());
        }
        // Where the partial file has another id, too, the file system has no lasting ids. The hash of
        // the partial file is verified before anything is removed.
        let spool = saved.and_then(|saved| saved.spool);
        let has_lasting_ids = FileId::at(&self.files.partial) == spool;
        if known.is_some() && !has_lasting_ids && found.is_file() && !is_linked(&found) {
            return Ok(());
        }
        Err(foreign(&self.files.encoding, "was not written by this export"))
    }

    /// A file that got its final owner just before a crash is still ours.
    fn is_ours(&self, path: &Path, found: &Metadata, new: Attributes) -> bool {
        let owner = Attributes::of(found);
        let replaced = Attributes::at(&self.path).filter(|_| path != self.files.checkpoint);
        owner.has_owner_of(new) || replaced.is_some_and(|replaced| owner.has_owner_of(replaced))
    }

    /// Decides what to do if there is no checkpoint.
    fn plan_without(&self, partial: Option<&Metadata>) -> Result<Plan, ExportError> {
        if self.path.symlink_metadata().is_ok() && !self.force {
            return match self.existing {
                Existing::Resume => Ok(Plan::Done),
                Existing::Refuse | Existing::Restart => Err(self.exists()),
            };
        }
        match partial {
            // A crash before the first checkpoint leaves an empty file.
            Some(found) if found.len() > 0 || is_linked(found) => Err(foreign(
                &self.files.partial,
                "was not written by an export that can be resumed",
            )),
            _ => Ok(Plan::Begin),
        }
    }

    /// Decides what to do if there is a checkpoint.
    fn plan_with(
        &self,
        saved: Checkpoint,
        partial: Option<&Metadata>,
    ) -> Result<Plan, ExportError> {
        let replace = |older, warning, known_by| Ok(Plan::Replace { older, warning, known_by });
        if self.existing == Existing::Refuse && !saved.is_empty() {
            let message = format!("found an unfinished export of {}", self.path.display());
            return Err(ExportError::new(ExportErrorKind::Unfinished, message)
                .hint_at("resume it, or restart it from the beginning")
                .resumable(true));
        }
        if self.path.symlink_metadata().is_ok() && !self.force {
            return Err(self.exists());
        }
        let Some(partial) = partial else {
            let path = self.files.partial.clone();
            let warning = (self.existing == Existing::Resume && !saved.is_empty())
                .then_some(Warning::SavedVideosMissing { path });
            return replace(saved, warning, KnownBy::Id);
        };
        // If the file has a second name, writing to it would change the file under that name, too.
        self.refuse_linked(partial)?;
        let known_by = self.known_by(&saved, partial)?;
        if saved.is_empty() || self.existing != Existing::Resume {
            return replace(saved, None, known_by);
        }
        // An export that is too old is not resumed, whatever its settings are. If it was started in
        // the future, a clock was wrong, and its age is unknown.
        let age = u64::try_from(unix_now().saturating_sub(saved.begun_at));
        if !age.is_ok_and(|age| age < self.max_age.as_secs()) {
            let begun_at = system_time(saved.begun_at);
            return replace(
                saved,
                Some(Warning::TooOld { begun_at, limit: self.max_age }),
                known_by,
            );
        }
        saved.verify(&self.identity, self.key_rotated)?;
        if partial.len() < saved.bytes {
            return Err(altered(&self.files.partial, "is shorter than its checkpoint says"));
        }
        Ok(Plan::Resume(saved, known_by))
    }

    /// How to verify that a partial file belongs to the checkpoint. Rejects a file that cannot be
    /// the one of the checkpoint.
    fn known_by(&self, saved: &Checkpoint, partial: &Metadata) -> Result<KnownBy, ExportError> {
        let found = FileId::of(partial);
        match saved.spool {
            Some(spool) if spool == found => Ok(KnownBy::Id),
            // A reboot may change the number of a device.
            Some(spool) if spool.has_inode_of(found) => Ok(KnownBy::Hash),
            // The file may be a copy, as from a backup, or its file system has no lasting ids, as
            // with FAT and many network mounts. A crash may have left bytes that are not counted.
            _ if partial.len() >= saved.bytes => Ok(KnownBy::HashAndRest),
            _ => Err(not_described(&self.files.partial)),
        }
    }

    /// Whether the finished file is at its final path, so that only its side files remain.
    fn has_reached_its_path(&self, saved: &Checkpoint, has_partial: bool) -> bool {
        if !saved.complete {
            return false;
        }
        let named = FileId::at(&self.path);
        let is_named = |file: Option<FileId>| file.is_some() && file == named;
        match saved.encoding {
            // It was renamed to its final path, and has since been moved away.
            Some(encoding) if encoding.complete && !exists(&self.files.encoding) => true,
            None if !has_partial => true,
            encoding => is_named(saved.spool) || is_named(encoding.map(|encoding| encoding.file)),
        }
    }

    /// Whether a resume could continue from what an older run saved.
    pub(super) fn can_resume(&self, older: &Checkpoint) -> bool {
        !older.is_empty() && older.verify(&self.identity, self.key_rotated).is_ok()
    }

    /// Whether a resume could continue from what is saved, as far as this can be read.
    pub(super) fn has_something_to_resume(&self) -> bool {
        match SavedOnDisk::of(&self.files) {
            SavedOnDisk::Nothing => false,
            SavedOnDisk::Export(saved) => self.can_resume(&saved),
            SavedOnDisk::Unreadable => true,
        }
    }

    fn exists(&self) -> ExportError {
        let message = format!("{} already exists", self.path.display());
        ExportError::new(ExportErrorKind::Exists, message)
            .hint_at("allow replacing it (force, --force), or choose another path")
    }
}

/// The error for a file next to the path that must not be touched.
pub(super) fn foreign(path: &Path, why: &str) -> ExportError {
    let message = format!("{} {why}", path.display());
    ExportError::new(ExportErrorKind::Foreign, message)
        .hint_at("move it away if you need it, else remove it; or choose another path")
}

/// The error for a partial file that is not the one of the checkpoint.
pub(super) fn not_described(path: &Path) -> ExportError {
    foreign(path, "is not the file that its checkpoint describes")
}

/// The error for a partial file that no longer matches its checkpoint.
pub(super) fn altered(path: &Path, why: &str) -> ExportError {
    let message = format!("{} {why}", path.display());
    ExportError::new(ExportErrorKind::Mismatch, message)
        .hint_at("put the file back as it was, or restart the export")
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(unix)]
fn is_linked(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn is_linked(_found: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests;
