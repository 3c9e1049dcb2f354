//! The settings that come from the environment: `HEYGEN_API_KEY` and `HEYGEN_API_BASE`.

use std::env;
use std::ffi::OsString;

use super::Client;
use super::builder::ClientBuilder;
use crate::error::{Error, Result};

impl Client {
    /// Makes a client with the key in `HEYGEN_API_KEY`, and with the base URL in `HEYGEN_API_BASE`
    /// if that is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `HEYGEN_API_KEY` is unset
    /// or empty, and the errors of [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Makes a builder with the key in `HEYGEN_API_KEY`, and with the base URL in
    /// `HEYGEN_API_BASE` if that is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `HEYGEN_API_KEY` is unset
    /// or contains only white space. A value that is not Unicode is refused later, by
    /// [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Self::from_vars(|name| env::var_os(name))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        // Ignoring a base URL that is not Unicode would send the key to the default one instead.
        // The replacement character makes `build` refuse it.
        let var = |name| Some(var(name)?.to_string_lossy().into_owned());
        let key = var("HEYGEN_API_KEY").ok_or_else(|| {
            Error::bad_key("HEYGEN_API_KEY is not set: set it to the API key of your account")
        })?;
        if key.trim().is_empty() {
            return Err(Error::bad_key(
                "HEYGEN_API_KEY is set but empty: set it to the API key of your account",
            ));
        }
        let builder = Self::default().api_key(key);
        Ok(match var("HEYGEN_API_BASE").filter(|base| !base.is_empty()) {
            Some(base) => builder.base_url(base),
            None => builder,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, to)| OsString::from(to))
    }

    #[test]
    fn key_and_base_url_are_read_from_the_environment() {
        let builder = ClientBuilder::from_vars(vars(&[
            ("HEYGEN_API_KEY", "k"),
            ("HEYGEN_API_BASE", "http://localhost:9/"),
        ]))
        .unwrap();
        assert_eq!(builder.build().unwrap().inner.base_url, "http://localhost:9");
    }

    #[test]
    fn an_empty_base_url_in_the_environment_is_ignored() {
        let set = &[("HEYGEN_API_KEY", "k"), ("HEYGEN_API_BASE", "")];
        let builder = ClientBuilder::from_vars(vars(set)).unwrap();
        assert_eq!(builder.build().unwrap().inner.base_url, "https://api.heygen.com");
    }

    #[cfg(unix)]
    #[test]
    fn values_in_the_environment_that_are_not_unicode_are_refused() {
        use std::os::unix::ffi::OsStringExt;

        let odd = || OsString::from_vec(b"https://proxy.example/\xff".into());
        for (name, says) in [
            ("HEYGEN_API_BASE", "the base URL is not Unicode"),
            ("HEYGEN_API_KEY", "another character that a key"),
        ] {
            let set = |asked: &str| match asked {
                asked if asked == name => Some(odd()),
                "HEYGEN_API_KEY" => Some("k".into()),
                _ => None,
            };
            let error = ClientBuilder::from_vars(set).unwrap().build().unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(error.is_bad_key(), name == "HEYGEN_API_KEY");
        }
    }

    #[test]
    fn a_key_that_is_missing_or_empty_in_the_environment_is_an_error_that_names_it() {
        for (set, says) in [
            (&[][..], "HEYGEN_API_KEY is not set"),
            (&[("HEYGEN_API_KEY", "")], "HEYGEN_API_KEY is set but empty"),
            (&[("HEYGEN_API_KEY", " \n")], "HEYGEN_API_KEY is set but empty"),
        ] {
            let error = ClientBuilder::from_vars(vars(set)).unwrap_err();
            assert!(error.to_string().contains(says) && error.is_bad_key(), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_environment_may_end_in_a_line_break() {
        let builder = ClientBuilder::from_vars(vars(&[("HEYGEN_API_KEY", "k\r\n")])).unwrap();
        assert_eq!(builder.build().unwrap().inner.api_key.as_str(), "k");
    }
}
