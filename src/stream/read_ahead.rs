//! `read_ahead`: a task that fetches the next pages while the consumer works.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::{BoxStream, StreamExt};
use sync_wrapper::SyncWrapper;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::unconstrained;

use super::own_task::OwnTask;

/// Polls `inner` in a separate task, at most `ahead` items beyond the last item that the consumer
/// took or is waiting for.
///
/// The task starts with the first poll and is aborted when this stream is dropped. If its runtime
/// is shut down, this stream ends early, so the consumer must be able to recognise the last item.
pub(crate) fn read_ahead<T: Send + 'static>(
    inner: BoxStream<'static, T>,
    ahead: usize,
) -> impl Stream<Item = T> + Send + Sync + Unpin {
    ReadAhead { ahead, state: ReadAheadState::Idle(SyncWrapper::new(Some(inner))) }
}

struct ReadAhead<T> {
    ahead: usize,
    state: ReadAheadState<T>,
}

enum ReadAheadState<T> {
    Idle(SyncWrapper<Option<BoxStream<'static, T>>>),
    Running {
        /// The channel is unbounded, but `slots` limits the items in it.
        items: mpsc::UnboundedReceiver<T>,
        /// How many more items the task may fetch.
        slots: Arc<Semaphore>,
        /// Whether the consumer is waiting. If so, the slot for the next item was already added.
        /// Adding it only when the item is taken would delay the next request until the consumer
        /// wakes up.
        awaited: bool,
        /// Aborts the task when dropped.
        _task: OwnTask<()>,
    },
}

impl<T: Send + 'static> Stream for ReadAhead<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let ahead = self.ahead;
        if let ReadAheadState::Idle(inner) = &mut self.state {
            let Some(inner) = inner.get_mut().take() else { return Poll::Ready(None) };
            let (sender, items) = mpsc::unbounded_channel();
            let slots = Arc::new(Semaphore::new(ahead));
            let task = OwnTask::spawn(pump(inner, sender, Arc::clone(&slots)));
            self.state = ReadAheadState::Running { items, slots, awaited: false, _task: task };
        }
        let ReadAheadState::Running { items, slots, awaited, .. } = &mut self.state else {
            return Poll::Ready(None);
        };
        // Tokio's budget must not apply here either; `OwnTask::poll` gives the reason. This is
        // fair, because at most `ahead` items can be taken without a wait.
        let received = pin!(unconstrained(poll_fn(|cx| items.poll_recv(cx))));
        let item = received.poll(cx);
        if !*awaited {
            slots.add_permits(1);
        }
        *awaited = item.is_pending();
        item
    }
}

async fn pump<T>(
    mut inner: BoxStream<'static, T>,
    items: mpsc::UnboundedSender<T>,
    slots: Arc<Semaphore>,
) {
    // Take a slot before fetching an item, so that the task is never ahead by more items than
    // slots.
    while let Ok(slot) = slots.acquire().await {
        slot.forget();
        let Some(item) = inner.next().await else { return };
        if items.send(item).is_err() {
            return;
        }
    }
}
