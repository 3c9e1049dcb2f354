//! Compresses a batch into a gzip member or zstd frame of its own.

use std::borrow::Cow;
use std::io::{self, Write};

use flate2::write::GzEncoder;

use super::format::Compression;

/// A whole gzip member or zstd frame, or the bytes themselves.
pub(crate) fn compress(compression: Compression, bytes: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    match compression {
        Compression::None => Ok(bytes.into()),
        Compression::Gzip => {
            let room = Vec::with_capacity(bytes.len() / 4);
            let mut encoder = GzEncoder::new(room, flate2::Compression::default());
            encoder.write_all(bytes)?;
            Ok(encoder.finish()?.into())
        }
        Compression::Zstd => Ok(zstd::encode_all(bytes, zstd::DEFAULT_COMPRESSION_LEVEL)?.into()),
    }
}
