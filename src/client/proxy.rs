//! `ProxyChoice`: the proxy that a client uses, from its settings or from the environment.
//!
//! reqwest ignores a variable that it cannot read, and then connects directly. A machine that
//! requires a proxy must not lose it because of a mistyped variable, so such a value is refused
//! here.

use std::ffi::OsString;

use reqwest::{NoProxy, Proxy, Url};

use crate::error::{Error, Result};

/// The variables for https. In each row, the first one that is set is used. A row whose value is
/// empty is ignored.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// A proxy that was checked.
pub(super) struct ProxyChoice {
    /// It may hold a password.
    url: Url,
    /// The variable that names it; `None` if the caller did.
    variable: Option<&'static str>,
}

impl ProxyChoice {
    /// The proxy that a caller gave.
    pub(super) fn given(text: &str) -> Result<Self> {
        let url = read(text).map_err(|why| refuse("the URL of the proxy", &why))?;
        Ok(Self { url, variable: None })
    }

    /// The proxy that the environment names for https; `None` if it names none.
    pub(super) fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>> {
        // In a CGI program a request could set `HTTP_PROXY`, so reqwest reads no variable there.
        if var("REQUEST_METHOD").is_some() {
            return Ok(None);
        }
        for names in VARIABLES {
            let set = names.into_iter().find_map(|name| Some((name, var(name)?)));
            let Some((name, value)) = set else { continue };
            let Some(text) = value.to_str() else {
                return Err(refuse_variable(name, &Flaw::NotUnicode));
            };
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let has_scheme = text.contains("://");
            let text = if has_scheme { text.to_owned() } else { format!("http://{text}") };
            let url = read(&text).map_err(|flaw| refuse_variable(name, &flaw))?;
            return Ok(Some(Self { url, variable: Some(name) }));
        }
        Ok(None)
    }

    /// The host and the port, with the variable that names them, for error messages.
    pub(super) fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().map(|port| format!(":{port}"));
        let variable = self.variable.map(|name| format!(" ({name})"));
        format!("{host}{}{}", port.unwrap_or_default(), variable.unwrap_or_default())
    }

    /// The proxy for reqwest. `NO_PROXY` applies to a proxy of the environment only.
    pub(super) fn for_reqwest(&self) -> Result<Proxy> {
        let proxy = Proxy::all(self.url.clone());
        let proxy = proxy.map_err(|_| match self.variable {
            Some(name) => refuse_variable(name, &Flaw::Unparsable),
            None => refuse("the URL of the proxy", &Flaw::Unparsable),
        })?;
        Ok(match self.variable {
            Some(_) => proxy.no_proxy(NoProxy::from_env()),
            None => proxy,
        })
    }
}

/// Why a text is not the URL of a proxy.
enum Flaw {
    NotUnicode,
    Unparsable,
    Scheme,
    /// Something follows the host. Most often a character of the password ended the host early.
    Rest,
}

impl Flaw {
    fn as_str(&self) -> &'static str {
        match self {
            Self::NotUnicode => "is not Unicode",
            Self::Unparsable => {
                "cannot be parsed: write it like http://proxy.example:3128, and percent-encode \
                 special characters of a user name and password"
            }
            Self::Scheme => "must begin with 'http://' or 'https://'",
            Self::Rest => {
                "must end after the host and the port: percent-encode '/', '?' and '#' in a user \
                 name and password"
            }
        }
    }
}

/// Reads the URL of a proxy. Nothing in the error quotes it.
fn read(text: &str) -> std::result::Result<Url, Flaw> {
    let text = text.trim();
    // The parser would silently remove or replace these characters.
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(Flaw::Unparsable);
    }
    let url = Url::parse(text).map_err(|_| Flaw::Unparsable)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Flaw::Scheme);
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Flaw::Rest);
    }
    Ok(url)
}

fn refuse(what: &str, flaw: &Flaw) -> Error {
    Error::invalid(format!("{what} {}", flaw.as_str()))
}

