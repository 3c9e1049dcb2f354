//! Invalid queries: the first item of the stream is the error, and no request is sent.

use futures::StreamExt;
use futures::stream::FusedStream;
use heygen_videos::{ApiVersion, Cursor, End, ErrorKind, Stats, VideoQuery};

use crate::support::mock::{self, LAST, MockApi, MockResponse, next_error, v1_page, v3_page};
use crate::support::walk::ids;

const KEY: &str = "canary-key-7f3a";

/// The first item is the error, then comes `None`; the same again after `rearm`, and for pages.
async fn assert_refused(query: VideoQuery, cursor: Option<&Cursor>, says: &str, what: &str) {
    assert_refused_as(ErrorKind::InvalidRequest, query, cursor, says, what).await;
}

async fn assert_refused_as(
    kind: ErrorKind,
    query: VideoQuery,
    cursor: Option<&Cursor>,
    says: &str,
    what: &str,
) {
    let mut videos = query.clone().stream();
    assert_eq!((videos.end(), videos.is_terminated()), (None, false), "{what}: not polled yet");
    assert!(!videos.rearm(), "{what}: there was no error yet");
    let start = cursor.cloned().unwrap_or_else(|| videos.cursor());
    for round in ["the first time", "rearmed", "rearmed again"] {
        let what = format!("{what}, {round}");
        let error = next_error(&mut videos, &what).await;
        mock::assert_refused_as(kind, &error, says, &what);
        assert_eq!(error.cursor(), Some(&start), "{what}");
        for _ in 0..3 {
            assert!(videos.next().await.is_none(), "{what}");
        }
        assert!(videos.is_terminated(), "{what}");
        assert_eq!((videos.end(), videos.stats()), (Some(End::Failed), Stats::default()));
        assert_eq!(videos.cursor(), start, "{what}: the cursor is not lost");
        assert!(videos.rearm(), "{what}");
    }

    let mut pages = query.pages();
    for _ in 0..2 {
        let error = pages.next().await.expect("expected an error").expect_err(what);
        mock::assert_refused_as(kind, &error, says, what);
        assert!(pages.next().await.is_none() && pages.next().await.is_none(), "{what}");
        assert_eq!((pages.end(), pages.cursor()), (Some(End::Failed), start.clone()), "{what}");
        assert!(pages.rearm(), "{what}");
    }
}

#[tokio::test]
async fn the_error_of_a_query_out_of_range_is_the_first_item_and_nothing_is_sent() {
    let server = MockApi::with([MockResponse::ok(LAST)]).await;
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = server.builder(api).api_key(KEY).build().unwrap();
        let query = || client.videos();
        for (query, says) in [
            (query().page_size(0), "page_size is 0: it must be 1 to 100"),
            (query().page_size(101), "page_size is 101: it must be 1 to 100"),
            (query().page_size(u32::MAX), "it must be 1 to 100"),
            (query().page_size(0).max_items(5), "page_size is 0: it must be 1 to 100"),
            (query().page_size(101).max_items(5), "page_size is 101: it must be 1 to 100"),
            (query().page_size(0).max_items(0), "page_size is 0: it must be 1 to 100"),
            (query().read_ahead(1_001), "read_ahead is 1001 pages: it may be 1000 at most"),
            (query().read_ahead(usize::MAX), "it may be 1000 at most"),
            (query().folder_id(""), "folder_id is empty: leave it out"),
            (query().title(""), "title is empty: leave it out"),
            (query().folder_id("f").title(""), "title is empty: leave it out"),
            (query().title("").read_ahead(2), "title is empty: leave it out"),
        ] {
            let what = format!("{query:?}");
            assert_refused(query, None, says, &what).await;
        }
    }
    server.assert_requests(0, "nothing was to be sent");
}

#[tokio::test]
async fn the_ends_of_each_range_are_accepted() {
    let server = MockApi::with([MockResponse::ok(LAST)]).await;
    let client = server.client(ApiVersion::V1);
    for query in [
        client.videos().page_size(1),
        client.videos().page_size(100),
        client.videos().read_ahead(1_000),
        client.videos().max_items(u64::MAX).title(" ").folder_id("0"),
    ] {
        assert!(query.stream().next().await.is_none());
    }
    server.assert_requests(4, "each is a listing");
}

