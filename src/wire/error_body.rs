//! `ErrorBody`: the shapes of an error body, read into one type.

use serde_json::value::RawValue;

use super::byte_order_mark::without_bom;
use super::fields::pick;
use crate::video::{RawJson, replace_lone_surrogates};

/// The most bytes of a code or a message that are kept.
const MAX_CODE: usize = 100;
const MAX_MESSAGE: usize = 2_000;

/// The longest `detail` that is read, and the most entries that are read from it.
const MAX_DETAIL: usize = 64 << 10;
const MAX_DETAILS: usize = 5;

/// The code and the message of an error body. An empty message means that there was none.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

/// The fields of an error body, as they were sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ErrorFields<'a> {
    pub(super) code: Option<RawJson<'a>>,
    pub(super) error: Option<RawJson<'a>>,
    pub(super) message: Option<RawJson<'a>>,
    pub(super) msg: Option<RawJson<'a>>,
    pub(super) detail: Option<RawJson<'a>>,
}

impl ErrorBody {
    /// Reads the body of a response whose status is an error; `None` if it gives no reason.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        with_fields(body, |fields| {
            let is_success = fields.code.is_some_and(is_100) && !fields.has_error();
            let body = fields.body();
            let has_reason = body.code.is_some() || !body.message.is_empty() || fields.has_error();
            (has_reason && !is_success).then_some(body)
        })
    }

    /// Reads the body of a response with status 200; `None` if it reports no refusal.
    pub(super) fn read_refusal(body: &[u8]) -> Option<Self> {
        with_fields(body, |fields| fields.refusal())
    }
}

fn with_fields<T>(body: &[u8], read: impl Fn(ErrorFields<'_>) -> Option<T>) -> Option<T> {
    let read = |body: &[u8]| {
        let fields =
            pick(str::from_utf8(body).ok()?, ["code", "error", "message", "msg", "detail"]);
        let [code, error, message, msg, detail] = fields?;
        Some(read(ErrorFields { code, error, message, msg, detail }))
    };
    let body = without_bom(body);
    read(body).or_else(|| read(&replace_lone_surrogates(body)?))?
}

impl ErrorFields<'_> {
    /// The refusal that a body at status 200 reports; `None` for a success, whatever its message.
    pub(super) fn refusal(self) -> Option<ErrorBody> {
        let is_refused = self.has_error() || self.code().is_some_and(|code| !is_100(code));
        is_refused.then(|| self.body())
    }

    fn code(&self) -> Option<RawJson<'_>> {
        self.code.filter(|code| !code.is_null())
    }

    fn has_error(&self) -> bool {
        self.error.is_some_and(|error| match error.0 {
            "null" | "false" | "\"\"" => false,
            json => pick(json, []).is_none() || has_members(json),
        })
    }

    fn body(&self) -> ErrorBody {
        let names = ["code", "message", "msg", "detail"];
        let within = self.error.and_then(|error| pick(error.0, names));
        let [code, message, msg, detail] = within.unwrap_or_default();
        let message = [self.error, message, msg, self.message, self.msg].into_iter().find_map(text);
        let detail = [detail, self.detail].into_iter().find_map(detail_text);
        let message = match (message, detail) {
            (Some(message), Some(detail)) => format!("{message}: {detail}"),
            (message, detail) => message.or(detail).unwrap_or_default(),
        };
        let code = code.filter(|code| !code.is_null());
        let code = code.or(self.code().filter(|code| !is_100(*code)));
        ErrorBody {
            code: text(code).map(|c| clipped(c, MAX_CODE)),
            message: clipped(message, MAX_MESSAGE),
        }
    }
}

/// The success code. The API documents it as a string, but its example has a number.
pub(super) fn is_100(code: RawJson<'_>) -> bool {
    match code.exact_text() {
        Some(text) => text == "100",
        None => code.number() == Some(100.0),
    }
}

/// Whether an object has any member.
fn has_members(object: &str) -> bool {
    object.bytes().any(|byte| byte == b'"')
}

/// A text that is not empty, or a number.
fn text(json: Option<RawJson<'_>>) -> Option<String> {
    let json = json?;
    match json.0.as_bytes().first()? {
        b'"' => json.text().map(|text| text.into_owned()).filter(|text| !text.is_empty()),
        b'-' | b'0'..=b'9' => Some(json.0.to_owned()),
        _ => None,
    }
}

/// A detail: a text, an object with a message, or a list of those.
fn detail_text(json: Option<RawJson<'_>>) -> Option<String> {
    let json = json.filter(|json| json.0.len() <= MAX_DETAIL)?;
    let Ok(details) = serde_json::from_str::<Vec<&RawValue>>(json.0) else {
        return one_detail(json);
    };
    let details = details.into_iter().filter_map(|json| one_detail(RawJson(json.get())));
    let details: Vec<_> = details.take(MAX_DETAILS).collect();
    (!details.is_empty()).then(|| details.join("; "))
}

/// `limit: Input should be at most 50`, or only the message.
fn one_detail(json: RawJson<'_>) -> Option<String> {
    let Some([loc, msg, message]) = pick(json.0, ["loc", "msg", "message"]) else {
        return text(Some(json));
    };
    let message = text(msg).or_else(|| text(message))?;
    let loc = loc.and_then(|loc| serde_json::from_str::<Vec<&RawValue>>(loc.0).ok());
    match loc.and_then(|loc| text(Some(RawJson(loc.last()?.get())))) {
        Some(field) => Some(format!("{field}: {message}")),
        None => Some(message),
    }
}

fn clipped(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = (0..=max).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}
