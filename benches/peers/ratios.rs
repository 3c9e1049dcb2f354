//! Compares several ways to do one thing by running them alternately, so that other load on the
//! machine affects all of them alike. The order changes each round, because one way can leave the
//! caches and the allocator in a better state for the next.

use std::time::{Duration, Instant};

/// The time that one way takes, without dropping its result.
pub(crate) fn timed<T>(way: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    let done = way();
    let took = begun.elapsed();
    drop(done);
    took
}

/// Runs each way once to warm up and then once a round. Prints its median time, and the median and
/// the quartiles of its ratio to the first way of the same round.
pub(crate) fn ratios(
    title: &str,
    rounds: usize,
    ways: &mut [(&str, &mut dyn FnMut() -> Duration)],
) {
    let rounds = if std::env::args().any(|arg| arg == "--test") { 1 } else { rounds };
    let mut times = vec![Vec::new(); ways.len()];
    for (_, way) in ways.iter_mut() {
        way();
    }
    let mut order: Vec<_> = (0..ways.len()).collect();
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..rounds {
        random.shuffle(&mut order);
        for &at in &order {
            times[at].push((ways[at].1)().as_secs_f64());
        }
    }
    println!("{title}: {rounds} alternating rounds");
    println!("{:<28} {:>12}  ratio to the first (quartiles)", "", "median");
    for ((name, _), taken) in ways.iter().zip(&times) {
        let ratios = taken.iter().zip(&times[0]).map(|(time, first)| time / first).collect();
        let [low, middle, high] = quartiles(ratios);
        let [_, time, _] = quartiles(taken.clone());
        println!("{name:<28} {:>9.1} us  {middle:.2} ({low:.2} to {high:.2})", 1e6 * time);
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
