//! `Video` by itself: what it reads, what it keeps, and what it gives back.

use std::time::{Duration, UNIX_EPOCH};

use fastrand::Rng;
use heygen_videos::{Video, VideoStatus, VideoType};
use serde_json::{Value, json};

#[track_caller]
fn video(json: &str) -> Video {
    serde_json::from_str(json).unwrap()
}

/// Reads a video and asserts that it is given back as `serde_json` itself reads it.
#[track_caller]
fn given_back(json: &str) -> Video {
    let video = video(json);
    let value: Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(&video).unwrap(), value, "{json}");
    assert_eq!(serde_json::from_value::<Video>(value).unwrap(), video, "by way of a value");
    video
}

#[test]
fn the_last_of_several_fields_of_one_name_counts() {
    let video = given_back(
        r#"{"video_id":"a","video_id":"b","status":5,"status":"draft","video_title":"t",
            "video_title":null,"created_at":"7","created_at":8,"x":1,"x":2,"type":"A","type":[]}"#,
    );
    assert_eq!(video.video_id, "b");
    assert_eq!(video.status, Some(VideoStatus::Draft));
    assert_eq!((video.video_title, video.created_at, video.video_type), (None, Some(8), None));
    assert_eq!(video.extra, *json!({"x": 2, "type": []}).as_object().unwrap());
}

