//! The headers that a caller adds to every request: which names are refused, and which values are
//! secrets.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result};

/// Headers that a caller cannot set, with what to use instead.
const REFUSED: [(&str, &str); 23] = [
    ("x-api-key", "use `api_key`"),
    ("user-agent", "use `user_agent`"),
    ("proxy-authorization", "write the user name and password into the URL of the proxy"),
    ("host", OWN),
    ("accept", OWN),
    ("accept-encoding", OWN),
    ("content-encoding", OWN),
    ("content-length", OWN),
    ("content-type", OWN),
    ("transfer-encoding", OWN),
    ("connection", OWN),
    ("keep-alive", OWN),
    ("proxy-connection", OWN),
    ("te", OWN),
    ("trailer", OWN),
    ("upgrade", OWN),
    ("expect", OWN),
    // Each of these asks for something other than a whole page.
    ("range", OWN),
    ("if-range", OWN),
    ("if-match", OWN),
    ("if-none-match", OWN),
    ("if-modified-since", OWN),
    ("if-unmodified-since", OWN),
];

const OWN: &str = "the client sets it itself, or must not send it";

/// A header whose name contains one of these words carries credentials.
const CREDENTIAL_WORDS: [&str; 10] = [
    "auth",
    "cookie",
    "credential",
    "jwt",
    "key",
    "pass",
    "secret",
    "session",
    "signature",
    "token",
];

/// Words that only name the kind of the credentials in a header. They are not secrets.
const SCHEMES: [&str; 3] = ["Bearer", "Digest", "Negotiate"];

/// In headers that carry no credentials, shorter values are not secrets. Without this limit,
/// `x-team: video` would remove every "video" from messages.
const SHORTEST_OTHER: usize = 8;

/// Checks the headers of a caller. If a name is given twice, the last value is used. `Debug` output
/// never shows a value.
pub(super) fn extra_headers(given: &[(String, String)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(Error::invalid("the name of a header has a character that it cannot have"));
        };
        if let Some((_, instead)) = REFUSED.iter().find(|(refused, _)| name == *refused) {
            return Err(Error::invalid(format!("the header {name} cannot be set: {instead}")));
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            let what =
                format!("the value of the header {name} has a character that it cannot have");
            Error::invalid(what)
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The texts in `headers` that must not appear in any message, longest first.
///
/// The name of a header does not show whether its value is a secret, so all of them count. A server
/// may repeat only a part of a value, such as the token in `Authorization: Bearer TOKEN`, so each
/// part counts, too.
pub(super) fn secrets(headers: &HeaderMap) -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, value) in headers {
        let is_credential = CREDENTIAL_WORDS.iter().any(|word| name.as_str().contains(word));
        let shortest = if is_credential { 1 } else { SHORTEST_OTHER };
        let value = String::from_utf8_lossy(value.as_bytes());
        let is_end = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '=' | ':' | '"');
        let texts = [value.trim()].into_iter();
        let texts = texts.chain(value.split_whitespace()).chain(value.split(is_end));
        let texts = texts.filter(|text| text.len() >= shortest && !SCHEMES.contains(text));
        secrets.extend(texts.map(str::to_owned));
    }
    // If a secret contains another, it must be removed first.
    secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    secrets.dedup();
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, value: &str) -> Result<HeaderMap> {
        extra_headers(&[(name.into(), value.into())])
    }

    #[test]
    fn a_header_of_the_client_is_refused_in_lower_and_upper_case() {
        for (name, _) in REFUSED {
            for name in [name.to_owned(), name.to_uppercase()] {
                let error = checked(&name, "x").unwrap_err().to_string();
                assert!(error.contains("cannot be set"), "{name}: {error}");
            }
        }
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
        for (name, value) in [("", "x"), ("a b", "x"), ("a\n", "x"), ("a:", "x"), ("é", "x")] {
            let error = checked(name, value).unwrap_err().to_string();
            assert!(error.contains("the name of a header"), "{name:?}: {error}");
        }
        for value in ["canary\n", "canary\r\nx-api-key: 1", "canary\0"] {
            let error = checked("x-team", value).unwrap_err().to_string();
            assert!(error.contains("the value of the header x-team"), "{value:?}: {error}");
            assert!(!error.contains("canary"));
        }
    }

    #[test]
    fn values_are_hidden_and_the_last_value_of_a_name_is_used() {
        let given = [("x-team", "canary 1"), ("X-Team", "canary 2"), ("cache-control", "no-cache")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = extra_headers(&given).unwrap();
        assert_eq!((headers.len(), headers["x-team"].as_bytes()), (2, &b"canary 2"[..]));
        assert!(!format!("{headers:?}").contains("canary"));
    }

    #[track_caller]
    fn check(name: &str, value: &str, expected: &[&str]) {
        assert_eq!(secrets(&checked(name, value).unwrap()), expected, "{name}: {value}");
    }

    #[test]
    fn the_value_of_a_header_and_each_part_of_it_are_secrets() {
        check("authorization", "Bearer abc123", &["Bearer abc123", "abc123"]);
        check(
            "authorization",
            "Basic YWJjOmRl==",
            &["Basic YWJjOmRl==", "YWJjOmRl==", "YWJjOmRl", "Basic"],
        );
        check("x-auth", "bob:canary", &["bob:canary", "canary", "bob"]);
        check(
            "cookie",
            "a=canary; b=c",
            &["a=canary; b=c", "a=canary;", "canary", "b=c", "a", "b", "c"],
        );
        check("x-credential", "käse", &["käse"]);
        check("x-team", "canary-team", &["canary-team"]);
        check(
            "x-forwarded",
            "for=\"canary-host\";by=x",
            &["for=\"canary-host\";by=x", "canary-host"],
        );
        for short in ["", "video", "a b=c:d"] {
            check("x-team", short, &[]);
        }
    }
}
