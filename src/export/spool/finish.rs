//! The end of an export: sets the final mode and name of the file and removes the side files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, EncodingFile};
use super::partial_file::{CheckpointState, PartialFile, failed};
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::files::{
    AccessList, Attributes, FileId, create_private, folder_of, refuse_irreplaceable,
    remove_if_exists, rename_new, rename_over, sync, sync_folder,
};
use crate::export::warning::Warning;

impl PartialFile {
    /// The saved videos as JSON lines.
    pub(crate) fn lines(&self) -> Result<io::Take<&File>, ExportError> {
        let mut file = &self.lock.file;
        let partial = &self.at.files.partial;
        file.seek(SeekFrom::Start(0)).map_err(|error| failed("read", partial, error))?;
        Ok(file.take(self.length))
    }

    /// Creates `PATH.encoding`. The checkpoint records the file's id before the file has content.
    pub(crate) fn begin_encoding(&mut self) -> Result<File, ExportError> {
        self.refuse_if_moved()?;
        self.drop_encoding()?;
        let path = self.at.files.encoding.clone();
        let file = create_private(&path).map_err(|error| failed("create", &path, error))?;
        // Sync first: after a power cut, the checkpoint must not refer to a file that has no
        // directory entry.
        self.sync_folder()?;
        self.store_encoding(&file, false)?;
        Ok(file)
    }

    /// Removes an encoded file of this or an earlier run. The saved videos are kept.
    pub(crate) fn drop_encoding(&mut self) -> Result<(), ExportError> {
        let saved = self.checkpoint()?.clone();
        let path = self.at.files.encoding.clone();
        if FileId::at(&path).is_none() {
            return Ok(());
        }
        self.at.refuse_foreign_encoding(Some(&saved))?;
        if let Some(EncodingFile { file, complete: true }) = saved.encoding {
            // Record first that the file is not complete. If a complete file is missing, the next
            // run assumes that it was renamed to its final path.
            self.store(saved.with_encoding(EncodingFile { file, complete: false }))?;
        }
        remove_if_exists(&path).map_err(|error| failed("remove", &path, error))
    }

    /// Renames the encoded file to the final path; returns its length.
    pub(crate) fn finish_encoded(&mut self, file: &File) -> Result<u64, ExportError> {
        let encoding = self.at.files.encoding.clone();
        let length = self.complete(file, &encoding)?;
        self.store_encoding(file, true)?;
        self.give_name(&encoding)?;
        Ok(length)
    }

    /// Renames the partial file itself to the final path; returns its length.
    pub(crate) fn finish_plain(&mut self) -> Result<u64, ExportError> {
        self.refuse_if_moved()?;
        self.drop_encoding()?;
        let partial = self.at.files.partial.clone();
        let file = self.lock.file.try_clone().map_err(|error| failed("open", &partial, error))?;
        let length = self.complete(&file, &partial)?;
        self.give_name(&partial)?;
        Ok(length)
    }

    /// Sets the final mode and owner of a complete file and syncs it.
    fn complete(&mut self, file: &File, path: &Path) -> Result<u64, ExportError> {
        let replaced = Attributes::at(&self.at.path).filter(|_| self.at.force);
        let list = replaced.map_or(AccessList::Inherited, |_| AccessList::at(&self.at.path));
        let attributes = replaced.unwrap_or(self.new);
        // The mode of a private file cancels what a list would give, so none is set.
        let kept = if self.at.private {
            attributes.private().apply(file)
        } else {
            attributes.apply_with(&list, file)
        };
        if !kept.owner {
            self.warn(Warning::OwnerNotKept { path: self.at.path.clone() });
        }
        if !kept.mode {
            self.warn(Warning::ModeNotKept { path: self.at.path.clone() });
        }
        if !kept.list {
            self.warn(Warning::AccessListNotKept { path: self.at.path.clone() });
        }
        let synced = sync(file).map_err(|error| failed("write", path, error))?;
        self.note_sync(synced, path);
        file.metadata().map(|found| found.len()).map_err(|error| failed("read", path, error))
    }

