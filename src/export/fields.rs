//! Which field names are rejected.

use super::error::{ExportError, ExportErrorKind};
use crate::record::{field_suggestion, holds_presigned};

/// Rejects names that cannot be columns of a table or names in an object.
pub(super) fn refuse_unusable(fields: &[String]) -> Result<(), ExportError> {
    let refused = |message: String, hint: &'static str| {
        Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint))
    };
    if fields.is_empty() {
        let hint = "name at least one field, or leave the list out to get all of them";
        return refused("the list of fields is empty".into(), hint);
    }
    if fields.iter().any(String::is_empty) {
        return refused("a field has an empty name".into(), "leave the empty name out");
    }
    if let Some((name, meant)) =
        fields.iter().find_map(|name| Some((name, field_suggestion(name)?)))
    {
        let hint = format!("did you mean '{meant}'?");
        let message = format!("there is no field {name:?}");
        return Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint));
    }
    let repeated = fields.iter().enumerate().find(|(n, name)| fields[..*n].contains(name));
    match repeated {
        Some((_, name)) => refused(format!("the field {name:?} is named twice"), "name it once"),
        None => Ok(()),
    }
}

/// Rejects names of fields that would always be left out.
pub(super) fn refuse_dropped(fields: &[String]) -> Result<(), ExportError> {
    let Some(name) = fields.iter().find(|name| holds_presigned(name)) else { return Ok(()) };
    let message = format!("the field {name:?} holds presigned URLs, which are left out");
    let hint = "keep presigned URLs (keep_urls, --urls keep), or leave the field out";
    Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint))
}
