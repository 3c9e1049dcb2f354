//! Apache Parquet with zstd, in row groups of a bounded size.

mod columns;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use self::columns::RowGroup;
use super::encoding::{Encoded, Encoding};
use super::lines::{SpoolLines, cannot_write};
use crate::export::error::ExportError;

/// How many records are in a row group. A group must fit in little memory, but be large enough for
/// readers that load one group at a time.
const GROUP_RECORDS: usize = 10_000;
/// A row group ends early when it has this many bytes of text.
const GROUP_BYTES: usize = 8 << 20;

pub(super) fn encode(
    lines: &mut SpoolLines<'_>,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    let mut reader = encoding.row_reader();
    let mut group = RowGroup::new(reader.columns(), encoding.fields.is_none());
    let mut writer = group
        .schema()
        .and_then(|schema| SerializedFileWriter::new(out, Arc::new(schema), properties()?))
        .map_err(failed)?;
    lines.each(&mut reader, on_record, |row| {
        group.push(row);
        if group.records() >= GROUP_RECORDS || group.bytes() >= GROUP_BYTES {
            group.write_group(&mut writer).map_err(failed)?;
        }
        Ok(())
    })?;
    if group.records() > 0 {
        group.write_group(&mut writer).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(failed)?;
    Ok((file, Encoded::new(lines.count, 0, &reader, encoding)))
}

fn properties() -> Result<Arc<WriterProperties>, ParquetError> {
    // A dictionary is useless for ids and times, because nearly every value is different.
    let no_dictionary = ["video_id", "created_at"].map(ColumnPath::from);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_offset_index_disabled(true)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let with = no_dictionary.into_iter().fold(properties, |properties, column| {
        properties.set_column_dictionary_enabled(column, false)
    });
    Ok(Arc::new(with.build()))
}

fn failed(error: ParquetError) -> ExportError {
    cannot_write(match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    })
}
