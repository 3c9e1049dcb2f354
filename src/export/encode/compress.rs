//! `Compressor`: one gzip member or one zstd frame over a writer.

use std::io::{self, Write};

use flate2::write::GzEncoder;

use super::format::Compression;

/// Compresses everything written to it into one gzip member or one zstd frame.
///
/// Many readers silently stop after the first member of a gzip file.
pub(crate) enum Compressor<W: Write> {
    None(W),
    Gzip(Box<GzEncoder<W>>),
    Zstd(Box<zstd::Encoder<'static, W>>),
}

impl<W: Write> Compressor<W> {
    pub(crate) fn new(compression: Compression, to: W) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None(to),
            Compression::Gzip => {
                Self::Gzip(Box::new(GzEncoder::new(to, flate2::Compression::default())))
            }
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(Box::new(encoder))
            }
        })
    }

    /// Says how many bytes will be written, so that a zstd frame begins with this number. Writing
    /// another number of bytes is an error then.
    pub(crate) fn expect(&mut self, bytes: u64) -> io::Result<()> {
        match self {
            Self::Zstd(encoder) => encoder.set_pledged_src_size(Some(bytes)),
            Self::None(_) | Self::Gzip(_) => Ok(()),
        }
    }

    /// The inner writer.
    pub(crate) fn get_ref(&self) -> &W {
        match self {
            Self::None(to) => to,
            Self::Gzip(encoder) => encoder.get_ref(),
            Self::Zstd(encoder) => encoder.get_ref(),
        }
    }

    /// Ends the member or frame and flushes. Nothing can be written afterwards.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::None(to) => to.flush(),
            Self::Gzip(encoder) => encoder.try_finish().and_then(|()| encoder.get_mut().flush()),
            Self::Zstd(encoder) => encoder.do_finish().and_then(|()| encoder.get_mut().flush()),
        }
    }

    /// Ends the member or frame and returns the inner writer without flushing it.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(to) => Ok(to),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(to) => to.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Also flushes the compressor's own buffer, which makes the output slightly larger.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(to) => to.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn any_number_of_writes_and_flushes_makes_one_member_and_one_frame() {
        let whole = "a line of text\n".repeat(10_000);
        let compressed = |compression| {
            let mut to = Compressor::new(compression, Vec::new()).unwrap();
            for part in whole.as_bytes().chunks(1_500) {
                to.write_all(part).unwrap();
                to.flush().unwrap();
            }
            to.finish().unwrap()
        };
        let gzip = compressed(Compression::Gzip);
        let mut text = String::new();
        // `GzDecoder` reads the first member only.
        flate2::read::GzDecoder::new(&gzip[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, whole);
        let zstd = compressed(Compression::Zstd);
        let mut frame = zstd::Decoder::new(&zstd[..]).unwrap().single_frame();
        text.clear();
        frame.read_to_string(&mut text).unwrap();
        assert_eq!(text, whole);
        assert_eq!(compressed(Compression::None), whole.as_bytes());
    }
}
