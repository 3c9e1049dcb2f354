//! `PageRequest`, what a request asks for once it has been let in.

use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use super::account::Filter;
use super::log::find;
use super::response::Refusal;
use super::token::Token;

/// Which of the API's two listings was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedVersion {
    V1,
    V3,
}

/// A request for a page.
#[derive(Debug)]
pub(super) struct PageRequest {
    pub(super) version: ServedVersion,
    pub(super) limit: usize,
    pub(super) filter: Filter,
    pub(super) token: Option<SentToken>,
}

/// A token as it was sent, and what it says.
#[derive(Debug)]
pub(super) struct SentToken {
    pub(super) text: String,
    pub(super) token: Token,
}

impl ServedVersion {
    /// The listing at this path, if there is one.
    fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/video.list" => Some(Self::V1),
            "/v3/videos" => Some(Self::V3),
            _ => None,
        }
    }

    /// The version whose shape an answer at this path has, also where there is nothing.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/v3/") { Self::V3 } else { Self::V1 }
    }

    fn limit(self, text: Option<&str>) -> Result<usize, Refusal> {
        let (least, default) = match self {
            Self::V1 => (0, 100),
            Self::V3 => (1, 10),
        };
        let Some(text) = text else { return Ok(default) };
        match text.parse() {
            // The API's page allows it and does not say what it means: here, as if absent.
            Ok(0) if least == 0 => Ok(default),
            Ok(limit) if (least..=100).contains(&limit) => Ok(limit),
            _ => Err(Refusal::bad_parameter("limit")),
        }
    }
}

impl PageRequest {
    /// Reads a request, or says why it is refused.
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
        // An empty filter or token is none.
        let given = |name| find(query, name).filter(|value| !value.is_empty());
        let token = given("token").map(|text| {
            let token = Token::decode(text).ok_or_else(|| Refusal::bad_parameter("token"))?;
            Ok(SentToken { text: text.to_owned(), token })
        });
        Ok(Self {
            version,
            limit: version.limit(find(query, "limit"))?,
            filter: Filter::new(given("folder_id"), given("title")),
            token: token.transpose()?,
        })
    }
}

/// The parameters of a query, in order, decoded as a form is: `+` is a space.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_in_order() {
        let expected = [("a", "1 2"), ("b", "+/="), ("b", ""), ("", "x"), ("é", "&")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters("a=1+2&b=%2B%2F%3D&&b&=x&%C3%A9=%26"), expected);
        assert_eq!(parameters(""), []);
    }

    #[test]
    fn limits_are_those_of_each_version() {
        let v1 = |text| ServedVersion::V1.limit(text).ok();
        assert_eq!([v1(None), v1(Some("0")), v1(Some("1"))], [Some(100), Some(100), Some(1)]);
        assert_eq!([v1(Some("101")), v1(Some("-1")), v1(Some("")), v1(Some("x"))], [None; 4]);
        let v3 = |text| ServedVersion::V3.limit(text).ok();
        assert_eq!([v3(None), v3(Some("1")), v3(Some("100"))], [Some(10), Some(1), Some(100)]);
        assert_eq!([v3(Some("0")), v3(Some("101"))], [None; 2]);
    }
}
