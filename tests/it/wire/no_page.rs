//! Responses with status 200 that are not a page of videos: an error, never an empty page.

use futures::StreamExt;
use heygen_videos::{ApiVersion, ErrorKind};

use crate::support::mock::{LAST, MockApi, MockResponse, error_of};
use crate::support::walk::{ids, within};

/// The response is this kind of error after one request, and the error does not quote the body.
async fn assert_no_page(api: ApiVersion, status: u16, body: &str, kind: ErrorKind) {
    let (error, asked) = error_of(api, MockResponse::new(status, body)).await;
    let seen = (error.kind(), error.status(), error.attempts(), error.is_retryable(), asked);
    assert_eq!(seen, (kind, Some(status), 1, false, 1), "{api}, {body:?}: {error}");
    assert!(!format!("{error} {error:?}").contains("quoted"), "{api}, {body:?}: {error:?}");
}

#[tokio::test]
async fn a_body_of_another_shape_is_a_decode_error_and_never_an_empty_page() {
    for body in [
        "{}",
        "[]",
        // The fields without their names. A derived `Deserialize` would accept this.
        r#"[100,null,null,null,{"videos":[]}]"#,
        r#"{"data":[[],null,0]}"#,
        "[[]]",
        "7",
        "null",
        "true",
        r#""quoted""#,
        r#"{"data":null}"#,
        r#"{"data":7}"#,
        r#"{"data":"quoted"}"#,
        r#"{"code":100}"#,
        r#"{"code":"100","data":null}"#,
        r#"{"error":null,"msg":null,"message":"","detail":[]}"#,
        r#"{"code":100,"data":null,"message":"quoted"}"#,
        r#"{"data":7,"message":"quoted"}"#,
        "<!doctype html><title>quoted</title>",
        "quoted",
        "\u{feff}{}",
        r#"{"data":{"videos":[]}} quoted"#,
    ] {
        for api in [ApiVersion::V1, ApiVersion::V3] {
            assert_no_page(api, 200, body, ErrorKind::Decode).await;
        }
    }
    for body in [
        r#"{"data":{}}"#,
        r#"{"data":[]}"#,
        r#"{"data":{"videos":null}}"#,
        r#"{"code":100,"data":{"videos":null}}"#,
        r#"{"code":100,"data":{"videos":null,"total":1}}"#,
        r#"{"data":{"videos":null,"total":0}}"#,
        r#"{"code":100,"data":{"videos":null,"total":null}}"#,
        r#"{"code":100,"data":{"videos":[],"videos":[]}}"#,
        r#"{"data":{"videos":{}}}"#,
        r#"{"data":{"videos":"quoted"}}"#,
        r#"{"data":{"videos":{"video_id":"quoted"}}}"#,
        r#"{"data":{"videos":[null]}}"#,
        r#"{"data":{"videos":[[]]}}"#,
        r#"{"data":{"videos":["quoted"]}}"#,
        r#"{"data":{"videos":[{"video_title":"quoted"}]}}"#,
        r#"{"data":{"videos":[{"id":"quoted"}]}}"#,
        r#"{"data":{"videos":[{"video_id":"a"},{"video_id":""}]}}"#,
        r#"{"data":{"videos":[{"video_id":null,"video_title":"quoted"}]}}"#,
        r#"{"data":{"videos":[{"video_id":7}]}}"#,
        r#"{"data":{"videos":[],"token":{"quoted":7}}}"#,
        r#"{"videos":[]}"#,
        r#"{"code":null,"data":{"videos":[]}}"#,
        r#"{"data":[],"has_more":false}"#,
    ] {
        assert_no_page(ApiVersion::V1, 200, body, ErrorKind::Decode).await;
    }
    for body in [
        r#"{"data":{}}"#,
        r#"{"data":{"videos":[]}}"#,
        r#"{"data":[null]}"#,
        r#"{"data":["quoted"]}"#,
        r#"{"data":[{"video_id":"quoted"}]}"#,
        r#"{"data":[{"id":""}]}"#,
        r#"{"has_more":false,"next_token":null}"#,
        r#"{"data":null}"#,
        r#"{"data":null,"has_more":true}"#,
        r#"{"data":null,"has_more":null,"next_token":null}"#,
    ] {
        assert_no_page(ApiVersion::V3, 200, body, ErrorKind::Decode).await;
    }
}

