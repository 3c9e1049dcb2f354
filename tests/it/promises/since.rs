//! Promise 17: `created_since`.

use std::time::{Duration, SystemTime};

use futures::{StreamExt, TryStreamExt};
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Cursor, End, Video, VideoQuery};
use serde_json::json;

use crate::support::log::{Lines, Log};
use crate::support::mock::{MockApi, MockResponse};
use crate::support::walk::{cap_reached, ids, simulator, take};

/// The times in these tests are seconds after this one.
const START: i64 = 1_600_000_000;

fn at(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((START + seconds).try_into().unwrap())
}

/// An account of this many videos, created one second after another, the newest at this time.
async fn account(videos: i64, newest: i64) -> Simulator {
    let simulator = simulator(0).await;
    for number in 0..videos {
        let mut video = Video::new(format!("v{number:04}"));
        video.created_at = Some(START + newest - number);
        simulator.insert(video);
    }
    simulator
}

#[tokio::test]
async fn promise_17_k_new_videos_cost_the_requests_of_k_plus_two() {
    let simulator = account(400, 1_000).await;
    for read_ahead in [0, 1] {
        for (new, requests) in [(0, 1), (1, 1), (98, 1), (99, 2), (101, 2), (198, 2), (199, 3)] {
            let asked = simulator.requests();
            let query = simulator.client().videos().read_ahead(read_ahead);
            let mut videos = query.created_since(at(1_001 - new)).stream();
            assert_eq!(ids(&mut videos).await, simulator.ids()[..new as usize], "{new} new");
            assert_eq!(videos.end(), Some(End::SinceReached));
            assert_eq!(simulator.requests() - asked, requests, "{new} new");
        }
    }
    let mut all = simulator.client().videos().created_since(at(0)).stream();
    assert_eq!(ids(&mut all).await.len(), 400);
    assert_eq!(all.end(), Some(End::Exhausted));
}

#[tokio::test]
async fn promise_17_the_time_itself_counts_and_a_part_of_a_second_rounds_up() {
    let simulator = account(10, 1_000).await;
    for (time, count) in [(at(998), 3), (at(998) + Duration::from_nanos(1), 2), (at(1_001), 0)] {
        let mut videos = simulator.client().videos().created_since(time).stream();
        assert_eq!(ids(&mut videos).await.len(), count);
    }
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let mut all = simulator.client().videos().created_since(before_1970).stream();
    assert_eq!(ids(&mut all).await.len(), 10);
}

#[tokio::test]
async fn promise_17_the_cap_counts_new_videos_only() {
    let simulator = account(300, 1_000).await;
    let query = simulator.client().videos().created_since(at(851));
    for (cap, end) in [(149, Some(true)), (150, Some(true)), (151, None)] {
        let mut videos = query.clone().max_items(cap).stream();
        assert_eq!(ids(&mut videos).await.len() as u64, cap.min(150));
        assert_eq!(cap_reached(videos.end()), end, "a cap of {cap}");
    }
}

#[tokio::test]
async fn a_listing_without_usable_times_is_a_notice_and_everything_is_yielded() {
    const NOTICE: &str = "no video so far has a creation time in Unix seconds";
    let millis = || json!(1_700_000_000_123_i64);
    let text = || json!("2026-01-01T00:00:00Z");
    let minutes = || json!(28_333_333);
    for (times, expected) in [
        (vec![millis(), millis()], 1),
        (vec![text(), text()], 1),
        (vec![minutes(), json!(0)], 1),
        (vec![json!(null), millis()], 1),
        (vec![json!(null), json!(1_700_000_000)], 0),
        (vec![], 0),
    ] {
        for read_ahead in [0, 1] {
            let lines = Lines::keep();
            let all: Vec<_> = (0..times.len()).map(|number| format!("v{number}")).collect();
            let entries = all.iter().zip(&times);
            let entries = entries.map(|(id, time)| json!({ "video_id": id, "created_at": time }));
            let page = json!({ "data": { "videos": entries.collect::<Vec<_>>() } });
            let page = MockResponse::ok(page.to_string());
            let server = MockApi::start(move |_| page.clone()).await;
            let client = server.client(ApiVersion::V1);
            // Once for each client.
            for _ in 0..2 {
                let videos = client.videos().read_ahead(read_ahead).created_since(at(0));
                assert_eq!(ids(&mut videos.stream()).await, all, "{times:?}");
            }
            assert_eq!(lines.with(NOTICE).len(), expected, "{times:?}");
            let notices = client.notices();
            assert_eq!(notices.len(), expected, "{times:?}");
            assert!(notices.iter().all(|notice| notice.starts_with(NOTICE)), "{notices:?}");
            // Without `created_since` there is no notice.
            ids(&mut client.videos().stream()).await;
            assert_eq!(client.notices().len(), expected, "{times:?}");
        }
    }
}

