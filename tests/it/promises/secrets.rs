//! A canary key and a canary token appear in no output, no log and no request to another host.

use std::error::Error as StdError;

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, ClientBuilder, Error, ErrorKind, RetryPolicy};
use tokio::net::TcpListener;

use crate::support::fault::refused_url;
use crate::support::log::Log;
use crate::support::mock::{MockApi, MockResponse, v1_page};
use crate::support::walk::until_error;

const KEY: &str = "canary-key-7f3a";
const TOKEN: &str = "canary+token/7f3a==";

/// Panics if the text contains a secret in any form.
#[track_caller]
fn clean(what: &str, text: &str) {
    for secret in ["canary-key", "canary+token", "canary%2Btoken"] {
        if let Some(at) = text.find(secret) {
            let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
            panic!("{what} shows {secret}: {}", text[from..].lines().next().unwrap_or_default());
        }
    }
}

#[track_caller]
fn clean_error(error: &Error) {
    clean("Display", &error.to_string());
    clean("Debug", &format!("{error:?} {error:#?}"));
    let mut layer: Option<&dyn StdError> = Some(error);
    while let Some(current) = layer {
        clean("a layer of the chain", &format!("{current} {current:?}"));
        layer = current.source();
    }
}

/// A server whose first page has the canary token, and which gives `second` for that token.
async fn server(second: MockResponse) -> MockApi {
    let first = MockResponse::ok(v1_page(&["a"], Some(TOKEN)));
    MockApi::start(move |request| match request.token().as_deref() {
        None if request.header("x-api-key") == [KEY] => first.clone(),
        Some(TOKEN) => second.clone(),
        _ => MockResponse::new(400, "another key or token"),
    })
    .await
}

fn builder(server: &MockApi) -> ClientBuilder {
    server.builder(ApiVersion::V1).api_key(KEY).retry(RetryPolicy::none())
}

/// Walks to the error of the second page, and checks everything that it and the stream show.
async fn walk_into(client: &Client) -> Error {
    let mut videos = client.videos().stream();
    assert!(format!("{client:?}").starts_with("Client {"), "{client:?}");
    clean("Debug of a stream", &format!("{videos:?}"));
    let (before, error) = until_error(&mut videos).await;
    assert_eq!(before, ["a"]);
    clean_error(&error);
    clean("Debug of a stream", &format!("{videos:?} {client:?} {:?}", client.videos()));
    let cursor = error.cursor().unwrap();
    clean("Debug of a cursor", &format!("{cursor:?} {cursor:#?}"));
    let query = client.videos().resume_from(cursor.clone());
    clean("Debug of a query", &format!("{query:?}"));
    clean_error(
        &cursor.to_string().replacen('.', ",", 1).parse::<heygen_videos::Cursor>().unwrap_err(),
    );
    assert!(videos.next().await.is_none());
    error
}

