//! Which base URLs a key may be sent to: https to any host, plain http to this machine only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::error::{Error, Result};

pub(super) const DEFAULT: &str = "https://api.heygen.com";

/// What people copy from the documentation together with the base URL, the longest first. The
/// client appends the path of the version itself.
const ENDPOINTS: [&str; 5] = ["/v1/video.list", "/v3/videos", "/v1", "/v2", "/v3"];

/// A base URL that was checked.
#[derive(Debug, Clone)]
pub(super) struct BaseUrl {
    /// Without a trailing slash, so that a path can be appended.
    pub(super) text: String,
    /// The host and the port, for messages.
    pub(super) host: String,
    /// Whether the host is this machine. Then no proxy is used.
    pub(super) loopback: bool,
    pub(super) https: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let refuse = |why| Err(Error::invalid(format!("the base URL {why}")));
        let lower = text.to_ascii_lowercase();
        if !(lower.starts_with("https://") || lower.starts_with("http://")) {
            return refuse("must begin with 'https://', such as https://api.heygen.com");
        }
        // The parser would silently remove or replace these characters.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return refuse("must not contain white space, control characters or backslashes");
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return refuse("is not Unicode");
        }
        // The parser would skip extra slashes and treat the path as the host.
        let Some(url) = Url::parse(text).ok().filter(|_| !authority(text).is_empty()) else {
            return refuse("cannot be parsed: write it like https://api.heygen.com");
        };
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return refuse("must not contain a user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("must not contain a query ('?') or fragment ('#')");
        }
        let https = url.scheme() == "https";
        let loopback = is_loopback(&url);
        if !https && !loopback {
            return refuse(
                "must be https: plain http would send the key unencrypted, and is allowed only to \
                 localhost, 127.0.0.0/8 and [::1]",
            );
        }
        let text = url.as_str().trim_end_matches('/');
        let path = url.path().trim_end_matches('/');
        if let Some(end) = ENDPOINTS.iter().find(|end| path.ends_with(**end)) {
            let base = text.strip_suffix(end).unwrap_or(text).trim_end_matches('/');
            return Err(Error::invalid(format!(
                "the base URL must end before the version of the API: use {base}"
            )));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let host = format!("{}:{port}", url.host_str().unwrap_or_default());
        Ok(Self { text: text.to_owned(), host, loopback, https })
    }
}

fn authority(text: &str) -> &str {
    let after = text.split_once("://").map_or("", |(_, after)| after);
    after.split(['/', '?', '#']).next().unwrap_or_default()
}

fn is_loopback(url: &Url) -> bool {
    // The parser has already normalised unusual forms of IPv4 addresses (0x7f.1, 2130706433).
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The addresses of `localhost`. The system's resolver is not asked (RFC 6761, section 6.3).
pub(super) const LOCALHOST: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_instead_of_a_host_are_refused() {
        for url in
            ["https:///evil.example", "https:////user@evil.example", "https:///@evil.example"]
        {
            let error = BaseUrl::parse(url).unwrap_err();
            assert!(error.to_string().contains("cannot be parsed"), "{url}: {error}");
        }
    }

    #[test]
    fn a_base_url_with_the_path_of_a_version_is_refused_and_the_right_one_is_named() {
        for base in [DEFAULT, "https://proxy.example/heygen", "http://127.0.0.1:8080"] {
            for end in ENDPOINTS {
                for slash in ["", "/", "//"] {
                    let error = BaseUrl::parse(&format!("{base}{end}{slash}")).unwrap_err();
                    let error = error.to_string();
                    assert!(error.ends_with(&format!(": use {base}")), "{end}{slash}: {error}");
                }
            }
        }
        for other in ["https://api.heygen.com/av1", "https://v1", "https://proxy.example/v1/heygen"]
        {
            BaseUrl::parse(other).unwrap();
        }
    }

    #[test]
    fn the_host_is_named_with_its_port() {
        for (url, host) in [
            (DEFAULT, "api.heygen.com:443"),
            ("http://LOCALHOST/x", "localhost:80"),
            ("https://[::1]:3000", "[::1]:3000"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().host, host);
        }
    }

    #[test]
    fn safe_base_urls_are_accepted_without_their_trailing_slash() {
        for (given, kept, loopback) in [
            (DEFAULT, DEFAULT, false),
            ("https://api.heygen.com/", DEFAULT, false),
            ("HTTPS://API.HEYGEN.COM", DEFAULT, false),
            ("https://proxy.example:8443/heygen/", "https://proxy.example:8443/heygen", false),
            ("http://localhost:80", "http://localhost", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://127.9.9.9", "http://127.9.9.9", true),
            ("http://[::1]:3000/x", "http://[::1]:3000/x", true),
            ("https://localhost", "https://localhost", true),
        ] {
            let base = BaseUrl::parse(given).unwrap();
            assert_eq!((base.text.as_str(), base.loopback), (kept, loopback), "{given}");
        }
    }
}
