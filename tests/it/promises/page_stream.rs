//! `PageStream`: what its methods return during a walk.

use futures::stream::FusedStream;
use futures::{Stream, StreamExt};
use heygen_videos::simulator::Fault;
use heygen_videos::{End, PageStream};

use crate::support::walk::{simulator, without_retries};

#[track_caller]
fn check(pages: &PageStream, total: Option<u64>, left: Option<usize>, terminated: bool) {
    let seen = (pages.total(), pages.size_hint(), pages.is_terminated());
    assert_eq!(seen, (total, (0, left), terminated));
}

#[tokio::test]
async fn a_page_stream_reports_total_and_size_hint_and_terminates_after_none() {
    let simulator = simulator(250).await;
    let mut pages = simulator.client().videos().pages();
    check(&pages, None, None, false);
    for (count, left) in [(100, None), (100, None), (50, Some(0))] {
        assert_eq!(pages.next().await.unwrap().unwrap().videos.len(), count);
        check(&pages, Some(250), left, false);
        assert_eq!(pages.end(), None);
    }
    for _ in 0..2 {
        assert!(pages.next().await.is_none());
        check(&pages, Some(250), Some(0), true);
        assert_eq!(pages.end(), Some(End::Exhausted));
    }
    let stats = pages.stats();
    assert_eq!((stats.pages, stats.items, stats.requests, stats.retries), (3, 250, 3, 0));
}

#[tokio::test]
async fn a_page_stream_continues_at_the_failed_page_after_rearm() {
    let simulator = simulator(250).await;
    simulator.script_at(2, Fault::Status(503));
    let mut pages = without_retries(&simulator).videos().pages();
    assert!(!pages.rearm(), "there is no error yet");
    let first = pages.next().await.unwrap().unwrap();
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.cursor(), Some(&first.cursor()));
    assert!(!pages.is_terminated());
    assert!(pages.next().await.is_none());
    assert_eq!((pages.end(), pages.is_terminated()), (Some(End::Failed), true));
    assert!(pages.rearm());
    assert!(!pages.is_terminated());
    let rest: Vec<_> = pages.map(Result::unwrap).collect().await;
    let rest: Vec<_> = rest.iter().flat_map(|page| &page.videos).map(|v| &v.video_id).collect();
    assert_eq!(rest, simulator.ids()[100..].iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn debug_output_of_streams_and_queries_shows_their_state() {
    let simulator = simulator(250).await;
    let query = simulator.client().videos().title("onboarding");
    assert!(format!("{query:?}").contains("onboarding"));
    let (mut pages, mut videos) = (simulator.client().videos().pages(), query.stream());
    pages.next().await.unwrap().unwrap();
    videos.next().await.unwrap().unwrap();
    for debug in [format!("{pages:?}"), format!("{videos:?}")] {
        for part in ["Stream {", "cursor: Cursor", "end: None", "requests: 1"] {
            assert!(debug.contains(part), "no {part} in {debug}");
        }
    }
}
