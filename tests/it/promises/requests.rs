//! Promises 1 to 6: which requests a stream sends, and where a listing ends.

use futures::StreamExt;
use heygen_videos::simulator::{Fault, Recorded};
use heygen_videos::{ApiVersion, End, ErrorKind, Stats};

use crate::support::mock::MockApi;
use crate::support::walk::{cap_reached, ids, simulator, take, until_error, without_retries};

#[tokio::test]
async fn promise_01_a_request_is_sent_only_when_its_page_is_needed() {
    let (simulator, other) = (simulator(250).await, simulator(50).await);
    let query = simulator.client().videos().page_size(100);
    let mut videos = query.clone().stream();
    let pages = query.pages();
    assert_eq!((simulator.requests(), simulator.connections()), (0, 0));
    for taken in 1..=250_u64 {
        videos.next().await.unwrap().unwrap();
        if taken % 50 == 0 {
            // A task that requested pages ahead would have time for it now.
            ids(&mut other.client().videos().page_size(10).stream()).await;
        }
        assert_eq!(simulator.requests(), taken.div_ceil(100), "after {taken} videos");
    }
    assert!(videos.next().await.is_none());
    assert_eq!((simulator.requests(), simulator.connections()), (3, 1));
    drop(pages);
}

#[tokio::test]
async fn promise_02_a_walk_sends_as_few_requests_as_possible() {
    for (account, page_size, cap, requests) in [
        (2_500, 100, None, 25),
        (200, 100, None, 2), // all pages are full, and no request follows them
        (0, 100, None, 1),
        (1, 100, None, 1),
        (250, 7, None, 36),
        (2_500, 100, Some(250), 3),
        (2_500, 100, Some(200), 2),
        (2_500, 100, Some(1), 1),
        (2_500, 100, Some(0), 0),
    ] {
        let simulator = simulator(account).await;
        let mut query = simulator.client().videos().page_size(page_size);
        if let Some(cap) = cap {
            query = query.max_items(cap);
        }
        let mut videos = query.stream();
        let got = ids(&mut videos).await.len() as u64;
        assert_eq!(got, cap.unwrap_or(account).min(account));
        let case = format!("{account} videos in pages of {page_size}, cap {cap:?}");
        assert_eq!(simulator.requests(), requests, "{case}");
        assert_eq!(videos.stats().requests, requests, "{case}");
        assert_eq!(simulator.connections(), requests.min(1), "{case}: one connection");
    }
}

fn limits(simulator: &[Recorded]) -> Vec<&str> {
    simulator.iter().map(|request| request.param("limit").unwrap_or("-")).collect()
}

#[tokio::test]
async fn promise_03_the_cap_is_never_exceeded_and_limit_does_not_change() {
    let simulator = simulator(400).await;
    let all = simulator.ids();
    let client = simulator.client();

    let mut small = client.videos().page_size(100).max_items(7).stream();
    assert_eq!(ids(&mut small).await, all[..7]);
    assert_eq!(cap_reached(small.end()), Some(true));
    assert_eq!(limits(&simulator.recorded()), ["7"]);

    let mut large = client.videos().max_items(250).stream();
    assert_eq!(ids(&mut large).await, all[..250]);
    assert_eq!(limits(&simulator.recorded())[1..], ["100", "100", "100"]);

    // After a resume the cap counts only the videos of the new stream.
    let mut rest = client.videos().max_items(100).resume_from(large.cursor()).stream();
    assert_eq!(ids(&mut rest).await, all[250..350]);

    let mut exact = client.videos().max_items(400).stream();
    assert_eq!(ids(&mut exact).await, all);
    assert_eq!(cap_reached(exact.end()), Some(false));
}

#[tokio::test]
async fn promise_03_the_cap_cuts_a_page_that_is_too_long() {
    let server = MockApi::with_pages(&[(None, &["a", "b", "c", "d"], Some("t"))]).await;
    let mut videos = server.client(ApiVersion::V1).videos().max_items(3).stream();
    assert_eq!(ids(&mut videos).await, ["a", "b", "c"]);
    assert_eq!(cap_reached(videos.end()), Some(true));
    assert_eq!(videos.stats().items, 3);
    server.assert_requests(1, "the cap was met");
}

#[tokio::test]
async fn promise_03_a_cap_of_zero_sends_nothing() {
    let simulator = simulator(10).await;
    let mut videos = simulator.client().videos().max_items(0).stream();
    assert!(videos.next().await.is_none());
    assert_eq!(cap_reached(videos.end()), Some(true));
    assert_eq!(videos.stats(), Stats::default());
    assert!(!videos.cursor().is_finished());
    assert_eq!(simulator.connections(), 0);
}

#[tokio::test]
async fn promise_04_every_request_has_the_filters_and_the_exact_token() {
    let simulator = simulator(900).await;
    let folder = simulator.folders().remove(0);
    let query = simulator.client().videos().folder_id(&folder).title("o").page_size(4);
    let got = ids(&mut query.stream()).await;
    let wanted: Vec<_> = simulator
        .videos()
        .into_iter()
        .filter(|video| video.folder() == Some(&folder))
        .filter(|video| video.video_title.as_ref().is_some_and(|t| t.to_lowercase().contains('o')))
        .map(|video| video.video_id)
        .collect();
    assert_eq!(got, wanted);
    assert!(simulator.requests() > 3, "a walk of several pages");
    for request in simulator.recorded() {
        assert_eq!(request.param("folder_id"), Some(folder.as_str()));
        assert_eq!(request.param("title"), Some("o"));
    }

    let token = "a+b/c==&d%20#é\"\\ \u{1F3AC}";
    let pages = [(None, &["a"][..], Some(token)), (Some(token), &["b"], None)];
    let server = MockApi::with_pages(&pages).await;
    let client = server.client(ApiVersion::V1);
    assert_eq!(ids(&mut client.videos().stream()).await, ["a", "b"]);
    assert_eq!(server.requests_for(Some(token)), 1);
}

