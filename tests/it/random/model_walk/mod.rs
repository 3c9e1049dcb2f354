//! Random walks, checked against a model after each item. The listing changes during a walk, pages
//! overlap, videos come in any order, and streams are left alone or killed anywhere and resumed.
//!
//! `CASES=100000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::model_walk`
//! runs 100,000 cases from seed 7. CI runs a small count.

mod case;
mod reference;
mod run;
mod server;
mod tally;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::time::timeout;

use crate::support::soak::{count, seed};

/// Much longer than any case needs.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

#[test]
fn every_walk_of_a_changing_listing_matches_the_model() {
    let (seed, cases) = (seed(), count("CASES", 2_000));
    println!("SEED={seed} CASES={cases}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (begun, strategy) = (Instant::now(), case::cases());
    let tally = RefCell::new(tally::Tally::default());
    for number in 0..cases {
        let case_seed = seed.wrapping_add(number);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&case_seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config {
            cases: 1,
            failure_persistence: None,
            max_shrink_iters: 4_096,
            ..Config::default()
        };
        let ran = TestRunner::new_with_rng(config, rng).run(&strategy, |case| {
            let ran = runtime.block_on(async { timeout(TEST_TIMEOUT, run::run(&case)).await });
            let met = ran.map_err(|_| TestCaseError::fail("the walk hangs"))??;
            tally.borrow_mut().add(met);
            Ok(())
        });
        if let Err(error) = ran {
            panic!("repeat with SEED={case_seed} CASES=1: {error}");
        }
    }
    println!("{cases} cases in {:.1} s: {}", begun.elapsed().as_secs_f64(), tally.borrow());
}
