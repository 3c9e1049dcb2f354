//! Bad queries and cursors: the refusal is the first item of the stream, and nothing is sent.

use futures::StreamExt;
use futures::stream::FusedStream;
use heygen_videos::{ApiVersion, Client, Cursor, End, Stats, VideoQuery};
use httpmock::{HttpMockRequest, HttpMockResponse, Mock, MockServer};
use serde_json::json;

use crate::refused::refused;
use crate::support::walk::{ids, take, v1_page};

#[test]
fn a_text_that_is_no_cursor_is_refused() {
    let sound = Client::new("k").unwrap().videos().title("t").stream().cursor().to_string();
    let (foreign, altered) =
        ("not a cursor of heygen-videos", "cut short or altered: copy it whole");
    for (text, says) in [
        (String::new(), foreign),
        ("secret".into(), foreign),
        ("hgc0.v1.x".into(), foreign),
        ("{\"secret\":1}".into(), foreign),
        (sound.to_uppercase(), foreign),
        (format!("\"{sound}\""), foreign),
        (sound.replacen("hgc1", "hgc2", 1), "update this one"),
        ("hgc1".into(), altered),
        ("hgc1.v1.secret".into(), altered),
        (sound[..sound.len() - 1].into(), altered),
        (sound[..sound.rfind('.').unwrap()].into(), altered),
        (sound.replacen("v1", "v3", 1), altered),
        (format!("{sound}secret"), altered),
        (format!("{sound}\n{sound}"), altered),
    ] {
        refused(text.parse::<Cursor>(), says);
        let json = serde_json::to_string(&text).unwrap();
        let error = serde_json::from_str::<Cursor>(&json).unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains("secret"), "{error}");
    }
    assert!(serde_json::from_str::<Cursor>("7").is_err());
    assert_eq!(format!(" {sound}\r\n").parse::<Cursor>().unwrap().to_string(), sound);
}

/// The refusal is the first item of both streams, and all there is; `rearm` brings it again, and
/// the place that was handed in is kept.
async fn refused_as_first_item(query: VideoQuery, given: Option<&Cursor>, says: &str) {
    let what = format!("{query:?}");
    let mut videos = query.clone().stream();
    assert!(!videos.rearm(), "there was no error yet: {what}");
    let place = given.cloned().unwrap_or_else(|| videos.cursor());
    for _ in 0..3 {
        assert_eq!(videos.cursor(), place, "{what}");
        let item = videos.next().await.unwrap();
        assert_eq!(item.as_ref().unwrap_err().cursor(), Some(&place), "{what}");
        refused(item, says);
        for _ in 0..3 {
            assert!(videos.next().await.is_none(), "{what}");
        }
        assert!(videos.is_terminated(), "{what}");
        assert_eq!((videos.end(), videos.stats()), (Some(End::Failed), Stats::default()));
        assert_eq!(videos.cursor(), place, "{what}");
        assert!(videos.rearm(), "{what}");
    }
    let mut pages = query.pages();
    for _ in 0..2 {
        refused(pages.next().await.unwrap(), says);
        assert!(pages.next().await.is_none(), "{what}");
        assert_eq!((pages.end(), pages.cursor()), (Some(End::Failed), place.clone()), "{what}");
        assert!(pages.rearm(), "{what}");
    }
}

/// A server of one page of two videos in either dialect.
async fn two_videos(server: &MockServer) -> Mock<'_> {
    let page = |request: &HttpMockRequest| match request.uri().path() {
        "/v3/videos" => json!({ "data": [{ "id": "a" }, { "id": "b" }] }),
        _ => v1_page(&["a", "b"], None),
    };
    server
        .mock_async(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                HttpMockResponse::builder().status(200).body(page(request).to_string()).build()
            });
        })
        .await
}

fn client(server: &MockServer, api: ApiVersion) -> Client {
    let builder = Client::builder().api_key("secret-key").base_url(server.base_url());
    builder.api(api).build().unwrap()
}

#[tokio::test]
async fn a_query_out_of_range_is_the_first_item_and_sends_nothing() {
    let server = MockServer::start_async().await;
    let mock = two_videos(&server).await;
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = client(&server, api);
        let query = || client.videos();
        for (query, says) in [
            (query().page_size(0), "page_size is 0: it must be 1 to 100"),
            (query().page_size(101), "page_size is 101: it must be 1 to 100"),
            (query().page_size(u32::MAX), "it must be 1 to 100"),
            (query().page_size(101).max_items(5), "page_size is 101"),
            (query().page_size(0).max_items(0), "page_size is 0"),
            (query().read_ahead(1_001), "read_ahead is 1001 pages: it may be 1000 at most"),
            (query().read_ahead(usize::MAX), "1000 at most"),
            (query().folder_id(""), "folder_id is empty: leave it out"),
            (query().title(""), "title is empty: leave it out"),
            (query().title("").folder_id("f").read_ahead(2), "title is empty: leave it out"),
        ] {
            refused_as_first_item(query, None, says).await;
        }
    }
    mock.assert_calls_async(0).await;

    let client = client(&server, ApiVersion::V1);
    for query in [
        client.videos().page_size(1),
        client.videos().page_size(100).title(" ").folder_id("0").max_items(u64::MAX),
        client.videos().read_ahead(1_000),
    ] {
        assert_eq!(ids(&mut query.stream()).await, ["a", "b"], "the ends of the ranges are in it");
    }
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused_and_not_lost() {
    for (api, other) in [(ApiVersion::V1, ApiVersion::V3), (ApiVersion::V3, ApiVersion::V1)] {
        let server = MockServer::start_async().await;
        let mock = two_videos(&server).await;
        let client = client(&server, api);
        let own = client.videos().folder_id("f").title("t");
        let mut videos = own.clone().stream();
        // Before the first video, within the page, and after the last.
        let mut cursors = vec![videos.cursor()];
        for _ in 0..2 {
            take(&mut videos, 1).await;
            cursors.push(videos.cursor());
        }
        assert!(cursors[2].is_finished());
        mock.assert_calls_async(1).await;
        for cursor in &cursors {
            for query in [
                client.videos(),
                client.videos().folder_id("f"),
                client.videos().title("t"),
                client.videos().folder_id("t").title("f"),
                client.videos().folder_id("f").title("T"),
                client.videos().folder_id("ft").title(" t"),
            ] {
                let says = "other filters: give the same folder_id and title";
                refused_as_first_item(query.resume_from(cursor.clone()), Some(cursor), says).await;
            }
            let query = self::client(&server, other).videos().folder_id("f").title("t");
            let says = format!("build it with .api(ApiVersion::{})", api.as_str().to_uppercase());
            refused_as_first_item(query.resume_from(cursor.clone()), Some(cursor), &says).await;
            let query = own.clone().page_size(0).resume_from(cursor.clone());
            refused_as_first_item(query, Some(cursor), "page_size is 0").await;
        }
        mock.assert_calls_async(1).await;
        // The places are as good as before.
        for (cursor, rest) in cursors.into_iter().zip([&["a", "b"][..], &["b"], &[]]) {
            assert_eq!(ids(&mut own.clone().resume_from(cursor).stream()).await, rest);
        }
    }
}
