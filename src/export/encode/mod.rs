//! Turns records into the bytes of a format; knows no files.
//!
//! A finished spool of JSON lines is encoded in one go by [`encode_spool`]. A pipe gets its bytes
//! as videos arrive, from a [`Encoder`]. Both use the same code for a row.

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
pub use format::{Compression, Format};
pub(crate) use spool_encoder::encode_spool;
pub(crate) use stream_encoder::Encoder;
