//! `Encoding` and `Encoded`: how to encode a file, and the result.

use super::format::{Compression, Format};
use crate::record::{Column, Constants, RowReader};

/// How a spool is encoded.
#[derive(Debug, Clone)]
pub(crate) struct Encoding {
    pub(crate) format: Format,
    pub(crate) compression: Compression,
    /// The columns in order; `None` for the default columns.
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) csv_guard: bool,
    /// Whether a CSV begins with a byte order mark.
    pub(crate) bom: bool,
    /// When the export was first started, in Unix seconds. Runs that resume it keep this value.
    pub(crate) begun_at: i64,
    /// The value of the field `account`, if that field is named.
    pub(crate) account: Option<String>,
}

impl Encoding {
    /// A reader for the columns of this encoding.
    pub(super) fn row_reader(&self) -> RowReader {
        let constants = Constants { account: self.account.clone(), exported_at: self.begun_at };
        RowReader::new(Column::all(self.fields.as_deref(), &constants))
    }
}

/// What was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) records: u64,
    /// How many CSV cells looked like a formula and got an apostrophe.
    pub(crate) guarded: u64,
    /// The named fields that no video had.
    pub(crate) unseen: Vec<String>,
}

impl Encoded {
    pub(super) fn new(records: u64, guarded: u64, reader: &RowReader, encoding: &Encoding) -> Self {
        let unseen = encoding.fields.as_ref().map_or(Vec::new(), |_| reader.unseen());
        Self { records, guarded, unseen }
    }
}
