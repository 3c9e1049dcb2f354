//! Reads Parquet files back.

use std::fs;
use std::io::Cursor;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::printer::print_schema;

use crate::export::encode::spool_encoder::encode_spool;
use crate::export::encode::{Compression, Encoding, Format};

struct ReadBack {
    schema: String,
    rows: Vec<Row>,
    row_groups: usize,
}

#[track_caller]
fn read_back(fields: Option<&[&str]>, lines: &str) -> ReadBack {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videos.parquet");
    let encoding = Encoding {
        format: Format::Parquet,
        compression: Compression::None,
        fields: fields.map(|fields| fields.iter().map(|name| (*name).to_owned()).collect()),
        csv_guard: true,
        bom: false,
        begun_at: 0,
        account: None,
    };
    let file = fs::File::create(&path).unwrap();
    encode_spool(&mut Cursor::new(lines), None, &encoding, file, &mut |_| {}).unwrap();
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let mut schema = Vec::new();
    print_schema(&mut schema, reader.metadata().file_metadata().schema());
    ReadBack {
        schema: String::from_utf8(schema).unwrap(),
        rows: reader.get_row_iter(None).unwrap().map(Result::unwrap).collect(),
        row_groups: reader.num_row_groups(),
    }
}

fn fields(row: &Row) -> Vec<(&str, &Field)> {
    row.get_column_iter().map(|(name, field)| (name.as_str(), field)).collect()
}

fn text(text: &str) -> Field {
    Field::Str(text.to_owned())
}

#[test]
fn the_columns_have_the_types_of_the_schema() {
    let read = read_back(None, "");
    let wanted = "message videos {
  REQUIRED BYTE_ARRAY video_id (STRING);
  OPTIONAL BYTE_ARRAY video_title (STRING);
  OPTIONAL BYTE_ARRAY status (STRING);
  OPTIONAL BYTE_ARRAY type (STRING);
  OPTIONAL BYTE_ARRAY folder_id (STRING);
  OPTIONAL INT64 created_at (TIMESTAMP(MILLIS,true));
  REQUIRED BYTE_ARRAY extra (JSON);
}
";
    assert_eq!((&*read.schema, read.rows.len()), (wanted, 0));
}

#[test]
fn values_nulls_and_extra_fields_are_read_back() {
    let lines = concat!(
        r#"{"video_id":"a","video_title":"é\n","status":null,"type":7,"folder_id":null,"#,
        r#""created_at":1759560467,"n":18446744073709551617,"o":{"x":[1.50]}}"#,
        "\n",
        r#"{"video_id":"b","created_at":"yesterday","tags":["x"]}"#,
        "\n",
    );
    let read = read_back(None, lines);
    let first = [
        ("video_id", &text("a")),
        ("video_title", &text("é\n")),
        ("status", &Field::Null),
        ("type", &text("7")),
        ("folder_id", &Field::Null),
        ("created_at", &Field::TimestampMillis(1_759_560_467_000)),
        ("extra", &text(r#"{"n":18446744073709551617,"o":{"x":[1.50]}}"#)),
    ];
    assert_eq!(fields(&read.rows[0]), first);
    let second = fields(&read.rows[1]);
    assert_eq!(second[5], ("created_at", &Field::Null), "no time, so it is in the other column");
    assert_eq!(second[6].1, &text(r#"{"created_at":"yesterday","tags":["x"]}"#));
}

#[test]
fn named_fields_are_typed_columns() {
    let lines = concat!(
        r#"{"completed_at":1759560467.5,"duration":12.5,"tags":["x"],"video_id":"a","exported_at":0}"#,
        "\n",
        r#"{"completed_at":null,"duration":null,"tags":null,"video_id":"b","exported_at":0}"#,
        "\n",
    );
    let names = ["completed_at", "duration", "tags", "video_id", "exported_at"];
    let read = read_back(Some(&names), lines);
    let first = [
        ("completed_at", &Field::TimestampMillis(1_759_560_467_500)),
        ("duration", &Field::Double(12.5)),
        ("tags", &text(r#"["x"]"#)),
        ("video_id", &text("a")),
        ("exported_at", &Field::TimestampMillis(0)),
    ];
    assert_eq!(fields(&read.rows[0]), first);
    assert!(fields(&read.rows[1])[..3].iter().all(|(_, field)| **field == Field::Null));
}

#[test]
fn row_groups_are_bounded_by_records_and_by_bytes() {
    let line = "{\"video_id\":\"a\"}\n";
    assert_eq!(read_back(None, &line.repeat(10_000)).row_groups, 1);
    assert_eq!(read_back(None, &line.repeat(20_001)).row_groups, 3);
    let long = format!("{{\"video_id\":\"a\",\"video_title\":\"{}\"}}\n", "x".repeat(3 << 20));
    assert_eq!(read_back(None, &long.repeat(4)).row_groups, 2);
}
