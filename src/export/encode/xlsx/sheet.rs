//! The rows of the sheet.

use std::io::{self, Write};

use super::links::Links;
use super::parts::{BOLD, DATE, LINK};
use super::xml::push_text;
use crate::record::{Cell, Column, Kind, Row, Time};

/// How many UTF-16 units a cell can hold.
pub(super) const MAX_TEXT: usize = 32_767;
/// 1900-03-01: Excel treats 1900 as a leap year, so earlier dates would be wrong.
const FIRST_DAY: i64 = -2_203_891_200;
/// The number of days from Excel's day 0 to 1970-01-01.
const EPOCH_DAYS: i64 = 25_569;

/// Appends the XML of rows.
#[derive(Debug)]
pub(super) struct SheetRows {
    /// The letters of each column.
    letters: Vec<String>,
    pub(super) links: Links,
}

/// The text of a cell is too long.
#[derive(Debug)]
pub(super) struct TooLong {
    pub(super) column: String,
    pub(super) units: usize,
}

/// Why a row cannot be written.
#[derive(Debug)]
pub(super) enum RowError {
    Io(io::Error),
    TooLong(TooLong),
}

impl From<io::Error> for RowError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl SheetRows {
    pub(super) fn new(columns: &[Column]) -> io::Result<Self> {
        Ok(Self { letters: (0..columns.len()).map(letters).collect(), links: Links::new()? })
    }

    /// Appends the beginning of the sheet, including the header.
    pub(super) fn header(&mut self, to: &mut Vec<u8>, columns: &[Column]) -> Result<(), RowError> {
        to.extend_from_slice(super::parts::SHEET_BEGIN.as_bytes());
        for (at, column) in columns.iter().enumerate() {
            let width = match &*column.name {
                "video_id" | "folder_id" => 34,
                "video_title" => 50,
                _ if column.kind == Kind::Time => 20,
                _ => 14,
            };
            let at = at + 1;
            write!(to, r#"<col min="{at}" max="{at}" width="{width}.7109375" customWidth="1"/>"#)?;
        }
        to.extend_from_slice(b"</cols><sheetData><row r=\"1\">");
        for (at, column) in columns.iter().enumerate() {
            check_length(column, &column.name)?;
            self.text(to, 1, at, BOLD, &column.name)?;
        }
        to.extend_from_slice(b"</row>");
        Ok(())
    }

    /// Appends the row with this number. Row numbers start at 1.
    pub(super) fn row(
        &mut self,
        to: &mut Vec<u8>,
        number: u32,
        row: Row<'_>,
    ) -> Result<(), RowError> {
        write!(to, r#"<row r="{number}">"#)?;
        let begin = to.len();
        for (at, (column, cell)) in row.cells().enumerate() {
            self.cell(to, number, at, column, cell)?;
        }
        if to.len() == begin {
            // Excel omits rows without cells.
            to.truncate(begin - format!(r#"<row r="{number}">"#).len());
            return Ok(());
        }
        to.extend_from_slice(b"</row>");
        Ok(())
    }

    fn cell(
        &mut self,
        to: &mut Vec<u8>,
        row: u32,
        at: usize,
        column: &Column,
        cell: Cell<'_>,
    ) -> Result<(), RowError> {
        let letters = &self.letters[at];
        match cell {
            Cell::Null => {}
            Cell::Text(text) => {
                check_length(column, &text)?;
                let is_link = column.kind == Kind::Any
                    && self.links.add(format_args!("{letters}{row}"), &text)?;
                self.text(to, row, at, if is_link { LINK } else { 0 }, &text)?;
            }
            Cell::Json(text) => {
                check_length(column, text)?;
                self.text(to, row, at, 0, text)?;
            }
            Cell::Time(time) if time.seconds() >= FIRST_DAY => {
                let day = serial(time);
                write!(to, r#"<c r="{letters}{row}" s="{DATE}"><v>{day}</v></c>"#)?;
            }
            Cell::Time(time) => {
                let mut text = Vec::new();
                time.write_rfc3339(&mut text)?;
                self.text(to, row, at, 0, &String::from_utf8_lossy(&text))?;
            }
            Cell::Number(number) if is_exact(number) => {
                write!(to, r#"<c r="{letters}{row}"><v>{number}</v></c>"#)?;
            }
            Cell::Number(number) => {
                check_length(column, number)?;
                self.text(to, row, at, 0, number)?;
            }
            Cell::Bool(value) => {
                let value = u8::from(value);
                write!(to, r#"<c r="{letters}{row}" t="b"><v>{value}</v></c>"#)?;
            }
        }
        Ok(())
    }

    fn text(
        &self,
        to: &mut Vec<u8>,
        row: u32,
        at: usize,
        style: u32,
        text: &str,
    ) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let letters = &self.letters[at];
        write!(to, r#"<c r="{letters}{row}""#)?;
        if style > 0 {
            write!(to, r#" s="{style}""#)?;
        }
        let is_space = ['\t', '\n', ' '];
        to.extend_from_slice(match text.starts_with(is_space) || text.ends_with(is_space) {
            true => br#" t="inlineStr"><is><t xml:space="preserve">"#,
            false => br#" t="inlineStr"><is><t>"#,
        });
        push_text(to, text);
        to.extend_from_slice(b"</t></is></c>");
        Ok(())
    }
}

fn check_length(column: &Column, text: &str) -> Result<(), RowError> {
    // A text never has more UTF-16 units than bytes.
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    match text.encode_utf16().count() {
        units if units <= MAX_TEXT => Ok(()),
        units => Err(RowError::TooLong(TooLong { column: column.name.clone(), units })),
    }
}

/// The letters of a column, counted from 0: A, B, … Z, AA, …
fn letters(mut column: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

/// The time as Excel counts it: days since 1899-12-30.
fn serial(time: Time) -> f64 {
    (time.milliseconds + EPOCH_DAYS * 86_400_000) as f64 / 86_400_000.0
}

/// Whether Excel, which keeps 15 digits, can hold this JSON number exactly.
fn is_exact(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    let digits = digits.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit);
    let size = number.parse::<f64>().map_or(f64::INFINITY, f64::abs);
    // Excel's own limits for the magnitude of a number.
    digits.count() <= 15 && (size == 0.0 || (1e-307..1e308).contains(&size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_of_excel() {
        for (column, name) in
            [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn a_number_that_excel_would_round_is_not_exact() {
        for number in
            ["0", "-1", "12.5", "123456789012345", "0.000123456789012345", "1e300", "-0.0"]
        {
            assert!(is_exact(number), "{number}");
        }
        for number in
            ["1234567890123456", "18446744073709551617", "0.1234567890123456", "1e400", "1e-310"]
        {
            assert!(!is_exact(number), "{number}");
        }
    }
}
