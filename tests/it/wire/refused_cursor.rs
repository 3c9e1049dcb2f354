//! `ErrorKind::Cursor`: the server refuses the token that a resumed walk begins with.

use heygen_videos::{ApiVersion, Cursor, ErrorKind};

use crate::support::mock::{MockApi, MockResponse, next_error, v1_page, v3_page};
use crate::support::walk::{ids, take, until_error};

/// A server of two pages that answers the token of the second with `answer`.
async fn server(api: ApiVersion, answer: MockResponse) -> MockApi {
    MockApi::start(move |request| match (request.token(), api) {
        (Some(_), _) => answer.clone(),
        (None, ApiVersion::V3) => MockResponse::ok(v3_page(&["a"], true, Some("expired-token"))),
        (None, _) => MockResponse::ok(v1_page(&["a"], Some("expired-token"))),
    })
    .await
}

/// The cursor after the first page.
async fn cursor(server: &MockApi, api: ApiVersion) -> Cursor {
    let mut videos = server.client(api).videos().stream();
    take(&mut videos, 1).await;
    videos.cursor()
}

#[tokio::test]
async fn a_final_refusal_of_the_first_token_of_a_walk_has_the_kind_cursor() {
    let token = r#"{"code":400175,"message":"Invalid parameter: token expired"}"#;
    for (status, body, refused) in [
        (400, "", true),
        (404, "", true),
        (410, "<html>", true),
        (422, r#"{"detail":"token"}"#, true),
        (400, token, true),
        (200, token, true),
        (200, r#"{"error":{"code":"invalid_token","message":"m"}}"#, true),
        (409, r#"{"code":"stale"}"#, true),
        (200, r#"{"error":"invalid token"}"#, true),
        (200, r#"{"error":{"message":"invalid token"},"data":null}"#, true),
        (200, r#"{"code":100,"data":null,"message":"expired"}"#, true),
        (200, "<html>", true),
        (301, "", true),
        (401, r#"{"message":"invalid page token"}"#, true),
        (403, "<html>", true),
        (405, "", true),
        (409, "", true),
        (412, "", true),
        (416, "", true),
        (401, r#"{"code":401056}"#, false),
        (403, r#"{"code":400562}"#, false),
        (408, "", false),
        (429, "", false),
        (500, "", false),
        (501, "", false),
    ] {
        for api in [ApiVersion::V1, ApiVersion::V3] {
            let server = server(api, MockResponse::new(status, body)).await;
            let cursor = cursor(&server, api).await;
            let mut resumed = server.client(api).videos().resume_from(cursor.clone()).stream();
            let what = format!("{api}: {status} {body}");
            let error = next_error(&mut resumed, &what).await;
            assert_eq!(error.kind() == ErrorKind::Cursor, refused, "{what}: {error}");
            assert_eq!((error.status(), error.cursor()), (Some(status), Some(&cursor)), "{what}");
            assert!(!format!("{error} {error:?}").contains("expired-token"), "{error:?}");
            if refused {
                assert!(!error.is_retryable());
                assert_eq!(error.attempts(), 1, "{what}");
                let shown = error.to_string();
                assert!(shown.contains("the server refuses its page token"), "{what}: {shown}");
                assert!(
                    !body.contains("token expired") || shown.ends_with("token expired"),
                    "{shown}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_that_is_temporary_or_hits_a_new_listing_too_is_not_about_the_token() {
    let first = |token| MockResponse::ok(v1_page(&["a"], token));
    for (status, body, kind) in [
        (401, "", ErrorKind::Unauthorized),
        (402, r#"{"message":"Payment required"}"#, ErrorKind::Api),
        (403, "<html>", ErrorKind::Unauthorized),
        (301, "", ErrorKind::Redirect),
        (200, "<html>", ErrorKind::Decode),
        (200, r#"{"error":"maintenance"}"#, ErrorKind::Api),
    ] {
        let refusal = || MockResponse::new(status, body);
        let server = MockApi::with([first(Some("page-two")), refusal()]).await;
        let cursor = cursor(&server, ApiVersion::V1).await;
        let mut resumed = server.client(ApiVersion::V1).videos().resume_from(cursor).stream();
        let error = next_error(&mut resumed, body).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{error}");
        server.assert_requests(3, body);

        let later = MockResponse::ok(v1_page(&["b"], None));
        let server = MockApi::with([first(Some("page-two")), refusal(), first(None), later]).await;
        let cursor = self::cursor(&server, ApiVersion::V1).await;
        let mut resumed = server.client(ApiVersion::V1).videos().resume_from(cursor).stream();
        assert_eq!(ids(&mut resumed).await, ["b"], "{status} {body}");
        assert_eq!(server.requests_for(Some("page-two")), 2);
    }
}

#[tokio::test]
async fn the_same_refusal_without_a_cursor_has_the_kind_api() {
    let answer = || MockResponse::new(400, r#"{"code":400175,"message":"limit"}"#);
    // In the middle of a walk.
    let second = server(ApiVersion::V1, answer()).await;
    let mut videos = second.client(ApiVersion::V1).videos().stream();
    let (got, error) = until_error(&mut videos).await;
    assert_eq!((got.len(), error.kind()), (1, ErrorKind::Api));
    // After a rearm, the walk begins with the token that failed.
    assert!(videos.rearm());
    assert_eq!(next_error(&mut videos, "rearmed").await.kind(), ErrorKind::Cursor);
    // At the first page, even if the walk resumes within that page.
    let pages = [v1_page(&["a", "b"], None)].map(MockResponse::ok);
    let first = MockApi::with(pages.into_iter().chain([answer()])).await;
    let client = first.client(ApiVersion::V1);
    let mut videos = client.videos().stream();
    take(&mut videos, 1).await;
    let mut resumed = client.videos().resume_from(videos.cursor()).stream();
    assert_eq!(next_error(&mut resumed, "within the first page").await.kind(), ErrorKind::Api);
}

#[tokio::test]
async fn a_program_can_begin_again_after_a_refused_cursor() {
    let server = MockApi::start(|request| match request.token().as_deref() {
        None => MockResponse::ok(v1_page(&["a"], Some("new"))),
        Some("new") => MockResponse::ok(v1_page(&["b"], None)),
        Some(_) => MockResponse::new(404, r#"{"message":"no such page"}"#),
    })
    .await;
    let old = MockApi::with_pages(&[(None, &["a"], Some("old"))]).await;
    let mut videos = old.client(ApiVersion::V1).videos().stream();
    take(&mut videos, 1).await;
    for api in [ApiVersion::V1, ApiVersion::Auto] {
        let client = server.client(api);
        let mut resumed = client.videos().resume_from(videos.cursor()).stream();
        assert_eq!(next_error(&mut resumed, "an old token").await.kind(), ErrorKind::Cursor);
        assert_eq!(ids(&mut client.videos().stream()).await, ["a", "b"]);
    }
}
