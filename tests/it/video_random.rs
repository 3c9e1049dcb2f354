//! Random objects, odd in every way that JSON allows: `Video` and `serde_json::Value` agree on each.
//!
//! `RUNS` and `SEED` in the environment say how many, and where they start.

use fastrand::Rng;
use heygen_videos::{Video, VideoStatus, VideoType};
use serde_json::Value;

use crate::support::soak::{count, seed};

/// Any JSON value, small.
fn any(rng: &mut Rng, depth: u32) -> Value {
    match rng.u8(..if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i64(..).into(),
        3 => rng.u64(..).into(),
        4 => (rng.f64() * 1e12 - 5e11).into(),
        5 => {
            ["", "null", "completed", "17", "-1.5", "ö\u{1F3AC}\"\\\n\u{0}"][rng.usize(..6)].into()
        }
        6 => (0..rng.usize(..3)).map(|_| any(rng, depth - 1)).collect(),
        _ => {
            let fields = (0..rng.usize(..3)).map(|n| (format!("k{n}\t"), any(rng, depth - 1)));
            Value::Object(fields.collect())
        }
    }
}

/// The text of an object in which names come twice, escaped, and with values of any type.
fn any_object(rng: &mut Rng) -> String {
    const NAMES: [&str; 9] = [
        "video_title",
        "status",
        "type",
        "folder_id",
        "created_at",
        "video_id",
        "id",
        "x",
        "y\"\n",
    ];
    let fields = (0..rng.usize(..12)).map(|_| {
        let name = *rng.choice(&NAMES).unwrap();
        let quoted = match (rng.u8(..4), name.split_at(1)) {
            (0, (first, rest)) => format!("{:?}", rest).replacen(
                '"',
                &format!("\"\\u{:04x}", u32::from(first.as_bytes()[0])),
                1,
            ),
            _ => serde_json::to_string(name).unwrap(),
        };
        format!("{quoted}: {}", any(rng, 2))
    });
    let mut fields: Vec<_> = fields.collect();
    if rng.u8(..4) > 0 {
        fields.insert(rng.usize(..=fields.len()), r#""video_id":"a""#.into());
    }
    format!("{{{}}}", fields.join(","))
}

#[test]
fn random_objects_are_given_back_as_serde_json_reads_them() {
    let (seed, runs) = (seed(), count("RUNS", 5_000));
    let mut videos = 0;
    for run in 0..runs {
        // Each run has a seed of its own, so that the one that fails can be had alone.
        let seed = seed.wrapping_add(run);
        let json = any_object(&mut Rng::with_seed(seed));
        let again = format!("{json}\nagain with SEED={seed} RUNS=1");
        let value: Value = serde_json::from_str(&json).expect(&again);
        let id = value["video_id"].as_str().unwrap_or_default();
        let Ok(video) = serde_json::from_str::<Video>(&json) else {
            assert_eq!(id, "", "{again}");
            continue;
        };
        videos += 1;
        assert_eq!(video.video_id, id, "{again}");
        assert_ne!(id, "", "{again}");
        assert_eq!(serde_json::to_value(&video).unwrap(), value, "{again}");
        let text = |name: &str| value[name].as_str();
        assert_eq!(video.video_title.as_deref(), text("video_title"), "{again}");
        assert_eq!(video.folder_id.as_deref(), text("folder_id"), "{again}");
        assert_eq!(video.status, text("status").map(VideoStatus::from), "{again}");
        assert_eq!(video.video_type, text("type").map(VideoType::from), "{again}");
        if let Some(seconds) = value["created_at"].as_i64() {
            assert_eq!(video.created_at, Some(seconds), "{again}");
        }
        assert_eq!(serde_json::from_value::<Video>(value).unwrap(), video, "{again}");
        let written = serde_json::to_string(&video).unwrap();
        assert_eq!(serde_json::from_str::<Video>(&written).unwrap(), video, "{again}");
    }
    assert!(runs < 100 || videos > runs / 2, "{videos} of {runs} were videos: SEED={seed}");
}
