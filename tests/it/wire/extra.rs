//! The fields that this crate does not know: kept as text, read when asked, written back.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use heygen_videos::{Extra, Video};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const LONG: &str = "123456789012345678901234567890";

#[track_caller]
fn read(text: &str) -> Video {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The extra fields of a video with these fields.
#[track_caller]
fn extra(fields: &str) -> Extra {
    read(&format!(r#"{{"video_id":"a",{fields}}}"#)).extra
}

#[test]
fn every_value_is_written_back_to_its_last_digit() {
    for value in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.50",
        "1E+2",
        "-1e999",
        "1e-999",
        "0.1e1",
        "18446744073709551615",
        "18446744073709551617",
        "-9223372036854775809",
        LONG,
        "0.1234567890123456789012345678901234567890",
        r#""""#,
        r#""a""#,
        "[]",
        "{}",
        r#"[1e999,{"b":[-0,1.0],"a":{}},"\u0001"]"#,
        r#"{"a":1,"a":2}"#,
    ] {
        for text in [
            format!(r#"{{"video_id":"a","x":{value}}}"#),
            format!(r#"{{"video_id":"a","x":[[{value}]],"y":{{"z":{value}}}}}"#),
        ] {
            let video = read(&text);
            assert_eq!(serde_json::to_string(&video).unwrap(), text);
            let again = serde_json::from_slice(&serde_json::to_vec_pretty(&video).unwrap());
            assert_eq!(video, again.unwrap(), "{text}");
            assert_eq!(serde_json::from_reader::<_, Video>(text.as_bytes()).unwrap(), video);
            let extra = serde_json::to_string(&video.extra).unwrap();
            assert_eq!(extra, text.replace(r#""video_id":"a","#, ""));
        }
    }
}

#[test]
fn fields_are_found_by_name_and_listed_in_the_order_received() {
    let extra = extra(r#""z":[1, 2],"é\n":"\u00e9","":null,"a":{"b" : "c d"}"#);
    let fields = [("z", "[1,2]"), ("é\n", r#""\u00e9""#), ("", "null"), ("a", r#"{"b":"c d"}"#)];
    assert_eq!(extra.iter().collect::<Vec<_>>(), fields);
    assert_eq!((extra.len(), extra.is_empty()), (4, false));
    for (name, json) in fields {
        assert!(extra.contains(name));
        assert_eq!(extra.get_raw(name), Some(json));
        assert_eq!(extra.get(name), Some(serde_json::from_str(json).unwrap()));
    }
    for absent in ["zz", "Z", "b", "video_id", "[1,2]", "\u{0}"] {
        assert_eq!((extra.get(absent), extra.get_raw(absent)), (None, None), "{absent}");
        assert!(!extra.contains(absent));
    }
    assert_eq!(
        format!("{extra:?}"),
        r#"{"z": [1,2], "é\n": "\u00e9", "": null, "a": {"b":"c d"}}"#
    );
    assert_eq!(Extra::default().len(), 0);
    assert!(Extra::default().is_empty() && Extra::default() == read(r#"{"video_id":"a"}"#).extra);
}

#[test]
fn a_field_that_a_json_value_cannot_hold_is_available_as_text() {
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    for json in ["1e999", &*deep] {
        let extra = extra(&format!(r#""x":{json}"#));
        assert_eq!((extra.get("x"), extra.get_raw("x")), (None, Some(json)));
    }
    let long = extra(&format!(r#""x":{LONG}"#));
    assert_eq!(long.get("x").unwrap().as_f64(), LONG.parse().ok());
}

#[test]
fn the_last_of_few_or_many_fields_with_one_name_is_kept() {
    for count in [1, 3, 20, 5_000] {
        let fields: Vec<_> = (0..3 * count).map(|n| format!(r#""x{}":{n}"#, n % count)).collect();
        let extra = extra(&fields.join(","));
        let wanted = (0..count).map(|n| (format!("x{n}"), (n + 2 * count).to_string()));
        let wanted: Vec<(String, String)> = wanted.collect();
        let found = extra.iter().map(|(name, json)| (name.to_owned(), json.to_owned()));
        let found: Vec<_> = found.collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn equality_ignores_the_order_and_nothing_else() {
    assert_eq!(extra(r#""a":1,"b":[2]"#), extra(r#""b": [ 2 ],"a":1"#));
    for other in [r#""a":1"#, r#""a":1,"b":[3]"#, r#""a":1.0,"b":[2]"#, r#""a":1,"c":[2]"#] {
        assert_ne!(extra(r#""a":1,"b":[2]"#), extra(other), "{other}");
    }
}

#[test]
fn fields_can_be_set_and_removed() {
    let mut video = Video::new("a");
    video.extra.insert("x", json!({ "b": [1] }));
    video.extra.insert("y", "text");
    video.extra.insert("x", 2);
    assert_eq!(video.extra.iter().collect::<Vec<_>>(), [("y", "\"text\""), ("x", "2")]);
    video.extra.retain(|name, json| name == "x" && json == "2");
    assert_eq!(serde_json::to_string(&video).unwrap(), r#"{"video_id":"a","x":2}"#);
}

#[test]
fn half_a_surrogate_pair_is_replaced_in_values() {
    let video = read(
        r#"{"video_id":"a","video_title":"\ud83d\ude00\ud83d","x":["\ude00",{"\ud83d":"\\ud83d"}]}"#,
    );
    assert_eq!(video.video_title.as_deref(), Some("😀\u{fffd}"));
    assert_eq!(video.extra.get("x"), Some(json!(["\u{fffd}", { "\u{fffd}": "\\ud83d" }])));
    assert!(serde_json::from_str::<Video>(r#"{"video_id":"\ud83d"}"#).is_err(), "ids are exact");
}

#[test]
fn the_documented_fields_of_v3_have_accessors() {
    let page: Value = serde_json::from_str(include_str!("v3-capped-page.json")).unwrap();
    let mut video = page["data"][0].clone();
    video["video_id"] = "v_000".into();
    let video: Video = serde_json::from_value(video).unwrap();
    assert_eq!(video.duration(), Some(Duration::from_millis(12_400)));
    assert_eq!(video.completed(), Some(UNIX_EPOCH + Duration::from_secs(1_759_560_527)));
    let url = |url: Option<Cow<'_, str>>| url.unwrap().into_owned();
    assert_eq!(url(video.video_url()), "https://files.example/v_000.mp4?Signature=s&Expires=1");
    assert_eq!(url(video.thumbnail_url()), "https://files.example/v_000.jpg?Signature=s");
    assert_eq!(url(video.page_url()), "https://app.example/videos/v_000");

    for nothing in ["null", "[]", "{}", "true", r#""""#] {
        let names = ["duration", "completed_at", "video_url", "thumbnail_url", "video_page_url"];
        let fields = names.map(|name| format!(r#""{name}":{nothing}"#)).join(",");
        for text in [r#"{"video_id":"a"}"#.into(), format!(r#"{{"video_id":"a",{fields}}}"#)] {
            let video = read(&text);
            assert_eq!((video.duration(), video.completed()), (None, None), "{text}");
            let urls = [video.video_url(), video.thumbnail_url(), video.page_url()];
            assert_eq!(urls, [None, None, None], "{text}");
        }
    }
    for (sent, seconds) in [
        ("0", Some(0.0)),
        ("12", Some(12.0)),
        (r#""1.5""#, Some(1.5)),
        ("-1", None),
        ("1e999", None),
        (r#""NaN""#, None),
        (r#""inf""#, None),
        ("1e300", None),
    ] {
        let video = read(&format!(r#"{{"video_id":"a","duration":{sent}}}"#));
        assert_eq!(video.duration(), seconds.map(Duration::from_secs_f64), "{sent}");
    }
    let escaped = read(r#"{"video_id":"a","video_url":"https:\/\/files.example\/a?b\u0026c"}"#);
    assert_eq!(url(escaped.video_url()), "https://files.example/a?b&c");
}

#[test]
fn a_video_works_in_untagged_enums_flattened_structs_and_json_values() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Event {
        Video(Video),
        Other(Value),
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        account: u8,
        #[serde(flatten)]
        video: Video,
    }
    let text = r#"{"video_id":"a","video_title":"t","created_at":5.0,"x":[1,{"y":null}],"z":1.5}"#;
    let video = read(text);
    assert_eq!(serde_json::from_str::<Event>(text).unwrap(), Event::Video(video.clone()));
    let row = format!(r#"{{"account":1,{}"#, &text[1..]);
    assert_eq!(
        serde_json::from_str::<Row>(&row).unwrap(),
        Row { account: 1, video: video.clone() }
    );
    let row = serde_json::to_value(Row { account: 1, video: video.clone() }).unwrap();
    assert_eq!(row["x"], json!([1, { "y": null }]));
    assert_eq!(
        serde_json::from_value::<Video>(serde_json::to_value(&video).unwrap()).unwrap(),
        video
    );
}

#[test]
fn a_binary_format_gets_a_number_as_a_number() {
    let (deep, inner) = ("[".repeat(20), "]".repeat(20));
    let video: Video = serde_json::from_str(&format!(
        r#"{{"video_id":"a","duration":12.40,"big":123456789012345678901234567890,"odd":[1.50,-0],
            "huge":1e999,"half":"\ud800","deep":{deep}1{inner}}}"#
    ))
    .unwrap();
    // The compact form of MessagePack writes a struct as an array of its values.
    for packed in [rmp_serde::to_vec(&video).unwrap(), rmp_serde::to_vec_named(&video).unwrap()] {
        let mut read: Value = rmp_serde::from_slice(&packed).unwrap();
        let text = read.to_string();
        assert!(!text.contains("private"), "{text}");
        let within = (0..16).fold(&read["deep"], |value, _| &value[0]);
        assert_eq!(within, "[[[[1]]]]");
        read.as_object_mut().unwrap().remove("deep");
        let expected = json!({
            "video_id": "a", "duration": 12.4, "big": 123_456_789_012_345_678_901_234_567_890_f64,
            "odd": [1.5, -0.0], "huge": "1e999", "half": "\u{fffd}",
        });
        assert_eq!(read, expected);
    }
}

#[test]
fn a_text_format_other_than_json_gets_the_values_themselves() {
    let fields =
        r#"{"video_id":"a","no":false,"yes":true,"none":null,"text":"t","list":[1,{"b":2}]}"#;
    let video: Video = serde_json::from_str(fields).unwrap();
    let mut packed = rmp_serde::Serializer::new(Vec::new()).with_human_readable();
    video.serialize(&mut packed).unwrap();
    let read: Value = rmp_serde::from_slice(&packed.into_inner()).unwrap();
    assert_eq!(read, serde_json::from_str::<Value>(fields).unwrap());
}
