//! Compressing what lies between two checkpoints into a member or frame of its own.

use std::borrow::Cow;
use std::io::{self, Write};

use flate2::write::GzEncoder;

use super::format::Compression;
use crate::export::error::ExportError;

/// The bytes as they go into the output, which has some already or not.
pub(crate) fn pack(
    compression: Compression,
    bytes: &[u8],
    begun: bool,
    complete: bool,
) -> Result<Cow<'_, [u8]>, ExportError> {
    // An empty listing makes an empty archive, not an empty file.
    let some = !bytes.is_empty() || (complete && !begun);
    let packed = if some { compress(compression, bytes) } else { Ok(bytes.into()) };
    packed.map_err(|error| ExportError::output("cannot compress the videos", error))
}

/// A whole gzip member or zstd frame, or the bytes themselves.
fn compress(compression: Compression, bytes: &[u8]) -> io::Result<Cow<'_, [u8]>> {
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
