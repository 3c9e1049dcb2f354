//! Bodies of the API: decoded in full, or cut short.

use futures::{StreamExt, TryStreamExt};
use heygen_videos::{
    ApiVersion, Client, ErrorKind, Malformed, Page, Video, VideoStatus, VideoType,
};
use serde_json::{Map, Value, json};

use crate::support::mock::{LAST, MockApi, MockResponse, error_of};
use crate::support::walk::{ids, within};

const V1_PAGE: &str = include_str!("v1-page.json");
const V1_LAST_PAGE: &str = include_str!("v1-last-page.json");
const V1_ODD_BUT_VALID: &str = include_str!("v1-odd-but-valid.json");
const V1_REFUSED_AT_200: &str = include_str!("v1-refused-at-200.json");
const V1_UNAUTHORIZED: &str = include_str!("v1-unauthorized.json");
const V3_PAGE: &str = include_str!("v3-page.json");
const V1_SUNSET_WARNING: &str = include_str!("v1-sunset-warning.json");
const V3_CAPPED_PAGE: &str = include_str!("v3-capped-page.json");
const V3_TRAILING_EMPTY_PAGE: &str = include_str!("v3-trailing-empty-page.json");
const V3_ERROR: &str = include_str!("v3-error.json");

/// The page that is decoded from this body, and the server.
async fn served(api: ApiVersion, body: &str) -> (Page, MockApi) {
    let server = MockApi::with([MockResponse::ok(body)]).await;
    let mut pages = server.client(api).videos().pages();
    let page = within(pages.next()).await.expect("expected a page").unwrap();
    (page, server)
}

/// The token of the request for the second page.
async fn second_token(server: &MockApi, client: Client) -> Option<String> {
    // The second page has the same token, which ends the walk with an error.
    let _ = within(client.videos().stream().try_collect::<Vec<_>>()).await;
    let asked = server.requests();
    asked.last().unwrap().raw_param("token").map(Into::into)
}

/// Checks all known fields of a video.
#[track_caller]
fn assert_video(
    video: &Video,
    id: &str,
    status: Option<VideoStatus>,
    title: Option<&str>,
    created_at: Option<i64>,
    video_type: Option<VideoType>,
    folder: [Option<&str>; 2],
) {
    assert_eq!(video.video_id, id);
    assert_eq!(video.status, status);
    let is_completed = matches!(status, Some(VideoStatus::Completed | VideoStatus::Success));
    assert_eq!(video.is_completed(), is_completed);
    assert_eq!(video.video_title.as_deref(), title);
    assert_eq!(video.created_at, created_at);
    assert_eq!(video.video_type, video_type);
    assert_eq!([video.folder_id.as_deref(), video.folder()], folder);
}

/// `Serialize` writes the objects that were received.
#[track_caller]
fn assert_written_back(videos: &[Video], received: &Value) {
    assert_eq!(serde_json::to_value(videos).unwrap(), *received);
}

#[track_caller]
fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn the_documented_example_is_decoded_in_full() {
    let (page, server) = served(ApiVersion::V1, V1_PAGE).await;
    let [first, second] = &page.videos[..] else { panic!("{page:?}") };
    let (completed, generated) = (Some(VideoStatus::Completed), Some(VideoType::Generated));
    let title = Some("My Title");
    assert_video(
        first,
        "852adc6r4h584f409112337c1677a90a",
        completed.clone(),
        title,
        Some(1_759_560_467),
        generated.clone(),
        [Some("null"), None],
    );
    let folder = Some("32c8d8a0632d40949dffb60c557dc6ea");
    assert_video(
        second,
        "6a7647a385fc40f6a84db29ac4131n46",
        completed,
        title,
        Some(1_759_734_824),
        generated,
        [folder, folder],
    );
    assert!(first.extra.is_empty() && second.extra.is_empty());
    assert_eq!(page.total, Some(35));
    assert!(!page.cursor().is_finished());

    let body = parsed(V1_PAGE);
    assert_written_back(&page.videos, &body["data"]["videos"]);
    let token = body["data"]["token"].as_str().unwrap().replace("==", "%3D%3D");
    assert_eq!(second_token(&server, server.client(ApiVersion::V1)).await, Some(token));
}

#[tokio::test]
async fn the_last_page_of_v1_is_decoded_in_order() {
    let (page, server) = served(ApiVersion::V1, V1_LAST_PAGE).await;
    let (generated, translated) = (VideoType::Generated, VideoType::Translated);
    let rows = [
        (VideoStatus::Completed, &generated),
        (VideoStatus::Processing, &generated),
        (VideoStatus::Failed, &generated),
        (VideoStatus::Draft, &generated),
        (VideoStatus::Completed, &translated),
    ];
    assert_eq!(page.videos.len(), rows.len());
    for ((video, (status, kind)), at) in page.videos.iter().zip(rows).zip(1..) {
        let (id, created) = (format!("{at:032}"), 1_759_560_467 - at);
        let (title, kind) = (Some("My Title"), Some(kind.clone()));
        assert_video(video, &id, Some(status), title, Some(created), kind, [None, None]);
    }
    assert_eq!(page.total, Some(5));
    assert!(page.cursor().is_finished());
    assert_written_back(&page.videos, &parsed(V1_LAST_PAGE)["data"]["videos"]);
    server.assert_requests(1, "a null token ends the listing");
}

