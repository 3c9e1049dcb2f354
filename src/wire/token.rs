//! `token_text`: the token of the next page, from whatever the server sent as one.

use super::page::NotAPage;
use crate::video::RawJson;

/// The second part of the message about a token that cannot be used.
pub(super) const NO_REQUEST: &str = "no page can be requested with it";

/// The text of a token; `None` if there is none. `field` is the name of its field.
///
/// A number is used with exactly the digits that were sent, because the token goes back unchanged.
/// Any other type must not end the listing as if there were no token.
pub(super) fn token_text(
    json: Option<RawJson<'_>>,
    field: &str,
) -> Result<Option<String>, NotAPage> {
    let Some(json) = json.filter(|json| !json.is_null()) else { return Ok(None) };
    let unusable = |what: String| Err(NotAPage::Unusable(what, NO_REQUEST));
    let what = match json.0.as_bytes().first() {
        Some(b'"') => match json.exact_text() {
            Some(text) => return Ok(Some(text.into_owned()).filter(|text| !text.is_empty())),
            None => return unusable("half a surrogate pair in the token of the next page".into()),
        },
        Some(b'-' | b'0'..=b'9') => return Ok(Some(json.0.to_owned())),
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        _ => "a boolean",
    };
    unusable(format!("the field '{field}' with the token of the next page is {what}, not text"))
}