#[tokio::test]
async fn promise_05_only_a_missing_token_ends_a_listing() {
    let simulator = simulator(250).await;
    for _ in 0..99 {
        simulator.script(Fault::EmptyPage);
    }
    let mut videos = without_retries(&simulator).videos().stream();
    assert_eq!(ids(&mut videos).await, simulator.ids());
    assert_eq!(videos.end(), Some(End::Exhausted));
    assert_eq!(simulator.requests(), 102);
}

#[tokio::test]
async fn promise_06_100_empty_pages_in_a_row_are_an_error() {
    let simulator = simulator(250).await;
    for _ in 0..100 {
        simulator.script(Fault::EmptyPage);
    }
    let mut videos = without_retries(&simulator).videos().stream();
    let (before, error) = until_error(&mut videos).await;
    assert!(before.is_empty());
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert_eq!(simulator.requests(), 100);
    assert!(videos.next().await.is_none());

    assert!(videos.rearm(), "the walk can continue, as the tokens were new");
    assert_eq!(ids(&mut videos).await, simulator.ids());
}

#[tokio::test]
async fn promise_06_a_page_with_videos_resets_the_count_of_empty_pages() {
    let simulator = simulator(250).await;
    for request in (2..=81).chain(83..=162) {
        simulator.script_at(request, Fault::EmptyPage);
    }
    let mut videos = without_retries(&simulator).videos().stream();
    assert_eq!(ids(&mut videos).await, simulator.ids());
    assert_eq!(simulator.requests(), 163);
}

/// A listing of `pages` tokens, whose last page leads back to the first token.
#[track_caller]
fn cycle(pages: usize) -> Vec<(Option<String>, String, String)> {
    let token = |page: usize| format!("token-{}", if page == pages { 0 } else { page });
    (0..=pages)
        .map(|page| (page.checked_sub(1).map(token), format!("video-{page}"), token(page)))
        .collect()
}

#[tokio::test]
async fn promise_06_a_repeated_token_is_an_error_after_the_videos_before_it() {
    // A -> A, A -> B -> A, and longer cycles.
    for pages in [1, 2, 3, 7] {
        let cycle = cycle(pages);
        let ids: Vec<[&str; 1]> = cycle.iter().map(|(_, id, _)| [id.as_str()]).collect();
        let served: Vec<_> = cycle
            .iter()
            .zip(&ids)
            .map(|((asked, _, next), ids)| (asked.as_deref(), &ids[..], Some(next.as_str())))
            .collect();
        let server = MockApi::with_pages(&served).await;

        let mut videos = server.client(ApiVersion::V1).videos().stream();
        let (before, error) = until_error(&mut videos).await;
        assert_eq!(error.kind(), ErrorKind::Pagination, "a cycle of {pages}");
        assert_eq!(before, ids.concat(), "the videos before the error");
        for (token, ..) in &served {
            assert_eq!(server.requests_for(*token), 1, "{token:?}");
        }
        assert!(videos.next().await.is_none());

        // After `rearm` it requests the last page again, and repeats no video.
        assert!(videos.rearm());
        let (again, error) = until_error(&mut videos).await;
        assert_eq!((again, error.kind()), (vec![], ErrorKind::Pagination));
        assert_eq!(server.requests_for(served[pages].0), 2);
    }
}

#[tokio::test]
async fn promise_06_the_token_of_a_resumed_walk_is_not_followed_again() {
    let pages = [(None, &["a"][..], Some("token-1")), (Some("token-1"), &["b"], Some("token-1"))];
    let server = MockApi::with_pages(&pages).await;
    let client = server.client(ApiVersion::V1);
    let mut videos = client.videos().stream();
    take(&mut videos, 1).await;
    let (rest, error) =
        until_error(&mut client.videos().resume_from(videos.cursor()).stream()).await;
    assert_eq!((rest, error.kind()), (vec!["b".to_owned()], ErrorKind::Pagination));
    assert_eq!(server.requests_for(Some("token-1")), 1);
}

#[tokio::test]
async fn promise_06_rearm_continues_after_a_repeated_token() {
    let simulator = simulator(400).await;
    let mut videos = without_retries(&simulator).videos().stream();
    take(&mut videos, 150).await;
    simulator.script(Fault::RepeatToken);
    let (rest, error) = until_error(&mut videos).await;
    assert_eq!(rest.len(), 150);
    assert_eq!((error.kind(), simulator.requests()), (ErrorKind::Pagination, 3));

    // The server sends the right token now, and the walk continues.
    assert!(videos.rearm());
    assert_eq!(ids(&mut videos).await, simulator.ids()[300..]);
}

#[tokio::test]
async fn promise_02_a_small_cap_on_a_resume_does_not_shrink_the_pages() {
    let simulator = simulator(500).await;
    let client = simulator.client();
    let mut videos = client.videos().stream();
    take(&mut videos, 99).await;
    for cap in [1, 3] {
        let asked = simulator.requests();
        let mut rest = client.videos().max_items(cap).resume_from(videos.cursor()).stream();
        assert_eq!(ids(&mut rest).await, simulator.ids()[99..99 + cap as usize]);
        // The server sends the 99 yielded videos again, so a limit of `cap` would bring no new one.
        assert_eq!(simulator.requests() - asked, 1 + u64::from(cap > 1));
    }
}
