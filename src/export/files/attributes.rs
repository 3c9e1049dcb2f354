//! `Attributes`: the mode and owner that a file gets when it is complete.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::access_list::AccessList;
use super::disk::{create_public, create_unnamed, folder_of, remove_if_exists};

/// The mode and owner of a file. Empty on systems where the folder controls access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes {
    #[cfg(unix)]
    mode: u32,
    #[cfg(unix)]
    pub(super) owner: u32,
    #[cfg(unix)]
    group: u32,
}

/// Which attributes the file system accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) owner: bool,
    pub(crate) mode: bool,
    pub(crate) list: bool,
}

impl Attributes {
    /// The attributes that the system gives to a new file in the folder of `temporary`.
    ///
    /// The mode depends on the umask, which cannot be read without changing it. The owner depends
    /// on the file system. So this creates a file, reads its attributes and removes it. The file
    /// has no name where the system supports that; elsewhere it is created as `temporary`.
    pub(crate) fn of_new(temporary: &Path) -> io::Result<Self> {
        if let Ok(file) = create_unnamed(folder_of(temporary)) {
            return file.metadata().map(|found| Self::of(&found));
        }
        let new = create_public(temporary)?.metadata().map(|found| Self::of(&found));
        remove_if_exists(temporary)?;
        new
    }

    /// The attributes of the file at `path`, if it exists.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let found = path.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Self::of(&found))
    }

    #[cfg(unix)]
    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { mode: metadata.mode() & 0o777, owner: metadata.uid(), group: metadata.gid() }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_metadata: &fs::Metadata) -> Self {
        Self {}
    }

    /// Whether both files have the same owner.
    #[cfg(unix)]
    pub(crate) fn has_owner_of(self, other: Self) -> bool {
        self.owner == other.owner
    }

    #[cfg(not(unix))]
    pub(crate) fn has_owner_of(self, _other: Self) -> bool {
        true
    }

    /// Whether only the owner could have opened the file.
    pub(crate) fn is_private(self) -> bool {
        #[cfg(unix)]
        return self.mode & 0o077 == 0;
        #[cfg(not(unix))]
        true
    }

    /// The same attributes without access for anyone but the owner.
    pub(crate) fn private(self) -> Self {
        #[cfg(unix)]
        return Self { mode: self.mode & 0o700, ..self };
        #[cfg(not(unix))]
        self
    }

    /// The same attributes with read and write permission for the owner.
    pub(crate) fn writable(self) -> Self {
        #[cfg(unix)]
        return Self { mode: self.mode | 0o600, ..self };
        #[cfg(not(unix))]
        self
    }

    /// Gives a file this owner and mode, as far as the file system allows.
    pub(crate) fn apply(self, file: &File) -> Kept {
        self.apply_with(&AccessList::Inherited, file)
    }

    /// Gives a file this owner, access control list and mode, as far as the file system allows.
    #[cfg(unix)]
    pub(crate) fn apply_with(self, list: &AccessList, file: &File) -> Kept {
        use std::os::unix::fs::{PermissionsExt, fchown};

        let Ok(now) = file.metadata().map(|found| Self::of(&found)) else {
            return Kept { owner: false, mode: false, list: false };
        };
        let mut mode = self.mode;
        let owner = (now.owner, now.group) == (self.owner, self.group)
            || fchown(file, Some(self.owner), Some(self.group)).is_ok();
        // A user may give a file to another of their groups, but not to another user.
        let group =
            owner || now.group == self.group || fchown(file, None, Some(self.group)).is_ok();
        if !group {
            // If the group differs, it gets no more permissions than everyone else.
            mode &= !0o070 | (mode << 3);
        }
        // The list is set after the group, because it gives access to the file's group. It is set
        // before the mode, because with a list the group bits of the mode limit what the list
        // gives.
        let list = list.apply(file);
        if !list {
            // Without the list, the bits for the group and everyone else could let people in whom
            // the list kept out.
            mode &= 0o700;
        }
        // Some file systems have one mode for all files and refuse every chmod. Changing the owner
        // may also have changed the mode.
        let is_set = |file: &File| file.metadata().is_ok_and(|found| Self::of(&found).mode == mode);
        let mode = is_set(file)
            || file.set_permissions(fs::Permissions::from_mode(mode)).is_ok() && is_set(file);
        Kept { owner, mode, list }
    }

    #[cfg(not(unix))]
    pub(crate) fn apply_with(self, list: &AccessList, file: &File) -> Kept {
        Kept { owner: true, mode: true, list: list.apply(file) }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn apply_sets_the_mode_and_private_removes_the_access_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let new = Attributes::of_new(&path).unwrap();
        assert!(!path.exists());
        let file = File::create(&path).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, new.mode);
        let given = Attributes { mode: 0o664, ..new };
        assert_eq!(given.apply(&file), Kept { owner: true, mode: true, list: true });
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o664);
        given.private().apply(&file);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
