//! `OwnTask`: work that continues while it is not polled, and is cancelled when it is dropped.

use std::panic;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tokio::task::{JoinHandle, unconstrained};
use tracing::Instrument;
use tracing::dispatcher::{self, Dispatch};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::error::{Error, ErrorKind};

/// A future that runs in a Tokio task of its own. Dropping it cancels the task.
///
/// Its output is `None` if the runtime was shut down before the task ended.
#[derive(Debug)]
pub(super) struct OwnTask<T>(JoinHandle<T>);

impl<T: Send + 'static> OwnTask<T> {
    /// Starts the future, in the span and with the subscriber of the caller.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub(super) fn spawn(future: impl Future<Output = T> + Send + 'static) -> Self {
        let Ok(runtime) = Handle::try_current() else {
            panic!(
                "a stream of heygen-videos must be polled inside a Tokio runtime, which runs its \
                 requests: use #[tokio::main], or enter a tokio::runtime::Runtime"
            );
        };
        let future = future.in_current_span();
        let subscriber = dispatcher::get_default(Dispatch::clone);
        // Setting "no subscriber" would count as setting one, and `tracing` would stop passing
        // events on to the `log` crate (tokio-rs/tracing#2913).
        Self(match subscriber.is::<NoSubscriber>() {
            true => runtime.spawn(future),
            false => runtime.spawn(future.with_subscriber(subscriber)),
        })
    }
}

impl<T> Future for OwnTask<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Tokio renews the budget of a task only between its polls. A caller that blocks within one
        // poll would use it up and then wait forever. This is fair, because every page is fetched
        // by another task, which has a budget of its own.
        let finished = pin!(unconstrained(&mut self.0));
        Poll::Ready(match ready!(finished.poll(cx)) {
            Ok(output) => Some(output),
            Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        })
    }
}

impl<T> Drop for OwnTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The error for a task that was cut off. Another attempt in another runtime can succeed.
pub(super) fn runtime_was_shut_down() -> Error {
    Error::new(ErrorKind::Network, "the Tokio runtime that ran the request was shut down")
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_task_runs_unpolled_and_ends_when_dropped() {
        let (sender, receiver) = oneshot::channel();
        let task = OwnTask::spawn(async { sender.send(()) });
        assert_eq!(receiver.await, Ok(()), "the task ran although nobody polled it");
        assert_eq!(task.await, Some(Ok(())));

        let (sender, receiver) = oneshot::channel::<()>();
        let task = OwnTask::spawn(async move {
            let _kept = sender;
            pending::<()>().await;
        });
        drop(task);
        assert!(receiver.await.is_err(), "the task was dropped");
    }

    #[test]
    fn a_task_has_no_output_if_its_runtime_was_shut_down() {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let first = runtime();
        let task = {
            let _entered = first.enter();
            OwnTask::spawn(pending::<()>())
        };
        drop(first);
        assert_eq!(runtime().block_on(task), None);
    }

    #[tokio::test]
    #[should_panic(expected = "canary")]
    async fn a_panic_in_a_task_continues_in_the_caller() {
        OwnTask::spawn(async { panic!("canary") }).await;
    }

    #[test]
    #[should_panic(expected = "inside a Tokio runtime")]
    fn outside_a_runtime_the_panic_names_tokio() {
        drop(OwnTask::spawn(async {}));
    }
}
