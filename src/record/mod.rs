//! Converts a video to an output record: its columns, their values and its JSON line.

mod copy;
mod json;
mod known_names;
mod line_writer;
mod other_fields;
mod presigned;
mod row;
mod schema;
mod time;

#[cfg(feature = "tap")]
pub(crate) use json::DamagedLine;
pub(crate) use known_names::{field_suggestion, status_suggestion};
pub(crate) use line_writer::{LineWriter, Shape};
pub(crate) use presigned::holds_presigned;
pub(crate) use row::{Cell, Row, RowReader};
#[cfg(any(feature = "parquet", feature = "sqlite", feature = "xlsx"))]
pub(crate) use schema::Kind;
pub(crate) use schema::{Column, Constants};
#[cfg(feature = "xlsx")]
pub(crate) use time::Time;
