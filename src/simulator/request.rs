//! `PageRequest`, which page a valid request asks for.

use hyper::{HeaderMap, Method};

use super::filter::Filter;
use super::parameters::find;
use super::refusal::Refusal;
use super::token::Token;
use super::version::ServedVersion;

/// A valid request for a page.
#[derive(Debug)]
pub(super) struct PageRequest {
    pub(super) version: ServedVersion,
    pub(super) limit: usize,
    pub(super) filter: Filter,
    pub(super) token: Option<SentToken>,
}

/// A token, as sent and decoded.
#[derive(Debug)]
pub(super) struct SentToken {
    pub(super) text: String,
    pub(super) token: Token,
}

impl PageRequest {
    /// Checks and decodes a request.
    pub(super) fn read(
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        query: &[(String, String)],
        api_key: &str,
    ) -> Result<Self, Refusal> {
        let version = ServedVersion::at(path).ok_or_else(|| Refusal::status(404))?;
        if method != Method::GET {
            return Err(Refusal::status(405));
        }
        if headers.get("x-api-key").is_none_or(|key| key.as_bytes() != api_key.as_bytes()) {
            return Err(Refusal::status(401));
        }
        // An empty filter or token counts as missing.
        let given = |name| find(query, name).filter(|value| !value.is_empty());
        let token = given("token").map(|text| {
            let token = Token::decode(text).ok_or_else(|| Refusal::bad_parameter("token"))?;
            Ok(SentToken { text: text.to_owned(), token })
        });
        Ok(Self {
            version,
            limit: limit(version, find(query, "limit"))?,
            filter: Filter::new(given("folder_id"), given("title")),
            token: token.transpose()?,
        })
    }
}

/// The page size that a request asks for, or the default of its version.
fn limit(version: ServedVersion, text: Option<&str>) -> Result<usize, Refusal> {
    let (least, default) = match version {
        ServedVersion::V1 => (0, 100),
        ServedVersion::V3 => (1, 10),
    };
    let Some(text) = text else { return Ok(default) };
    match text.parse() {
        // HeyGen allows 0 but does not document what it means. Here it means the default.
        Ok(0) if least == 0 => Ok(default),
        Ok(limit) if (least..=100).contains(&limit) => Ok(limit),
        _ => Err(Refusal::bad_parameter("limit")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_limits() {
        let v1 = |text| limit(ServedVersion::V1, text).ok();
        assert_eq!([v1(None), v1(Some("0")), v1(Some("1"))], [Some(100), Some(100), Some(1)]);
        assert_eq!([v1(Some("101")), v1(Some("-1")), v1(Some("")), v1(Some("x"))], [None; 4]);
        let v3 = |text| limit(ServedVersion::V3, text).ok();
        assert_eq!([v3(None), v3(Some("1")), v3(Some("100"))], [Some(10), Some(1), Some(100)]);
        assert_eq!([v3(Some("0")), v3(Some("101"))], [None; 2]);
    }
}
