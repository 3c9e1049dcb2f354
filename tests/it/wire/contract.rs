//! What a request contains in each API version, and what in a page decides whether another follows.

use futures::StreamExt;
use heygen_videos::{ApiVersion, End, ErrorKind};
use serde_json::{Value, json};

use crate::support::mock::{
    KEY, LAST, MockApi, MockRequest, MockResponse, next_error, v1_page, v3_page,
};
use crate::support::walk::{ids, until_error};

const VERSIONS: [(ApiVersion, &str); 2] =
    [(ApiVersion::V1, "/v1/video.list"), (ApiVersion::V3, "/v3/videos")];

/// Texts that are easily encoded wrong, and their encoding.
const AWKWARD: [(&str, &str); 12] = [
    ("plain-._~Title09", "plain-._~Title09"),
    ("two words", "two%20words"),
    ("a&limit=1", "a%26limit%3D1"),
    ("1+1", "1%2B1"),
    ("100%", "100%25"),
    ("%2B", "%252B"),
    ("fg/Tz==", "fg%2FTz%3D%3D"),
    ("a#b?c;d", "a%23b%3Fc%3Bd"),
    ("Füße", "F%C3%BC%C3%9Fe"),
    ("動画🎬", "%E5%8B%95%E7%94%BB%F0%9F%8E%AC"),
    ("\"<>\\^`{|}'", "%22%3C%3E%5C%5E%60%7B%7C%7D%27"),
    ("\u{0}\r\n\t ", "%00%0D%0A%09%20"),
];

fn page(api: ApiVersion, ids: &[&str], token: Option<&str>) -> Value {
    match api {
        ApiVersion::V3 => v3_page(ids, token.is_some(), token),
        _ => v1_page(ids, token),
    }
}

#[track_caller]
fn assert_params(request: &MockRequest, expected: &[(&str, &str)]) {
    let got = request.params();
    let got: Vec<_> = got.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(got, expected);
}

