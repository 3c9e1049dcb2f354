//! Which fields can be asked for.

use super::error::{ExportError, ExportErrorKind};
use crate::record::holds_presigned;

/// Refuses names of which no object or header line can be made.
pub(super) fn refuse_unusable(fields: &[String]) -> Result<(), ExportError> {
    let repeated = fields.iter().enumerate().find(|(n, name)| fields[..*n].contains(name));
    let (message, hint) = match repeated {
        _ if fields.is_empty() => (
            "no field is named: an export of nothing".to_owned(),
            "name some fields, or leave that out for all of them",
        ),
        _ if fields.iter().any(String::is_empty) => {
            ("a field has an empty name".to_owned(), "leave it out")
        }
        Some((_, name)) => (format!("the field {name:?} is named twice"), "name it once"),
        None => return Ok(()),
    };
    Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint))
}

/// Refuses names of which nothing would be written, as what they hold is left out.
pub(super) fn refuse_dropped(fields: &[String]) -> Result<(), ExportError> {
    let Some(name) = fields.iter().find(|name| holds_presigned(name)) else { return Ok(()) };
    let message = format!("the field {name:?} holds presigned URLs, which are left out");
    let hint = "have presigned URLs kept, or leave the field out";
    Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint))
}
