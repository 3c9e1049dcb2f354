//! Encodes a finished spool: reads JSON lines and writes the whole file.

use std::fs::File;
use std::io::{BufRead, BufWriter, Write};

use super::compress::Compressor;
use super::csv::CsvRows;
use super::encoding::{Encoded, Encoding};
use super::format::Format;
use super::lines::{SpoolLines, cannot_write};
use crate::export::error::ExportError;

/// The size of the buffer for output that is not yet compressed or written.
const BUFFER: usize = 64 * 1024;

/// Encodes a spool of JSON lines as a whole file. `spool_bytes` is its length, if known. The same spool always gives the same bytes.
///
/// Memory does not grow with the number of records. `on_record` is called with the number of
/// records so far.
pub(crate) fn encode_spool(
    spool: &mut dyn BufRead,
    spool_bytes: Option<u64>,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    encoding.format.check(encoding.compression)?;
    let mut lines = SpoolLines::new(spool, spool_bytes);
    match encoding.format {
        Format::Jsonl => encode_lines(&mut lines, encoding, out, on_record),
        Format::Csv => encode_csv(&mut lines, encoding, out, on_record),
        #[cfg(feature = "xlsx")]
        Format::Xlsx => super::xlsx::encode(&mut lines, encoding, out, on_record),
        #[cfg(feature = "parquet")]
        Format::Parquet => super::parquet::encode(&mut lines, encoding, out, on_record),
        #[cfg(not(all(feature = "xlsx", feature = "parquet")))]
        format => Err(format.not_built()),
    }
}

/// Writes the lines unchanged, or the named fields of each line.
fn encode_lines(
    lines: &mut SpoolLines<'_>,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    let mut to = open(encoding, out)?;
    let mut reader = encoding.row_reader();
    if encoding.fields.is_none() {
        // Only here the length of the output is known in advance.
        if let Some(bytes) = lines.bytes {
            to.expect(bytes).map_err(cannot_write)?;
        }
        while let Some(line) = lines.next()? {
            to.write_all(line.as_bytes())
                .and_then(|()| to.write_all(b"\n"))
                .map_err(cannot_write)?;
            on_record(lines.count);
        }
    }
    let mut buffer = Vec::new();
    lines.each(&mut reader, on_record, |row| {
        row.write_json_line(&mut buffer);
        write_full(&mut to, &mut buffer)
    })?;
    to.write_all(&buffer).map_err(cannot_write)?;
    Ok((close(to)?, Encoded::new(lines.count, 0, &reader, encoding)))
}

fn encode_csv(
    lines: &mut SpoolLines<'_>,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    let mut to = open(encoding, out)?;
    let mut reader = encoding.row_reader();
    let mut rows = CsvRows::new(encoding.csv_guard);
    let mut buffer = Vec::new();
    rows.header(&mut buffer, reader.columns(), encoding.bom);
    lines.each(&mut reader, on_record, |row| {
        rows.row(&mut buffer, row).map_err(cannot_write)?;
        write_full(&mut to, &mut buffer)
    })?;
    to.write_all(&buffer).map_err(cannot_write)?;
    Ok((close(to)?, Encoded::new(lines.count, rows.guarded, &reader, encoding)))
}

/// Writes the buffer if it is full, and empties it.
fn write_full(to: &mut FileCompressor, buffer: &mut Vec<u8>) -> Result<(), ExportError> {
    if buffer.len() >= BUFFER {
        to.write_all(buffer).map_err(cannot_write)?;
        buffer.clear();
    }
    Ok(())
}

type FileCompressor = Compressor<BufWriter<File>>;

fn open(encoding: &Encoding, out: File) -> Result<FileCompressor, ExportError> {
    let out = BufWriter::with_capacity(BUFFER, out);
    Compressor::new(encoding.compression, out).map_err(cannot_write)
}

