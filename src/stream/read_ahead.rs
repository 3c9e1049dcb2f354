//! The read-ahead adapter: a task that keeps a few pages ready while the consumer works.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::{BoxStream, StreamExt};
use sync_wrapper::SyncWrapper;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tracing::Instrument;

/// Polls `inner` from a task of its own, at most `ahead` items ahead of the last one that the
/// consumer took or waits for.
///
/// The task starts with the first poll and is aborted when this is dropped. Should its runtime go
/// away under it, this ends early: the consumer has to know the last item from any other.
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
    /// The set has the one task, and aborts it when dropped.
    Running {
        /// Never more in it than there were slots.
        items: mpsc::UnboundedReceiver<T>,
        slots: Arc<Semaphore>,
        /// Whether the slot for the next item was made when the consumer began to wait for it. Made
        /// when it is taken, the one after it would be asked for only once the consumer is awake.
        awaited: bool,
        _task: JoinSet<()>,
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
            let mut task = JoinSet::new();
            task.spawn(pump(inner, sender, Arc::clone(&slots)).in_current_span());
            self.state = ReadAheadState::Running { items, slots, awaited: false, _task: task };
        }
        let ReadAheadState::Running { items, slots, awaited, .. } = &mut self.state else {
            return Poll::Ready(None);
        };
        let item = items.poll_recv(cx);
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
    // The slot comes before the item, so that no more than the slots are ahead.
    while let Ok(slot) = slots.acquire().await {
        slot.forget();
        let Some(item) = inner.next().await else { return };
        if items.send(item).is_err() {
            return;
        }
    }
}
