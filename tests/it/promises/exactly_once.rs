//! Promise 16, every video once, and how much of that a cursor remembers (promise 9).

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, Cursor, End, RetryPolicy};

use crate::support::fault::{FaultServer, RawRequest, Reply, page_v1, page_v3};
use crate::support::walk::{ids, ids_and_errors, take, until_error};

fn limit(request: &RawRequest) -> usize {
    request.query("limit").unwrap().parse().unwrap()
}

fn start(request: &RawRequest) -> usize {
    request.query("token").map_or(0, |token| token.parse().unwrap())
}

fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("v{number}")).collect()
}

#[track_caller]
fn client(server: &FaultServer, api: ApiVersion) -> Client {
    let builder = Client::builder().api_key("key").base_url(server.base_url()).api(api);
    builder.retry(RetryPolicy::none()).build().unwrap()
}

/// A listing of this many videos. Each page begins `overlap` videos before the end of the previous
/// page.
async fn overlapping(videos: usize, overlap: usize, api: ApiVersion) -> FaultServer {
    FaultServer::start(move |request, _| {
        let at = start(request);
        let end = videos.min(at + limit(request));
        let next = (end < videos).then(|| (end - overlap).to_string());
        Reply::ok(match api {
            ApiVersion::V3 => page_v3(names(at..end), next.as_deref()),
            _ => page_v1(names(at..end), next.as_deref(), videos as u64),
        })
    })
    .await
}

#[tokio::test]
async fn promise_16_overlapping_pages_yield_every_video_once() {
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let server = overlapping(350, 50, api).await;
        for read_ahead in [0, 1, 3] {
            let mut videos = client(&server, api).videos().read_ahead(read_ahead).stream();
            assert_eq!(ids(&mut videos).await, names(0..350));
            let stats = videos.stats();
            assert_eq!((stats.pages, stats.items, stats.repeated), (6, 350, 250));
            assert_eq!(videos.end(), Some(End::Exhausted));
        }
        let mut capped = client(&server, api).videos().max_items(120).stream();
        assert_eq!(ids(&mut capped).await, names(0..120), "a repeat does not count for the cap");
    }
}

#[tokio::test]
async fn promise_16_overlapping_pages_yield_every_video_once_with_a_stop_at_each_video() {
    let (api, videos) = (ApiVersion::V1, 23);
    let server = overlapping(videos, 3, api).await;
    let client = client(&server, api);
    for (sizes, read_ahead) in [([7, 7], 0), ([7, 7], 1), ([7, 5], 0), ([5, 8], 0)] {
        for stop in 0..=videos {
            let query = client.videos().read_ahead(read_ahead);
            let mut first = query.clone().page_size(sizes[0]).stream();
            let mut got = take(&mut first, stop).await;
            let cursor: Cursor = first.cursor().to_string().parse().unwrap();
            let mut second = query.clone().page_size(sizes[1]).resume_from(cursor).stream();
            got.extend(ids(&mut (&mut second).take(2)).await);
            let cursor = second.cursor().to_string().parse().unwrap();
            got.extend(ids(&mut query.page_size(sizes[1]).resume_from(cursor).stream()).await);
            assert_eq!(got, names(0..videos), "a stop after {stop}, page sizes {sizes:?}");
        }
    }
}

#[tokio::test]
async fn promise_16_a_resumed_stream_counts_what_the_server_repeats_but_not_what_it_asks_for_again()
{
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let server = overlapping(20, 3, api).await;
        let query = client(&server, api).videos().page_size(10);
        // The pages begin at 0, 7 and 14. A resume within the first asks for it again.
        for stop in [0, 4, 10] {
            let mut first = query.clone().stream();
            take(&mut first, stop).await;
            let mut rest = query.clone().resume_from(first.cursor()).stream();
            assert_eq!(ids(&mut rest).await, names(stop..20));
            assert_eq!(rest.stats().repeated, 6, "a stop after {stop}");
        }
    }
}

