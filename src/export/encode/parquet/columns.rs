//! The columns of a row group, and their schema.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::record::{Cell, Column, Kind, Row};

/// The column for all fields without a column of their own, as a JSON object.
const EXTRA: &str = "extra";

/// The values of one row group.
pub(super) struct RowGroup {
    columns: Vec<TableColumn>,
    /// Values of the column `extra`, if the schema has it.
    extra: Option<Vec<ByteArray>>,
    records: usize,
    bytes: usize,
}

struct TableColumn {
    name: String,
    kind: Kind,
    values: Values,
    /// 1 for a value and 0 for null, for each record.
    levels: Vec<i16>,
}

enum Values {
    Text(Vec<ByteArray>),
    /// Milliseconds since the Unix epoch.
    Time(Vec<i64>),
    Number(Vec<f64>),
}

impl RowGroup {
    pub(super) fn new(columns: &[Column], has_extra: bool) -> Self {
        let columns = columns.iter().map(|Column { name, kind, .. }| TableColumn {
            name: name.clone(),
            kind: *kind,
            values: match kind {
                Kind::Id | Kind::Text | Kind::Any => Values::Text(Vec::new()),
                Kind::Time => Values::Time(Vec::new()),
                Kind::Number => Values::Number(Vec::new()),
            },
            levels: Vec::new(),
        });
        let columns = columns.collect();
        Self { columns, extra: has_extra.then(Vec::new), records: 0, bytes: 0 }
    }

    pub(super) fn schema(&self) -> Result<Type, ParquetError> {
        let mut fields = Vec::new();
        for column in &self.columns {
            let repetition = match column.kind {
                Kind::Id => Repetition::REQUIRED,
                _ => Repetition::OPTIONAL,
            };
            let (physical, logical) = match column.values {
                Values::Text(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
                Values::Time(_) => {
                    let logical = LogicalType::timestamp(true, TimeUnit::MILLIS);
                    (PhysicalType::INT64, Some(logical))
                }
                Values::Number(_) => (PhysicalType::DOUBLE, None),
            };
            fields.push(field(&column.name, physical, logical, repetition)?);
        }
        if self.extra.is_some() {
            let json = Some(LogicalType::Json);
            fields.push(field(EXTRA, PhysicalType::BYTE_ARRAY, json, Repetition::REQUIRED)?);
        }
        Type::group_type_builder("videos").with_fields(fields).build()
    }

    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// How many bytes of text the group holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, row: Row<'_>) {
        let mut extra = self.extra.is_some().then(|| vec![b'{']);
        for (at, (column, (_, cell))) in self.columns.iter_mut().zip(row.cells()).enumerate() {
            let is_unfit = !column.push(cell, &mut self.bytes);
            if let (Some(extra), true, Some((name, value))) = (&mut extra, is_unfit, row.json(at)) {
                push_member(extra, name, value);
            }
        }
        if let (Some(values), Some(mut extra)) = (&mut self.extra, extra) {
            row.others().for_each(|(name, value)| push_member(&mut extra, name, value));
            extra.push(b'}');
            self.bytes += extra.len();
            values.push(extra.into());
        }
        self.records += 1;
    }

    /// Writes the group and empties the table.
    pub(super) fn write_group(
        &mut self,
        writer: &mut SerializedFileWriter<File>,
    ) -> Result<(), ParquetError> {
        let mut group = writer.next_row_group()?;
        let missing = || ParquetError::General("the schema has too few columns".into());
        for column in &mut self.columns {
            column.write(group.next_column()?.ok_or_else(missing)?)?;
        }
        if let Some(values) = &mut self.extra {
            let mut to = group.next_column()?.ok_or_else(missing)?;
            to.typed::<ByteArrayType>().write_batch(values, None, None)?;
            to.close()?;
            values.clear();
        }
        group.close()?;
        (self.records, self.bytes) = (0, 0);
        Ok(())
    }
}

impl TableColumn {
    /// Appends a value or null; returns false if the column cannot hold the value.
    fn push(&mut self, cell: Cell<'_>, bytes: &mut usize) -> bool {
        let is_null = matches!(cell, Cell::Null);
        let is_there = match (&mut self.values, cell) {
            (_, Cell::Null) => false,
            (Values::Time(values), Cell::Time(time)) => {
                values.push(time.milliseconds);
                true
            }
            (Values::Number(values), Cell::Number(number)) => match number.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    values.push(number);
                    true
                }
                _ => false,
            },
            (Values::Text(values), cell) => {
                let text = text_of(cell);
                *bytes += text.len();
                values.push(text.into());
                true
            }
            _ => false,
        };
        if let (Kind::Id, Values::Text(values), false) = (self.kind, &mut self.values, is_there) {
            // The column is required, so it needs a value. In practice every video has an id.
            values.push(ByteArray::from(Vec::new()));
        }
        self.levels.push(is_there.into());
        is_there || is_null
    }

    fn write(&mut self, mut to: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(&*self.levels).filter(|_| self.kind != Kind::Id);
        match &mut self.values {
            Values::Text(values) => {
                to.typed::<ByteArrayType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Time(values) => {
                to.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Number(values) => {
                to.typed::<DoubleType>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.levels.clear();
        to.close()
    }
}

fn field(
    name: &str,
    physical: PhysicalType,
    logical: Option<LogicalType>,
    repetition: Repetition,
) -> Result<Arc<Type>, ParquetError> {
    let field = Type::primitive_type_builder(name, physical);
    field.with_logical_type(logical).with_repetition(repetition).build().map(Arc::new)
}

/// Text is returned as it is; any other value as JSON text.
fn text_of(cell: Cell<'_>) -> Vec<u8> {
    match cell {
        Cell::Text(text) => text.into_owned().into_bytes(),
        Cell::Number(text) | Cell::Json(text) => text.as_bytes().to_vec(),
        Cell::Bool(value) => value.to_string().into_bytes(),
        Cell::Time(time) => time.milliseconds.to_string().into_bytes(),
        Cell::Null => Vec::new(),
    }
}

fn push_member(object: &mut Vec<u8>, name: &str, value: &str) {
    if object.len() > 1 {
        object.push(b',');
    }
    object.extend_from_slice(name.as_bytes());
    object.push(b':');
    object.extend_from_slice(value.as_bytes());
}
