//! The name of the proxy that a client uses, for error messages.

use reqwest::Url;

/// The variables that reqwest reads for https. In each row, the first one that is set is used. A
/// row whose value is not a URL is ignored.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The host and the port of the `given` proxy. If none is given, those of the proxy in the
/// environment, together with the variable that sets it.
pub(super) fn proxy_name(
    given: Option<&str>,
    var: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    if let Some(url) = given {
        return host_and_port(url);
    }
    // In a CGI program a request could set `HTTP_PROXY`, so reqwest reads no variable there.
    if var("REQUEST_METHOD").is_some() {
        return None;
    }
    VARIABLES.iter().find_map(|names| {
        let (name, value) = names.iter().find_map(|name| Some((name, var(name)?)))?;
        Some(format!("{} ({name})", host_and_port(&value)?))
    })
}

/// The host and the port of a proxy's URL, without the password that it may hold.
fn host_and_port(text: &str) -> Option<String> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let port = url.port_or_known_default().map(|port| format!(":{port}"));
    Some(format!("{host}{}", port.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[(&str, &str)], expected: Option<&str>) {
        let var = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(proxy_name(None, var).as_deref(), expected, "{set:?}");
    }

    #[test]
    fn the_name_has_the_variable_and_no_password() {
        check(&[], None);
        let url = "http://bob:canary@proxy.example:3128";
        check(&[("HTTPS_PROXY", url)], Some("proxy.example:3128 (HTTPS_PROXY)"));
        check(&[("https_proxy", "10.0.0.1:80")], Some("10.0.0.1:80 (https_proxy)"));
        check(&[("https_proxy", url), ("HTTPS_PROXY", "http://a")], Some("a:80 (HTTPS_PROXY)"));
        check(&[("ALL_PROXY", url), ("HTTPS_PROXY", "")], Some("proxy.example:3128 (ALL_PROXY)"));
        check(&[("all_proxy", "https://[::1]")], Some("[::1]:443 (all_proxy)"));
        check(&[("HTTP_PROXY", url)], None);
        assert_eq!(proxy_name(Some(url), |_| None).as_deref(), Some("proxy.example:3128"));
        check(&[("HTTPS_PROXY", url), ("REQUEST_METHOD", "GET")], None);
    }
}
