//! Random runs that are killed and resumed while the listing changes. No remaining video is lost or
//! repeated.
//!
//! `RUNS=10000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::resume`
//! makes 10,000 runs from seed 7. CI runs a small count.

use std::collections::HashSet;

use fastrand::Rng;
use futures::StreamExt;
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Client, Cursor, RetryPolicy, Video};

use crate::support::soak::{count, seed};

#[tokio::test]
async fn random_runs_resume_exactly_through_creations_and_deletions() {
    let (seed, runs) = (seed(), count("RUNS", 300));
    println!("SEED={seed} RUNS={runs}");
    for run in 0..runs {
        let run_seed = seed.wrapping_add(run);
        let fault = one_run(&mut Rng::with_seed(run_seed)).await;
        assert_eq!(fault, None, "repeat with SEED={run_seed} RUNS=1");
    }
}

/// One listing with three creations and three deletions between random kills.
async fn one_run(rng: &mut Rng) -> Option<String> {
    let account = rng.u64(0..=250);
    let simulator = Simulator::builder().videos(account).seed(rng.u64(..)).start().await.unwrap();
    let api = if rng.bool() { ApiVersion::V1 } else { ApiVersion::V3 };
    let client = simulator.client_builder().api(api).retry(RetryPolicy::none()).build().unwrap();
    let before = simulator.ids();
    let mut changes = [true, true, true, false, false, false];
    rng.shuffle(&mut changes);
    let mut changes = changes.into_iter();

    let mut yielded = Vec::new();
    let mut cursor: Option<Cursor> = None;
    for _ in 0..rng.usize(1..=3) {
        let limit = rng.usize(0..=before.len());
        cursor = Some(list(&client, rng, cursor, limit, &mut yielded).await);
        for creation in changes.by_ref().take(rng.usize(0..=6)) {
            change(&simulator, rng, creation);
        }
    }
    for creation in changes {
        change(&simulator, rng, creation);
    }
    let end = list(&client, rng, cursor, usize::MAX, &mut yielded).await;
    if !end.is_finished() {
        return Some("the last run did not finish".into());
    }

    let after: HashSet<_> = simulator.ids().into_iter().collect();
    let distinct: HashSet<_> = yielded.iter().collect();
    if distinct.len() < yielded.len() {
        return Some(format!("{} repeated", yielded.len() - distinct.len()));
    }
    let stayed: Vec<_> = before.iter().filter(|id| after.contains(*id)).collect();
    let got: Vec<_> = yielded.iter().filter(|id| stayed.contains(id)).collect();
    (got != stayed).then(|| {
        format!("of {} remaining videos {} were yielded in order", stayed.len(), got.len())
    })
}

/// Lists up to `limit` videos from the cursor, and returns the cursor after them.
async fn list(
    client: &Client,
    rng: &mut Rng,
    cursor: Option<Cursor>,
    limit: usize,
    yielded: &mut Vec<String>,
) -> Cursor {
    let mut query = client.videos().page_size(rng.u32(1..=100)).read_ahead(rng.usize(0..=2));
    if let Some(cursor) = cursor {
        // As another process reads it.
        query = query.resume_from(cursor.to_string().parse().unwrap());
    }
    let mut videos = query.stream();
    let mut left = limit;
    while left > 0 {
        match videos.next().await {
            Some(video) => yielded.push(video.unwrap().video_id),
            None => break,
        }
        left -= 1;
    }
    videos.cursor()
}

fn change(simulator: &Simulator, rng: &mut Rng, creation: bool) {
    let videos = simulator.videos();
    if creation {
        let mut video = Video::new(format!("new-{:016x}", rng.u64(..)));
        // Mostly the newest video, sometimes one among the old ones.
        let among = if rng.u8(..) < 200 { videos.first() } else { rng.choice(&videos) };
        video.created_at = among.and_then(|video| video.created_at).map(|at| at + 1);
        simulator.insert(video);
    } else if let Some(video) = rng.choice(&videos) {
        simulator.remove(&video.video_id);
    }
}
