//! `WireWarning`: the notice that the API will end, in the body of a page.

use std::fmt;

use super::fields::pick;
use crate::video::RawJson;

/// A larger notice is ignored.
const MAX_BYTES: usize = 8 << 10;

/// The object `warning` that HeyGen adds to pages of an API that will end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WireWarning {
    pub(crate) message: Option<String>,
    pub(crate) sunset_date: Option<String>,
    pub(crate) v3_endpoint: Option<String>,
    pub(crate) docs_url: Option<String>,
}

impl WireWarning {
    /// Reads an object, or a text that is the message; `None` if it holds no text.
    pub(super) fn read(json: RawJson<'_>) -> Option<Box<Self>> {
        if json.0.len() > MAX_BYTES {
            return None;
        }
        let names = ["message", "sunset_date", "v3_endpoint", "docs_url"];
        let fields = pick(json.0, names).unwrap_or([Some(json), None, None, None]);
        let text = |field: Option<RawJson<'_>>| Some(field?.text()?.into_owned());
        let [message, sunset_date, v3_endpoint, docs_url] = fields.map(text);
        let warning = Self { message, sunset_date, v3_endpoint, docs_url };
        (warning != Self::default()).then(|| Box::new(warning))
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
    fn a_warning_is_an_object_or_a_text_of_bounded_size() {
        let read = |json: &str| WireWarning::read(RawJson(json));
        let message = |text: &str| {
            Some(Box::new(WireWarning { message: Some(text.into()), ..WireWarning::default() }))
        };
        assert_eq!(read(r#"{"message":"Le\u0067acy","sunset_date":7,"x":[1]}"#), message("Legacy"));
        assert_eq!(read(r#""Legacy""#), message("Legacy"));
        for nothing in ["null", "{}", "[]", "7", r#"{"message":null}"#] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        assert_eq!(read(&format!(r#"{{"message":"Legacy","x":"{}"}}"#, "x".repeat(8 << 10))), None);
    }
}
