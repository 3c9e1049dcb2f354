//! The API key: checked once, hidden in `Debug`, sent as a header.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::{Error, Result};

/// A key that was checked. `Debug` redacts it.
#[derive(Clone)]
pub(crate) struct ApiKey(String);

impl ApiKey {
    pub(super) fn new(key: String) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::invalid("the API key is empty: set it, or set HEYGEN_API_KEY"));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid(
                "the API key contains white space, a line break or another character that a key \
                 cannot have: copy it again",
            ));
        }
        Ok(Self(key))
    }

    /// The key in plain text. Use it only to hash it or to find it in text that must not show it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of the header `x-api-key`, marked as sensitive.
    pub(super) fn header(&self) -> Result<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.0)
            .map_err(|_| Error::invalid("the API key cannot be sent as a header"))?;
        value.set_sensitive(true);
        Ok(value)
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
        let key = ApiKey::new("canary".into()).unwrap();
        assert!(key.header().unwrap().is_sensitive());
        assert_eq!(format!("{key:?} {:?}", key.header().unwrap()), "\"[redacted]\" Sensitive");
    }

    #[test]
    fn only_visible_ascii_is_a_key() {
        for (key, message) in [("", "is empty"), (" k", "white space"), ("k\n", "a line break")] {
            let error = ApiKey::new(key.into()).unwrap_err();
            assert!(error.to_string().contains(message), "{key:?}: {error}");
        }
    }
}
