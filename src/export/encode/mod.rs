//! Turns records into the bytes of a format; does not open files.
//!
//! [`encode_spool`] encodes a finished spool of JSON lines in one pass. For a pipe, an [`Encoder`]
//! encodes videos as they arrive. Both use the same code for a row.

mod compress;
mod csv;
mod encoding;
mod format;
mod guard;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod spool_encoder;
mod stream_encoder;
#[cfg(feature = "xlsx")]
mod xlsx;

pub(crate) use compress::Compressor;
pub(crate) use encoding::{Encoded, Encoding};
pub(crate) use format::does_not_fit;
pub use format::{Compression, Format};
pub(crate) use spool_encoder::encode_spool;
pub(crate) use stream_encoder::Encoder;