#[tokio::test]
async fn the_fields_of_a_page_in_an_array_are_a_decode_error() {
    for (api, body) in [
        (ApiVersion::V1, r#"[100,null,null,null,{"videos":[]}]"#),
        (ApiVersion::V1, r#"{"code":100,"data":[[],null]}"#),
        (ApiVersion::V1, r#"{"code":100,"data":[[{"video_id":"quoted"}],null,1]}"#),
        (ApiVersion::V3, "[null,null,null,[],false,null]"),
        (ApiVersion::V3, r#"[null,null,null,[{"id":"quoted"}],false,null]"#),
    ] {
        assert_no_page(api, 200, body, ErrorKind::Decode).await;
    }
}

#[tokio::test]
async fn a_refusal_at_200_is_an_error_even_with_a_page() {
    let page = r#""videos":[{"video_id":"a"}],"token":null"#;
    for (fields, kind) in [
        (r#""code":101"#, ErrorKind::Api),
        (r#""code":"400545""#, ErrorKind::Api),
        (r#""code":0"#, ErrorKind::Api),
        (r#""code":"""#, ErrorKind::Api),
        (r#""code":true"#, ErrorKind::Api),
        (r#""code":{}"#, ErrorKind::Api),
        (r#""code":100,"error":{"code":1,"message":"x"}"#, ErrorKind::Api),
        (r#""code":100,"error":"x""#, ErrorKind::Api),
        (r#""code":"100","error":{"a":1}"#, ErrorKind::Api),
        (r#""code":100,"error":true"#, ErrorKind::Api),
        (r#""code":100,"error":0"#, ErrorKind::Api),
        (r#""error":[]"#, ErrorKind::Api),
        (r#""code":400112"#, ErrorKind::Unauthorized),
        (r#""error":{"code":"forbidden"}"#, ErrorKind::Unauthorized),
    ] {
        let body = format!(r#"{{{fields},"data":{{{page}}}}}"#);
        assert_no_page(ApiVersion::V1, 200, &body, kind).await;
        let body = format!(r#"{{{fields},"data":[{{"id":"a"}}],"has_more":false}}"#);
        assert_no_page(ApiVersion::V3, 200, &body, kind).await;
    }
}

#[tokio::test]
async fn a_success_status_other_than_200_is_a_decode_error() {
    for (status, body) in
        [(201, LAST), (202, LAST), (203, LAST), (204, ""), (205, ""), (206, LAST), (299, "")]
    {
        assert_no_page(ApiVersion::V1, status, body, ErrorKind::Decode).await;
        assert_no_page(ApiVersion::V3, status, body, ErrorKind::Decode).await;
    }
}

#[tokio::test]
async fn a_refusal_is_read_even_if_other_fields_are_invalid() {
    for body in [
        r#"{"code":400545,"data":"quoted"}"#,
        r#"{"code":400545,"data":{"videos":[{"video_id":1}]}}"#,
        r#"{"error":{"code":400545},"data":7}"#,
    ] {
        for api in [ApiVersion::V1, ApiVersion::V3] {
            assert_no_page(api, 200, body, ErrorKind::Api).await;
        }
    }
}

#[tokio::test]
async fn an_empty_account_of_v3_may_have_null_in_place_of_its_list() {
    let server =
        MockApi::with([MockResponse::ok(r#"{"data":null,"has_more":false,"next_token":null}"#)])
            .await;
    assert!(ids(&mut server.client(ApiVersion::V3).videos().stream()).await.is_empty());
    server.assert_requests(1, "the first page is the last");
}

#[tokio::test]
async fn extra_fields_do_not_make_a_page_invalid() {
    for body in [
        r#"{"error":null,"data":{"videos":[]}}"#,
        r#"{"code":100,"error":false,"data":{"videos":[]}}"#,
        r#"{"code":100,"error":"","data":{"videos":[]}}"#,
        r#"{"code":100,"error":{ },"data":{"videos":[]}}"#,
        "\u{feff}{\"data\":{\"videos\":[]}}",
        r#"{"data":{"videos":[],"x":1e999},"y":[-1e999],"half\ud83d":"\ud83d"}"#,
        r#"{"code":100,"data":{"videos":null,"total":0}}"#,
        r#"{"code":100,"data":{"videos":null,"total":0.0}}"#,
        r#"{"code":"100","data":{"token":null,"total":"0","videos":null},"message":"Success"}"#,
        r#"{"data":{"videos":[],"further":[{}]},"further":{"a":1}}"#,
        r#"{"code":"100","data":{"videos":[],"token":null,"total":null},"message":"x"}"#,
        r#"{"code":100.0,"data":{"videos":[]}}"#,
        " \n{\"data\":{\"videos\":[]}}\r\n",
    ] {
        let server = MockApi::with([MockResponse::ok(body)]).await;
        assert!(ids(&mut server.client(ApiVersion::V1).videos().stream()).await.is_empty());
        server.assert_requests(1, body);
    }
}

#[tokio::test]
async fn a_lone_surrogate_is_replaced_and_the_page_and_error_code_are_kept() {
    let v1 =
        r#"{"data":{"videos":[{"video_id":"a","video_title":"\ud83d\ude00\ud83d","x":"\ude00"}]}}"#;
    let v3 = r#"{"data":[{"id":"a","title":"\ud83d\ude00\ud83d","x":"\ude00"}],"has_more":false}"#;
    for (api, body) in [(ApiVersion::V1, v1), (ApiVersion::V3, v3)] {
        let server = MockApi::with([MockResponse::ok(body)]).await;
        let client = server.client(api);
        let mut videos = client.videos().stream();
        let video = within(videos.next()).await.unwrap().unwrap();
        assert_eq!(video.video_title.as_deref(), Some("\u{1f600}\u{fffd}"));
        assert_eq!(video.extra.get_raw("x"), Some(r#""\ufffd""#));
        assert!(within(videos.next()).await.is_none());
        let refusal = r#"{"code":400545,"message":"no folder \ud83d"}"#;
        for status in [200, 404] {
            let (error, _) = error_of(api, MockResponse::new(status, refusal)).await;
            assert_eq!((error.status(), error.code()), (Some(status), Some("400545")), "{error}");
        }
    }
    let id = r#"{"data":{"videos":[{"video_id":"\ud83d"}]}}"#;
    assert_no_page(ApiVersion::V1, 200, id, ErrorKind::Decode).await;
}

#[tokio::test]
async fn a_number_that_json_does_not_have_is_null_in_a_video_and_an_error_elsewhere() {
    let v1 = r#"{"data":{"videos":[{"video_id":"a","created_at":NaN,"x":[-Infinity,"NaN"]}]}}"#;
    let v3 = r#"{"data":[{"id":"a","created_at":Infinity,"x":[NaN,"NaN"]}],"has_more":false}"#;
    for (api, body) in [(ApiVersion::V1, v1), (ApiVersion::V3, v3)] {
        let server = MockApi::with([MockResponse::ok(body)]).await;
        let mut videos = server.client(api).videos().stream();
        let video = within(videos.next()).await.unwrap().unwrap();
        assert_eq!((&*video.video_id, video.created_at), ("a", None));
        assert_eq!(video.extra.get_raw("x"), Some(r#"[null,"NaN"]"#));
        assert!(within(videos.next()).await.is_none());
    }
    let id = r#"{"data":{"videos":[{"video_id":NaN}]}}"#;
    let token = r#"{"data":{"videos":[{"video_id":"a"}],"token":NaN}}"#;
    for body in [id, token] {
        assert_no_page(ApiVersion::V1, 200, body, ErrorKind::Decode).await;
    }
}

#[tokio::test]
async fn a_decode_error_names_the_problem_and_its_position() {
    for (body, says) in [
        (r#"{"data":{"videos":[{"video_id":""}]}}"#, "entry 0 of the page has an empty id"),
        (r#"{"data":{"videos":7}}"#, "a field of the wrong type at line 1, column 19"),
        ("<html>", "invalid JSON at line 1, column 1"),
        ("{}", "no array 'data.videos'"),
    ] {
        let (error, _) = error_of(ApiVersion::V1, MockResponse::ok(body)).await;
        assert!(error.to_string().contains(says), "{body}: {error}");
    }
}
