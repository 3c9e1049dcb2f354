//! A cursor holds about one page of fingerprints, however many yielded videos are deleted.
//!
//! `RUNS=1000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::cursor_size`
//! runs 1,000 listings from seed 7. CI runs a small count.

use std::collections::HashSet;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Video};

use crate::support::soak::{count, seed};
use crate::support::walk::{ids, start, take};

/// A page of 100 fingerprints takes 1,067 characters, and a token a few hundred.
const MOST: usize = 3_000;

/// Enough that most listings are not yielded to the end.
const VIDEOS: usize = 900;

#[tokio::test]
async fn a_cursor_stays_small_while_yielded_videos_are_deleted() {
    let (seed, runs) = (seed(), count("RUNS", 20));
    println!("SEED={seed} RUNS={runs}");
    let mut longest = 0;
    for run in 0..runs {
        let run_seed = seed.wrapping_add(run);
        let size = one_listing(&mut Rng::with_seed(run_seed), run_seed).await;
        longest = longest.max(size);
    }
    println!("the longest cursor has {longest} characters");
}

/// Resumes many times and deletes yielded videos, but never the next one. Returns the length of the
/// longest cursor.
async fn one_listing(rng: &mut Rng, run_seed: u64) -> usize {
    let again = format!("repeat with SEED={run_seed} RUNS=1");
    let simulator = start(Simulator::builder().videos(VIDEOS as u64).seed(rng.u64(..))).await;
    let api = if rng.bool() { ApiVersion::V1 } else { ApiVersion::V3 };
    let client = simulator.client_builder().api(api).build().unwrap();
    let (at_most, deleted_share) = (rng.usize(1..=60), [0.5, 0.9, 1.0][rng.usize(..3)]);
    let newest = simulator.videos()[0].created_at.unwrap();
    let (mut yielded, mut created) = (Vec::new(), 0);
    let mut stay: HashSet<String> = simulator.ids().into_iter().collect();
    let (mut cursor, mut longest) = (client.videos().stream().cursor(), 0);
    for _ in 0..30 {
        let saved = cursor.to_string().parse().unwrap();
        let mut videos = client.videos().resume_from(saved).stream();
        // At least one video remains, so that the cursor is within the listing. Created videos may
        // not be yielded.
        let old = |id: &&String| !id.starts_with("new");
        let left = VIDEOS - yielded.iter().filter(old).count();
        let n = rng.usize(1..=at_most).min(left - 1);
        let now = take(&mut videos, n).await;
        cursor = videos.cursor();
        let size = cursor.to_string().len();
        assert!(size <= MOST, "{size} characters after {} videos: {again}", yielded.len() + n);
        longest = longest.max(size);
        for id in now {
            if rng.f64() < deleted_share {
                assert!(simulator.remove(&id));
                stay.remove(&id);
            }
            yielded.push(id);
        }
        if rng.u8(..4) == 0 {
            let mut video = Video::new(format!("new-{created:04}"));
            created += 1;
            video.created_at = Some(newest + created);
            simulator.insert(video);
        }
    }
    yielded.extend(ids(&mut client.videos().resume_from(cursor).stream()).await);
    let unique: HashSet<_> = yielded.iter().cloned().collect();
    assert_eq!(unique.len(), yielded.len(), "repeated: {again}");
    assert!(stay.is_subset(&unique), "lost: {again}");
    longest
}