#[tokio::test]
async fn unusual_valid_fields_are_read_and_written_back_unchanged() {
    let (page, _server) = served(ApiVersion::V1, V1_ODD_BUT_VALID).await;
    let [float, text, unknown, bare] = &page.videos[..] else { panic!("{page:?}") };
    let id = |number: u8| format!("{number:032}");
    let completed = Some(VideoStatus::Completed);
    let generated = Some(VideoType::Generated);
    let title = Some("My Title");
    assert_video(
        float,
        &id(1),
        completed.clone(),
        title,
        Some(1_759_560_467),
        generated.clone(),
        [Some(""), None],
    );
    assert_video(text, &id(2), completed, None, Some(1_759_560_466), generated, [None, None]);
    let word = Some(VideoStatus::from("a_new_word"));
    assert_video(unknown, &id(3), word, title, None, None, [None, None]);
    assert_video(bare, "only-an-id", None, None, None, None, [None, None]);

    let extra = json!({ "duration": 12.5, "nested": { "a": [1] } });
    assert_eq!(serde_json::to_value(&unknown.extra).unwrap(), extra);
    // A time that is not an integer is kept as it was received.
    assert_eq!(float.extra.iter().collect::<Vec<_>>(), [("created_at", "1759560467.0")]);
    assert_eq!(text.extra.iter().collect::<Vec<_>>(), [("created_at", "\"1759560466\"")]);
    assert!(bare.extra.is_empty());
    assert_eq!(page.total, Some(4));
    assert!(page.cursor().is_finished());
    assert_written_back(&page.videos, &parsed(V1_ODD_BUT_VALID)["data"]["videos"]);
}

