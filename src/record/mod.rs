//! One video as one output record: its columns, their values and its JSON line.

mod jsonl;
mod presigned;
mod schema;

pub(crate) use jsonl::write_json_line;
pub(crate) use presigned::{drop_presigned, holds_presigned};
pub(crate) use schema::{COLUMNS, Cell, cell};
