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

/// The variables for the hosts that are reached directly. The first one that is set is used.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy that was checked.
pub(super) struct ProxyChoice {
    /// It may hold a password.
    url: Url,
    /// The variable that names it; `None` if the caller did.
    variable: Option<&'static str>,
    /// The hosts that are reached directly, as reqwest reads them.
    exceptions: String,
}

impl ProxyChoice {
    /// The proxy that a caller gave.
    pub(super) fn given(text: &str) -> Result<Self> {
        let url = read(text).map_err(|why| refuse("the URL of the proxy", &why))?;
        Ok(Self { url, variable: None, exceptions: String::new() })
    }

    /// The proxy that the environment names for https; `None` if it names none. `host` is the host
    /// of the base URL with its port.
    pub(super) fn from_vars(
        host: &str,
        var: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>> {
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
            let list = EXCEPTIONS.into_iter().find_map(&var).unwrap_or_default();
            let exceptions = exceptions(&list.to_string_lossy(), host);
            return Ok(Some(Self { url, variable: Some(name), exceptions }));
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
            Some(_) => proxy.no_proxy(NoProxy::from_string(&self.exceptions)),
            None => proxy,
        })
    }
}

/// The list in `NO_PROXY`, as reqwest reads it. Other programs also accept spaces between entries,
/// `*.example`, an entry with a port, and `*` for addresses. reqwest would pass over those.
fn exceptions(list: &str, host: &str) -> String {
    let entries = list.split(|c: char| c == ',' || c.is_whitespace());
    let entries = entries.filter(|entry| !entry.is_empty()).map(|entry| match entry {
        "*" => "*,0.0.0.0/0,::/0",
        _ if entry.starts_with("*.") => &entry[1..],
        _ if entry.eq_ignore_ascii_case(host) => entry.rsplit_once(':').map_or(entry, |(it, _)| it),
        _ => entry,
    });
    entries.collect::<Vec<_>>().join(",")
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
        ProxyChoice::from_vars("api.example:443", |name| {
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
    fn every_usual_form_of_an_exception_is_understood() {
        for (list, expected) in [
            ("", ""),
            ("a.example,10.0.0.0/8", "a.example,10.0.0.0/8"),
            (" a.example , ,b.example\tc.example ", "a.example,b.example,c.example"),
            ("*.example,.test", ".example,.test"),
            ("*", "*,0.0.0.0/0,::/0"),
            ("Api.Example:443 api.example:80 ::1", "Api.Example,api.example:80,::1"),
        ] {
            let set = [("https_proxy", "a:1"), ("no_proxy", list)];
            assert_eq!(chosen(&set).unwrap().unwrap().exceptions, expected, "{list}");
        }
        let set = [("https_proxy", "a:1"), ("no_proxy", "b"), ("NO_PROXY", "")];
        assert_eq!(chosen(&set).unwrap().unwrap().exceptions, "", "the upper-case name counts");
    }

    #[test]
    fn white_space_around_a_variable_is_ignored() {
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
        let error = ProxyChoice::from_vars("api.example:443", set).err().unwrap().to_string();
        assert!(error.contains("https_proxy is not Unicode"), "{error}");
    }
}
