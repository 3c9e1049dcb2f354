//! Random JSON objects: a `Video` and `serde_json::Value` must agree on every field.
//!
//! `RUNS=1000000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::video`
//! reads 1,000,000 objects from seed 7. CI runs a small count.

use fastrand::Rng;
use heygen_videos::{Video, VideoStatus, VideoType};
use serde_json::Value;

use crate::support::soak::{count, seed};

const NAMES: [&str; 5] = ["video_title", "status", "created_at", "type", "folder_id"];

#[test]
fn random_objects_match_serde_json() {
    let (seed, runs) = (seed(), count("RUNS", 5_000));
    println!("SEED={seed} RUNS={runs}");
    for run in 0..runs {
        let run_seed = seed.wrapping_add(run);
        let text = random_object(&mut Rng::with_seed(run_seed));
        let again = format!("{text}\nrepeat with SEED={run_seed} RUNS=1");
        let value: Value = serde_json::from_str(&text).expect(&again);
        let video = serde_json::from_str::<Video>(&text);
        let id = value["video_id"].as_str().unwrap_or_default();
        assert_eq!(video.is_ok(), !id.is_empty(), "{again}");
        let Ok(video) = video else { continue };

        assert_eq!(serde_json::to_value(&video).unwrap(), value, "{again}");
        let as_text = |name: &str| value[name].as_str();
        assert_eq!(video.video_id, id, "{again}");
        assert_eq!(video.video_title.as_deref(), as_text("video_title"), "{again}");
        assert_eq!(video.folder_id.as_deref(), as_text("folder_id"), "{again}");
        assert_eq!(video.status, as_text("status").map(VideoStatus::from), "{again}");
        assert_eq!(video.video_type, as_text("type").map(VideoType::from), "{again}");
        if let Some(seconds) = value["created_at"].as_i64() {
            assert_eq!(video.created_at, Some(seconds), "{again}");
        }
        let of_value = serde_json::from_value::<Video>(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(of_value).unwrap(), value, "{again}");
        for (name, json) in video.extra.iter() {
            let parsed: Value = serde_json::from_str(json).unwrap();
            assert_eq!((&parsed, &video.extra.get(name).unwrap()), (&value[name], &parsed));
        }
        let written = serde_json::to_string(&video).unwrap();
        let read = serde_json::from_str::<Video>(&written).expect(&again);
        assert_eq!(serde_json::to_string(&read).unwrap(), written, "{again}");
    }
}

/// The text of an object with duplicate names and values of any type.
fn random_object(rng: &mut Rng) -> String {
    let mut fields = Vec::new();
    for _ in 0..rng.usize(..12) {
        let name = rng.choice(NAMES).unwrap();
        let name = *rng.choice(["video_id", name, name, "id", "x", "é\\n"]).as_ref().unwrap();
        // Some names begin with an escaped letter.
        let name = match name.as_bytes()[0] {
            first if first.is_ascii() && rng.u8(..8) == 0 => {
                format!("\\u{first:04x}{}", &name[1..])
            }
            _ => name.to_owned(),
        };
        fields.push(format!(r#""{name}":{}"#, random_value(rng, 3)));
    }
    if rng.u8(..4) > 0 {
        fields.push(format!(r#""video_id":"{:x}""#, rng.u32(..)));
    }
    rng.shuffle(&mut fields);
    format!("{{{}}}", fields.join(", "))
}

fn random_value(rng: &mut Rng, depth: u8) -> String {
    let words = ["completed", "draft", "GENERATED", "", "null", "a\\u0000b", "\\ud83c\\udfac", "é"];
    match rng.u8(..if depth == 0 { 8 } else { 10 }) {
        0 => "null".into(),
        1 => rng.bool().to_string(),
        2 => rng.i64(..).to_string(),
        3 => rng.u64(..).to_string(),
        4 => format!("{}e{}", rng.i32(..), rng.i8(-99..99)),
        5 => format!("{:?}", rng.f64() * 4e9),
        6 => format!(r#""{}""#, rng.i64(-9..2_000_000_000)),
        7 => format!(r#""{}""#, rng.choice(words).unwrap()),
        8 => {
            let values = (0..rng.u8(..4)).map(|_| random_value(rng, depth - 1));
            format!("[{}]", values.collect::<Vec<_>>().join(","))
        }
        _ => {
            let names = (0..rng.u8(..4)).map(|_| rng.choice(["a", "b", "status"]).unwrap());
            let names: Vec<_> = names.collect();
            let fields =
                names.iter().map(|name| format!(r#""{name}": {}"#, random_value(rng, depth - 1)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}
