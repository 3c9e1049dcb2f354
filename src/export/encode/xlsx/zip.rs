//! A ZIP archive, written from front to back, with sizes below 4 GiB and a fixed date.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// 1980-01-01, the earliest date that a ZIP archive can store.
const DATE: u16 = 0x21;
/// The first version of the ZIP format that supports deflate.
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;

/// An archive under construction.
#[derive(Debug)]
pub(super) struct ZipArchive {
    out: BufWriter<File>,
    entries: Vec<ZipEntry>,
}

/// A complete entry.
#[derive(Debug)]
struct ZipEntry {
    name: &'static str,
    offset: u32,
    sizes: Sizes,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    crc: u32,
    compressed: u32,
    plain: u32,
}

/// Compresses what is written and counts bytes for the headers.
#[derive(Debug)]
pub(super) struct Deflated<W: Write> {
    encoder: DeflateEncoder<W>,
    crc: Crc,
}

impl<W: Write> Deflated<W> {
    pub(super) fn new(to: W, level: Compression) -> Self {
        Self { encoder: DeflateEncoder::new(to, level), crc: Crc::new() }
    }

    /// How many bytes were written, before compression.
    pub(super) fn plain(&self) -> u64 {
        self.encoder.total_in()
    }

    fn finish(mut self) -> io::Result<(W, Sizes)> {
        self.encoder.try_finish()?;
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let sizes = Sizes {
            crc: self.crc.sum(),
            compressed: self.encoder.total_out().try_into().map_err(too_large)?,
            plain: self.encoder.total_in().try_into().map_err(too_large)?,
        };
        Ok((self.encoder.finish()?, sizes))
    }
}

impl<W: Write> Write for Deflated<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.encoder.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

/// An entry that is currently being written to the archive.
#[derive(Debug)]
pub(super) struct ZipStream {
    data: Deflated<BufWriter<File>>,
    name: &'static str,
    offset: u32,
    entries: Vec<ZipEntry>,
}

impl ZipArchive {
    pub(super) fn new(out: File) -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, out), entries: Vec::new() }
    }

    /// Adds a small entry.
    pub(super) fn add(&mut self, name: &'static str, content: &[u8]) -> io::Result<()> {
        let mut data = Deflated::new(Vec::new(), Compression::default());
        data.write_all(content)?;
        self.add_deflated(name, data)
    }

    /// Adds an entry that was already compressed in memory.
    pub(super) fn add_deflated(
        &mut self,
        name: &'static str,
        data: Deflated<Vec<u8>>,
    ) -> io::Result<()> {
        let (content, sizes) = data.finish()?;
        let offset = self.position()?;
        write_local_header(&mut self.out, name, sizes)?;
        self.out.write_all(&content)?;
        self.entries.push(ZipEntry { name, offset, sizes });
        Ok(())
    }

    /// Begins an entry that is too large to be held in memory.
    pub(super) fn begin(mut self, name: &'static str, level: Compression) -> io::Result<ZipStream> {
        let offset = self.position()?;
        write_local_header(&mut self.out, name, Sizes::default())?;
        let Self { out, entries } = self;
        Ok(ZipStream { data: Deflated::new(out, level), name, offset, entries })
    }

    /// Writes the directory of the archive and returns the file.
    pub(super) fn finish(mut self) -> io::Result<File> {
        let begin = self.position()?;
        for entry in &self.entries {
            write_directory_header(&mut self.out, entry)?;
        }
        let length = self.position()? - begin;
        let count = (self.entries.len() as u16).to_le_bytes();
        self.out.write_all(b"PK\x05\x06\0\0\0\0")?;
        self.out.write_all(&count)?;
        self.out.write_all(&count)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&begin.to_le_bytes())?;
        self.out.write_all(&[0; 2])?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }

    fn position(&mut self) -> io::Result<u32> {
        let position = self.out.stream_position()?;
        position.try_into().map_err(|_| io::ErrorKind::FileTooLarge.into())
    }
}

impl ZipStream {
    /// The writer of the entry's content.
    pub(super) fn data(&mut self) -> &mut Deflated<BufWriter<File>> {
        &mut self.data
    }

    /// Ends the entry and writes its sizes into the header before its data.
    pub(super) fn end(self) -> io::Result<ZipArchive> {
        let Self { data, name, offset, mut entries } = self;
        let (mut out, sizes) = data.finish()?;
        out.seek(SeekFrom::Start(offset.into()))?;
        write_local_header(&mut out, name, sizes)?;
        out.seek(SeekFrom::End(0))?;
        entries.push(ZipEntry { name, offset, sizes });
        Ok(ZipArchive { out, entries })
    }
}

fn write_local_header(out: &mut impl Write, name: &str, sizes: Sizes) -> io::Result<()> {
    out.write_all(b"PK\x03\x04")?;
    write_common_header(out, name, sizes)?;
    out.write_all(name.as_bytes())
}

fn write_directory_header(out: &mut impl Write, entry: &ZipEntry) -> io::Result<()> {
    out.write_all(b"PK\x01\x02")?;
    out.write_all(&VERSION.to_le_bytes())?;
    write_common_header(out, entry.name, entry.sizes)?;
    // No comment, first disk, no attributes.
    out.write_all(&[0; 10])?;
    out.write_all(&entry.offset.to_le_bytes())?;
    out.write_all(entry.name.as_bytes())
}

/// The fields that both headers share: from the version to the length of the extra field.
fn write_common_header(out: &mut impl Write, name: &str, sizes: Sizes) -> io::Result<()> {
    for field in [VERSION, 0, DEFLATED, 0, DATE] {
        out.write_all(&field.to_le_bytes())?;
    }
    for field in [sizes.crc, sizes.compressed, sizes.plain] {
        out.write_all(&field.to_le_bytes())?;
    }
    out.write_all(&(name.len() as u16).to_le_bytes())?;
    out.write_all(&[0; 2])
}