fn refuse_variable(name: &str, flaw: &Flaw) -> Error {
    let what = format!("the proxy in the environment variable {name}");
    refuse(&what, flaw).with_remark("correct the variable or unset it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy that is chosen if these variables are set.
    fn chosen(set: &[(&str, &str)]) -> Result<Option<ProxyChoice>> {
        ProxyChoice::from_vars(|name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(*value))
        })
    }

    #[track_caller]
    fn check(set: &[(&str, &str)], expected: Option<&str>) {
        let name = chosen(set).unwrap().map(|proxy| proxy.name());
        assert_eq!(name.as_deref(), expected, "{set:?}");
    }

    #[test]
    fn the_name_has_the_variable_and_no_password() {
        check(&[], None);
        let url = "http://bob:canary@proxy.example:3128";
        check(&[("HTTPS_PROXY", url)], Some("proxy.example:3128 (HTTPS_PROXY)"));
        check(&[("https_proxy", "10.0.0.1:80")], Some("10.0.0.1:80 (https_proxy)"));
        check(&[("https_proxy", url), ("HTTPS_PROXY", "http://a")], Some("a:80 (HTTPS_PROXY)"));
        check(&[("ALL_PROXY", url), ("HTTPS_PROXY", "")], Some("proxy.example:3128 (ALL_PROXY)"));
        check(&[("ALL_PROXY", url), ("HTTPS_PROXY", " ")], Some("proxy.example:3128 (ALL_PROXY)"));
        check(&[("all_proxy", "https://[::1]")], Some("[::1]:443 (all_proxy)"));
        check(&[("HTTP_PROXY", url)], None);
        check(&[("HTTPS_PROXY", url), ("REQUEST_METHOD", "GET")], None);
        assert_eq!(ProxyChoice::given(url).unwrap().name(), "proxy.example:3128");
    }

    #[test]
    fn white_space_around_a_variable_is_no_part_of_it() {
        check(&[("HTTPS_PROXY", " http://a:1\r\n")], Some("a:1 (HTTPS_PROXY)"));
        check(&[("HTTPS_PROXY", "\ta:1 ")], Some("a:1 (HTTPS_PROXY)"));
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_refused_and_not_quoted() {
        for (value, says) in [
            ("http://", "cannot be parsed"),
            ("http://bob:12#canary@proxy.example:3128", "percent-encode '/', '?' and '#'"),
            ("http://bob:12/canary@proxy.example:3128", "percent-encode '/', '?' and '#'"),
            ("http://bob:canary#x@proxy.example:3128", "cannot be parsed"),
            ("http://bob:12?canary@proxy.example:3128", "percent-encode '/', '?' and '#'"),
            ("bob:12#canary@proxy.example:3128", "percent-encode '/', '?' and '#'"),
            ("http://canary\\bob:x@proxy.example", "cannot be parsed"),
            ("http://proxy canary.example", "cannot be parsed"),
            ("http:proxy.canary:3128", "cannot be parsed"),
            ("http://proxy.canary:99999", "cannot be parsed"),
            ("socks5://canary@proxy.example:1080", "must begin with 'http://'"),
            ("socks5h://proxy.canary", "must begin with 'http://'"),
        ] {
            for name in VARIABLES.concat() {
                let error = chosen(&[(name, value)]).err().expect(value).to_string();
                assert!(error.contains(&format!("variable {name} ")), "{value}: {error}");
                assert!(error.contains(says) && !error.contains("canary"), "{value}: {error}");
            }
        }
        // Only the first variable that names a proxy counts.
        check(&[("HTTPS_PROXY", "a:1"), ("ALL_PROXY", "socks5://b")], Some("a:1 (HTTPS_PROXY)"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_unicode_is_refused() {
        use std::os::unix::ffi::OsStringExt;

        let set = |name: &str| {
            (name == "https_proxy").then(|| OsString::from_vec(b"http://proxy.example/\xff".into()))
        };
        let error = ProxyChoice::from_vars(set).err().unwrap().to_string();
        assert!(error.contains("https_proxy is not Unicode"), "{error}");
    }
}
