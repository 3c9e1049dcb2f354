//! The JSON of one video: how it is read, and that it is written back unchanged.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use heygen_videos::{Video, VideoStatus, VideoType};
use serde_json::{Value, json};

/// The known fields except the id.
const KNOWN: [&str; 5] = ["video_title", "status", "created_at", "type", "folder_id"];

#[track_caller]
fn read(text: &str) -> Video {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn written(video: &Video) -> Value {
    serde_json::to_value(video).unwrap()
}

/// A video with an id and this value of one other field.
#[track_caller]
fn with(name: &str, value: &str) -> Video {
    read(&format!(r#"{{"video_id":"a","{name}":{value}}}"#))
}

/// The names of the known fields that have a value.
fn held(video: &Video) -> Vec<&'static str> {
    let there = [
        video.video_title.is_some(),
        video.status.is_some(),
        video.created_at.is_some(),
        video.video_type.is_some(),
        video.folder_id.is_some(),
    ];
    KNOWN.into_iter().zip(there).filter_map(|(name, there)| there.then_some(name)).collect()
}

#[test]
fn a_video_needs_a_non_empty_string_as_its_id() {
    for text in [
        "{}",
        r#"{"video_title":"a"}"#,
        r#"{"id":"a"}"#,
        r#"{"VIDEO_ID":"a"}"#,
        r#"{"video_id":""}"#,
        r#"{"video_id":null}"#,
        r#"{"video_id":7}"#,
        r#"{"video_id":false}"#,
        r#"{"video_id":["a"]}"#,
        r#"{"video_id":{"id":"a"}}"#,
        r#"{"video_id":"a","video_id":null}"#,
        r#"["a"]"#,
        r#""a""#,
        "null",
    ] {
        let error = serde_json::from_str::<Video>(text).unwrap_err().to_string();
        assert!(error.contains("id") || error.contains("expected a video object"), "{text}");
    }
    assert_eq!(read(r#"{"video_id":" "}"#).video_id, " ", "any non-empty string is an id");
}

#[test]
fn the_last_of_duplicate_fields_counts() {
    let video = read(
        r#"{"video_id":"a","status":"draft","created_at":"5","type":7,"folder_id":null,"x":1,
            "video_id":"b","status":null,"created_at":6,"type":"GENERATED","folder_id":"f","x":2}"#,
    );
    assert_eq!((video.video_id.as_str(), video.created_at), ("b", Some(6)));
    assert_eq!((&video.status, &video.video_type), (&None, &Some(VideoType::Generated)));
    assert_eq!(
        written(&video),
        json!({ "video_id": "b", "status": null, "created_at": 6, "type": "GENERATED",
                "folder_id": "f", "x": 2 })
    );
    let values = [r#""7""#, "8", "9.0", "null", "[]", r#""soon""#];
    for name in KNOWN {
        for first in values {
            for last in values {
                let text = format!(r#"{{"{name}":{first},"video_id":"a","{name}":{last}}}"#);
                let value: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(written(&read(&text)), value, "{text}");
                assert_eq!(
                    read(&text),
                    with(name, last),
                    "a part of the first value is left: {text}"
                );
            }
        }
    }
}

#[test]
fn a_known_field_of_a_wrong_type_is_kept_in_extra_and_written_back() {
    for name in KNOWN {
        for odd in ["true", "[1,[2]]", r#"{"a":{"b":null}}"#, "[]", "{}", "18446744073709551615"] {
            let video = with(name, odd);
            assert!(held(&video).is_empty(), "{name}: {odd}");
            assert_eq!(video.extra.get_raw(name), Some(odd), "{name}");
            assert_eq!(written(&video)[name].to_string(), odd, "{name}");
        }
        if name != "created_at" {
            let video = with(name, "-1.5");
            assert!(held(&video).is_empty(), "{name}");
            assert_eq!(video.extra.get_raw(name), Some("-1.5"), "{name}");
        }
    }
}

#[test]
fn null_and_absent_fields_are_written_back_as_they_were() {
    assert_eq!(serde_json::to_string(&read(r#"{"video_id":"a"}"#)).unwrap(), r#"{"video_id":"a"}"#);
    for name in KNOWN {
        let video = with(name, "null");
        assert!(held(&video).is_empty() && video.extra.is_empty(), "{name}");
        assert_eq!(written(&video), json!({ "video_id": "a", (name): null }));
    }
}

#[test]
fn a_changed_field_is_written_once_with_its_new_value() {
    let mut video = read(
        r#"{"video_id":"a","status":[1],"created_at":"5","type":null,"video_title":{},"x":1}"#,
    );
    video.status = Some(VideoStatus::Draft);
    video.created_at = Some(6);
    video.video_type = Some(VideoType::Translated);
    video.video_title = Some("t".into());
    video.extra.insert("video_id", "shadow");
    let text = serde_json::to_string(&video).unwrap();
    for name in ["video_id", "status", "created_at", "type", "video_title", "x"] {
        assert_eq!(text.matches(&format!(r#""{name}":"#)).count(), 1, "{name} in {text}");
    }
    let now = json!({ "video_id": "a", "status": "draft", "created_at": 6, "type": "TRANSLATED",
                      "video_title": "t", "x": 1 });
    assert_eq!(written(&video), now);
}

#[test]
fn escapes_in_names_and_values_are_decoded() {
    let video = read(
        r#"{"\u0076ideo_id":"a\n\"\\\/\u00e4\ud83c\udfac\u0000","s\u0074atus":"complete\u0064",
            "\u0000\"é":"\t","":0}"#,
    );
    assert_eq!(video.video_id, "a\n\"\\/ä🎬\u{0}");
    assert!(video.is_completed());
    let names: Vec<_> = video.extra.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["\u{0}\"é", ""]);
    assert_eq!(read(&serde_json::to_string(&video).unwrap()), video);
    for text in [r#"{"video_id":"\ud800"}"#, r#"{"video_id":"a","x":"\q"}"#] {
        assert!(serde_json::from_str::<Video>(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_of_any_depth_is_kept_and_never_overflows_the_stack() {
    for name in ["x", "status", "created_at", "video_title"] {
        for depth in [100, 128, 129, 100_000] {
            for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
                let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                let text = format!(r#"{{"video_id":"a","{name}":{value}}}"#);
                let video = read(&text);
                assert!(video.extra.get_raw(name) == Some(&*value), "{depth} levels in {name}");
                assert_eq!(video.extra.get(name).is_some(), depth < 128, "{depth} levels");
                assert!(serde_json::to_string(&video).unwrap() == text, "{depth} levels in {name}");
            }
        }
    }
}

#[test]
fn created_at_is_read_from_integers_floats_and_numeric_strings() {
    for (sent, seconds) in [
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("1759560467.0", 1_759_560_467),
        ("1759560467.999", 1_759_560_467),
        ("1.5e9", 1_500_000_000),
        ("-0.0", 0),
        ("-9223372036854775808.0", i64::MIN),
        (r#""1759560467""#, 1_759_560_467),
        (r#""1759560467.5""#, 1_759_560_467),
        (r#""-9223372036854775808""#, i64::MIN),
        (r#""9223372036854775807""#, i64::MAX),
    ] {
        let video = with("created_at", sent);
        assert_eq!(video.created_at, Some(seconds), "{sent}");
        let is_integer = sent.parse::<i64>().is_ok();
        assert_eq!(video.extra.get_raw("created_at"), (!is_integer).then_some(sent));
        assert_eq!(written(&video)["created_at"], serde_json::from_str::<Value>(sent).unwrap());
    }
    for odd in [
        "9223372036854775808",
        "1e19",
        "-1e300",
        "123456789012345678901234567890",
        r#""""#,
        r#"" ""#,
        r#""null""#,
        r#""soon""#,
        r#""NaN""#,
        r#""inf""#,
        r#""9223372036854775808""#,
        r#""2025-10-04T06:47:47Z""#,
    ] {
        let video = with("created_at", odd);
        let value: Value = serde_json::from_str(odd).unwrap();
        assert_eq!((video.created_at, video.created()), (None, None), "{odd}");
        assert_eq!(video.extra.get_raw("created_at"), Some(odd));
        assert_eq!(written(&video)["created_at"], value);
    }
    let beyond = r#"{"video_id":"a","created_at":1e400}"#;
    assert_eq!(serde_json::to_string(&read(beyond)).unwrap(), beyond);
}

#[test]
fn a_long_fraction_is_written_back_to_its_last_digit() {
    let mut rng = Rng::with_seed(7);
    let frames = (0..30_000).map(|frame| f64::from(frame) / 30.0);
    for duration in frames.chain((0..5_000).map(|_| rng.f64() * 600.0)) {
        let text = format!(r#"{{"video_id":"a","duration":{duration:?}}}"#);
        assert_eq!(serde_json::to_string(&read(&text)).unwrap(), text);
    }
}

#[test]
fn created_is_exact_or_none_for_any_second() {
    let mut video = Video::new("a");
    assert_eq!(video.created(), None);
    for seconds in [0, 1, 1_759_560_467, i64::from(u32::MAX) + 1] {
        video.created_at = Some(seconds);
        let after = Duration::from_secs(seconds.unsigned_abs());
        assert_eq!(video.created(), Some(UNIX_EPOCH + after));
        video.created_at = Some(-seconds);
        assert_eq!(video.created(), Some(UNIX_EPOCH - after));
    }
    // The platform may not support such an instant, but it must not be a wrong one.
    for seconds in [i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1] {
        video.created_at = Some(seconds);
        let distance = |instant: SystemTime| match instant.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::from(after.as_secs()),
            Err(before) => -i128::from(before.duration().as_secs()),
        };
        let found = video.created().map(distance);
        assert!(found.is_none_or(|found| found == i128::from(seconds)), "{seconds}: {found:?}");
    }
}

#[test]
fn every_form_of_no_folder_is_none() {
    for none in ["null", r#""""#, r#""null""#, "7", "[]"] {
        assert_eq!(with("folder_id", none).folder(), None, "{none}");
    }
    assert_eq!(read(r#"{"video_id":"a"}"#).folder(), None);
    for id in ["f", "NULL", "null ", " "] {
        let video = with("folder_id", &format!("{id:?}"));
        assert_eq!((video.folder(), video.folder_id.as_deref()), (Some(id), Some(id)));
    }
}

#[test]
fn only_completed_and_success_are_completed() {
    assert!(with("status", r#""completed""#).is_completed());
    assert!(with("status", r#""success""#).is_completed(), "the word of a finished translation");
    for other in [r#""Completed""#, r#""completed ""#, r#""processing""#, r#""""#, "null", "true"] {
        assert!(!with("status", other).is_completed(), "{other}");
    }
}

/// Checks all conversions between a word and its variant.
macro_rules! assert_word {
    ($type:ident, $word:expr, $variant:expr) => {{
        let (word, variant): (&str, $type) = ($word, $variant);
        assert_eq!(word.parse::<$type>().unwrap(), variant);
        assert_eq!($type::from(word), variant);
        assert_eq!($type::from(word.to_owned()), variant);
        assert_eq!((variant.as_str(), variant.to_string().as_str()), (word, word));
        assert_eq!(format!("{variant:>12}|"), format!("{word:>12}|"));
        let json = serde_json::to_value(&variant).unwrap();
        assert_eq!(json, word);
        assert_eq!(serde_json::from_value::<$type>(json).unwrap(), variant);
    }};
}

#[test]
fn open_enums_keep_unknown_words() {
    for (word, status) in [
        ("completed", VideoStatus::Completed),
        ("processing", VideoStatus::Processing),
        ("pending", VideoStatus::Pending),
        ("waiting", VideoStatus::Waiting),
        ("failed", VideoStatus::Failed),
        ("draft", VideoStatus::Draft),
        ("success", VideoStatus::Success),
        ("queued", VideoStatus::Queued),
        ("thinking", VideoStatus::Thinking),
    ] {
        assert_word!(VideoStatus, word, status);
    }
    assert_word!(VideoType, "GENERATED", VideoType::Generated);
    assert_word!(VideoType, "TRANSLATED", VideoType::Translated);
    for word in ["", "COMPLETED", "generated", "null", "ünknown 🎬", " draft"] {
        assert_word!(VideoStatus, word, VideoStatus::from(word));
        assert_word!(VideoType, word, VideoType::from(word));
        let VideoStatus::Unknown(status) = VideoStatus::from(word) else { panic!("{word}") };
        let VideoType::Unknown(kind) = VideoType::from(word) else { panic!("{word}") };
        assert_eq!((status.as_str(), kind.to_string().as_str()), (word, word));
        assert_eq!(format!("{status:?}"), format!("{word:?}"));
    }
    assert!(serde_json::from_str::<VideoStatus>("7").is_err());
}

#[test]
fn the_error_for_another_type_names_the_expected_one() {
    let error = serde_json::from_str::<Video>("7").unwrap_err().to_string();
    assert!(error.contains("expected a video object"), "{error}");
    let error = serde_json::from_str::<heygen_videos::Cursor>("7").unwrap_err().to_string();
    assert!(error.contains("expected the text of a cursor"), "{error}");
}