fn close(to: FileCompressor) -> Result<File, ExportError> {
    let out = to.finish().map_err(cannot_write)?;
    out.into_inner().map_err(|error| cannot_write(error.into_error()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Cursor, Read};

    use super::*;
    use crate::export::encode::Compression;
    use crate::export::error::ExportErrorKind;

    fn encoding(format: Format, compression: Compression) -> Encoding {
        Encoding {
            format,
            compression,
            fields: None,
            csv_guard: true,
            bom: false,
            begun_at: 1_759_560_467,
            account: Some("main".into()),
        }
    }

    #[track_caller]
    fn encode(spool: &str, encoding: &Encoding) -> Result<(Vec<u8>, Encoded), ExportError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let mut reported = 0;
        let out = fs::File::create(&path).unwrap();
        let (_, encoded) = encode_spool(
            &mut Cursor::new(spool),
            Some(spool.len() as u64),
            encoding,
            out,
            &mut |count| {
                reported = count;
            },
        )?;
        assert_eq!(reported, encoded.records);
        Ok((fs::read(&path).unwrap(), encoded))
    }

    fn spool(records: u32) -> String {
        let line = |n| {
            format!(
                "{{\"video_id\":\"{n:032x}\",\"video_title\":\"Video {n}\",\"status\":\"completed\",\
                 \"type\":null,\"folder_id\":null,\"created_at\":{n},\"duration\":{n}.5}}\n"
            )
        };
        (0..records).map(line).collect()
    }

    fn formats() -> impl Iterator<Item = Encoding> {
        use Compression::{Gzip, None, Zstd};
        let whole = [(Format::Xlsx, "xlsx"), (Format::Parquet, "parquet")];
        let built = whole.into_iter().filter(|(format, _)| format.check(None).is_ok());
        let compressed = [Format::Jsonl, Format::Csv]
            .into_iter()
            .flat_map(|format| [None, Gzip, Zstd].map(|compression| encoding(format, compression)));
        compressed.chain(built.map(|(format, _)| encoding(format, None)).collect::<Vec<_>>())
    }

    #[test]
    fn each_format_gives_the_same_bytes_for_the_same_spool() {
        let spool = spool(12_000);
        for encoding in formats() {
            let (first, encoded) = encode(&spool, &encoding).unwrap();
            assert_eq!(encoded, Encoded { records: 12_000, guarded: 0, unseen: vec![] });
            assert_eq!(encode(&spool, &encoding).unwrap().0, first, "{encoding:?}");
        }
    }

    #[test]
    fn a_gzip_file_has_one_member_and_a_zstd_file_one_frame() {
        for records in [0, 12_000] {
            let spool = spool(records);
            for format in [Format::Jsonl, Format::Csv] {
                let (plain, _) = encode(&spool, &encoding(format, Compression::None)).unwrap();
                let (gzip, _) = encode(&spool, &encoding(format, Compression::Gzip)).unwrap();
                let mut read = Vec::new();
                flate2::bufread::GzDecoder::new(&gzip[..]).read_to_end(&mut read).unwrap();
                assert_eq!(read, plain, "the first member is the whole");
                let (zstd, _) = encode(&spool, &encoding(format, Compression::Zstd)).unwrap();
                let mut frame = zstd::Decoder::with_buffer(&zstd[..]).unwrap().single_frame();
                read.clear();
                frame.read_to_end(&mut read).unwrap();
                assert_eq!(read, plain, "the first frame is the whole");
            }
        }
    }

    #[test]
    fn a_zstd_frame_of_json_lines_begins_with_the_length_of_its_content() {
        for records in [0, 12_000] {
            let spool = spool(records);
            let (zstd, _) = encode(&spool, &encoding(Format::Jsonl, Compression::Zstd)).unwrap();
            let known = zstd::zstd_safe::get_frame_content_size(&zstd).unwrap();
            assert_eq!(known, Some(spool.len() as u64));
        }
    }

    #[test]
    fn json_lines_are_the_spool_itself() {
        let spool = spool(100);
        let plain = encode(&spool, &encoding(Format::Jsonl, Compression::None)).unwrap().0;
        assert_eq!(plain, spool.as_bytes());
    }

    #[test]
    fn named_fields_keep_their_order_and_those_that_no_video_has_are_reported() {
        let spool = "{\"video_id\":\"a\",\"duration\":null,\"tags\":[\"x\",1]}\n\
                     {\"video_id\":\"b\",\"account\":\"theirs\"}\n";
        let fields = ["tags", "account", "exported_at", "none", "video_id", "duration"];
        let mut encoding = encoding(Format::Jsonl, Compression::None);
        encoding.fields = Some(fields.map(Into::into).into());
        let (lines, encoded) = encode(spool, &encoding).unwrap();
        let wanted = concat!(
            r#"{"tags":["x",1],"account":"main","exported_at":1759560467,"none":null,"video_id":"a","duration":null}"#,
            "\n",
            r#"{"tags":null,"account":"main","exported_at":1759560467,"none":null,"video_id":"b","duration":null}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(lines).unwrap(), wanted);
        assert_eq!(encoded.unseen, ["none"]);
        encoding.format = Format::Csv;
        let (csv, encoded) = encode(spool, &encoding).unwrap();
        let wanted = "tags,account,exported_at,none,video_id,duration\r\n\
                      \"[\"\"x\"\",1]\",main,2025-10-04T06:47:47Z,,a,\r\n\
                      ,main,2025-10-04T06:47:47Z,,b,\r\n";
        assert_eq!(String::from_utf8(csv).unwrap(), wanted);
        assert_eq!(encoded.unseen, ["none"]);
    }

    #[test]
    fn csv_has_a_byte_order_mark_on_request_and_counts_guarded_cells() {
        let spool = "{\"video_id\":\"-a\",\"video_title\":\"x;=1\",\"created_at\":-5,\"n\":-1}\n";
        let mut encoding = encoding(Format::Csv, Compression::None);
        encoding.bom = true;
        encoding.fields =
            Some(["video_id", "video_title", "created_at", "n"].map(Into::into).into());
        let (csv, encoded) = encode(spool, &encoding).unwrap();
        let wanted = "\u{feff}video_id,video_title,created_at,n\r\n\
                      '-a,x;'=1,1969-12-31T23:59:55Z,-1\r\n";
        assert_eq!((String::from_utf8(csv).unwrap(), encoded.guarded), (wanted.to_owned(), 2));
        encoding.csv_guard = false;
        let (csv, encoded) = encode(spool, &encoding).unwrap();
        assert_eq!(
            (String::from_utf8(csv).unwrap(), encoded.guarded),
            (wanted.replace('\'', ""), 0)
        );
    }

    #[test]
    fn a_damaged_spool_is_refused_with_the_line() {
        for damaged in
            ["{\"video_id\":\"a\"", "not json\n", "{\"a\" :1}\n", "[]\n", "\n", "\u{0}\n"]
        {
            let spool = format!("{{\"video_id\":\"a\"}}\n{damaged}");
            for mut encoding in formats().filter(|encoding| encoding.format != Format::Jsonl) {
                encoding.fields = Some(vec!["video_id".into()]);
                let error = encode(&spool, &encoding).unwrap_err();
                assert_eq!(error.kind(), ExportErrorKind::Mismatch, "{encoding:?}");
                assert!(error.to_string().contains("line 2"), "{error}");
            }
        }
    }

    #[test]
    fn a_format_that_this_build_lacks_names_the_feature() {
        for format in [Format::Xlsx, Format::Parquet] {
            let Err(error) = encode("", &encoding(format, Compression::None)) else { continue };
            assert_eq!(error.kind(), ExportErrorKind::Usage);
            assert!(
                error.hint().unwrap().contains(&format!("the feature `{format}`")),
                "{error:?}"
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_output_that_cannot_be_written_is_an_error_in_every_format() {
        let spool = spool(12_000);
        for encoding in formats() {
            let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let error = encode_spool(&mut Cursor::new(&spool), None, &encoding, full, &mut |_| {});
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Output, "{encoding:?}");
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("No space left"), "{encoding:?}: {source}");
        }
    }
}