#[tokio::test]
async fn the_notice_about_missing_times_does_not_wait_for_the_end_of_a_long_listing() {
    let entries: Vec<_> =
        (0..100).map(|number| json!({ "video_id": number.to_string() })).collect();
    let page = json!({ "data": { "videos": entries, "token": "t" } });
    let server = MockApi::with([MockResponse::ok(page.to_string())]).await;
    let client = server.client(ApiVersion::V1);
    let mut videos = client.videos().created_since(at(1_000)).stream();
    take(&mut videos, 1).await;
    assert_eq!(client.notices().len(), 1);
}

/// A listing of v3 whose videos were created at these times, in pages of the size asked for.
async fn dates(dates: &'static [Option<i64>]) -> MockApi {
    MockApi::start(move |request| {
        let start: usize = request.token().map_or(0, |token| token.parse().unwrap());
        let limit: usize = request.raw_param("limit").unwrap().parse().unwrap();
        let end = dates.len().min(start + limit);
        let videos: Vec<_> = (start..end)
            .map(|number| {
                let created_at = dates[number].map(|date| START + date);
                json!({ "id": format!("v{number}"), "created_at": created_at })
            })
            .collect();
        let next = (end < dates.len()).then(|| end.to_string());
        let page = json!({ "data": videos, "has_more": next.is_some(), "next_token": next });
        MockResponse::ok(page)
    })
    .await
}

#[tokio::test]
async fn promise_17_videos_without_a_date_are_yielded_and_end_nothing() {
    const NONE: Option<i64> = None;
    let server =
        dates(&[NONE, Some(9), NONE, NONE, Some(7), NONE, Some(2), NONE, Some(1), NONE, NONE])
            .await;
    let query = server.client(ApiVersion::V3).videos().page_size(2);
    let mut videos = query.created_since(at(5)).stream();
    assert_eq!(ids(&mut videos).await, ["v0", "v1", "v2", "v3", "v4", "v5", "v7", "v9"]);
    assert_eq!(videos.end(), Some(End::SinceReached));
    server.assert_requests(5, "the last page was not needed");
}

#[tokio::test]
async fn promise_17_one_wrong_date_loses_no_newer_video() {
    const RECENT: Option<i64> = Some(100);
    // Each is tried at every place of a page. They are relative to `START`, so the last one is a
    // usable time that is too old.
    for wrong in [-START, 1 - START, -1 - START, 1_700_000 - START, 20_260_104 - START, -1_000_000]
    {
        for place in 0..5 {
            let mut listed = vec![RECENT; 6];
            listed[place] = Some(wrong);
            listed.extend([Some(1); 4]);
            let server = dates(listed.leak()).await;
            let query = server.client(ApiVersion::V3).videos().created_since(at(50));
            for page_size in 1..=5 {
                let mut videos = query.clone().page_size(page_size).stream();
                let got = ids(&mut videos).await;
                let recent = got.iter().filter(|id| **id != format!("v{place}")).count();
                assert_eq!(recent, 5, "{wrong} at {place}, pages of {page_size}: {got:?}");
            }
        }
    }
}

#[tokio::test]
async fn promise_17_once_the_order_is_not_kept_the_whole_listing_is_read() {
    let log = Log::keep();
    let listed = [Some(5), Some(9), Some(3), Some(2), Some(8), None, Some(1), Some(7), Some(4)];
    let server = dates(Box::leak(Box::new(listed))).await;
    let expected = ["v0", "v1", "v4", "v5", "v7"];
    for page_size in 1..=9 {
        let query = server.client(ApiVersion::V3).videos().page_size(page_size);
        let query = query.created_since(at(5));
        let mut videos = query.clone().stream();
        assert_eq!(ids(&mut videos).await, expected, "pages of {page_size}");
        assert_eq!(videos.end(), Some(End::Exhausted));
        for stop in 0..=expected.len() {
            assert_eq!(resumed_after(&query, stop).await, expected, "{page_size}, {stop}");
        }
    }
    let warned = log.text().lines().filter(|l| l.contains("do not come newest first")).count();
    assert!(warned >= 9, "{warned} warnings");
}

