//! Random accounts that change between runs, whose target stops reading at any byte.
//!
//! `CASES=20000 SEED=7 cargo test --release --features tap,simulator --test it -- --nocapture
//! tap::random` runs more.

use std::time::Duration;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;
use heygen_videos::tap::Catalog;
use heygen_videos::{ApiVersion, Video};

use crate::support::soak::{count, seed};
use crate::support::tap::{Pipe, Target, run, tap};

const DAY: u64 = 24 * 60 * 60;

/// Changes the account as its users do: new videos come at the top, and some are deleted.
fn change(simulator: &Simulator, rng: &mut Rng, newest: &mut i64) {
    for _ in 0..rng.usize(..8) {
        *newest += rng.i64(0..3 * DAY as i64);
        let mut video = Video::new(format!("v{:016x}", rng.u64(..)));
        video.created_at = Some(*newest);
        simulator.insert(video);
    }
    for _ in 0..rng.usize(..3) {
        let ids = simulator.ids();
        if !ids.is_empty() {
            simulator.remove(&ids[rng.usize(..ids.len())]);
        }
    }
}

async fn case(seed: u64) -> (u64, u64) {
    let mut rng = Rng::with_seed(seed);
    let simulator = Simulator::builder().videos(rng.u64(..60)).seed(seed).start().await.unwrap();
    let (mut target, mut newest) = (Target::default(), 1_759_800_000);
    let (mut complete, mut cut) = (0, 0);
    for _ in 0..12 {
        change(&simulator, &mut rng, &mut newest);
        let api = if rng.bool() { ApiVersion::V1 } else { ApiVersion::V3 };
        let client = simulator.client_builder().api(api).build().unwrap();
        let query = client.videos().page_size(rng.u32(1..9));
        let pipe = match rng.bool() {
            true => Pipe::closed_after(rng.usize(..8_000)),
            false => Pipe::default(),
        };
        let mut tap = tap(query, &pipe)
            .state_every(Duration::from_secs(3600), rng.u32(1..4))
            .look_back(Duration::from_secs(rng.u64(..2 * DAY)));
        if rng.u8(..4) == 0 {
            tap = tap.catalog(full_table());
        }
        if let Some(state) = target.state.clone() {
            tap = tap.state(state);
        }
        let ended = run(tap).await;
        target.load(&pipe.messages());
        match ended {
            Ok(_) => {
                complete += 1;
                for id in simulator.ids() {
                    assert!(
                        target.rows.contains_key(&id),
                        "{id} is missing: repeat with SEED={seed}"
                    );
                }
            }
            Err(_) => cut += 1,
        }
    }
    (complete, cut)
}

fn full_table() -> Catalog {
    let mut catalog: serde_json::Value = serde_json::from_str(&Catalog::discover()).unwrap();
    catalog["streams"][0]["replication_method"] = "FULL_TABLE".into();
    Catalog::from_json(&catalog.to_string()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn after_each_complete_run_the_target_has_every_video() {
    let (seed, cases) = (seed(), count("CASES", 40));
    let (mut complete, mut cut) = (0, 0);
    for number in 0..cases {
        let ended = case(seed.wrapping_add(number)).await;
        complete += ended.0;
        cut += ended.1;
    }
    println!("SEED={seed} CASES={cases}: {complete} complete runs, {cut} cut short");
    assert!(complete > 0 && cut > 0);
}
