//! Promises 5 and 6 where a server's tokens are wrong: the listing ends, or the stream fails, after
//! a bounded number of requests.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, Cursor, End, ErrorKind, Malformed, VideoQuery};
use serde_json::{Value, json};

use crate::support::mock::{MockApi, MockResponse, v1_page, v3_page};
use crate::support::walk::{ids, take, until_error};

/// A page of v1 in an account with this many videos.
fn page_of(total: u64, ids: &[&str], token: &str) -> Value {
    let mut page = v1_page(ids, Some(token));
    page["data"]["total"] = json!(total);
    page
}

/// A listing of 5 videos whose last page, which is empty, repeats its own token.
async fn token_never_null() -> MockApi {
    MockApi::start(|request| {
        let page = match request.token().as_deref() {
            None => page_of(5, &["a", "b"], "2"),
            Some("2") => page_of(5, &["c", "d"], "4"),
            Some("4") => page_of(5, &["e"], "5"),
            _ => page_of(5, &[], "5"),
        };
        MockResponse::ok(page)
    })
    .await
}

#[tokio::test]
async fn promise_05_a_repeated_token_is_the_end_once_the_total_was_received() {
    let server = token_never_null().await;
    let client = server.client(ApiVersion::V1);
    for read_ahead in [0, 1] {
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        assert_eq!(ids(&mut videos).await, ["a", "b", "c", "d", "e"]);
        assert_eq!(videos.end(), Some(End::Exhausted));
        assert!(videos.cursor().is_finished());
        assert_eq!(videos.stats().requests, 4);
    }
}

#[tokio::test]
async fn promise_05_an_empty_page_with_its_own_token_is_the_end_unless_a_usable_total_differs() {
    let server = token_never_null().await;
    let all = server.client(ApiVersion::V1).videos();
    let mut begun = all.clone().stream();
    take(&mut begun, 2).await;
    let queries: [(&str, VideoQuery, usize); 4] = [
        ("the total counts other folders", all.clone().folder_id("f"), 5),
        ("the total counts other titles", all.clone().title("t"), 5),
        ("the cap is larger than the total", all.clone().max_items(6), 5),
        ("some were yielded before the resume", all.clone().resume_from(begun.cursor()), 3),
    ];
    for (why, query, count) in queries {
        let mut videos = query.stream();
        assert_eq!(
            (ids(&mut videos).await.len(), videos.end()),
            (count, Some(End::Exhausted)),
            "{why}"
        );
    }

    let server = MockApi::start(|request| {
        MockResponse::ok(match request.token().as_deref() {
            None => v3_page(&["a", "b"], true, Some("2")),
            _ => v3_page(&[], true, Some("2")),
        })
    })
    .await;
    assert_eq!(ids(&mut server.client(ApiVersion::V3).videos().stream()).await, ["a", "b"]);

    // The total says that videos are missing.
    let server = MockApi::start(|request| {
        MockResponse::ok(match request.token().as_deref() {
            None => page_of(5, &["a", "b"], "2"),
            _ => page_of(2, &[], "2"),
        })
    })
    .await;
    let (before, error) = until_error(&mut server.client(ApiVersion::V1).videos().stream()).await;
    assert_eq!((before.len(), error.kind()), (2, ErrorKind::Pagination));
}

#[tokio::test]
async fn promise_05_entries_that_are_left_out_count_towards_the_total() {
    let server = MockApi::start(|request| {
        let mut page = page_of(4, &["a", "b"], "2");
        if request.token().is_some() {
            page = page_of(4, &["c"], "2");
            page["data"]["videos"].as_array_mut().unwrap().push(json!({ "status": "no id" }));
        }
        MockResponse::ok(page)
    })
    .await;
    let query = server.client(ApiVersion::V1).videos().malformed(Malformed::Skip);
    let mut videos = query.stream();
    assert_eq!(ids(&mut videos).await, ["a", "b", "c"]);
    assert_eq!((videos.end(), videos.stats().skipped), (Some(End::Exhausted), 1));
}

