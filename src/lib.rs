//! x
mod error;
#[cfg(feature = "simulator")]
#[cfg_attr(docsrs, doc(cfg(feature = "simulator")))]
pub mod simulator;
mod video;
#[derive(Clone, Debug)]
pub struct Cursor;
pub use error::{Error, ErrorKind, Result};
pub use video::{Video, VideoStatus, VideoType};
