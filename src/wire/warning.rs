//! `WireWarning`: the notice that the API will end, in the body of a page.

use std::fmt;

use serde_json::value::RawValue;

use super::fields::pick;
use crate::video::RawJson;

/// A larger notice is ignored.
const MAX_BYTES: usize = 8 << 10;

/// How many notices of a list are read.
const MAX_NOTICES: usize = 5;

/// The names that the message of a notice can have.
const MESSAGES: [&str; 6] = ["message", "msg", "text", "detail", "description", "title"];

/// The object `warning` that HeyGen adds to pages of an API that will end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WireWarning {
    pub(crate) message: Option<String>,
    pub(crate) sunset_date: Option<String>,
    pub(crate) v3_endpoint: Option<String>,
    pub(crate) docs_url: Option<String>,
}

impl WireWarning {
    /// Reads an object, a text that is the message, or a list of those; `None` if it holds no text.
    pub(super) fn read(json: RawJson<'_>) -> Option<Box<Self>> {
        if json.0.len() > MAX_BYTES {
            return None;
        }
        let warning = match serde_json::from_str::<Vec<&RawValue>>(json.0) {
            Ok(entries) => {
                let entries = entries.iter().map(|entry| Self::one(RawJson(entry.get())));
                let entries: Vec<_> = entries.filter(|entry| *entry != Self::default()).collect();
                match <[Self; 1]>::try_from(entries) {
                    Ok([only]) => only,
                    Err(several) => Self::joined(&several),
                }
            }
            Err(_) => Self::one(json),
        };
        (warning != Self::default()).then(|| Box::new(warning))
    }

    fn one(json: RawJson<'_>) -> Self {
        let text = |field: Option<RawJson<'_>>| {
            Some(field?.text()?.into_owned()).filter(|text| !text.is_empty())
        };
        let Some(messages) = pick(json.0, MESSAGES) else {
            return Self { message: text(Some(json)), ..Self::default() };
        };
        let names = ["sunset_date", "v3_endpoint", "docs_url"];
        let [sunset_date, v3_endpoint, docs_url] =
            pick(json.0, names).unwrap_or_default().map(text);
        let message = messages.into_iter().find_map(text);
        Self { message, sunset_date, v3_endpoint, docs_url }
    }

    /// Joins several notices into the message of one.
    fn joined(several: &[Self]) -> Self {
        let texts: Vec<_> = several.iter().take(MAX_NOTICES).map(Self::to_string).collect();
        Self { message: Some(texts.join("; ")).filter(|text| !text.is_empty()), ..Self::default() }
    }
}

/// `This endpoint is Legacy (sunset_date 2026-10-31, v3_endpoint /v3/videos)`
impl fmt::Display for WireWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or("no message"))?;
        let further = [
            ("sunset_date", &self.sunset_date),
            ("v3_endpoint", &self.v3_endpoint),
            ("docs_url", &self.docs_url),
        ];
        let mut before = " (";
        for (name, text) in further {
            if let Some(text) = text {
                write!(f, "{before}{name} {text}")?;
                before = ", ";
            }
        }
        f.write_str(if before == ", " { ")" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_an_object_a_text_or_a_list_of_bounded_size() {
        let read = |json: &str| WireWarning::read(RawJson(json));
        let message = |text: &str| {
            Some(Box::new(WireWarning { message: Some(text.into()), ..WireWarning::default() }))
        };
        assert_eq!(read(r#"{"message":"Le\u0067acy","sunset_date":7,"x":[1]}"#), message("Legacy"));
        assert_eq!(read(r#""Legacy""#), message("Legacy"));
        assert_eq!(read(r#"["Legacy"]"#), message("Legacy"));
        assert_eq!(read(r#"[{"message":"Legacy"},7,{}]"#), message("Legacy"));
        assert_eq!(read(r#"["Legacy",{"text":"gone soon"}]"#), message("Legacy; gone soon"));
        assert_eq!(read(r#"{"msg":"","title":"Legacy"}"#), message("Legacy"));
        for nothing in ["null", "{}", "[]", "7", r#""""#, "[null]", r#"{"message":null}"#] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        assert_eq!(read(&format!(r#"{{"message":"Legacy","x":"{}"}}"#, "x".repeat(8 << 10))), None);
    }
}