#[tokio::test]
async fn a_v3_page_is_written_with_the_v1_names_for_id_and_title() {
    let (page, server) = served(ApiVersion::V3, V3_PAGE).await;
    let [first, second] = &page.videos[..] else { panic!("{page:?}") };
    let title = Some("Onboarding intro");
    let completed = Some(VideoStatus::Completed);
    assert_video(first, "v_123", completed, title, Some(1_711_382_400), None, [None, None]);
    let failed = Some(VideoStatus::Failed);
    assert_video(second, "v_122", failed, None, None, None, [None, None]);
    assert_eq!(page.total, None);
    assert!(!page.cursor().is_finished());

    assert_written_back(&page.videos, &with_v1_names(V3_PAGE));
    for (video, names) in [
        (first, &["completed_at", "duration", "video_url", "thumbnail_url", "video_page_url"][..]),
        (second, &["failure_code", "failure_message"]),
    ] {
        assert_eq!(video.extra.iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
    }
    assert_eq!(second_token(&server, server.client(ApiVersion::V3)).await.as_deref(), Some("abc"));
}

/// The videos of a v3 page with v1's names.
#[track_caller]
fn with_v1_names(page: &str) -> Value {
    let mut received = parsed(page)["data"].take();
    for video in received.as_array_mut().unwrap() {
        let video: &mut Map<String, Value> = video.as_object_mut().unwrap();
        for (name, renamed) in [("id", "video_id"), ("title", "video_title")] {
            let value = video.remove(name).unwrap();
            video.insert(renamed.into(), value);
        }
    }
    received
}

#[tokio::test]
async fn a_capped_page_of_v3_and_the_empty_one_after_it_are_a_whole_listing() {
    let bodies = [V3_CAPPED_PAGE, V3_TRAILING_EMPTY_PAGE].map(MockResponse::ok);
    let server = MockApi::with(bodies).await;
    let videos = server.client(ApiVersion::V3).videos().stream();
    let videos: Vec<_> = within(videos.try_collect()).await.unwrap();
    assert_eq!(videos.len(), 20);
    assert!(videos.iter().all(|video| video.video_url().is_some() && video.completed().is_some()));
    assert_written_back(&videos, &with_v1_names(V3_CAPPED_PAGE));
    server.assert_requests(2, "20 of 100, then none");
}

#[tokio::test]
async fn a_page_with_a_notice_lists_a_finished_translation() {
    let (page, _server) = served(ApiVersion::V1, V1_SUNSET_WARNING).await;
    let [video] = &page.videos[..] else { panic!("{page:?}") };
    let (status, kind) = (Some(VideoStatus::Success), Some(VideoType::Translated));
    let (title, created) = (Some("Untitled-French"), Some(1_759_560_467));
    assert_video(video, &format!("{:032}", 1), status, title, created, kind, [Some("null"), None]);
    assert_written_back(&page.videos, &parsed(V1_SUNSET_WARNING)["data"]["videos"]);
}

#[tokio::test]
async fn a_page_of_50000_videos_is_read_and_one_of_more_than_100000_is_refused() {
    for (count, is_read) in [(50_000, true), (100_000, true), (100_001, false)] {
        let videos: Vec<_> = (0..count).map(|n| format!(r#"{{"video_id":"{n}"}}"#)).collect();
        let body = format!(r#"{{"data":{{"videos":[{}]}}}}"#, videos.join(","));
        let server = MockApi::with([MockResponse::ok(body)]).await;
        for malformed in [Malformed::Fail, Malformed::Skip] {
            let query = server.client(ApiVersion::V1).videos().malformed(malformed);
            match within(query.pages().next()).await.unwrap() {
                Ok(page) => assert_eq!((page.videos.len(), is_read), (count, true)),
                Err(error) => {
                    assert!(!is_read && error.kind() == ErrorKind::Decode, "{count}: {error}");
                    assert!(error.to_string().contains("more than 100000 videos"), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn refusals_of_the_api_keep_their_code_and_message() {
    let (v1, v3) = (ApiVersion::V1, ApiVersion::V3);
    for (api, status, body, kind, code, words, requests) in [
        (v1, 200, V1_REFUSED_AT_200, ErrorKind::Api, "400545", "Invalid folder", 1),
        (v1, 401, V1_UNAUTHORIZED, ErrorKind::Unauthorized, "400112", "Unauthorized", 1),
        (v3, 429, V3_ERROR, ErrorKind::RateLimited, "rate_limit_exceeded", "Too many requests", 3),
    ] {
        let (error, asked) = error_of(api, MockResponse::new(status, body)).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{error}");
        assert_eq!((error.code(), asked), (Some(code), requests), "{error}");
        assert!(error.to_string().ends_with(&format!(": {words}")), "{error}");
    }
}

#[tokio::test]
async fn a_body_that_was_cut_short_is_retried() {
    for body in [V1_PAGE, V1_LAST_PAGE, V1_ODD_BUT_VALID] {
        let whole = parsed(body);
        let body = whole.to_string();
        for at in [0, 1, body.len() / 3, body.len() / 2, body.len() - 1] {
            let cut = MockResponse::ok(&body[..at]);
            let server = MockApi::with([cut.clone(), cut, MockResponse::ok(LAST)]).await;
            let mut videos = server.client(ApiVersion::V1).videos().stream();
            assert!(ids(&mut videos).await.is_empty());
            assert_eq!(videos.stats().retries, 2);
            server.assert_requests(3, "cut twice, then whole");
        }
        let cut = MockResponse::ok(&body[..body.len() / 2]);
        let (error, asked) = error_of(ApiVersion::V1, cut).await;
        assert_eq!((error.kind(), error.is_retryable(), asked), (ErrorKind::Network, true, 3));
    }
}

#[tokio::test]
async fn a_total_is_a_number_or_a_numeric_string_and_an_invalid_one_is_ignored() {
    for (total, read) in [
        (json!(35), Some(35)),
        (json!("35"), Some(35)),
        (json!(0), Some(0)),
        (json!("0"), Some(0)),
        (json!(" 7 "), Some(7)),
        (json!(250.0), Some(250)),
        (json!("250.00"), Some(250)),
        (json!(0.0), Some(0)),
        (json!(-0.0), None),
        (json!("1,250"), None),
        (json!(u64::MAX), Some(u64::MAX)),
        (json!("18446744073709551615"), Some(u64::MAX)),
        (json!("18446744073709551616"), None),
        (json!(null), None),
        (json!(-1), None),
        (json!(1.5), None),
        (json!("many"), None),
        (json!(""), None),
        (json!([35]), None),
        (json!({ "count": 35 }), None),
        (json!(true), None),
    ] {
        let body = json!({ "data": { "videos": [{ "video_id": "a" }], "total": total } });
        let server = MockApi::with([MockResponse::ok(body)]).await;
        let mut videos = server.client(ApiVersion::V1).videos().stream();
        assert_eq!(videos.total(), None, "no page was received yet");
        assert_eq!(ids(&mut videos).await, ["a"], "{total}");
        assert_eq!(videos.total(), read, "{total}");
    }
}

#[tokio::test]
async fn the_total_is_the_last_one_that_was_received() {
    let pages = [("a", json!("7")), ("b", json!(8)), ("c", json!(null))].map(|(id, total)| {
        let token = (id != "c").then_some(id);
        let data = json!({ "videos": [{ "video_id": id }], "token": token, "total": total });
        MockResponse::ok(json!({ "code": 100, "data": data }))
    });
    let server = MockApi::with(pages).await;
    let mut videos = server.client(ApiVersion::V1).videos().stream();
    for total in [7, 8, 8] {
        videos.next().await.unwrap().unwrap();
        assert_eq!(videos.total(), Some(total));
    }

    let body = json!({ "data": [{ "id": "a" }], "total": 9 });
    let server = MockApi::with([MockResponse::ok(body)]).await;
    let mut videos = server.client(ApiVersion::V3).videos().stream();
    assert_eq!((ids(&mut videos).await.len(), videos.total()), (1, None), "v3 has no total");
}