#[tokio::test]
async fn promise_16_an_id_that_comes_twice_in_a_page_is_yielded_once() {
    let server =
        FaultServer::start(|_, _| Reply::ok(page_v1(["a", "b", "a", "c", "b", "d"], None, 6)))
            .await;
    let client = client(&server, ApiVersion::V1);
    for stop in 0..=4 {
        let mut videos = client.videos().stream();
        let first = take(&mut videos, stop).await;
        let mut rest = client.videos().resume_from(videos.cursor()).stream();
        let all = [first, ids(&mut rest).await].concat();
        assert_eq!(all, ["a", "b", "c", "d"], "a stop after {stop}");
    }
}

#[tokio::test]
async fn promise_16_exactly_the_last_10_000_videos_are_remembered() {
    let server = FaultServer::start(|request, _| {
        Reply::ok(match request.query("token") {
            None => page_v1(names(0..10_001), Some("t"), 1),
            _ => page_v1(names([1, 10_000, 0, 1]), None, 1),
        })
    })
    .await;
    let mut videos = client(&server, ApiVersion::V1).videos().stream();
    let got = ids(&mut videos).await;
    assert_eq!(got[10_001..], ["v0", "v1"], "v0 was forgotten, and its return pushed v1 out");
    assert_eq!(videos.stats().repeated, 2);
}

#[tokio::test]
async fn promise_16_rearm_loses_and_repeats_nothing_where_pages_overlap() {
    for read_ahead in [0, 1, 4] {
        let failed = Arc::new(Mutex::new(HashSet::new()));
        let server = FaultServer::start(move |request, _| {
            let at = start(request);
            // Every page fails once.
            if failed.lock().unwrap().insert(at) {
                return Reply::new(503, "{}");
            }
            let end = 95.min(at + 10);
            let next = (end < 95).then(|| (end - 4).to_string());
            Reply::ok(page_v1(names(at..end), next.as_deref(), 95))
        })
        .await;
        let query = client(&server, ApiVersion::V1).videos().page_size(10);
        let mut videos = query.read_ahead(read_ahead).stream();
        let (got, errors) = ids_and_errors(&mut videos).await;
        assert_eq!(got, names(0..95));
        assert!(errors > 10, "{errors}");
    }
}

#[tokio::test]
async fn promise_09_a_cursor_in_a_page_is_exact_even_if_the_page_is_shorter_the_next_time() {
    // The first response has all videos, the later ones only as many as were asked for.
    for (long, stop, cursors) in [(2_200, 2_150, 1), (2_200, 2_200, 1), (50_000, 12_000, 1)] {
        let total = long + 800;
        let server = FaultServer::start(move |request, number| {
            let at = start(request);
            let end = total.min(at + if number == 0 { long } else { limit(request) });
            let next = (end < total).then(|| end.to_string());
            Reply::ok(page_v1(names(at..end), next.as_deref(), total as u64))
        })
        .await;
        let client = client(&server, ApiVersion::V1);
        let mut videos = client.videos().stream();
        let mut got = take(&mut videos, stop).await;
        for _ in 0..cursors {
            let cursor = videos.cursor().to_string().parse().unwrap();
            videos = client.videos().resume_from(cursor).stream();
        }
        got.extend(ids(&mut videos).await);
        assert_eq!(got, names(0..total), "a page of {long}, a stop after {stop}");
    }
}

#[tokio::test]
async fn promise_09_a_page_of_50_000_is_yielded_whole_and_resumed_within() {
    let server = FaultServer::start(|request, _| {
        let (from, to, next) =
            if start(request) == 0 { (0, 50_000, Some("50000")) } else { (50_000, 50_010, None) };
        Reply::ok(page_v1(names(from..to), next, 50_010))
    })
    .await;
    let client = client(&server, ApiVersion::V1);
    let mut videos = client.videos().stream();
    let mut got = take(&mut videos, 30_000).await;
    let cursor = videos.cursor().to_string().parse().unwrap();
    got.extend(ids(&mut client.videos().resume_from(cursor).stream()).await);
    assert!(got == names(0..50_010), "{} videos", got.len());
}

