//! Compares our workbooks with those of `rust_xlsxwriter`, part by part.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use flate2::read::DeflateDecoder;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::export::encode::spool_encoder::encode_spool;
use crate::export::encode::{Compression, Encoding, Format as ExportFormat};
use crate::export::error::ExportError;

const BEGUN_AT: i64 = 1_759_560_467;

#[track_caller]
fn encoded(fields: &[&str], lines: &str) -> Result<Vec<u8>, ExportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videos.xlsx");
    let encoding = Encoding {
        format: ExportFormat::Xlsx,
        compression: Compression::None,
        fields: Some(fields.iter().map(|name| (*name).to_owned()).collect()),
        csv_guard: true,
        bom: false,
        begun_at: BEGUN_AT,
        account: None,
    };
    let file = fs::File::create(&path).unwrap();
    encode_spool(&mut Cursor::new(lines), None, &encoding, file, &mut |_| {})?;
    Ok(fs::read(&path).unwrap())
}

/// The parts of an archive by name, read from the archive's directory.
#[track_caller]
fn parts(archive: &[u8]) -> BTreeMap<String, String> {
    let u16_at =
        |at: usize| usize::from(u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()));
    let u32_at = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap()) as usize;
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
    let mut at = u32_at(end + 16);
    let mut parts = BTreeMap::new();
    for _ in 0..u16_at(end + 10) {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (compressed, size, name_length) = (u32_at(at + 20), u32_at(at + 24), u16_at(at + 28));
        let local = u32_at(at + 42);
        assert_eq!(&archive[local..local + 4], b"PK\x03\x04");
        let data = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        let mut content = String::new();
        let inflated = DeflateDecoder::new(&archive[data..data + compressed]);
        inflated.take(1 << 30).read_to_string(&mut content).unwrap();
        assert_eq!(content.len(), size);
        let name = str::from_utf8(&archive[at + 46..at + 46 + name_length]).unwrap();
        parts.insert(name.to_owned(), content);
        at += 46 + name_length + u16_at(at + 30) + u16_at(at + 32);
    }
    parts
}

