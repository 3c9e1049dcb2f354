//! `start_token`: a walk that begins at a token from elsewhere.

use futures::StreamExt;
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, ErrorKind, VideoQuery};

use crate::support::mock::MockApi;
use crate::support::walk::{ids, simulator, take};

/// The token of the second page, as another program could have received it.
async fn token_of(simulator: &Simulator, query: VideoQuery) -> String {
    take(&mut query.stream(), 101).await;
    simulator.recorded().last().unwrap().param("token").unwrap().to_owned()
}

#[tokio::test]
async fn the_walk_begins_at_the_page_of_the_token() {
    let simulator = simulator(350).await;
    for api in [ApiVersion::Auto, ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        let token = token_of(&simulator, client.videos()).await;
        let asked = simulator.requests();
        let mut videos = client.videos().start_token(&token).stream();
        assert_eq!(simulator.requests(), asked, "nothing is sent before the first poll");
        assert_eq!(ids(&mut videos).await, simulator.ids()[100..]);
        assert_eq!(simulator.requests() - asked, 3);
        assert!(videos.cursor().is_finished());

        let mut pages = client.videos().start_token(&token).pages();
        assert_eq!(pages.next().await.unwrap().unwrap().videos.len(), 100);
    }
}

#[tokio::test]
async fn cursors_after_a_start_token_are_exact_also_before_the_first_request() {
    let simulator = simulator(250).await;
    let client = simulator.client();
    let token = token_of(&simulator, client.videos()).await;
    let mut videos = client.videos().start_token(token).stream();
    for taken in 100..250 {
        if taken % 10 == 0 {
            let cursor = videos.cursor().to_string().parse().unwrap();
            let rest = ids(&mut client.videos().resume_from(cursor).stream()).await;
            assert_eq!(rest, simulator.ids()[taken..], "after {taken}");
        }
        take(&mut videos, 1).await;
    }
}

#[tokio::test]
async fn the_token_is_sent_byte_for_byte_with_the_filters() {
    let token = "ab+/= %&?#\"ö\u{1f600}";
    let server = MockApi::with_pages(&[(Some(token), &["x"], None)]).await;
    let query = server.client(ApiVersion::V1).videos().title("t").folder_id("f");
    assert_eq!(ids(&mut query.start_token(token).stream()).await, ["x"]);
}

#[tokio::test]
async fn a_token_that_the_server_refuses_is_an_error_of_the_kind_cursor() {
    let simulator = simulator(10).await;
    for api in [ApiVersion::Auto, ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        let mut videos = client.videos().start_token("of another server").stream();
        let error = videos.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Cursor, Some(400)));
        assert!(!error.to_string().contains("another server"), "{error}");
    }
}

#[tokio::test]
async fn an_empty_token_and_a_token_with_a_cursor_are_refused_before_anything_is_sent() {
    let simulator = simulator(10).await;
    let client = simulator.client();
    let cursor = client.videos().stream().cursor();
    for (query, word) in [
        (client.videos().start_token(""), "empty"),
        (client.videos().start_token("t").resume_from(cursor.clone()), "resume_from"),
        (client.videos().resume_from(cursor).start_token("t"), "resume_from"),
    ] {
        let mut videos = query.stream();
        let error = videos.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(word), "{error}");
        assert!(videos.next().await.is_none());
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn debug_output_shows_no_token() {
    let client = simulator(1).await.client();
    let query = client.videos().start_token("canary");
    let debug = format!("{query:?} {:?}", query.clone().stream());
    assert!(!debug.contains("canary") && debug.contains("[redacted]"), "{debug}");
}
