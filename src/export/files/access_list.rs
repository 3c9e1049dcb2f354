//! `AccessList`: the POSIX access control list of a file. On Linux it gives single users and groups
//! access that the mode does not show.

use std::fs::File;
use std::path::Path;

/// The access control list that a file gets when it is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccessList {
    /// The one that the folder gives to new files, if any.
    Inherited,
    /// None.
    #[cfg(target_os = "linux")]
    Absent,
    /// This one, in the form of the system.
    #[cfg(target_os = "linux")]
    Present(Vec<u8>),
    /// The file that is replaced may have one, but it could not be read.
    #[cfg(target_os = "linux")]
    Unreadable,
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::buffer::spare_capacity;
    use rustix::fs::{XattrFlags, fremovexattr, fsetxattr, lgetxattr};
    use rustix::io::Errno;

    use super::{AccessList, File, Path};

    const NAME: &str = "system.posix_acl_access";

    /// The most that the system stores.
    const MAX_LENGTH: usize = 64 << 10;

    impl AccessList {
        /// The list of the file at `path`.
        pub(crate) fn at(path: &Path) -> Self {
            let mut list = Vec::with_capacity(MAX_LENGTH);
            match lgetxattr(path, NAME, spare_capacity(&mut list)) {
                Ok(_) => Self::Present(list),
                Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Self::Absent,
                Err(_) => Self::Unreadable,
            }
        }

        /// Gives a file this list; false if that failed.
        pub(crate) fn apply(&self, file: &File) -> bool {
            match self {
                Self::Inherited => true,
                Self::Absent => matches!(
                    fremovexattr(file, NAME),
                    Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS)
                ),
                Self::Present(list) => fsetxattr(file, NAME, list, XattrFlags::empty()).is_ok(),
                Self::Unreadable => false,
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl AccessList {
    pub(crate) fn at(_path: &Path) -> Self {
        Self::Inherited
    }

    pub(crate) fn apply(&self, _file: &File) -> bool {
        true
    }
}
