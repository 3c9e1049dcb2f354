//! Inflates a gzip body piece by piece, up to a number of decoded bytes.
//!
//! Like gzip(1), it reads any number of members one after the other, and ignores any data after the
//! last one that is not gzip.

use std::io::{self, Write};

use flate2::write::GzDecoder;

/// Why a body cannot be inflated.
#[derive(Debug)]
pub(super) enum InflateError {
    /// It has more decoded bytes than allowed.
    TooLong,
    /// It was cut short, or damaged in transit.
    Damaged(io::Error),
}

/// A gzip body that is being read.
pub(super) struct Inflater {
    /// The member that is being read.
    member: Option<GzDecoder<CappedBytes>>,
    /// The decoded bytes, while no member is being read.
    decoded: CappedBytes,
    after: AfterMember,
}

/// What was found after the last complete member.
enum AfterMember {
    Nothing,
    /// The first byte of another member.
    FirstByte,
    /// Something else: it and the rest are ignored.
    Garbage,
}

/// The two bytes that every gzip member begins with.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

impl Inflater {
    /// Expects a body of up to `max` decoded bytes.
    pub(super) fn new(max: usize) -> Self {
        let decoded = CappedBytes { bytes: Vec::new(), max, is_over: false };
        Self {
            member: Some(GzDecoder::new(decoded)),
            decoded: CappedBytes::default(),
            after: AfterMember::Nothing,
        }
    }

    /// How many bytes were decoded so far.
    pub(super) fn decoded(&self) -> usize {
        self.member.as_ref().map_or(&self.decoded, GzDecoder::get_ref).bytes.len()
    }

    /// Inflates the next bytes of the body.
    pub(super) fn write(&mut self, mut input: &[u8]) -> Result<(), InflateError> {
        while !input.is_empty() {
            let Some(member) = &mut self.member else {
                if !self.look_for_member(&mut input)? {
                    return Ok(());
                }
                continue;
            };
            match member.write(input) {
                // The member is complete, and the input is not part of it.
                Ok(0) => self.end_member()?,
                Ok(read) => input = &input[read..],
                Err(error) => return Err(why(error, member.get_ref())),
            }
        }
        Ok(())
    }

    /// Ends the body and returns its decoded bytes.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, InflateError> {
        self.end_member()?;
        Ok(self.decoded.bytes)
    }

    fn end_member(&mut self) -> Result<(), InflateError> {
        let Some(mut member) = self.member.take() else { return Ok(()) };
        // Checks that the checksum is present and correct.
        if let Err(error) = member.try_finish() {
            return Err(why(error, member.get_ref()));
        }
        self.decoded = std::mem::take(member.get_mut());
        Ok(())
    }

    /// Looks at the bytes after a complete member; false if there is no other member in them.
    fn look_for_member(&mut self, input: &mut &[u8]) -> Result<bool, InflateError> {
        let [byte, rest @ ..] = *input else { return Ok(false) };
        self.after = match self.after {
            AfterMember::Nothing if *byte == MAGIC[0] => AfterMember::FirstByte,
            AfterMember::FirstByte if *byte == MAGIC[1] => {
                self.member = Some(GzDecoder::new(std::mem::take(&mut self.decoded)));
                self.after = AfterMember::Nothing;
                *input = rest;
                return self.write(&MAGIC).map(|()| true);
            }
            _ => AfterMember::Garbage,
        };
        *input = rest;
        Ok(!matches!(self.after, AfterMember::Garbage))
    }
}

fn why(error: io::Error, decoded: &CappedBytes) -> InflateError {
    if decoded.is_over { InflateError::TooLong } else { InflateError::Damaged(error) }
}

/// A buffer that never holds more than `max` bytes.
#[derive(Debug, Default)]
struct CappedBytes {
    bytes: Vec<u8>,
    max: usize,
    /// Whether more bytes were written to it.
    is_over: bool,
}

impl Write for CappedBytes {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let length = self.bytes.len();
        if more.len() > self.max - length {
            self.is_over = true;
            return Err(io::Error::other("too long"));
        }
        if more.len() > self.bytes.capacity() - length {
            // Doubling alone could allocate twice the limit.
            let capacity = self.bytes.capacity().saturating_mul(2).min(self.max);
            self.bytes.reserve_exact(capacity.max(length + more.len()) - length);
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// The decoded text, if the body arrives in pieces of this size.
    fn inflate(body: &[u8], piece: usize, max: usize) -> Result<Vec<u8>, InflateError> {
        let mut inflater = Inflater::new(max);
        for piece in body.chunks(piece) {
            inflater.write(piece)?;
        }
        inflater.finish()
    }

    /// Checks that the decoded text is the same for every size of the pieces.
    #[track_caller]
    fn check(body: &[u8], text: &[u8]) {
        for piece in 1..=body.len() {
            assert_eq!(inflate(body, piece, text.len()).unwrap(), text, "pieces of {piece}");
        }
    }

    #[test]
    fn all_members_are_read_and_garbage_after_them_is_ignored() {
        let (a, b, empty) = (gzip(b"some "), gzip(b"text"), gzip(b""));
        check(&a, b"some ");
        check(&[a.clone(), b.clone()].concat(), b"some text");
        check(&[&*empty, &a, &empty, &empty, &b, &empty].concat(), b"some text");
        for garbage in [&b"\0\0\0"[..], b"x", &MAGIC[..1], &[0x1f, 0x1f, 0x8b], b"\0\x1f\x8b"] {
            check(&[&a, garbage].concat(), b"some ");
        }
    }

    #[test]
    fn every_cut_is_noticed_unless_it_is_after_a_member() {
        let first = gzip(b"some ").len();
        let body = [gzip(b"some "), gzip(b"text")].concat();
        for end in 0..body.len() {
            for piece in [1, 7, body.len()] {
                let read = inflate(&body[..end], piece, 100);
                // If only the first byte of a member is present, it counts as garbage.
                let is_whole = end == first || end == first + 1;
                assert_eq!(read.is_ok(), is_whole, "{end} bytes: {read:?}");
            }
        }
    }

    #[test]
    fn damage_is_noticed_in_every_member() {
        for at in [3, 12, 20] {
            for before in [Vec::new(), gzip(b"text")] {
                let mut member = gzip(b"a longer text to be damaged");
                let at = if at == 20 { member.len() - 6 } else { at };
                member[at] ^= 0xff;
                let read = inflate(&[before, member].concat(), 5, 100);
                assert!(matches!(read, Err(InflateError::Damaged(_))), "byte {at}: {read:?}");
            }
        }
    }

    #[test]
    fn the_limit_counts_all_members_and_no_more_than_that_is_allocated() {
        let body = [gzip(&[b' '; 100_000]), gzip(&[b' '; 100_000])].concat();
        let read = inflate(&body, 100, 200_000).unwrap();
        assert_eq!((read.len(), read.capacity()), (200_000, 200_000));
        for max in [0, 1, 99_999, 100_000, 199_999] {
            for piece in [1, 1_000] {
                let error = inflate(&body, piece, max).unwrap_err();
                assert!(matches!(error, InflateError::TooLong), "{max}: {error:?}");
            }
            let mut inflater = Inflater::new(max);
            let _ = inflater.write(&body);
            let capped = inflater.member.as_ref().map_or(&inflater.decoded, GzDecoder::get_ref);
            assert!(capped.bytes.len() <= max && capped.bytes.capacity() <= max);
        }
    }
}
