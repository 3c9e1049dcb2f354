//! Invalid settings: `build()` refuses them with a message that helps and shows no key.

use std::time::Duration;

use heygen_videos::{ApiVersion, Client, ClientBuilder, Cursor, RetryPolicy};

use crate::support::mock::{assert_bad_cursor, assert_refusal};

const KEY: &str = "canary-key-7f3a";

#[track_caller]
fn assert_not_built(builder: ClientBuilder, says: &str, what: &str) {
    let error = builder.build().expect_err(what);
    assert_refusal(&error, says, what);
    assert_eq!(error.cursor(), None, "{what}: there is no stream yet");
}

fn builder() -> ClientBuilder {
    Client::builder().api_key(KEY)
}

#[test]
fn a_key_that_is_not_a_header_value_is_refused() {
    assert_not_built(Client::builder(), "the API key is empty: set it", "no key");
    for key in ["", " ", "\r\n"] {
        assert_not_built(Client::builder().api_key(key), "the API key is empty: set it", "no key");
    }
    for key in [
        "canary-key\r\nx-admin: 1",
        "canary key",
        "canary\u{0}key",
        "canary\u{7f}key",
        "canary-kéy",
        "canary-ключ",
        "canary\u{200b}key",
    ] {
        assert_not_built(Client::builder().api_key(key), "copy it again", &format!("{key:?}"));
        assert_refusal(&Client::new(key).unwrap_err(), "copy it again", &format!("{key:?}"));
        let another = Client::new(KEY).unwrap().with_api_key(key).unwrap_err();
        assert_refusal(&another, "copy it again", &format!("{key:?}"));
    }
}

#[test]
fn a_base_url_that_would_leak_the_key_is_refused() {
    let (scheme, plain) = ("must begin with 'https://'", "must be https: plain http would send");
    let (userinfo, query) = ("user name or password", "must not contain a query");
    let (white, parse) = ("must not contain white space", "cannot be parsed: write it like");
    for (url, says) in [
        ("", scheme),
        ("api.heygen.com", scheme),
        ("//api.heygen.com", scheme),
        ("https:api.heygen.com", scheme),
        ("https:/api.heygen.com", scheme),
        ("ftp://localhost", scheme),
        ("file:///etc/passwd", scheme),
        ("file://localhost/etc/passwd", scheme),
        ("ws://127.0.0.1", scheme),
        ("unix:///run/socket", scheme),
        ("javascript:alert(1)", scheme),
        (" https://api.heygen.com", scheme),
        ("http://api.heygen.com", plain),
        ("HTTP://API.HEYGEN.COM", plain),
        ("http://127.0.0.1.evil.com", plain),
        ("http://localhost.evil.com", plain),
        ("http://evil.com/localhost", plain),
        ("http://evil.com:80/127.0.0.1", plain),
        ("http://localhost.localdomain", plain),
        ("http://127.0.0.1.nip.io", plain),
        ("http://0.0.0.0", plain),
        ("http://0", plain),
        ("http://[::]", plain),
        ("http://[::ffff:127.0.0.1]", plain),
        ("http://[::ffff:7f00:1]:8080", plain),
        ("http://[::2]", plain),
        ("http://128.0.0.1", plain),
        ("http://126.255.255.255", plain),
        ("http://10.0.0.1", plain),
        ("http://192.168.1.1:8080", plain),
        ("http://169.254.169.254", plain),
        ("http://2147483648", plain),
        ("http://0x80.1", plain),
        ("http://ⓔvil.com", plain),
        ("http://localhost@evil.com", userinfo),
        ("http://127.0.0.1:80@evil.com", userinfo),
        ("https://user:canary-key-7f3a@api.heygen.com", userinfo),
        ("https://canary-key-7f3a@api.heygen.com", userinfo),
        ("https://:canary-key-7f3a@api.heygen.com", userinfo),
        ("https://@api.heygen.com", userinfo),
        ("https://:@api.heygen.com", userinfo),
        ("https://api.heygen.com?key=canary-key-7f3a", query),
        ("https://api.heygen.com/?", query),
        ("https://api.heygen.com/#canary-key-7f3a", query),
        ("https://api.heygen.com#", query),
        ("https://api.heygen.com ", white),
        ("https://api.heygen.com\n", white),
        ("https://api.hey\tgen.com", white),
        ("https://api.heygen.com/a b", white),
        ("https://api.heygen.com\u{0}", white),
        ("https://api.heygen.com\u{a0}", white),
        ("https:\\\\api.heygen.com", scheme),
        ("https://api.heygen.com\\@evil.com", white),
        ("http://localhost\\.evil.com", white),
        ("https://", parse),
        ("https://:443", parse),
        ("https://api.heygen.com:99999", parse),
        ("https://[::1", parse),
        ("http://2130706434000", parse),
        ("https://256.256.256.256", parse),
        ("https://api<heygen>.com", parse),
    ] {
        for api in [ApiVersion::V1, ApiVersion::V3] {
            assert_not_built(builder().api(api).base_url(url), says, &format!("{url:?}"));
        }
    }
}

