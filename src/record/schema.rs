//! The columns of a record, which are the same in every format.
//!
//! The documentation of the module `export` has a table of their names and of their types in each
//! format.

use serde_json::Value;

/// The default columns of a table. New ones may only be added at the end.
pub(crate) const COLUMNS: [&str; 6] =
    ["video_id", "video_title", "status", "type", "folder_id", "created_at"];

/// The field that holds the name of the account, from the settings of the export.
pub(crate) const ACCOUNT: &str = "account";
/// The field that holds the start time of the export, in Unix seconds.
pub(crate) const EXPORTED_AT: &str = "exported_at";

/// What the values of a column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text that every video has.
    Id,
    Text,
    /// Seconds since the Unix epoch.
    Time,
    Number,
    /// A field whose type is not known.
    Any,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The name as it is written in JSON, including its quotes.
    pub(super) json_name: String,
    /// The JSON text of a value that is the same for all records.
    pub(super) constant: Option<String>,
}

/// The values that an export adds to every record, if they are among the named fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Constants {
    /// The name of the account.
    pub(crate) account: Option<String>,
    /// When the export was started, in Unix seconds.
    pub(crate) exported_at: i64,
}

impl Column {
    fn new(name: &str, constants: &Constants) -> Self {
        let kind = match name {
            "video_id" => Kind::Id,
            "video_title" | "status" | "type" | "folder_id" | ACCOUNT => Kind::Text,
            "created_at" | "completed_at" | EXPORTED_AT => Kind::Time,
            "duration" => Kind::Number,
            _ => Kind::Any,
        };
        let constant = match name {
            ACCOUNT => constants.account.as_deref().map(|account| Value::from(account).to_string()),
            EXPORTED_AT => Some(constants.exported_at.to_string()),
            _ => None,
        };
        let json_name = Value::from(name).to_string();
        Self { name: name.to_owned(), kind, json_name, constant }
    }

    /// The named columns in order, or the default columns if none are named.
    pub(crate) fn all(fields: Option<&[String]>, constants: &Constants) -> Vec<Self> {
        match fields {
            Some(fields) => fields.iter().map(|name| Self::new(name, constants)).collect(),
            None => COLUMNS.into_iter().map(|name| Self::new(name, constants)).collect(),
        }
    }
}
