//! What a cursor remembers of the videos before it where pages overlap (promise 9).

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use heygen_videos::{ApiVersion, Client, RetryPolicy};

use crate::support::fault::{FaultServer, Reply, page_v1};
use crate::support::walk::{ids, take};

/// Lists `a`, `b`, some videos that are created between these two, and `c` to `e`.
///
/// The page of each token begins with the last video of the page before, so the first page, of `a`
/// and `b`, is followed by one of created videos. The walk stops after `b`, and again after all
/// created videos. Returns all ids that it yielded.
async fn with_videos_created_between(created: usize, page_size: u32) -> Vec<String> {
    let to_ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let listed = Arc::new(Mutex::new(to_ids(&["a", "b", "c", "d", "e"])));
    let served = Arc::clone(&listed);
    let server = FaultServer::start(move |request, _| {
        let listed = served.lock().unwrap();
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        // A token is the last video before its page.
        let last = request.query("token");
        let at = last.map_or(0, |last| listed.iter().position(|id| id == last).unwrap() + 1);
        let end = listed.len().min(at + limit);
        let overlap = usize::from(end - at > 1);
        let next = (end < listed.len()).then(|| &*listed[end - 1 - overlap]);
        Reply::ok(page_v1(&listed[at..end], next, listed.len() as u64))
    })
    .await;
    let builder = Client::builder().api_key("key").base_url(server.base_url()).api(ApiVersion::V1);
    let client = builder.retry(RetryPolicy::none()).build().unwrap();

    let mut videos = client.videos().page_size(2).stream();
    let mut got = take(&mut videos, 2).await;
    listed.lock().unwrap().splice(1..1, (0..created).map(|number| format!("new-{number}")));
    let query = client.videos().page_size(page_size);
    let mut videos = query.clone().resume_from(videos.cursor()).stream();
    got.extend(take(&mut videos, created).await);
    let cursor = videos.cursor().to_string().parse().unwrap();
    got.extend(ids(&mut query.resume_from(cursor).stream()).await);

    let distinct: HashSet<_> = got.iter().collect();
    assert!(listed.lock().unwrap().iter().all(|id| distinct.contains(id)), "nothing is lost");
    got
}

#[tokio::test]
async fn promise_09_the_last_100_videos_are_remembered_where_pages_overlap() {
    for page_size in [1, 2, 3, 7, 10, 50, 99, 100] {
        for created in [0, 1, 2, 9, 50, 98, 99] {
            let got = with_videos_created_between(created, page_size).await;
            let distinct: HashSet<_> = got.iter().collect();
            assert_eq!(distinct.len(), got.len(), "{created} created, pages of {page_size}");
        }
    }
}

#[tokio::test]
async fn promise_09_beyond_100_videos_overlapping_pages_repeat_one_and_lose_none() {
    for page_size in [1, 2, 100] {
        let got = with_videos_created_between(100, page_size).await;
        assert_eq!(got[102..], ["b", "c", "d", "e"], "pages of {page_size}");
    }
}
