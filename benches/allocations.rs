//! Counts the allocations of the stream and of the decoding. The counts are the same on every
//! machine, so `main` fails if one of them exceeds the promised number.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::hint::black_box;

use allocation_counter::measure;
use heygen_videos::internals::{decode_page, decode_videos, fingerprints};
use heygen_videos::{ApiVersion, Malformed};
use serde_json::Value;
use tokio::runtime::Builder;

#[path = "peers/items.rs"]
mod items;
#[path = "peers/page.rs"]
mod page;

const PAGES: usize = 100;

/// Allocations allowed for a page without its videos: their array, the token, the envelope's texts.
const PAGE_ALLOCATIONS: u64 = 10;

fn count(of: &str, unit: &str, units: usize, run: impl FnOnce()) -> u64 {
    let count = measure(run).count_total;
    println!("{of:<44} {count:>7}  {:>7.3} {unit}", count as f64 / units as f64);
    count
}

fn items() {
    println!("allocations, {PAGES} ready pages of {}", items::PAGE);
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let total = PAGES * items::PAGE;
    let pages = items::ready_pages(PAGES);
    let ours = count("ours", "an item", total, || {
        assert_eq!(runtime.block_on(items::count(items::ours(pages))), total);
    });
    let pages = || items::pages(PAGES);
    let given = pages();
    count("hand loop", "an item", total, || assert_eq!(items::hand_loop(given), total));
    let given = pages().into_iter();
    count("try_unfold + try_flatten", "an item", total, || {
        assert_eq!(runtime.block_on(items::count(items::unfold(given))), total);
    });
    let given = pages().into_iter();
    count("try_stream! per item", "an item", total, || {
        assert_eq!(runtime.block_on(items::count(items::per_item(given))), total);
    });
    let given = pages();
    count("aws-smithy PaginationStream", "an item", total, || {
        assert_eq!(runtime.block_on(items::smithy(given)), total);
    });
    assert!(ours * 20 <= total as u64, "{ours} allocations are more than 0.05 an item");
}

fn decode() {
    for (name, unknown) in [("known fields", false), ("two unknown fields", true)] {
        println!("allocations, one page of 100 decoded, {name}");
        let body = page::body(unknown);
        let ours = count("ours", "a video", 100, || {
            assert_eq!(decode_page(ApiVersion::V1, &body), Some(100));
        });
        count("derived struct", "a video", 100, || {
            black_box(serde_json::from_slice::<page::Page>(&body).expect("a page"));
        });
        count("Value", "a video", 100, || {
            black_box(serde_json::from_slice::<Value>(&body).expect("a page"));
        });
        if !unknown {
            assert!(ours <= 3 * 100 + PAGE_ALLOCATIONS, "{ours} allocations a page");
        }
    }
}

fn decode_v3() {
    println!("allocations, one page of 100 decoded, the fields of v3");
    let body = page::v3_body();
    let ours = count("ours", "a video", 100, || {
        assert_eq!(decode_page(ApiVersion::V3, &body), Some(100));
    });
    count("derived struct with a flattened map", "a video", 100, || {
        black_box(serde_json::from_slice::<page::V3MapPage>(&body).expect("a page"));
    });
    count("derived struct, drops them", "a video", 100, || {
        black_box(serde_json::from_slice::<page::V3Page>(&body).expect("a page"));
    });
    assert!(ours <= 5 * 100 + PAGE_ALLOCATIONS, "{ours} allocations a page");
}

/// Pages of many small JSON values. As `Value`s they would take a hundred times their size.
fn hostile() {
    println!("peak memory, a hostile page of 4 MiB decoded, as a multiple of its bytes");
    let many = |part: &str| format!("{part},").repeat((4 << 20) / (part.len() + 1)) + part;
    let objects = || format!("[{}]", many(r#"{"":0}"#));
    let names: Vec<_> = (0..400_000).map(|n| format!(r#""{n:x}":0"#)).collect();
    let entry = |fields: &str| format!(r#"{{"data":{{"videos":[{{"video_id":"a",{fields}}}]}}}}"#);
    for (name, body) in [
        ("a total", format!(r#"{{"data":{{"videos":[],"total":{}}}}}"#, objects())),
        ("a message", format!(r#"{{"data":{{"videos":[]}},"message":{}}}"#, objects())),
        ("an error", format!(r#"{{"error":{}}}"#, objects())),
        ("details", format!(r#"{{"error":"x","detail":{}}}"#, objects())),
        ("an unknown field", entry(&format!(r#""x":{}"#, objects()))),
        ("a status", entry(&format!(r#""status":{}"#, objects()))),
        ("many fields", entry(&names.join(","))),
        ("many fields of one name", entry(&many(r#""":0"#))),
        ("many entries that are not videos", format!(r#"{{"data":{{"videos":{}}}}}"#, objects())),
        ("many videos", format!(r#"{{"data":{{"videos":[{}]}}}}"#, many(r#"{"video_id":"a"}"#))),
    ] {
        let peak = measure(|| {
            for malformed in [Malformed::Fail, Malformed::Skip] {
                black_box(decode_videos(ApiVersion::V1, body.as_bytes(), malformed));
            }
        });
        let times = peak.bytes_max as f64 / body.len() as f64;
        println!("{name:<44} {times:>7.2}");
        assert!(times <= 6.0, "{name}: {} bytes", peak.bytes_max);
    }
}

fn count_fingerprints() {
    println!("allocations, the fingerprints for cursor()");
    let videos: Vec<_> = (0..100).map(|n| heygen_videos::Video::new(format!("{n:032x}"))).collect();
    let ours = count("a page of 100", "a video", 100, || {
        black_box(fingerprints(&videos));
    });
    assert_eq!(ours, 1);
}

fn main() {
    items();
    decode();
    decode_v3();
    hostile();
    count_fingerprints();
}