/// Cursors of a query: before its first video, within a page, and after its last video.
async fn cursors(server: &MockApi, api: ApiVersion, query: &VideoQuery) -> Vec<Cursor> {
    let mut videos = query.clone().stream();
    let mut cursors = vec![videos.cursor()];
    for _ in 0..2 {
        videos.next().await.unwrap().unwrap();
        cursors.push(videos.cursor());
    }
    assert!(videos.next().await.is_none() && cursors[2].is_finished());
    assert!(cursors.iter().all(|cursor| cursor.api() == api));
    server.assert_requests(1, "one page");
    cursors
}

#[tokio::test]
async fn a_filter_or_token_too_long_for_a_url_is_an_error() {
    let long = "t".repeat(70_000);
    let server = MockApi::with([MockResponse::ok(v1_page(&["a"], Some(&long)))]).await;
    let client = server.client(ApiVersion::V1);
    let mut filtered = client.videos().title(&*long).stream();
    let mut walked = client.videos().stream();
    assert_eq!(walked.next().await.unwrap().unwrap().video_id, "a");
    for (what, videos) in [("filter", &mut filtered), ("token", &mut walked)] {
        let error = next_error(videos, what).await;
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::InvalidRequest, false));
        assert!(error.to_string().ends_with("is too long for a URL"), "{what}: {error}");
    }
    server.assert_requests(1, "no URL was cut");
}

#[tokio::test]
async fn a_cursor_of_other_filters_is_refused_and_not_lost() {
    let server = MockApi::with([MockResponse::ok(v1_page(&["a", "b"], None))]).await;
    let client = server.builder(ApiVersion::V1).api_key(KEY).build().unwrap();
    let own = client.videos().folder_id("f").title("t");
    for cursor in cursors(&server, ApiVersion::V1, &own).await {
        for other in [
            client.videos(),
            client.videos().folder_id("f"),
            client.videos().title("t"),
            client.videos().folder_id("t").title("f"),
            client.videos().folder_id("f").title("T"),
            client.videos().folder_id("ft").title(" t"),
        ] {
            let what = format!("{cursor:?} in {other:?}");
            let says = "give the same folder_id and title";
            let other = other.resume_from(cursor.clone());
            assert_refused_as(ErrorKind::Cursor, other, Some(&cursor), says, &what).await;
        }
        // A query that is invalid in another way does not lose the cursor either.
        let wrong = own.clone().page_size(0).resume_from(cursor.clone());
        assert_refused(
            wrong,
            Some(&cursor),
            "page_size is 0",
            "its own filters, but an invalid page size",
        )
        .await;
    }
    server.assert_requests(1, "nothing more was to be sent");
}

#[tokio::test]
async fn a_cursor_of_the_other_version_is_refused_and_not_lost() {
    for (api, other, says) in [
        (ApiVersion::V1, ApiVersion::V3, "build it with .api(ApiVersion::V1)"),
        (ApiVersion::V3, ApiVersion::V1, "build it with .api(ApiVersion::V3)"),
    ] {
        let page = match api {
            ApiVersion::V3 => v3_page(&["a", "b"], false, None),
            _ => v1_page(&["a", "b"], None),
        };
        let server = MockApi::with([MockResponse::ok(page)]).await;
        let (own, other) = (server.client(api), server.client(other));
        let cursors = cursors(&server, api, &own.videos()).await;
        for cursor in &cursors {
            let query = other.videos().resume_from(cursor.clone());
            let what = format!("{cursor:?}");
            assert_refused_as(ErrorKind::Cursor, query, Some(cursor), says, &what).await;
        }
        server.assert_requests(1, "nothing more was to be sent");
        // The cursor still works.
        let mut rest = own.videos().resume_from(cursors[1].clone()).stream();
        assert_eq!(ids(&mut rest).await, ["b"]);
    }
}