    fn store_encoding(&mut self, file: &File, complete: bool) -> Result<(), ExportError> {
        let found = file.metadata();
        let found = found.map_err(|error| failed("read", &self.at.files.encoding, error))?;
        let encoding = EncodingFile { file: FileId::of(&found), complete };
        self.store(self.checkpoint()?.with_encoding(encoding))
    }

    /// Renames a complete file to the final path. From then on the export is complete.
    fn give_name(&mut self, from: &Path) -> Result<(), ExportError> {
        let path = self.at.path.clone();
        refuse_irreplaceable(&path)?;
        // Without `force`, do not overwrite a file that appeared meanwhile.
        let rename = if self.at.force { rename_over } else { rename_new };
        match rename(from, &path) {
            Ok(()) => {}
            Err(error) if !self.at.force && error.kind() == io::ErrorKind::AlreadyExists => {
                let message =
                    format!("{} was created by another program during the export", path.display());
                return Err(ExportError::new(ExportErrorKind::Output, message)
                    .hint_at("move it away and resume: all videos are saved"));
            }
            Err(error) => {
                let what = format!("cannot rename {} to {}", from.display(), path.display());
                return Err(ExportError::output(what, error)
                    .hint_at("fix the cause and resume: all videos are saved"));
            }
        }
        let is_durable = self.sync_folder()?;
        let saved = self.checkpoint()?.clone();
        self.state = CheckpointState::NotOurs;
        if let Err((left, _)) = self.remove_side_files(&saved, is_durable) {
            self.warn(Warning::NotRemoved { path: left });
        }
        Ok(())
    }

    /// Removes the side files of an export whose file is at its final path.
    pub(super) fn tidy(&mut self, saved: &Checkpoint) -> Result<(), ExportError> {
        let partial = self.at.files.partial.clone();
        // Where the file system has no lasting ids, the content shows that the partial file is ours.
        // It is not truncated, because a finished file with a hard link could have the same content.
        if self.id() != saved.spool
            && self.lock.is_still_at(&partial)
            && self.is_spool_of(saved).map_err(|error| failed("read", &partial, error))?
        {
            remove_if_exists(&partial).map_err(|error| failed("remove", &partial, error))?;
        }
        self.remove_side_files(saved, true).map_err(|(path, error)| failed("remove", &path, error))
    }

    /// Removes the side files of a complete export. If that fails, returns the file that remains.
    fn remove_side_files(
        &mut self,
        saved: &Checkpoint,
        is_durable: bool,
    ) -> Result<(), (PathBuf, io::Error)> {
        let files = self.at.files.clone();
        let ours = self.lock.file.metadata().map(|found| (FileId::of(&found), found.len())).ok();
        let named = FileId::at(&self.at.path);
        let is_spool = ours.is_some_and(|(file, length)| length == 0 || saved.spool == Some(file));
        if is_spool && is_durable && ours.map(|(file, _)| file) != named {
            // Without its checkpoint, a partial file with content would be taken for a foreign
            // file.
            let _ = self.lock.file.set_len(0).and_then(|()| sync(&self.lock.file));
        }
        let remove = |path: &Path| remove_if_exists(path).map_err(|error| (path.to_owned(), error));
        remove(&files.checkpoint)?;
        if is_spool && self.lock.is_still_at(&files.partial) {
            remove(&files.partial)?;
        }
        let encoding = FileId::at(&files.encoding);
        if encoding.is_some() && encoding == saved.encoding.map(|encoding| encoding.file) {
            remove(&files.encoding)?;
        }
        // If a power cut undoes the removal, the next run removes the files.
        let _ = sync_folder(&files.checkpoint);
        Ok(())
    }

    /// Syncs the folder of the export; false if the file system cannot.
    fn sync_folder(&mut self) -> Result<bool, ExportError> {
        let path = self.at.path.clone();
        let synced =
            sync_folder(&path).map_err(|error| failed("sync the folder of", &path, error))?;
        self.note_sync(synced, folder_of(&path));
        Ok(synced)
    }
}