#[test]
fn every_part_is_what_rust_xlsxwriter_writes() {
    let columns = ["video_id", "video_title", "status", "created_at", "page", "n", "ok"];
    let texts = [
        "plain",
        "=1+1",
        " spaces ",
        "tab\t",
        "a\u{1} _x0041_ _x00_ b\r\nc\u{fffe}\u{ffff}",
        "&<>\"'",
        "é😀\u{7f}\u{85}",
        "+1",
        "0123",
        "1e5",
        "TRUE",
        "https://app.example/stays-text",
    ];
    let links = ["https://app.example/x?a=1&b=%20#frag&x", "https://app.example/"];
    let mut lines = String::new();
    for (n, text) in texts.iter().enumerate() {
        let (id, created_at) = (format!("{n:032x}"), BEGUN_AT - 86_400 * 977 * n as i64 - 1);
        let video = serde_json::json!({
            "video_id": id, "video_title": text, "status": "", "created_at": created_at,
            "page": links[n % 2], "n": 12.5 * n as f64 + 0.25, "ok": n % 2 == 0,
        });
        lines.push_str(&format!("{video}\n"));
    }
    // A row without cells.
    lines.push_str("{\"video_id\":null,\"page\":null}\n");
    lines.push_str("{\"video_id\":\"last\",\"n\":1}\n");

    let mut workbook = Workbook::new();
    let time = ExcelDateTime::from_timestamp(BEGUN_AT).unwrap();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&time));
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet_with_constant_memory().unwrap();
    sheet.set_name("videos").unwrap();
    sheet.set_freeze_panes(1, 0).unwrap();
    for (at, (name, width)) in columns.iter().zip([34, 50, 14, 20, 14, 14, 14]).enumerate() {
        sheet.set_column_width(at as u16, width).unwrap();
        sheet.write_string_with_format(0, at as u16, *name, &bold).unwrap();
    }
    for (n, text) in texts.iter().enumerate() {
        let row = n as u32 + 1;
        let created_at = BEGUN_AT - 86_400 * 977 * n as i64 - 1;
        let created_at = ExcelDateTime::from_timestamp(created_at).unwrap();
        sheet.write_string(row, 0, format!("{n:032x}")).unwrap();
        sheet.write_string(row, 1, *text).unwrap();
        sheet.write_string(row, 2, "").unwrap();
        sheet.write_datetime_with_format(row, 3, &created_at, &date).unwrap();
        sheet.write_url(row, 4, links[n % 2]).unwrap();
        sheet.write_number(row, 5, 12.5 * n as f64 + 0.25).unwrap();
        sheet.write_boolean(row, 6, n % 2 == 0).unwrap();
    }
    let row = texts.len() as u32 + 2;
    sheet.write_string(row, 0, "last").unwrap();
    sheet.write_number(row, 5, 1).unwrap();

    let ours = parts(&encoded(&columns, &lines).unwrap());
    let mut theirs = parts(&workbook.save_to_buffer().unwrap());
    // We do not know the number of rows before we write them, and Excel does not need it.
    let sheet = theirs.get_mut("xl/worksheets/sheet1.xml").unwrap();
    *sheet = sheet.replace(&format!("<dimension ref=\"A1:G{}\"/>", row + 1), "");
    // `rust_xlsxwriter` writes one element for adjacent columns with the same settings.
    let column =
        |from, to| format!(r#"<col min="{from}" max="{to}" width="14.7109375" customWidth="1"/>"#);
    *sheet = sheet.replace(&column(5, 7), &[5, 6, 7].map(|at| column(at, at)).concat());
    for (name, content) in &theirs {
        assert_eq!(ours.get(name), Some(content), "{name}");
    }
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn links_beyond_what_excel_allows_are_text() {
    let line = "{\"video_id\":\"a\",\"page\":\"https://app.example/\"}\n";
    let parts = parts(&encoded(&["page"], &line.repeat(65_540)).unwrap());
    let sheet = &parts["xl/worksheets/sheet1.xml"];
    assert_eq!(sheet.matches("<hyperlink ").count(), 65_530);
    assert_eq!(sheet.matches("<t>https://app.example/</t>").count(), 65_540);
    let addresses = &parts["xl/worksheets/_rels/sheet1.xml.rels"];
    assert_eq!(addresses.matches("<Relationship ").count(), 65_530);
}

#[test]
fn a_text_that_is_too_long_for_a_cell_is_refused_with_its_place() {
    let line = |text: &str| format!("{{\"video_id\":\"a\",\"video_title\":\"{text}\"}}\n");
    // An emoji has two UTF-16 units.
    for fits in ["x".repeat(32_767), "é".repeat(32_767), "😀".repeat(16_383)] {
        encoded(&["video_title"], &line(&fits)).unwrap();
    }
    for too_long in ["x".repeat(32_768), "😀".repeat(16_384)] {
        let lines = line("short") + &line(&too_long);
        let error = encoded(&["video_title"], &lines).unwrap_err();
        let wanted = "the field \"video_title\" of video 2 has 32768 characters, and a cell of a .xlsx \
                      file holds 32767";
        assert_eq!(error.to_string(), wanted);
        assert!(error.hint().unwrap().contains(".jsonl"));
    }
}

#[test]
fn more_videos_than_a_sheet_has_rows_are_refused_with_the_formats_to_use() {
    let line = "{\"status\":null}\n";
    let error = encoded(&["status"], &line.repeat(1_048_576)).unwrap_err();
    assert_eq!(error.to_string(), "a .xlsx file holds at most 1048575 videos");
    assert!(error.hint().unwrap().contains(".jsonl"));
}

#[test]
fn times_and_numbers_that_excel_cannot_hold_are_text() {
    let lines = "{\"created_at\":-2203891201,\"n\":18446744073709551617}\n\
                 {\"created_at\":-2203891200,\"n\":123456789012345}\n\
                 {\"created_at\":253402300800,\"n\":1e400}\n";
    let parts = parts(&encoded(&["created_at", "n"], lines).unwrap());
    let sheet = &parts["xl/worksheets/sheet1.xml"];
    for cell in [
        r#"<c r="A2" t="inlineStr"><is><t>1900-02-28T23:59:59Z</t></is></c>"#,
        r#"<c r="B2" t="inlineStr"><is><t>18446744073709551617</t></is></c>"#,
        r#"<c r="A3" s="2"><v>61</v></c><c r="B3"><v>123456789012345</v></c>"#,
        r#"<c r="A4"><v>253402300800</v></c><c r="B4" t="inlineStr"><is><t>1e400</t></is></c>"#,
    ] {
        assert!(sheet.contains(cell), "{cell} is not in {sheet}");
    }
}