#[tokio::test]
async fn a_request_is_a_get_with_five_headers_and_no_cookie_or_referer() {
    for (api, path) in VERSIONS {
        let first =
            MockResponse::ok(page(api, &["a"], Some("t"))).header("set-cookie", "id=1; Path=/");
        let server = MockApi::with([first, MockResponse::ok(page(api, &["b"], None))]).await;
        assert_eq!(ids(&mut server.client(api).videos().stream()).await, ["a", "b"]);

        let (asked, host) = (server.requests(), server.url("").replace("http://", ""));
        assert_eq!(asked.len(), 2);
        for request in asked {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", path));
            let agent = concat!("heygen-videos/", env!("CARGO_PKG_VERSION"));
            for (name, value) in [
                ("accept", "application/json"),
                ("accept-encoding", "gzip"),
                ("host", host.as_str()),
                ("user-agent", agent),
                ("x-api-key", KEY),
            ] {
                assert_eq!(request.header(name), [value], "{name}");
            }
            assert_eq!(request.header_count(), 5, "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_custom_user_agent_replaces_the_default() {
    let server = MockApi::with([MockResponse::ok(LAST)]).await;
    let builder = server.builder(ApiVersion::V1).user_agent("archive/2 (ops@example.com)");
    ids(&mut builder.build().unwrap().videos().stream()).await;
    assert_eq!(server.requests()[0].header("user-agent"), ["archive/2 (ops@example.com)"]);
}

#[tokio::test]
async fn a_path_in_the_base_url_is_a_prefix_with_or_without_a_final_slash() {
    for (api, path) in VERSIONS {
        for prefix in ["", "/", "/heygen", "/heygen/", "/a/b%20c"] {
            let server = MockApi::with([MockResponse::ok(page(api, &[], None))]).await;
            let builder = server.builder(api).base_url(server.url(prefix));
            ids(&mut builder.build().unwrap().videos().stream()).await;
            let expected = format!("{}{path}", prefix.trim_end_matches('/'));
            assert_eq!(server.requests()[0].path, expected, "{prefix:?}");
        }
    }
}

#[tokio::test]
async fn a_query_without_filters_sends_only_its_limit() {
    for (api, _) in VERSIONS {
        for (page_size, cap, limit) in [(100, None, "100"), (1, None, "1"), (50, Some(7), "7")] {
            let server = MockApi::with([MockResponse::ok(page(api, &[], None))]).await;
            let mut query = server.client(api).videos().page_size(page_size);
            if let Some(cap) = cap {
                query = query.max_items(cap);
            }
            ids(&mut query.stream()).await;
            assert_params(&server.requests()[0], &[("limit", limit)]);
        }
    }
}

#[tokio::test]
async fn filters_are_encoded_so_that_servers_decode_the_same_text() {
    for (api, _) in VERSIONS {
        let server = MockApi::with([MockResponse::ok(page(api, &[], None))]).await;
        for (text, written) in AWKWARD {
            ids(&mut server.client(api).videos().title(text).folder_id(text).stream()).await;
            let request = server.requests().pop().unwrap();
            let query = format!("limit=100&folder_id={written}&title={written}");
            assert_eq!(request.query, query, "{text:?}");
            assert_params(&request, &[("limit", "100"), ("folder_id", text), ("title", text)]);
        }
    }
}

#[tokio::test]
async fn every_request_has_the_exact_token_the_filters_and_the_limit() {
    for (api, _) in VERSIONS {
        // The n-th page has AWKWARD[n] as the token of the next page; the last page has none.
        let server = MockApi::start(move |request| {
            let number = request.token().map_or(0, |token| {
                1 + AWKWARD.iter().position(|(text, _)| *text == token).expect("a token of ours")
            });
            let next = AWKWARD.get(number).map(|(text, _)| *text);
            MockResponse::ok(page(api, &[&format!("v{number}")], next))
        })
        .await;
        let query = server.client(api).videos().page_size(3).title("x y").folder_id("f");
        let mut videos = query.stream();
        assert_eq!(ids(&mut videos).await.len(), AWKWARD.len() + 1);
        assert_eq!(videos.end(), Some(End::Exhausted));

        let asked = server.requests();
        assert_eq!(asked.len(), AWKWARD.len() + 1);
        assert_eq!(asked[0].query, "limit=3&folder_id=f&title=x%20y");
        for (request, (text, written)) in asked[1..].iter().zip(AWKWARD) {
            assert_eq!(request.query, format!("limit=3&folder_id=f&title=x%20y&token={written}"));
            assert_eq!(request.raw_param("token"), Some(written), "{text:?}");
        }
    }
}

/// Walks a listing with this first page. Returns the ids, the kind of the error, and the number of
/// requests.
async fn walk(api: ApiVersion, first: Value) -> (Vec<String>, Option<ErrorKind>, usize) {
    let server =
        MockApi::with([MockResponse::ok(first), MockResponse::ok(page(api, &["z"], None))]).await;
    let mut videos = server.client(api).videos().stream();
    let (mut got, mut kind) = (Vec::new(), None);
    while let Some(item) = videos.next().await {
        match item {
            Ok(video) => got.push(video.video_id),
            Err(error) => kind = Some(error.kind()),
        }
    }
    let end = if kind.is_some() { End::Failed } else { End::Exhausted };
    assert_eq!(videos.end(), Some(end));
    assert_eq!(videos.cursor().is_finished(), kind.is_none());
    (got, kind, server.requests().len())
}

#[track_caller]
fn assert_walk(
    (got, kind, requests): (Vec<String>, Option<ErrorKind>, usize),
    ids: &[&str],
    error: Option<ErrorKind>,
    pages: usize,
    what: &Value,
) {
    assert_eq!((kind, requests), (error, pages), "{what}");
    assert_eq!(got, ids, "{what}");
}

#[tokio::test]
async fn v1_continues_only_with_a_token() {
    let first = |more: Value| {
        let mut data = json!({ "videos": [{ "video_id": "a" }] });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "code": 100, "data": data })
    };
    let run = async |more| walk(ApiVersion::V1, first(more)).await;
    for more in [json!({}), json!({ "token": null }), json!({ "token": "" })] {
        assert_walk(run(more.clone()).await, &["a"], None, 1, &more);
    }
    // `total` and the fields of v3 do not decide whether the walk ends.
    let more = json!({ "total": 1, "token": "t", "has_more": false });
    assert_walk(run(more.clone()).await, &["a", "z"], None, 2, &more);
    let more = json!({ "total": 500, "next_token": "t", "has_more": true });
    assert_walk(run(more.clone()).await, &["a"], None, 1, &more);
    // A token of another type must not end the listing without an error.
    for more in [json!({ "token": {} }), json!({ "token": ["t"] }), json!({ "token": false })] {
        assert_walk(run(more.clone()).await, &[], Some(ErrorKind::Decode), 1, &more);
    }
}

#[tokio::test]
async fn v3_continues_with_a_token_unless_has_more_is_false() {
    let run = async |more: &Value| {
        let mut first = json!({ "data": [{ "id": "a" }, { "id": "b" }] });
        first.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        walk(ApiVersion::V3, first).await
    };
    for more in [
        json!({ "next_token": "t", "has_more": true }),
        json!({ "next_token": "t", "has_more": null }),
        json!({ "next_token": "t" }),
    ] {
        assert_walk(run(&more).await, &["a", "b", "z"], None, 2, &more);
    }
    for more in [
        json!({ "next_token": "t", "has_more": false }),
        json!({ "next_token": null, "has_more": false }),
        json!({ "next_token": "" }),
        json!({ "token": "t" }),
        json!({}),
    ] {
        assert_walk(run(&more).await, &["a", "b"], None, 1, &more);
    }
    for more in [
        json!({ "has_more": true }),
        json!({ "next_token": null, "has_more": true }),
        json!({ "next_token": "", "has_more": true }),
    ] {
        // The videos of that page are valid, and are yielded first.
        assert_walk(run(&more).await, &["a", "b"], Some(ErrorKind::Pagination), 1, &more);
    }
    for more in
        [json!({ "has_more": "no" }), json!({ "next_token": [1] }), json!({ "next_token": true })]
    {
        assert_walk(run(&more).await, &[], Some(ErrorKind::Decode), 1, &more);
    }
}

#[tokio::test]
async fn a_number_as_token_goes_back_with_the_digits_that_were_sent() {
    for number in ["2", "0", "-1", "1.50", "1e400", "123456789012345678901234567890"] {
        for (api, first, last) in [
            (ApiVersion::V1, r#"{"data":{"videos":[{"video_id":"a"}],"token":TOKEN}}"#, LAST),
            (ApiVersion::V3, r#"{"data":[{"id":"a"}],"next_token":TOKEN}"#, r#"{"data":[]}"#),
        ] {
            let first = MockResponse::ok(first.replace("TOKEN", number));
            let server = MockApi::with([first, MockResponse::ok(last)]).await;
            assert_eq!(ids(&mut server.client(api).videos().stream()).await, ["a"], "{number}");
            assert_eq!(server.requests()[1].raw_param("token"), Some(number), "{api}");
        }
    }
}

#[tokio::test]
async fn the_error_for_a_token_of_another_type_names_its_field() {
    for (token, what) in [("{}", "an object"), (r#"["canary"]"#, "an array"), ("true", "a boolean")]
    {
        for (api, body, field) in [
            (ApiVersion::V1, r#"{"data":{"videos":[],"token":TOKEN}}"#, "'token'"),
            (ApiVersion::V3, r#"{"data":[],"next_token":TOKEN}"#, "'next_token'"),
        ] {
            let server = MockApi::with([MockResponse::ok(body.replace("TOKEN", token))]).await;
            let error = next_error(&mut server.client(api).videos().stream(), token).await;
            let shown = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Decode, "{shown}");
            assert!(shown.contains(field) && shown.contains(what), "{shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}

#[tokio::test]
async fn has_more_without_a_token_is_an_error_until_the_page_has_one() {
    let broken = || MockResponse::ok(v3_page(&["a"], true, None));
    let mended = || MockResponse::ok(v3_page(&["a"], true, Some("t")));
    let last = || MockResponse::ok(v3_page(&["b"], false, None));
    let server = MockApi::with([broken(), broken(), mended(), last(), mended(), last()]).await;
    let client = server.client(ApiVersion::V3);
    let mut videos = client.videos().stream();
    let (got, error) = until_error(&mut videos).await;
    assert_eq!((got.len(), error.kind(), error.is_retryable()), (1, ErrorKind::Pagination, false));
    assert!(error.to_string().contains("no token"), "{error}");
    assert!(videos.rearm());
    let again = next_error(&mut videos, "rearmed").await;
    assert_eq!((again.kind(), again.cursor()), (ErrorKind::Pagination, error.cursor()));

    assert!(videos.rearm());
    assert_eq!(ids(&mut videos).await, ["b"], "the same stream");
    let cursor = error.cursor().unwrap().to_string().parse().unwrap();
    let mut resumed = client.videos().resume_from(cursor).stream();
    assert_eq!(ids(&mut resumed).await, ["b"], "a new one");
    server.assert_requests(6, "the page is requested again each time");
}