/// A listing of `total` videos with two on the first page, and then this page.
async fn two_and_then(total: u64, last: Value) -> MockApi {
    MockApi::start(move |request| {
        MockResponse::ok(match request.token() {
            None => page_of(total, &["a", "b"], "2"),
            Some(_) => last.clone(),
        })
    })
    .await
}

#[tokio::test]
async fn promise_05_a_later_page_of_an_empty_account_does_not_end_the_listing() {
    for videos in [Value::Null, json!([])] {
        for token in [Value::Null, json!("2")] {
            let last = json!({ "videos": videos, "total": 0, "token": token });
            let server = two_and_then(5, json!({ "code": 100, "data": last })).await;
            let all = server.client(ApiVersion::V1).videos();
            for query in [all.clone(), all.clone().title("t")] {
                let (before, error) = until_error(&mut query.clone().stream()).await;
                assert_eq!((before.len(), error.kind()), (2, ErrorKind::Pagination), "{last}");
                let place = error.cursor().unwrap().clone();
                // A walk that begins there cannot tell, so the caller must begin again.
                let (_, error) = until_error(&mut query.resume_from(place).stream()).await;
                assert_eq!(error.kind(), ErrorKind::Cursor, "{last}");
            }
        }
    }
    let null = json!({ "data": null, "has_more": false });
    let server = MockApi::start(move |request| {
        MockResponse::ok(match request.token() {
            None => v3_page(&["a"], true, Some("1")),
            Some(_) => null.clone(),
        })
    })
    .await;
    let (_, error) = until_error(&mut server.client(ApiVersion::V3).videos().stream()).await;
    assert_eq!(error.kind(), ErrorKind::Pagination);

    // This server does not count its videos: its total is always 0.
    let end = json!({ "data": { "videos": [], "total": 0 } });
    let server = two_and_then(0, end).await;
    assert_eq!(ids(&mut server.client(ApiVersion::V1).videos().stream()).await, ["a", "b"]);
}

#[tokio::test]
async fn the_page_that_ends_a_listing_does_not_lower_the_total() {
    for (last, total) in [(2, 5), (5, 5), (6, 6)] {
        let last = json!({ "data": { "videos": [], "total": last } });
        let server = two_and_then(5, last).await;
        let mut videos = server.client(ApiVersion::V1).videos().stream();
        assert_eq!(ids(&mut videos).await, ["a", "b"]);
        assert_eq!(videos.total(), Some(total));
    }
}

#[tokio::test]
async fn promise_05_a_repeated_token_is_an_error_unless_the_total_proves_the_end() {
    let server = two_and_then(3, page_of(3, &["c"], "2")).await;
    let all = server.client(ApiVersion::V1).videos();
    let mut begun = all.clone().stream();
    take(&mut begun, 1).await;
    for query in [all.clone().title("t"), all.resume_from(begun.cursor())] {
        let (before, error) = until_error(&mut query.stream()).await;
        assert_eq!(before.last().unwrap(), "c");
        assert_eq!(error.kind(), ErrorKind::Pagination, "other videos may be missing");
    }

    let server = MockApi::start(|request| {
        MockResponse::ok(match request.token().as_deref() {
            None => page_of(4, &["a", "b", "a"], "3"),
            _ => page_of(4, &["c"], "3"),
        })
    })
    .await;
    let (before, error) = until_error(&mut server.client(ApiVersion::V1).videos().stream()).await;
    assert_eq!(before, ["a", "b", "c"], "three of four came, one of them twice");
    assert_eq!(error.kind(), ErrorKind::Pagination);
}

#[tokio::test]
async fn promise_05_a_repeated_token_is_an_error_if_more_videos_were_sent_than_exist() {
    // Two videos were deleted after the first page, so the total does not tell whether others are
    // missing.
    let server = MockApi::start(|request| {
        MockResponse::ok(match request.token().as_deref() {
            None => page_of(4, &["a", "b"], "2"),
            _ => page_of(2, &["c"], "2"),
        })
    })
    .await;
    let (before, error) = until_error(&mut server.client(ApiVersion::V1).videos().stream()).await;
    assert_eq!((before.join(""), error.kind()), ("abc".into(), ErrorKind::Pagination));
}

