//! `ApiVersion::Auto`: v1 where the server has it, v3 where v1 refused the listing for good.

use futures::StreamExt;
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::{ApiVersion, Client, Cursor, ErrorKind};

use crate::support::mock::{
    LAST, MockApi, MockRequest, MockResponse, next_error, v1_page, v3_page,
};
use crate::support::walk::{ids, quick_retries, start, take, until_error};

/// The versions that were asked, in order.
#[track_caller]
fn asked(requests: &[MockRequest]) -> Vec<&str> {
    requests.iter().map(|request| &request.path[1..3]).collect()
}

/// A server that gives `v1` to every request of v1, and a page of one video to those of v3.
async fn server(v1: MockResponse) -> MockApi {
    let v3 = MockResponse::ok(v3_page(&["a"], false, None));
    server_with(v1, v3).await
}

async fn server_with(v1: MockResponse, v3: MockResponse) -> MockApi {
    MockApi::start(move |request| match request.path.starts_with("/v1/") {
        true => v1.clone(),
        false => v3.clone(),
    })
    .await
}

fn gone(status: u16) -> MockResponse {
    MockResponse::new(status, "")
}

#[tokio::test]
async fn v1_is_asked_first_and_kept_while_it_answers() {
    let simulator = start(Simulator::builder().videos(250)).await;
    let client = simulator.client();
    let mut videos = client.videos().stream();
    assert_eq!(ids(&mut videos).await, simulator.ids());
    assert_eq!((videos.total(), videos.cursor().api()), (Some(250), ApiVersion::V1));
    assert!(simulator.recorded().iter().all(|request| request.path == "/v1/video.list"));
    assert_eq!(simulator.requests(), 3);
}

