//! Random accounts that change between runs and during runs, and syncs of them that are killed,
//! fail, resume, use either version of the API and may be filtered.
//!
//! `CASES=100000 SEED=7 cargo test --release --features cli --test it -- --nocapture sync::model`
//! runs 100,000 cases from seed 7. CI runs a small count.

mod account;
mod case;
mod check;
mod database;

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::support::soak::{count, seed};

/// Much longer than any case needs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn after_each_complete_sync_the_database_equals_the_account() {
    let (seed, cases) = (seed(), count("CASES", 300));
    println!("SEED={seed} CASES={cases}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (begun, mut tally) = (Instant::now(), case::Tally::default());
    let server = runtime.block_on(account::Server::start());
    for number in 0..cases {
        let case_seed = seed.wrapping_add(number);
        let ran = runtime
            .block_on(async { timeout(PATIENCE, case::run(&server, case_seed, &mut tally)).await });
        let ran = ran.unwrap_or_else(|_| Err("the case hangs".into()));
        if let Err(what) = ran {
            panic!("repeat with SEED={case_seed} CASES=1: {what}");
        }
    }
    println!("{cases} cases in {:.1} s: {tally:?}", begun.elapsed().as_secs_f64());
    assert!(tally.killed > 0 && tally.resumed > 0 && tally.deleted > 0, "{tally:?}");
}
