//! The pace: the caller's own limit on requests per second, for all streams of a client together.
//!
//! Requests wait for their turn in a queue. A request's turn depends only on the time of the next
//! turn and on its place in the queue, so when a request leaves, all later ones move up. A request
//! that misses its turn because it is not polled does not delay the others.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};

/// A rate below one request a year is treated as a mistake.
const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A timer may fire this late. The delay does not postpone the next turn; otherwise a high rate
/// could never be reached.
const TIMER_DELAY: Duration = Duration::from_millis(3);

/// One request every `interval`.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    queue: Mutex<Queue>,
    /// Wakes waiting requests when a place before the end of the queue becomes free.
    moved_up: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    /// When the first in the queue has its turn; `None` before the first request.
    next_turn: Option<Instant>,
    next_number: u64,
    /// The numbers of the places, in ascending order.
    numbers: VecDeque<u64>,
}

/// A place in the queue. Dropping it gives the turn back.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pace: &'a Pace,
    number: u64,
}

impl Pace {
    pub(super) fn new(requests_per_second: f64) -> Result<Self> {
        let interval = Duration::try_from_secs_f64(1.0 / requests_per_second)
            .ok()
            .filter(|interval| !interval.is_zero() && *interval <= LONGEST_INTERVAL)
            .ok_or_else(|| {
                Error::invalid("requests_per_second must be a positive number, such as 2 or 0.5")
            })?;
        Ok(Self::with_interval(interval))
    }

    /// The same pace with a queue of its own.
    pub(super) fn another(&self) -> Self {
        Self::with_interval(self.interval)
    }

    fn with_interval(interval: Duration) -> Self {
        Self { interval, queue: Mutex::default(), moved_up: Notify::new() }
    }

    /// Takes the last place in the queue.
    pub(super) fn enter(&self) -> Place<'_> {
        let mut queue = self.lock();
        let number = queue.next_number;
        queue.next_number += 1;
        queue.numbers.push_back(number);
        Place { pace: self, number }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// When the place at this index has its turn.
    fn turn(&self, index: usize, interval: Duration) -> Option<Instant> {
        let before = interval.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX));
        self.next_turn?.checked_add(before)
    }

    fn index(&self, number: u64) -> Option<usize> {
        self.numbers.binary_search(&number).ok()
    }
}

impl Place<'_> {
    /// Waits until this place has its turn.
    pub(super) async fn wait(&self) {
        loop {
            let moved_up = self.pace.moved_up.notified();
            match self.turn() {
                Some(turn) if turn > Instant::now() => drop(timeout_at(turn, moved_up).await),
                _ => return,
            }
        }
    }

    /// When this place has its turn; `None` if it may send at once.
    fn turn(&self) -> Option<Instant> {
        let queue = self.pace.lock();
        queue.turn(queue.index(self.number)?, self.pace.interval)
    }

    /// Uses the turn. Places before this one missed theirs, so they leave the queue as well and may
    /// send as soon as they are polled.
    pub(super) fn take(self) {
        let mut queue = self.pace.lock();
        let Some(index) = queue.index(self.number) else { return };
        let now = Instant::now();
        let turn = queue.turn(index, self.pace.interval);
        let turn = turn.filter(|turn| now.saturating_duration_since(*turn) <= TIMER_DELAY);
        queue.next_turn = turn.unwrap_or(now).checked_add(self.pace.interval);
        queue.numbers.drain(..=index);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queue = self.pace.lock();
        let Some(index) = queue.index(self.number) else { return };
        queue.numbers.remove(index);
        // A waker may run code that needs the lock.
        drop(queue);
        self.pace.moved_up.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::{join, join_all};

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Waits for a turn, uses it, and returns the time at which it was used.
    async fn turn(pace: &Pace) -> Instant {
        let place = pace.enter();
        place.wait().await;
        place.take();
        Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_one_interval_apart_and_do_not_accumulate_while_idle() {
        let pace = Pace::new(4.0).unwrap();
        for _ in 0..2 {
            let begun = Instant::now();
            for n in 0..4 {
                assert_eq!(turn(&pace).await - begun, ms(250) * n);
            }
            tokio::time::advance(Duration::from_secs(60)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_have_their_turns_in_the_order_of_their_arrival() {
        let (pace, begun) = (Pace::new(4.0).unwrap(), Instant::now());
        let turns = join_all((0..5).map(|_| turn(&pace))).await;
        let turns: Vec<_> = turns.into_iter().map(|turn| turn - begun).collect();
        assert_eq!(turns, [ms(0), ms(250), ms(500), ms(750), ms(1_000)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_request_moves_all_later_ones_forward() {
        let (pace, begun) = (Pace::new(2.0).unwrap(), Instant::now());
        turn(&pace).await;
        let mut leaving: Vec<_> = (0..20).map(|_| Box::pin(turn(&pace))).collect();
        assert!(leaving.iter_mut().all(|turn| turn.now_or_never().is_none()));
        let waiting = join(turn(&pace), turn(&pace));
        let leaves = async {
            tokio::time::sleep(ms(100)).await;
            drop(leaving);
        };
        let ((first, second), ()) = join(waiting, leaves).await;
        assert_eq!((first - begun, second - begun), (ms(500), ms(1_000)));
        assert!(pace.lock().numbers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_cancelled_at_its_turn_gives_the_turn_back() {
        let (pace, begun) = (Pace::new(2.0).unwrap(), Instant::now());
        turn(&pace).await;
        let place = pace.enter();
        place.wait().await;
        drop(place);
        assert_eq!(turn(&pace).await - begun, ms(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_not_polled_costs_others_one_turn_at_most() {
        let (pace, begun) = (Pace::new(2.0).unwrap(), Instant::now());
        turn(&pace).await;
        let mut unpolled = Box::pin(turn(&pace));
        assert!((&mut unpolled).now_or_never().is_none());
        assert_eq!(turn(&pace).await - begun, ms(1_000));
        assert_eq!(turn(&pace).await - begun, ms(1_500));
        // It missed its turn, so it may send at once.
        assert_eq!(unpolled.await - begun, ms(1_500));
        assert_eq!(turn(&pace).await - begun, ms(2_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_timer_does_not_lower_the_rate() {
        let (pace, begun) = (Pace::new(500.0).unwrap(), Instant::now());
        for n in 0..100 {
            let place = pace.enter();
            place.wait().await;
            tokio::time::advance(Duration::from_micros(900)).await;
            place.take();
            // Every timer is late, so only the total time shows the rate.
            assert!(begun.elapsed() <= ms(2 * n + 6), "{n}: {:?}", begun.elapsed());
        }
    }
}