#[tokio::test]
async fn every_final_refusal_of_the_first_page_leads_to_v3() {
    let html = || MockResponse::ok("<!doctype html>").header("content-type", "text/html");
    for v1 in [
        gone(400),
        gone(401),
        gone(403),
        gone(404),
        gone(405),
        gone(410),
        gone(204),
        html(),
        MockResponse::new(404, "<html>not here</html>"),
        MockResponse::new(410, r#"{"message":"removed"}"#),
        MockResponse::new(404, r#"{"code":404,"message":"not found"}"#),
        MockResponse::new(404, r#"{"error":{"code":"not_found","message":"no such endpoint"}}"#),
        MockResponse::ok(r#"{"message":"moved to /v3/videos"}"#),
        MockResponse::ok(r#"{"code":"gone","message":"moved to /v3/videos"}"#),
        MockResponse::ok("{}"),
        gone(301),
        gone(302).header("location", "/v3/videos"),
        gone(308).header("location", "https://docs.example/v3"),
        MockResponse::ok(LAST).header("content-encoding", "br"),
    ] {
        let what = format!("{v1:?}");
        let server = server(v1).await;
        let client = server.client(ApiVersion::Auto);
        let mut videos = client.videos().stream();
        assert_eq!(ids(&mut videos).await, ["a"], "{what}");
        assert_eq!(asked(&server.requests()), ["v1", "v3"], "{what}");
        assert_eq!((videos.stats().requests, videos.stats().retries), (2, 0), "{what}");
        assert_eq!((videos.total(), videos.cursor().api()), (None, ApiVersion::V3), "{what}");
        // All clones know it.
        assert_eq!(ids(&mut client.clone().videos().stream()).await, ["a"], "{what}");
        assert_eq!(asked(&server.requests()), ["v1", "v3", "v3"], "{what}");
    }
}

#[tokio::test]
async fn a_temporary_failure_or_a_code_of_the_api_does_not_lead_to_v3() {
    for (v1, kind, requests) in [
        (gone(408), ErrorKind::Api, 3),
        (gone(429), ErrorKind::RateLimited, 3),
        (gone(500), ErrorKind::Server, 3),
        (gone(501), ErrorKind::Server, 1),
        (gone(503), ErrorKind::Server, 3),
        (MockResponse::ok(&LAST[..9]), ErrorKind::Network, 3),
        (MockResponse::new(404, r#"{"code":400545,"message":"x"}"#), ErrorKind::Api, 1),
        (MockResponse::new(410, r#"{"code":"400545"}"#), ErrorKind::Api, 1),
        (MockResponse::new(401, r#"{"code":400112}"#), ErrorKind::Unauthorized, 1),
        (MockResponse::new(403, r#"{"error":{"code":"forbidden"}}"#), ErrorKind::Unauthorized, 1),
        (MockResponse::ok(r#"{"code":40012,"message":"x"}"#), ErrorKind::Api, 1),
    ] {
        let what = format!("{v1:?}");
        let server = server(v1).await;
        let mut videos = server.client(ApiVersion::Auto).videos().stream();
        assert_eq!(next_error(&mut videos, &what).await.kind(), kind, "{what}");
        assert_eq!(asked(&server.requests()), vec!["v1"; requests], "{what}");
        assert_eq!(videos.cursor().api(), ApiVersion::V1, "{what}");
    }
}

#[tokio::test]
async fn a_page_of_v1_with_a_bad_entry_or_token_does_not_lead_to_v3() {
    for page in [
        r#"{"data":{"videos":[{"video_id":"b"},{"video_id":7}]}}"#,
        r#"{"data":{"videos":[null]}}"#,
        r#"{"data":{"videos":[],"token":"\ud83d"}}"#,
        r#"{"data":{"videos":[{"video_id":"b"}],"token":{}}}"#,
        r#"{"data":{"videos":[{"video_id":"b"}],"token":true}}"#,
    ] {
        let server = server(MockResponse::ok(page)).await;
        let mut videos = server.client(ApiVersion::Auto).videos().stream();
        assert_eq!(next_error(&mut videos, page).await.kind(), ErrorKind::Decode, "{page}");
        assert_eq!(asked(&server.requests()), ["v1"], "{page}");
    }
}

#[tokio::test]
async fn if_v3_refuses_too_its_own_reason_is_the_error_and_nothing_is_remembered() {
    let coded = |status, code: &str| {
        MockResponse::new(status, format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#))
    };
    let bad_entry = MockResponse::ok(r#"{"data":[{"id":7}],"has_more":false}"#);
    for (v3, kind, status) in [
        // v3 is not there either.
        (gone(404), ErrorKind::Redirect, 301),
        (gone(405), ErrorKind::Redirect, 301),
        (gone(410), ErrorKind::Redirect, 301),
        (gone(308), ErrorKind::Redirect, 301),
        (MockResponse::ok("<html>"), ErrorKind::Redirect, 301),
        (gone(401), ErrorKind::Unauthorized, 401),
        (coded(401, "unauthorized"), ErrorKind::Unauthorized, 401),
        (coded(403, "forbidden"), ErrorKind::Unauthorized, 403),
        (coded(404, "not_found"), ErrorKind::Api, 404),
        (coded(402, "insufficient_credits"), ErrorKind::Api, 402),
        (MockResponse::new(400, r#"{"detail":[{"msg":"limit"}]}"#), ErrorKind::Api, 400),
        (bad_entry, ErrorKind::Decode, 200),
    ] {
        let what = format!("{v3:?}");
        let server = server_with(gone(301), v3).await;
        let client = server.client(ApiVersion::Auto);
        for round in 1..=2 {
            let mut videos = client.videos().stream();
            let error = next_error(&mut videos, &what).await;
            assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{what}: {error}");
            assert_eq!(asked(&server.requests()), ["v1", "v3"].repeat(round));
            assert_eq!(videos.stats().requests, 2);
        }
    }
}

#[tokio::test]
async fn a_temporary_failure_of_v3_is_the_error_and_a_rearm_asks_again() {
    let simulator = start(Simulator::builder().videos(3).v1_gone(404)).await;
    simulator.script_at(2, Fault::Status(503));
    let client = crate::support::walk::without_retries(&simulator);
    let mut videos = client.videos().stream();
    let (_, error) = until_error(&mut videos).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    assert!(error.is_retryable() && videos.rearm());
    assert_eq!(ids(&mut videos).await, simulator.ids());
    assert_eq!(videos.stats().requests, 4);
}

#[tokio::test]
async fn a_walk_and_its_cursors_keep_the_version_that_answered() {
    for by_v3 in [false, true] {
        let simulator = start(Simulator::builder().videos(250)).await;
        simulator.set_v1_gone(by_v3.then_some(410));
        let version = if by_v3 { ApiVersion::V3 } else { ApiVersion::V1 };
        let client = simulator.client_builder().retry(quick_retries(1)).build().unwrap();
        let query = || client.videos().title("e").page_size(20);
        let (wanted, total) = {
            let mut all = query().stream();
            (ids(&mut all).await, all.total())
        };
        assert_eq!(total.is_none(), by_v3);
        for done in [1, 20, 25, wanted.len()] {
            let mut videos = query().stream();
            let got = take(&mut videos, done).await;
            let cursor: Cursor = videos.cursor().to_string().parse().unwrap();
            assert_eq!(cursor.api(), version, "after {done}");
            drop(videos);
            // A new process, which knows nothing of v1.
            let other = simulator.client_builder().build().unwrap();
            let before = simulator.recorded().len();
            let resumed = other.videos().title("e").page_size(20).resume_from(cursor.clone());
            let mut rest = resumed.stream();
            assert_eq!([got, ids(&mut rest).await].concat(), wanted);
            assert_eq!(rest.cursor().api(), version);
            let path = if by_v3 { "/v3/videos" } else { "/v1/video.list" };
            let recorded = simulator.recorded();
            assert!(recorded[before..].iter().all(|request| request.path == path), "{recorded:?}");
            // A client for that version takes the cursor as well.
            let fixed = simulator.client_builder().api(version).build().unwrap();
            let resumed = fixed.videos().title("e").page_size(20).resume_from(cursor);
            assert_eq!(ids(&mut resumed.stream()).await.len(), wanted.len() - done);
        }
    }
}

#[tokio::test]
async fn a_walk_of_v1_is_not_continued_on_v3() {
    // v1 is switched off in the middle of a listing.
    for (status, kind) in [(404, ErrorKind::Api), (410, ErrorKind::Api), (301, ErrorKind::Redirect)]
    {
        let simulator = start(Simulator::builder().videos(250)).await;
        let client = simulator.client();
        let mut videos = client.videos().stream();
        take(&mut videos, 100).await;
        simulator.set_v1_gone(Some(status));
        let (_, error) = until_error(&mut videos).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.cursor().unwrap().api(), ApiVersion::V1);
        assert!(!error.to_string().contains("2026"), "{error}");
        assert_eq!(simulator.requests(), 2);
        // A new listing finds v3, and the old cursor still belongs to v1.
        assert_eq!(ids(&mut client.videos().stream()).await, simulator.ids());
        let mut old = client.videos().resume_from(error.cursor().unwrap().clone()).stream();
        let (_, error) = until_error(&mut old).await;
        assert_eq!(error.status(), Some(status));
        assert_eq!(simulator.recorded().last().unwrap().path, "/v1/video.list");
    }
}

#[tokio::test]
async fn a_cursor_of_v1_is_refused_once_only_v3_serves_the_listing() {
    let html = || MockResponse::ok("<html>").header("content-type", "text/html");
    let by_v3 = || MockResponse::ok(v3_page(&["a"], false, None));
    let forbidden = || MockResponse::new(403, r#"{"error":{"code":"forbidden"}}"#);
    for (v1, v3, kind) in [
        (gone(301), by_v3(), ErrorKind::Cursor),
        (gone(401), by_v3(), ErrorKind::Cursor),
        (gone(204), by_v3(), ErrorKind::Cursor),
        (gone(405), by_v3(), ErrorKind::Cursor),
        (gone(426), by_v3(), ErrorKind::Cursor),
        (html(), by_v3(), ErrorKind::Cursor),
        (MockResponse::new(403, "<html>"), by_v3(), ErrorKind::Cursor),
        (MockResponse::new(401, r#"{"message":"no longer"}"#), by_v3(), ErrorKind::Cursor),
        // Neither version serves the listing: the saved position may work again.
        (gone(301), forbidden(), ErrorKind::Redirect),
        (gone(401), gone(401), ErrorKind::Unauthorized),
        (html(), html(), ErrorKind::Decode),
        (html(), gone(503), ErrorKind::Decode),
        // A code of the API shows that v1 is there.
        (MockResponse::new(401, r#"{"code":400112}"#), by_v3(), ErrorKind::Unauthorized),
        (gone(429), by_v3(), ErrorKind::RateLimited),
        (gone(503), by_v3(), ErrorKind::Server),
    ] {
        let what = format!("{v1:?}, {v3:?}");
        let cursor = {
            let page = MockResponse::ok(v1_page(&["a"], Some("a-token")));
            let server = MockApi::with([page]).await;
            let mut videos = server.client(ApiVersion::V1).videos().stream();
            take(&mut videos, 1).await;
            videos.cursor()
        };
        let server = server_with(v1, v3).await;
        let client = server.client(ApiVersion::Auto);
        let mut resumed = client.videos().resume_from(cursor.clone()).stream();
        let error = next_error(&mut resumed, &what).await;
        assert_eq!((error.kind(), error.cursor()), (kind, Some(&cursor)), "{what}: {error}");
        if kind == ErrorKind::Cursor {
            assert!(!error.to_string().contains("base URL"), "{error}");
            assert_eq!(ids(&mut client.videos().stream()).await, ["a"], "{what}");
        }
    }
}

/// A cursor of this version from before the first video.
fn start_cursor(simulator: &Simulator, api: ApiVersion) -> Cursor {
    simulator.client_builder().api(api).build().unwrap().videos().stream().cursor()
}

#[tokio::test]
async fn a_cursor_before_the_first_video_does_not_fix_the_version() {
    let simulator = start(Simulator::builder().videos(3).v1_gone(404)).await;
    let auto = || simulator.client_builder().build().unwrap();
    for api in [ApiVersion::Auto, ApiVersion::V1, ApiVersion::V3] {
        let cursor = start_cursor(&simulator, api);
        let mut videos = auto().videos().resume_from(cursor).stream();
        assert_eq!(ids(&mut videos).await, simulator.ids(), "{api}");
    }
    simulator.set_v1_gone(None);
    let mut videos = auto().videos().resume_from(start_cursor(&simulator, ApiVersion::V3)).stream();
    assert_eq!(ids(&mut videos).await, simulator.ids());
    assert_eq!(videos.cursor().api(), ApiVersion::V1);
    // A client with a fixed version refuses even such a cursor of the other version.
    let fixed = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let cursor = start_cursor(&simulator, ApiVersion::V1);
    let error = next_error(&mut fixed.videos().resume_from(cursor).stream(), "v1").await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cursor, 0));
}

#[tokio::test]
async fn a_finished_cursor_of_either_version_ends_at_once() {
    let simulator = start(Simulator::builder().videos(3)).await;
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        let mut videos = client.videos().stream();
        ids(&mut videos).await;
        let before = simulator.requests();
        let mut rest = simulator.client().videos().resume_from(videos.cursor()).stream();
        assert!(rest.next().await.is_none());
        assert_eq!((rest.cursor().api(), simulator.requests()), (api, before));
    }
}

#[tokio::test]
async fn the_version_is_chosen_again_after_a_failure_and_also_while_reading_ahead() {
    for read_ahead in [0, 3] {
        let pages = [gone(503), MockResponse::ok(v1_page(&["a"], Some("t"))), gone(404)];
        let last = MockResponse::ok(v1_page(&["b"], None));
        let server = MockApi::with(pages.into_iter().chain([last])).await;
        let client = server.builder(ApiVersion::Auto).retry(quick_retries(1)).build().unwrap();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        let (_, error) = until_error(&mut videos).await;
        assert_eq!(error.status(), Some(503));
        assert!(videos.rearm());
        let (got, error) = until_error(&mut videos).await;
        assert_eq!((got.len(), error.status(), error.kind()), (1, Some(404), ErrorKind::Api));
        assert!(videos.rearm());
        assert_eq!(ids(&mut videos).await, ["b"]);
        assert_eq!(asked(&server.requests()), ["v1"; 4], "read ahead: {read_ahead}");
    }
}

#[tokio::test]
async fn separately_built_clients_choose_their_version_separately() {
    let simulator = start(Simulator::builder().videos(3).v1_gone(404)).await;
    let walk = async |client: Client| ids(&mut client.videos().stream()).await;
    for round in 1..=2 {
        walk(simulator.client_builder().build().unwrap()).await;
        assert_eq!(simulator.requests(), 2 * round);
    }
}