#[tokio::test]
async fn promise_17_pages_read_without_since_leave_a_broken_order_broken_and_a_kept_one_unknown() {
    // The third video is read without `created_since`.
    for (listed, expected, end) in [
        ([5, 9, 8, 3, 2, 1, 7], vec!["v6"], End::Exhausted),
        ([9, 9, 20, 15, 2, 1, 7], vec!["v3"], End::SinceReached),
    ] {
        let server = dates(Box::leak(Box::new(listed.map(Some)))).await;
        let all = server.client(ApiVersion::V3).videos().page_size(1);
        let since = all.clone().created_since(at(5));
        let mut videos = since.clone().stream();
        assert_eq!(take(&mut videos, 2).await, ["v0", "v1"]);
        let mut videos = all.resume_from(videos.cursor()).stream();
        assert_eq!(take(&mut videos, 1).await, ["v2"]);
        let mut videos = since.resume_from(videos.cursor()).stream();
        assert_eq!(ids(&mut videos).await, expected, "{listed:?}");
        assert_eq!(videos.end(), Some(end), "{listed:?}");
    }
}

#[tokio::test]
async fn a_walk_warns_once_that_the_order_is_not_kept() {
    let lines = Lines::keep();
    let server = dates(&[Some(5), Some(9), Some(3), Some(8), Some(2), Some(7)]).await;
    let query = server.client(ApiVersion::V3).videos().page_size(1);
    ids(&mut query.created_since(at(5)).stream()).await;
    assert_eq!(lines.with("do not come newest first").len(), 1);
}

/// The ids of a walk that stops and resumes after each of its first `stop` videos.
async fn resumed_after(query: &VideoQuery, stop: usize) -> Vec<String> {
    let mut videos = query.clone().stream();
    let mut got = Vec::new();
    for _ in 0..stop {
        got.extend(take(&mut videos, 1).await);
        let cursor: Cursor = videos.cursor().to_string().parse().unwrap();
        videos = query.clone().resume_from(cursor).stream();
    }
    got.extend(ids(&mut videos).await);
    got
}

#[tokio::test]
async fn promise_17_a_walk_that_stops_and_resumes_ends_at_the_same_page() {
    let simulator = account(30, 1_000).await;
    for page_size in 1..=5 {
        let query = simulator.client().videos().page_size(page_size).created_since(at(994));
        for stop in 0..=7 {
            let got = resumed_after(&query, stop).await;
            assert_eq!(got, simulator.ids()[..7], "pages of {page_size}, {stop} stops");
        }
    }
}

#[tokio::test]
async fn promise_17_the_cursor_continues_to_the_older_videos() {
    let simulator = account(25, 1_000).await;
    let all = simulator.client().videos().page_size(10);
    let mut new = all.clone().created_since(at(994)).stream();
    assert_eq!(ids(&mut new).await.len(), 7);
    let cursor: Cursor = new.cursor().to_string().parse().unwrap();
    assert!(!cursor.is_finished());

    let mut again = all.clone().created_since(at(994)).resume_from(cursor.clone()).stream();
    assert_eq!(ids(&mut again).await, [""; 0]);
    assert_eq!((again.end(), again.stats().requests), (Some(End::SinceReached), 1));
    let mut older = all.resume_from(cursor).stream();
    assert_eq!(ids(&mut older).await, simulator.ids()[7..]);
}

#[tokio::test]
async fn promise_17_new_videos_before_a_resume_do_not_break_the_order() {
    let simulator = account(40, 1_000).await;
    let query = simulator.client().videos().page_size(10).created_since(at(976));
    let mut videos = query.clone().stream();
    let mut got = take(&mut videos, 3).await;
    for number in 0..3 {
        let mut video = Video::new(format!("new-{number}"));
        video.created_at = Some(START + 2_000 + number);
        simulator.insert(video);
    }
    let mut rest = query.resume_from(videos.cursor()).stream();
    got.extend(ids(&mut rest).await);
    assert_eq!(got.len(), 28);
    assert_eq!((rest.end(), rest.stats().requests), (Some(End::SinceReached), 3));
}

#[tokio::test]
async fn promise_17_pages_are_filtered_like_videos() {
    let simulator = account(25, 1_000).await;
    let query = simulator.client().videos().page_size(10).created_since(at(986));
    let mut pages = query.pages();
    let sizes: Vec<_> =
        pages.by_ref().map_ok(|page| page.videos.len()).try_collect().await.unwrap();
    assert_eq!((sizes, pages.end()), (vec![10, 5], Some(End::SinceReached)));
}