#[tokio::test]
async fn promise_05_the_videos_before_a_rearm_count_for_the_total() {
    let failed = AtomicUsize::new(0);
    let server = MockApi::start(move |request| match request.token().as_deref() {
        None => MockResponse::ok(page_of(3, &["a", "b"], "2")),
        Some(_) if failed.fetch_add(1, Relaxed) == 0 => MockResponse::new(400, "no"),
        Some(_) => MockResponse::ok(page_of(3, &["c"], "2")),
    })
    .await;
    let mut videos = server.client(ApiVersion::V1).videos().stream();
    let (before, error) = until_error(&mut videos).await;
    assert_eq!((before, error.kind()), (vec!["a".into(), "b".into()], ErrorKind::Api));
    assert!(videos.rearm());
    assert_eq!(ids(&mut videos).await, ["c"]);
    assert_eq!(videos.end(), Some(End::Exhausted));
}

#[tokio::test]
async fn promise_05_an_empty_account_that_repeats_its_token_is_at_its_end() {
    let server = MockApi::with([MockResponse::ok(page_of(0, &[], "0"))]).await;
    let mut videos = server.client(ApiVersion::V1).videos().stream();
    assert_eq!(ids(&mut videos).await, [""; 0]);
    assert_eq!((videos.end(), server.requests().len()), (Some(End::Exhausted), 2));
}

#[tokio::test]
async fn promise_05_tokens_that_look_empty_are_followed() {
    let tokens = ["0", "null", "false"];
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let server = MockApi::start(move |request| {
            let token = request.token();
            let page = token.map_or(0, |token| {
                1 + tokens.iter().position(|known| *known == token).expect("a known token")
            });
            let (id, next) = (format!("v{page}"), tokens.get(page).copied());
            MockResponse::ok(match api {
                ApiVersion::V3 => v3_page(&[&id], next.is_some(), next),
                _ => v1_page(&[&id], next),
            })
        })
        .await;
        assert_eq!(ids(&mut server.client(api).videos().stream()).await, ["v0", "v1", "v2", "v3"]);
    }
}

/// A server whose tokens are always new.
async fn fresh_tokens(ids: impl Fn(usize) -> Vec<String> + Send + Sync + 'static) -> MockApi {
    let count = AtomicUsize::new(0);
    MockApi::start(move |_| {
        let number = count.fetch_add(1, Relaxed);
        let ids = ids(number);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        MockResponse::ok(v3_page(&ids, true, Some(&format!("token-{number}"))))
    })
    .await
}

#[tokio::test]
async fn promise_06_100_pages_without_a_new_video_are_an_error_whatever_their_tokens() {
    let page = || (0..20).map(|id| format!("v{id}")).collect::<Vec<_>>();
    let server = fresh_tokens(move |_| page()).await;
    let client = server.client(ApiVersion::V3);
    for read_ahead in [0, 1] {
        let asked = server.requests().len();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        let (before, error) = until_error(&mut videos).await;
        assert_eq!((before, error.kind()), (page(), ErrorKind::Pagination));
        assert_eq!(server.requests().len() - asked, 101);
        assert_eq!((videos.stats().items, videos.stats().repeated), (20, 2_000));

        // The tokens were new, so the stream continues after `rearm`. It gives up again after as
        // many pages as before.
        assert!(videos.rearm());
        let (again, error) = until_error(&mut videos).await;
        assert_eq!((again, error.kind()), (vec![], ErrorKind::Pagination));
    }

    // Some pages are empty, and every 100th page brings one new video.
    let server = fresh_tokens(|number| match number {
        number if number % 100 == 0 && number < 500 => vec![format!("new-{number}")],
        number if number % 3 == 0 => vec![],
        _ => vec!["new-0".into()],
    })
    .await;
    let (before, _) = until_error(&mut server.client(ApiVersion::V3).videos().stream()).await;
    assert_eq!(before, ["new-0", "new-100", "new-200", "new-300", "new-400"]);
    server.assert_requests(501, "400 and 100 more");
}

