//! The API key: checked once, hidden in `Debug`, sent as a header.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Error, Result};

/// The name of the header that carries the key.
pub(crate) const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// A key that was checked. `Debug` redacts it.
#[derive(Clone)]
pub(crate) struct ApiKey {
    text: String,
    header: HeaderValue,
}

impl ApiKey {
    /// Checks a key. White space at its ends is removed: files and secrets often end with a line
    /// break. So are a byte order mark, and the quotes that `docker --env-file` leaves.
    pub(super) fn new(key: &str) -> Result<Self> {
        let key = key.trim().trim_start_matches('\u{feff}').trim_start();
        let quoted = |quote| key.strip_prefix(quote)?.strip_suffix(quote);
        let key = quoted('"').or_else(|| quoted('\'')).map_or(key, str::trim);
        if key.is_empty() {
            return Err(Error::bad_key("the API key is empty: set it, or set HEYGEN_API_KEY"));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::bad_key(
                "the API key contains white space, a line break or another character that a key \
                 cannot have: copy it again",
            ));
        }
        let mut header = HeaderValue::from_str(key)
            .map_err(|_| Error::bad_key("the API key cannot be sent as a header"))?;
        header.set_sensitive(true);
        Ok(Self { text: key.to_owned(), header })
    }

    /// The key in plain text. Use it only to hash it or to find it in text that must not show it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of the header `x-api-key`, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt("[redacted]", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_the_header_shows_the_key() {
        let key = ApiKey::new("canary").unwrap();
        assert!(key.header().is_sensitive());
        assert_eq!(format!("{key:?} {:?}", key.header()), "\"[redacted]\" Sensitive");
    }

    #[test]
    fn only_visible_ascii_is_a_key() {
        for (key, message) in [("", "is empty"), (" \n", "is empty"), ("k\nl", "a line break")] {
            let error = ApiKey::new(key).unwrap_err();
            assert!(error.to_string().contains(message), "{key:?}: {error}");
            assert!(error.is_bad_key());
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_pair_of_quotes_are_removed() {
        for text in ["\u{feff}k=", "\"k=\"", "'k='\n", "\u{feff} \" k= \"\r\n"] {
            assert_eq!(ApiKey::new(text).unwrap().as_str(), "k=", "{text:?}");
        }
        for text in ["\"k=", "k='", "'k=\"", "k'="] {
            assert_eq!(ApiKey::new(text).unwrap().as_str(), text, "{text:?}");
        }
        for text in ["\"", "'"] {
            assert_eq!(ApiKey::new(text).unwrap().as_str(), text, "{text:?}");
        }
        for text in ["\"\"", "' '", "\u{feff}"] {
            let error = ApiKey::new(text).unwrap_err();
            assert!(error.to_string().contains("is empty"), "{text:?}: {error}");
        }
    }

    #[test]
    fn white_space_at_the_ends_of_a_key_is_removed() {
        for text in [" k=", "k=\n", "\tk=\r\n", "\u{a0}k= \u{2003}"] {
            let key = ApiKey::new(text).unwrap();
            assert_eq!((key.as_str(), key.header().as_bytes()), ("k=", &b"k="[..]), "{text:?}");
        }
    }
}
