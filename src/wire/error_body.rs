//! `ErrorBody`: the shapes of an error body, read into one type.

use serde_json::value::RawValue;

use super::byte_order_mark::without_bom;
use super::fields::pick;
use crate::video::{RawJson, replace_lone_surrogates};

/// The most bytes of a code or a message that are kept.
const MAX_CODE: usize = 100;
const MAX_MESSAGE: usize = 2_000;

/// The limits of a reason: the bytes of a list or an object, the entries of a list, and the depth.
const MAX_REASON: usize = 64 << 10;
const MAX_ENTRIES: usize = 5;
const MAX_DEPTH: u8 = 5;

/// The code and the message of an error body. An empty message means that there was none.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

/// An error body, and some of its fields, as they were sent.
#[derive(Debug, Clone, Copy)]
struct ErrorFields<'a> {
    json: &'a str,
    code: Option<RawJson<'a>>,
    error: Option<RawJson<'a>>,
    data: Option<RawJson<'a>>,
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

    /// Reads the body of a response with status 200 that is not a page; `None` if it gives no
    /// reason.
    pub(super) fn read_reason(body: &[u8]) -> Option<Self> {
        with_fields(body, |fields| {
            let has_data = fields.data.is_some_and(|data| !data.is_null());
            let is_success = fields.code.is_some_and(is_100);
            let body = fields.body();
            (!has_data && !is_success && !body.message.is_empty()).then_some(body)
        })
    }
}

fn with_fields<T>(body: &[u8], read: impl Fn(ErrorFields<'_>) -> Option<T>) -> Option<T> {
    let read = |body: &[u8]| {
        let json = str::from_utf8(body).ok()?;
        let [code, error, data] = pick(json, ["code", "error", "data"])?;
        Some(read(ErrorFields { json, code, error, data }))
    };
    let body = without_bom(body);
    read(body).or_else(|| read(&replace_lone_surrogates(body)?))?
}

impl ErrorFields<'_> {
    /// The refusal that a body at status 200 reports; `None` for a success, whatever its message.
    fn refusal(self) -> Option<ErrorBody> {
        reports_refusal(self.code, self.error).then(|| self.body())
    }

    fn has_error(&self) -> bool {
        self.error.is_some_and(is_error)
    }

    fn body(&self) -> ErrorBody {
        let within = self.error.and_then(|error| pick(error.0, ["code"]));
        let [code] = within.unwrap_or_default();
        let code = code.filter(|code| !code.is_null());
        let code = code.or(self.code.filter(|code| !code.is_null() && !is_100(*code)));
        let message = reason_of_object(self.json, MAX_DEPTH).unwrap_or_default();
        ErrorBody {
            code: text(code).map(|c| clipped(c, MAX_CODE)),
            message: clipped(message, MAX_MESSAGE),
        }
    }
}

/// Whether a body with these fields reports a refusal, although the status is 200.
pub(super) fn reports_refusal(code: Option<RawJson<'_>>, error: Option<RawJson<'_>>) -> bool {
    error.is_some_and(is_error) || code.is_some_and(|code| !code.is_null() && !is_100(code))
}

fn is_error(error: RawJson<'_>) -> bool {
    match error.0 {
        "null" | "false" | "\"\"" => false,
        json => pick(json, []).is_none() || has_members(json),
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

/// The reason that a value gives: a text, or a list or an object that holds one.
fn reason(json: Option<RawJson<'_>>, depth: u8) -> Option<String> {
    let json = json?;
    let is_bounded = depth > 0 && json.0.len() <= MAX_REASON;
    match json.0.as_bytes().first()? {
        b'{' if is_bounded => reason_of_object(json.0, depth),
        b'[' if is_bounded => {
            let entries = serde_json::from_str::<Vec<&RawValue>>(json.0).ok()?.into_iter();
            let reasons = entries.filter_map(|entry| reason(Some(RawJson(entry.get())), depth - 1));
            let reasons: Vec<_> = reasons.take(MAX_ENTRIES).collect();
            (!reasons.is_empty()).then(|| reasons.join("; "))
        }
        _ => text(Some(json)),
    }
}

/// The reason that an object gives, such as `No access: Sign in`. If the object names a field, the
/// reason begins with it: `limit: Input should be at most 50`.
fn reason_of_object(json: &str, depth: u8) -> Option<String> {
    let names = ["loc", "error", "errors", "message", "msg", "Message"];
    let [loc, error, errors, message, msg, other] = pick(json, names)?;
    let [detail, description, why] = pick(json, ["detail", "error_description", "reason"])?;
    let first = |fields: &[Option<RawJson<'_>>]| {
        fields.iter().find_map(|field| reason(*field, depth.saturating_sub(1)))
    };
    let (error, is_word) = (first(&[error, errors]), text(error).is_some());
    let message = first(&[message, msg, other]);
    let message = match error {
        // A text in `error` is often only the name of the status, and the message says more.
        Some(word) if is_word => joined(Some(word), message),
        error => error.or(message),
    };
    let message = joined(message, first(&[detail, description, why]))?;
    let loc = loc.and_then(|loc| serde_json::from_str::<Vec<&RawValue>>(loc.0).ok());
    match loc.and_then(|loc| text(Some(RawJson(loc.last()?.get())))) {
        Some(field) => Some(format!("{field}: {message}")),
        None => Some(message),
    }
}

fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) if first != second => Some(format!("{first}: {second}")),
        (first, second) => first.or(second),
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