#[tokio::test]
async fn promise_06_pages_of_videos_that_a_cursor_carries_count_as_progress() {
    // The listing has 150 videos. A page has all of them for a limit of 100, otherwise one.
    let server = MockApi::start(|request| {
        let at: usize = request.token().map_or(0, |token| token.parse().unwrap());
        let limit = if request.raw_param("limit") == Some("100") { 200 } else { 1 };
        let list: Vec<_> = (at..150.min(at + limit)).map(|id| format!("v{id}")).collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let next = (at + limit < 150).then(|| (at + limit).to_string());
        MockResponse::ok(v1_page(&list, next.as_deref()))
    })
    .await;
    let client = server.client(ApiVersion::V1);
    let mut videos = client.videos().stream();
    take(&mut videos, 140).await;
    let rest = client.videos().page_size(1).resume_from(videos.cursor()).stream().count().await;
    assert_eq!(rest, 10, "140 pages showed only videos that the cursor carries");
}

/// A listing of three pages that leads back to its second.
async fn cycle() -> MockApi {
    MockApi::with_pages(&[
        (None, &["a", "b"], Some("t-2")),
        (Some("t-2"), &["c", "d"], Some("t-3")),
        (Some("t-3"), &["e", "f"], Some("t-2")),
    ])
    .await
}

#[tokio::test]
async fn promise_06_a_resumed_walk_does_not_follow_the_token_that_was_refused() {
    let server = cycle().await;
    let client = server.client(ApiVersion::V1);
    let mut videos = client.videos().stream();
    take(&mut videos, 5).await;
    let mut cursors: Vec<Cursor> = vec![videos.cursor()];
    let (rest, error) = until_error(&mut videos).await;
    assert_eq!(rest, ["f"]);
    cursors.push(error.cursor().unwrap().clone());
    for _ in 0..4 {
        let cursor = cursors.pop().unwrap().to_string().parse().unwrap();
        let asked = server.requests().len();
        let mut videos = client.videos().resume_from(cursor).stream();
        let (rest, error) = until_error(&mut videos).await;
        let expected = if cursors.len() == 1 { vec![] } else { vec!["f"] };
        assert_eq!((rest, error.kind()), (to_owned(&expected), ErrorKind::Pagination));
        assert_eq!(server.requests().len() - asked, 1);
        cursors.insert(0, error.cursor().unwrap().clone());
        cursors.swap(0, 1);
    }
}

#[track_caller]
fn to_owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn promise_06_a_page_that_a_cache_sent_for_another_is_not_yielded_again() {
    let wrong = AtomicUsize::new(0);
    let server = MockApi::start(move |request| {
        MockResponse::ok(match request.token().as_deref() {
            None => v1_page(&["a", "b"], Some("t-2")),
            Some("t-2") => v1_page(&["c", "d"], Some("t-3")),
            // Once, the second page is sent instead of the third.
            Some("t-3") if wrong.fetch_add(1, Relaxed) == 0 => v1_page(&["c", "d"], Some("t-3")),
            _ => v1_page(&["e", "f"], None),
        })
    })
    .await;
    let client: Client = server.client(ApiVersion::V1);
    let mut videos = client.videos().stream();
    let (before, error) = until_error(&mut videos).await;
    assert_eq!((before, error.kind()), (to_owned(&["a", "b", "c", "d"]), ErrorKind::Pagination));
    assert_eq!(videos.stats().repeated, 2);
    let cursor = error.cursor().unwrap().to_string().parse().unwrap();
    let mut resumed = client.videos().resume_from(cursor).stream();
    assert_eq!(ids(&mut resumed).await, ["e", "f"]);
    assert!(videos.rearm());
    assert_eq!(ids(&mut videos).await, ["e", "f"]);
}
