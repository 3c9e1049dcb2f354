//! x
mod error;
mod video;
#[derive(Clone, Debug)]
pub struct Cursor;
pub use error::{Error, ErrorKind, Result};
pub use video::{Video, VideoStatus, VideoType};