#[test]
fn nothing_is_left_of_a_field_that_came_again() {
    let values = [r#""7""#, "8", "9.5", "null", "[]", r#""soon""#, r#"{"a":1}"#];
    for name in ["video_title", "status", "created_at", "type", "folder_id", "x"] {
        for first in values {
            for last in values {
                let twice = format!(r#"{{"{name}":{first},"video_id":"a","{name}":{last}}}"#);
                let once = format!(r#"{{"{name}":{last},"video_id":"a"}}"#);
                assert_eq!(given_back(&twice), video(&once), "{twice}");
            }
        }
    }
    assert_eq!(given_back(r#"{"video_id":null,"video_id":"b"}"#), Video::new("b"));
}

#[test]
fn a_field_that_was_set_is_written_once_and_as_it_is_now() {
    let mut video = given_back(
        r#"{"video_id":"a","status":[1],"created_at":"5","type":null,"video_title":{},"x":1}"#,
    );
    video.status = Some(VideoStatus::Draft);
    video.created_at = Some(6);
    video.video_type = Some(VideoType::Translated);
    video.video_title = Some("t".into());
    video.extra.insert("video_id".into(), json!("shadow"));
    assert_eq!(
        serde_json::to_string(&video).unwrap(),
        r#"{"video_id":"a","status":"draft","video_title":"t","created_at":6,"type":"TRANSLATED","x":1}"#
    );
}

#[test]
fn escapes_in_names_and_values_are_read_through() {
    let video = given_back(
        r#"{"\u0076ideo_id":"a\n\"\\\/\u00e4\ud83c\udfac\u0000","s\u0074atus":"complete\u0064",
            "\u0000\"é":"\t","":0}"#,
    );
    assert_eq!(video.video_id, "a\n\"\\/ä\u{1F3AC}\0");
    assert!(video.is_completed());
    assert_eq!(video.extra.keys().collect::<Vec<_>>(), ["", "\0\"é"]);
    for broken in [r#"{"video_id":"\ud800"}"#, r#"{"video_id":"a","x":"\q"}"#] {
        assert!(serde_json::from_str::<Video>(broken).is_err(), "{broken}");
    }
}

#[test]
fn numbers_are_given_back_to_their_last_digit() {
    let mut rng = Rng::with_seed(7);
    let frames = (0..3_000).map(|frame| f64::from(frame) / 30.0);
    for seconds in frames.chain((0..3_000).map(|_| rng.f64() * 600.0)) {
        let json = format!(r#"{{"video_id":"a","duration":{seconds:?}}}"#);
        assert_eq!(serde_json::to_string(&video(&json)).unwrap(), json);
    }
    for number in [u64::MAX.to_string(), i64::MIN.to_string(), "1.7976931348623157e308".into()] {
        let json = format!(r#"{{"video_id":"a","status":{number},"x":[{number}]}}"#);
        let kept = format!("[{number}]").parse::<Value>().unwrap();
        assert_eq!(given_back(&json).extra["x"], kept);
    }
    // Beyond all floats serde_json decides, which a feature of it may have read that too.
    let beyond = r#"{"video_id":"a","x":1e400}"#;
    assert_eq!(
        serde_json::from_str::<Video>(beyond).is_ok(),
        serde_json::from_str::<Value>(beyond).is_ok()
    );
}

#[test]
fn a_value_of_another_type_is_kept_aside() {
    for odd in ["5", "-5", "1.5", "true", "[1,[2]]", r#"{"a":{"b":null}}"#, "1e300"] {
        for name in ["video_title", "status", "type", "folder_id"] {
            let video = given_back(&format!(r#"{{"video_id":"a","{name}":{odd}}}"#));
            assert_eq!(video.extra[name], serde_json::from_str::<Value>(odd).unwrap());
            assert_eq!((&video.status, &video.folder_id), (&None, &None));
        }
    }
    for odd in [
        "true",
        "[]",
        "{}",
        r#""soon""#,
        r#""2025-10-04T06:47:47Z""#,
        "1e300",
        "-1e300",
        r#""NaN""#,
        r#""inf""#,
        r#""""#,
        "18446744073709551615",
    ] {
        let video = given_back(&format!(r#"{{"video_id":"a","created_at":{odd}}}"#));
        assert_eq!(video.created_at, None, "{odd}");
        assert!(video.extra.contains_key("created_at"));
    }
}

#[test]
fn created_at_is_read_from_any_number_and_given_back_as_it_was_written() {
    for (written, seconds) in [
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("1759560467.0", 1_759_560_467),
        ("1759560467.9", 1_759_560_467),
        ("-0.5", 0),
        (r#""1759560466""#, 1_759_560_466),
        (r#""1759560466.5""#, 1_759_560_466),
    ] {
        let mut video = given_back(&format!(r#"{{"video_id":"a","created_at":{written}}}"#));
        assert_eq!(video.created_at, Some(seconds), "{written}");
        video.created_at = Some(12);
        assert_eq!(serde_json::to_value(&video).unwrap()["created_at"], 12, "what was set counts");
    }
}

#[test]
fn absent_and_null_are_told_apart() {
    let null = r#"{"video_id":"a","status":null,"video_title":null,"created_at":null,"type":null,"folder_id":null}"#;
    assert_eq!(serde_json::to_string(&given_back(null)).unwrap(), null);
    let absent = r#"{"video_id":"a"}"#;
    assert_eq!(serde_json::to_string(&given_back(absent)).unwrap(), absent);
    assert_eq!(video(absent), Video::new("a"));
}

#[test]
fn a_video_without_an_id_is_refused() {
    for json in [
        "{}",
        r#"{"video_id":""}"#,
        r#"{"video_id":null}"#,
        r#"{"video_id":7}"#,
        r#"{"video_id":"a","video_id":null}"#,
        r#"{"id":"a"}"#,
        "[]",
        "null",
        r#""a""#,
    ] {
        assert!(serde_json::from_str::<Video>(json).is_err(), "{json}");
    }
}

#[test]
fn what_is_nested_too_deep_is_an_error_and_no_overflow() {
    for name in ["x", "status", "created_at", "video_id", "video_title"] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = |levels| {
                let value = format!("{}1{}", open.repeat(levels), close.repeat(levels));
                format!(r#"{{"{name}":{value},"video_id":"a"}}"#)
            };
            given_back(&deep(100));
            assert!(serde_json::from_str::<Video>(&deep(100_000)).is_err(), "{name}");
        }
    }
}

#[test]
fn the_helpers_know_the_edges() {
    let mut video = Video::new("a");
    assert_eq!((video.created(), video.folder(), video.is_completed()), (None, None, false));
    for (seconds, instant) in [
        (0, Some(UNIX_EPOCH)),
        (-5, UNIX_EPOCH.checked_sub(Duration::from_secs(5))),
        (1_759_560_467, UNIX_EPOCH.checked_add(Duration::from_secs(1_759_560_467))),
        (i64::MIN, UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 63))),
        (i64::MAX, UNIX_EPOCH.checked_add(Duration::from_secs(i64::MAX as u64))),
    ] {
        video.created_at = Some(seconds);
        assert_eq!(video.created(), instant, "{seconds}");
    }
    for (folder, known) in [("", None), ("null", None), ("NULL", Some("NULL")), ("f", Some("f"))] {
        video.folder_id = Some(folder.into());
        assert_eq!(video.folder(), known);
    }
    video.status = Some("completed".into());
    assert!(video.is_completed());
}

#[test]
fn words_that_are_not_known_are_kept() {
    for word in ["completed", "processing", "pending", "waiting", "failed", "draft", "new", ""] {
        let status: VideoStatus = word.parse().unwrap();
        assert_eq!((status.as_str(), status.to_string().as_str()), (word, word));
        assert_eq!(serde_json::to_value(&status).unwrap(), word);
        assert_eq!(serde_json::from_value::<VideoStatus>(word.into()).unwrap(), status);
        assert_eq!(matches!(status, VideoStatus::Unknown(_)), matches!(word, "new" | ""));
    }
    for word in ["GENERATED", "TRANSLATED", "generated", "null", ""] {
        let kind: VideoType = word.parse().unwrap();
        assert_eq!((kind.as_str(), kind.to_string().as_str()), (word, word));
        assert_eq!(
            (VideoType::from(word), VideoType::from(word.to_owned())),
            (kind.clone(), kind.clone())
        );
        assert_eq!(serde_json::to_value(&kind).unwrap(), word);
        assert_eq!(serde_json::from_value::<VideoType>(word.into()).unwrap(), kind);
        assert_eq!(
            matches!(kind, VideoType::Unknown(_)),
            !matches!(word, "GENERATED" | "TRANSLATED")
        );
    }
    assert_eq!(
        format!("{:>6}|{:<6}|", VideoStatus::Draft, VideoType::from("new")),
        " draft|new   |"
    );
    assert!(serde_json::from_str::<VideoStatus>("7").is_err());
    assert!(serde_json::from_str::<VideoType>("null").is_err());
}