/// Lists 50 videos in each of `visits` visits, and then the rest. Each visit resumes from the
/// cursor of the previous one. After each visit, `created` new videos are created.
async fn visits(created: usize, visits: usize) -> (Vec<String>, usize) {
    let listed = Arc::new(Mutex::new((0..300).rev().collect::<Vec<usize>>()));
    let served = Arc::clone(&listed);
    let server = FaultServer::start(move |request, _| {
        let listed = served.lock().unwrap();
        let last = request.query("token").map(|token| token.parse::<usize>().unwrap());
        let at = last.map_or(0, |last| listed.partition_point(|video| *video >= last));
        let end = listed.len().min(at + limit(request));
        let next = (end < listed.len()).then(|| listed[end - 1].to_string());
        Reply::ok(page_v1(names(listed[at..end].to_vec()), next.as_deref(), 1))
    })
    .await;
    let client = client(&server, ApiVersion::V1);
    let mut videos = client.videos().stream();
    let mut got = Vec::new();
    for _ in 0..visits {
        got.extend(take(&mut videos, 50).await);
        let cursor = videos.cursor().to_string().parse().unwrap();
        videos = client.videos().resume_from(cursor).stream();
        let mut listed = listed.lock().unwrap();
        let newest = listed[0];
        listed.splice(0..0, (newest + 1..=newest + created).rev());
    }
    got.extend(ids(&mut videos).await);
    let count = listed.lock().unwrap().len();
    (got, count)
}

#[tokio::test]
async fn promise_09_10_000_videos_that_new_ones_pushed_down_are_remembered() {
    for (created, times) in [(150, 45), (60, 199)] {
        let (got, listed) = visits(created, times).await;
        let distinct: HashSet<_> = got.iter().collect();
        assert_eq!((got.len(), distinct.len()), (listed, listed), "{times} visits");
    }
}

#[tokio::test]
async fn promise_09_only_the_videos_beyond_10_000_are_forgotten() {
    // 210 visits of 50 videos: the first 10 of them are forgotten, and no others.
    let (got, listed) = visits(60, 210).await;
    let repeated = got.len() - got.iter().collect::<HashSet<_>>().len();
    assert_eq!(got.len() - repeated, listed, "nothing is lost");
    assert!((1..=500).contains(&repeated), "{repeated} repeated");
}

#[tokio::test]
async fn promise_09_a_page_stream_resumes_within_a_page() {
    let server = overlapping(250, 0, ApiVersion::V1).await;
    let client = client(&server, ApiVersion::V1);
    for stop in [1, 99, 100, 101, 249] {
        let mut videos = client.videos().stream();
        take(&mut videos, stop).await;
        let cursor: Cursor = videos.cursor();
        let pages = client.videos().resume_from(cursor).pages();
        let pages: Vec<_> = pages.map(|page| page.unwrap().videos.len()).collect().await;
        let first = 100 - stop % 100;
        assert_eq!(pages[0], first.min(250 - stop), "a stop after {stop}");
        assert_eq!(pages.iter().sum::<usize>(), 250 - stop);
    }
}

#[tokio::test]
async fn promise_16_videos_that_were_only_read_ahead_do_not_count_as_yielded() {
    let server = overlapping(100, 5, ApiVersion::V1).await;
    let client = client(&server, ApiVersion::V1);
    for stop in 0..=100 {
        let mut videos = client.videos().page_size(10).read_ahead(9).stream();
        let mut got = take(&mut videos, stop).await;
        if stop % 10 == 3 {
            server.until_requests(1).await;
        }
        let mut rest = client.videos().page_size(10).resume_from(videos.cursor()).stream();
        got.extend(ids(&mut rest).await);
        assert_eq!(got, names(0..100));
    }
    let (rest, _) = until_error(&mut client.videos().page_size(0).stream()).await;
    assert!(rest.is_empty());
}
