//! `ErrorBody`: the three shapes of an error body, read into one type.

use serde_json::Value;

use super::lone_surrogates::replace_lone_surrogates;

/// The code and the message of an error body. An empty message means that there was none.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

impl ErrorBody {
    /// Reads any of the three shapes; `None` if the body has none of them.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let read = |body: &[u8]| serde_json::from_slice::<Value>(body).ok();
        let body = read(body).or_else(|| read(&replace_lone_surrogates(body)?))?;
        Self::from_fields(
            body.get("code"),
            body.get("error"),
            [body.get("message"), body.get("msg")],
        )
    }

    /// Builds it from the fields of a body; `None` if they report success. The first of `messages`
    /// that has a text counts.
    pub(super) fn from_fields(
        code: Option<&Value>,
        error: Option<&Value>,
        messages: [Option<&Value>; 2],
    ) -> Option<Self> {
        let code = code.filter(|code| !code.is_null());
        let error = error.filter(|error| !error.is_null());
        if error.is_none() && (code.is_none() || code.is_some_and(is_100)) {
            return None;
        }
        let within = |name| error.and_then(|error| error.get(name));
        let message = text(error.filter(|error| error.is_string()))
            .or_else(|| text(within("message")))
            .or_else(|| messages.iter().find_map(|message| text(*message)));
        let message = match (message, text(within("detail"))) {
            (Some(message), Some(detail)) => format!("{message}: {detail}"),
            (message, detail) => message.or(detail).unwrap_or_default(),
        };
        let code = within("code").filter(|code| !code.is_null()).or(code.filter(|c| !is_100(c)));
        Some(Self { code: text(code), message })
    }
}

/// The success code. The API documents it as a string, but its example has a number.
fn is_100(code: &Value) -> bool {
    code.as_f64() == Some(100.0) || code.as_str() == Some("100")
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
