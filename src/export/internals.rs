//! Functions for the benchmarks of this repository. Nothing here is stable or meant for users.

use std::fs::File;
use std::io::BufRead;

use super::encode::Encoding;
use super::error::ExportError;

/// Encodes a finished spool of JSON lines, as the last step of an export does. Returns the number
/// of records and of guarded cells.
///
/// # Errors
///
/// The errors of an export that cannot write its file.
pub fn encode_spool(
    spool: &mut dyn BufRead,
    [format, compression]: [&str; 2],
    fields: Option<&[&str]>,
    out: File,
) -> Result<(u64, u64), ExportError> {
    let encoding = Encoding {
        format: format.parse()?,
        compression: compression.parse()?,
        fields: fields.map(|fields| fields.iter().map(|name| (*name).to_owned()).collect()),
        csv_guard: true,
        bom: false,
        begun_at: 1_759_560_467,
        account: None,
    };
    let (_, encoded) = super::encode::encode_spool(spool, None, &encoding, out, &mut |_| {})?;
    Ok((encoded.records, encoded.guarded))
}
