//! Gzip bodies: valid, damaged, and a decompression bomb.

use std::io::Write;
use std::sync::LazyLock;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::page::page_v1;

/// `body` as one valid gzip member.
#[track_caller]
pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("a Vec takes every write")
}

/// As [`gzip`], with a wrong checksum.
pub(crate) fn gzip_bad_crc(body: &[u8]) -> Vec<u8> {
    let mut member = gzip(body);
    // The last eight bytes are the checksum and the length.
    let crc = member.len() - 8;
    member[crc] ^= 0xff;
    member
}

/// About 260 KiB of valid gzip: 256 MiB of spaces, then a last page without videos.
///
/// A client without a size limit gets a valid page, which a test can notice.
pub(crate) fn bomb() -> &'static [u8] {
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let spaces = vec![b' '; 1 << 20];
        // A full flush ends an independent block, which can be repeated. Compressing 256 MiB takes
        // seconds in a debug build.
        let block = deflate(&spaces, FlushCompress::Full);
        let page = page_v1::<u8>([], None, 0);
        let mut block_crc = Crc::new();
        block_crc.update(&spaces);
        let mut crc = Crc::new();
        let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        for _ in 0..256 {
            member.extend_from_slice(&block);
            crc.combine(&block_crc);
        }
        member.extend(deflate(page.as_bytes(), FlushCompress::Finish));
        crc.update(page.as_bytes());
        member.extend(crc.sum().to_le_bytes());
        member.extend(crc.amount().to_le_bytes());
        member
    });
    &BOMB
}

#[track_caller]
fn deflate(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    // `compress_vec` does not grow its output.
    let mut out = Vec::with_capacity(data.len() + 1024);
    Compress::new(Compression::best(), false)
        .compress_vec(data, &mut out, flush)
        .expect("in-memory compression does not fail");
    out
}