#[tokio::test]
async fn secrets_do_not_show_in_errors_debug_or_trace_logs() {
    let log = Log::keep();
    let echo =
        format!(r#"{{"code":400545,"message":"bad {KEY} {TOKEN} canary%2Btoken%2F7f3a%3D%3D"}}"#);
    let echo_code = format!(r#"{{"code":"{KEY}","message":"x"}}"#);
    let garbage = format!("{KEY} {TOKEN}");
    let odd =
        format!(r#"{{"data":{{"videos":[{{"video_id":"{KEY}"}},{{"video_id":["{TOKEN}"]}}]}}}}"#);
    let wrong = format!(r#"{{"data":{{"videos":"{KEY}","token":"{TOKEN}"}}}}"#);
    for (status, body, kind) in [
        (200, &echo, ErrorKind::Api),
        (400, &echo, ErrorKind::Api),
        (401, &echo, ErrorKind::Unauthorized),
        (500, &echo, ErrorKind::Server),
        (500, &echo_code, ErrorKind::Server),
        (404, &echo, ErrorKind::Api),
        (200, &garbage, ErrorKind::Decode),
        (200, &odd, ErrorKind::Decode),
        (200, &wrong, ErrorKind::Decode),
    ] {
        let server = server(MockResponse::new(status, body)).await;
        let error = walk_into(&builder(&server).build().unwrap()).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{body}");
        assert_eq!(server.requests_for(Some(TOKEN)), 1);
    }

    // The error about a repeated token.
    let server = server(MockResponse::ok(v1_page(&["b"], Some(TOKEN)))).await;
    let mut videos = builder(&server).build().unwrap().videos().stream();
    let (_, error) = until_error(&mut videos).await;
    assert_eq!(error.kind(), ErrorKind::Pagination);
    clean_error(&error);
    assert_eq!(server.requests_for(Some(TOKEN)), 1);

    let text = log.text();
    assert!(
        text.contains(" TRACE ") && text.contains("reqwest"),
        "nothing was logged:\n{text:.500}"
    );
    assert!(text.contains("page received"), "the crate logged nothing");
    clean("the log", &text);
}

#[tokio::test]
async fn a_header_that_the_server_repeats_does_not_show_whole_or_in_part() {
    for (name, value, repeated) in [
        ("authorization", "Bearer canary-key", "canary-key"),
        ("authorization", "Bearer canary-key", "Bearer canary-key"),
        ("authorization", "Digest username=\"bob\", response=\"canary-key\"", "canary-key"),
        ("cookie", "session=canary-key; theme=dark", "canary-key"),
        ("cookie", "session=canary-key; theme=dark", "session=canary-key"),
        ("cookie", "session=canary-key; theme=dark", "session=canary-key; theme=dark"),
        ("x-auth", "bob:canary-key", "canary-key"),
        ("x-auth", "canary-key==", "canary-key"),
        ("x-jwt", "canary-key", "canary-key"),
        ("x-team", "canary-key", "canary%2Dkey"),
        ("x-anything", "of=canary-key,x", "canary-key"),
    ] {
        let body = format!(r#"{{"message":"bad value {} here"}}"#, repeated.replace('"', ""));
        let server = MockApi::with([MockResponse::new(403, body)]).await;
        let client = server.builder(ApiVersion::V1).header(name, value).build().unwrap();
        let error = client.videos().stream().next().await.unwrap().unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("bad value") && shown.contains("here"), "{name}: {shown}");
        assert!(!shown.contains("canary"), "{name}: {shown}");
    }
}

#[tokio::test]
async fn a_refused_connection_shows_no_token() {
    let server = server(MockResponse::new(400, "unused")).await;
    let mut videos = builder(&server).build().unwrap().videos().stream();
    videos.next().await.unwrap().unwrap();
    let cursor = videos.cursor();

    let client = builder(&server).base_url(refused_url()).build().unwrap();
    let error = client.videos().resume_from(cursor).stream().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.source().is_some(), "the chain names the cause");
    clean_error(&error);
}

#[tokio::test]
async fn the_target_of_a_redirect_gets_no_connection() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/v1/video.list", other.local_addr().unwrap());
    for status in [301, 302, 303, 307, 308] {
        let away = MockResponse::new(status, "").header("location", &elsewhere);
        let server = server(away).await;
        let error = walk_into(&builder(&server).build().unwrap()).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Redirect, Some(status)));
    }
    tokio::select! {
        biased;
        _ = other.accept() => panic!("a redirect was followed"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_refused_setting_does_not_show_the_key() {
    for key in ["canary-key\nx", "canary-key 7f3a", "canary-key\u{0}", "canary-key-é"] {
        clean_error(&Client::new(key).unwrap_err());
        clean("Debug of a builder", &format!("{:?}", Client::builder().api_key(key)));
    }
    let url = "https://user:canary-key@api.heygen.com";
    clean_error(&Client::builder().api_key(KEY).base_url(url).build().unwrap_err());
    clean("Debug of a builder", &format!("{:?}", Client::builder().base_url(url)));
}

#[tokio::test]
async fn a_cursor_shows_its_token_only_in_its_text() {
    let server = server(MockResponse::ok(v1_page(&["b"], None))).await;
    let mut videos = builder(&server).build().unwrap().videos().stream();
    videos.next().await.unwrap().unwrap();
    let cursor = videos.cursor();
    clean("Debug", &format!("{cursor:?}"));
    assert!(
        cursor.to_string().contains("Y2FuYXJ5K3Rva2VuLzdmM2E9PQ"),
        "the text has the token in base64"
    );
}
