//! Reads a config, a catalog or a state: JSON whose errors never show a value.

use serde_json::{Map, Value};

use crate::export::{ExportError, ExportErrorKind};

/// Reads JSON text that must be an object.
pub(super) fn object(what: &str, text: &str) -> Result<Map<String, Value>, ExportError> {
    // The message of a syntax error has a position and no content.
    let value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| usage(format!("the {what} is not JSON: {error}")))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(usage(format!("the {what} is JSON, but not an object"))),
    }
}

/// The text of a member; `None` if it is absent or null.
pub(super) fn text<'v>(
    what: &str,
    object: &'v Map<String, Value>,
    name: &str,
) -> Result<Option<&'v str>, ExportError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(usage(format!("'{name}' in the {what} must be text"))),
    }
}

/// The truth value of a member; `None` if it is absent or null.
pub(super) fn truth(
    what: &str,
    object: &Map<String, Value>,
    name: &str,
) -> Result<Option<bool>, ExportError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(_) => Err(usage(format!("'{name}' in the {what} must be true or false"))),
    }
}

/// The number of a member; `None` if it is absent or null.
pub(super) fn count(
    what: &str,
    object: &Map<String, Value>,
    name: &str,
) -> Result<Option<u64>, ExportError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(count) => Ok(Some(count)),
            None => Err(usage(format!("'{name}' in the {what} must be a whole number"))),
        },
    }
}

pub(super) fn usage(message: String) -> ExportError {
    ExportError::new(ExportErrorKind::Usage, message)
}
