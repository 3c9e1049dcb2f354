//! Bad settings: refused when the client is built, with a word on what to do.

use std::time::Duration;

use heygen_videos::{ApiVersion, Client, ClientBuilder, ErrorKind, Result, RetryPolicy};

/// A refusal of our own, with a word on what to do and without the secret of the test.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T>, says: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    assert_eq!((error.attempts(), error.is_retryable(), error.status()), (0, false, None));
}

fn builder() -> ClientBuilder {
    Client::builder().api_key("secret-key")
}

#[test]
fn a_key_that_cannot_be_one_is_refused() {
    refused(Client::new(""), "the API key is empty");
    refused(Client::builder().build(), "the API key is empty");
    for key in [
        "secret\n",
        "secret\r\nx-admin: 1",
        "secret key",
        " secret",
        "secret\t",
        "secret\0",
        "\u{7f}secret",
        "sécret",
        "secret-ключ",
        "secret\u{200b}",
        " ",
    ] {
        refused(Client::new(key), "copy it again");
        refused(Client::builder().api_key(key).api(ApiVersion::V3).build(), "copy it again");
    }
}

#[test]
fn an_unsafe_base_url_is_refused() {
    for (url, says) in [
        ("http://api.heygen.com", "must be https"),
        ("http://127.0.0.1.evil.com", "must be https"),
        ("http://localhost.evil.com", "must be https"),
        ("http://0.0.0.0", "must be https"),
        ("http://[::ffff:127.0.0.1]", "must be https"),
        ("http://192.168.0.1", "must be https"),
        ("http://128.0.0.1", "must be https"),
        ("http://126.255.255.255", "must be https"),
        ("http://2147483648", "must be https"), // 128.0.0.0
        ("http://0x80.1", "must be https"),
        ("http://169.254.169.254", "must be https"),
        ("http://[::]", "must be https"),
        ("http://[::2]", "must be https"),
        ("http://127.0.0.1.nip.io", "must be https"),
        ("http://evil.com/localhost", "must be https"),
        ("http://evil.com:80/127.0.0.1", "must be https"),
        ("HTTP://API.HEYGEN.COM", "must be https"),
        ("http://ⓔvil.com", "must be https"),
        ("http://127.0.0.1:80@evil.com", "user name"),
        ("https://secret@api.heygen.com", "user name"),
        ("https://:secret@api.heygen.com", "user name"),
        ("https://:@api.heygen.com", "user name"),
        ("https://api.heygen.com/?", "query"),
        ("https://api.heygen.com#", "fragment"),
        ("ws://127.0.0.1", "must begin with 'https://'"),
        ("https:/api.heygen.com", "must begin with 'https://'"),
        ("https:\\\\api.heygen.com", "must begin with 'https://'"),
        ("http://localhost\\.evil.com", "backslashes"),
        ("https://api.heygen.com/a b", "white space"),
        ("https://api.hey\tgen.com", "white space"),
        ("https://api.heygen.com\0", "control characters"),
        ("https://api.heygen.com\u{a0}", "white space"),
        ("https://:443", "cannot be parsed"),
        ("http://[::1", "cannot be parsed"),
        ("http://localhost%00.evil.com", "cannot be parsed"),
        ("https://256.256.256.256", "cannot be parsed"),
        ("http://localhost@evil.com", "user name"),
        ("https://user:secret@api.heygen.com", "user name"),
        ("https://@api.heygen.com", "user name"),
        ("https://api.heygen.com?x=secret", "query"),
        ("https://api.heygen.com/#secret", "fragment"),
        ("ftp://api.heygen.com", "must begin with 'https://'"),
        ("file:///etc/passwd", "must begin with 'https://'"),
        ("api.heygen.com", "must begin with 'https://'"),
        ("//api.heygen.com", "must begin with 'https://'"),
        ("", "must begin with 'https://'"),
        ("https:api.heygen.com", "must begin with 'https://'"),
        (" https://api.heygen.com", "must begin with 'https://'"),
        ("https://api.heygen.com\n", "white space"),
        ("https://api.hey gen.com", "white space"),
        ("http://127.0.0.1\\@evil.com", "backslashes"),
        ("https://", "cannot be parsed"),
        ("https://api.heygen.com:99999", "cannot be parsed"),
    ] {
        refused(builder().base_url(url).build(), says);
    }
}

#[test]
fn a_limit_that_lets_nothing_through_is_refused() {
    let zero = Duration::ZERO;
    refused(builder().timeout(zero).build(), "timeout of zero");
    refused(builder().connect_timeout(zero).build(), "timeout of zero");
    refused(builder().max_response_bytes(0).build(), "max_response_bytes");
    refused(builder().retry(RetryPolicy::default().max_attempts(0)).build(), "RetryPolicy::none()");
    for agent in ["a\nb", "a\r\nx-api-key: secret", "a\0", "a\u{7f}"] {
        refused(builder().user_agent(agent).build(), "user agent");
    }
    let (ms, once) = (Duration::from_millis(5), RetryPolicy::none());
    refused(builder().timeout(ms).connect_timeout(zero).build(), "timeout of zero");
    refused(builder().retry(once.max_attempts(0)).build(), "RetryPolicy::none()");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-300] {
        refused(builder().requests_per_second(rate).build(), "positive number");
    }
    let most = Duration::MAX;
    let client = builder().timeout(most).connect_timeout(most).max_response_bytes(usize::MAX);
    assert!(client.build().is_ok(), "as much as can be is no mistake");
}