#[test]
fn a_setting_that_lets_no_request_succeed_is_refused() {
    let ms = Duration::from_millis;
    for (builder, says) in [
        (builder().timeout(Duration::ZERO), "a timeout of zero"),
        (builder().connect_timeout(Duration::ZERO), "a timeout of zero"),
        (builder().timeout(ms(5)).connect_timeout(Duration::ZERO), "a timeout of zero"),
        (builder().max_response_bytes(0), "max_response_bytes of 0"),
        (builder().retry(RetryPolicy::default().max_attempts(0)), "use 1, or RetryPolicy::none()"),
        (builder().retry(RetryPolicy::none().max_attempts(0)), "use 1, or RetryPolicy::none()"),
        (builder().retry(RetryPolicy::default().max_elapsed(ms(0))), "max_elapsed is 0"),
        (
            builder().retry(RetryPolicy::default().base_delay(ms(20_001))),
            "max_delay is 20s: set both",
        ),
        (builder().retry(RetryPolicy::default().max_delay(ms(499))), "base_delay is 500ms, but"),
        (builder().user_agent("a\nb"), "the user agent cannot be sent"),
        (builder().user_agent("a\r\nx-api-key: canary"), "the user agent cannot be sent"),
        (builder().user_agent("a\u{0}"), "the user agent cannot be sent"),
        (builder().user_agent("a\u{7f}"), "the user agent cannot be sent"),
        (builder().requests_per_second(0.0), "a positive number, such as 2 or 0.5"),
        (builder().requests_per_second(-1.0), "a positive number, such as 2 or 0.5"),
        (builder().requests_per_second(f64::NAN), "a positive number, such as 2 or 0.5"),
        (builder().requests_per_second(f64::INFINITY), "a positive number, such as 2 or 0.5"),
        (builder().requests_per_second(f64::NEG_INFINITY), "a positive number, such as 2 or 0.5"),
        (builder().requests_per_second(1e-300), "a positive number, such as 2 or 0.5"),
    ] {
        let what = format!("{builder:?}");
        assert_not_built(builder, says, &what);
    }
}

#[test]
fn a_setting_of_the_network_that_cannot_be_used_is_refused_and_not_quoted() {
    let (parse, scheme) = ("cannot be parsed: write it like", "must begin with 'http://'");
    let end = "must end after the host and the port";
    for (proxy, says) in [
        ("", parse),
        ("proxy.example", parse),
        ("http://", parse),
        ("http://canary:canary@:80", parse),
        ("http://[::1", parse),
        ("canary:3128", scheme),
        ("socks5://canary:canary@proxy.example:1080", scheme),
        ("ftp://proxy.example", scheme),
        ("http://canary:canary@proxy.example/path", end),
        ("http://proxy.example/?canary", end),
        ("http://proxy.example#canary", end),
    ] {
        assert_not_built(builder().proxy(proxy), says, proxy);
    }
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "canary", "-----BEGIN CERTIFICATE-----\ncanary", damaged] {
        let says = "root_certificate_pem was given no valid certificate";
        assert_not_built(builder().root_certificate_pem(pem), says, pem);
    }
    for (name, value, says) in [
        ("x-api-key", "canary", "the header x-api-key cannot be set: use `api_key`"),
        ("X-API-KEY", "canary", "the header x-api-key cannot be set: use `api_key`"),
        ("Host", "canary", "the header host cannot be set"),
        ("content-length", "0", "the header content-length cannot be set"),
        ("Accept-Encoding", "br", "the header accept-encoding cannot be set"),
        ("if-none-match", "\"canary\"", "the header if-none-match cannot be set"),
        ("canary: a", "b", "the name of a header"),
        ("x-team", "a\r\ncanary: b", "the value of the header x-team"),
    ] {
        assert_not_built(builder().header(name, value), says, name);
    }
}

#[test]
fn debug_of_a_builder_names_headers_and_shows_no_value() {
    let builder = builder()
        .proxy("http://bob:canary@proxy.example")
        .header("authorization", "Bearer canary")
        .header("x-team", "canary")
        .root_certificate_pem("canary");
    let shown = format!("{builder:?} {builder:#?} {:?}", builder.clone());
    assert!(shown.contains("x-team") && shown.contains("authorization"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn the_largest_settings_are_accepted() {
    let endless = RetryPolicy::default()
        .max_attempts(u32::MAX)
        .base_delay(Duration::MAX)
        .max_delay(Duration::MAX)
        .max_elapsed(Duration::MAX);
    let builder = builder().timeout(Duration::MAX).connect_timeout(Duration::MAX).retry(endless);
    builder.max_response_bytes(usize::MAX).user_agent("").build().unwrap();
}

#[test]
fn a_damaged_cursor_is_refused_and_not_quoted() {
    let client = Client::new(KEY).unwrap();
    let sound = client.videos().title("t").stream().cursor().to_string();
    let altered = "cut short or altered: copy it whole";
    for (text, says) in [
        (String::new(), "not a cursor"),
        ("canary".into(), "not a cursor"),
        ("hgc".into(), "not a cursor"),
        ("hgc0.v1".into(), "not a cursor"),
        (sound.to_uppercase(), "not a cursor"),
        (format!("\"{sound}\""), "not a cursor"),
        (sound.replacen("hgc1", "hgc3", 1), "update this one"),
        (sound[..sound.len() - 1].into(), altered),
        (sound[..sound.rfind('.').unwrap()].into(), altered),
        ("hgc1.canary".into(), altered),
        (sound.replacen("v1", "v3", 1), altered),
        (format!("{sound}0"), altered),
        (format!("{sound}\n{sound}"), altered),
        (format!("{sound}canary"), altered),
    ] {
        assert_bad_cursor(&text.parse::<Cursor>().unwrap_err(), says, &text);
        let json = serde_json::to_string(&text).unwrap();
        let error = serde_json::from_str::<Cursor>(&json).unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains("canary"), "{error}");
    }
    assert!(serde_json::from_str::<Cursor>("7").is_err());
    assert_eq!(format!(" {sound}\r\n").parse::<Cursor>().unwrap().to_string(), sound);
}
