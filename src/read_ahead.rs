//! The read-ahead adapter: a task that keeps a few pages ready while the consumer works.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::{BoxStream, StreamExt};
use sync_wrapper::SyncWrapper;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::Instrument;

/// Polls `inner` from a task of its own, at most `ahead` items ahead of the consumer.
///
/// The task starts with the first poll and is aborted when this is dropped. Should its runtime go
/// away under it, this ends early: the consumer has to know the last item from any other.
pub(crate) fn read_ahead<T: Send + 'static>(
    inner: BoxStream<'static, T>,
    ahead: usize,
) -> impl Stream<Item = T> + Send + Sync + Unpin {
    ReadAhead { ahead, state: State::Idle(SyncWrapper::new(Some(inner))) }
}

struct ReadAhead<T> {
    ahead: usize,
    state: State<T>,
}

enum State<T> {
    Idle(SyncWrapper<Option<BoxStream<'static, T>>>),
    /// The set has the one task, and aborts it when dropped.
    Running {
        items: mpsc::Receiver<T>,
        _task: JoinSet<()>,
    },
}

impl<T: Send + 'static> Stream for ReadAhead<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let ahead = self.ahead;
        if let State::Idle(inner) = &mut self.state {
            let Some(inner) = inner.get_mut().take() else { return Poll::Ready(None) };
            let (sender, items) = mpsc::channel(ahead);
            let mut task = JoinSet::new();
            task.spawn(pump(inner, sender).in_current_span());
            self.state = State::Running { items, _task: task };
        }
        match &mut self.state {
            State::Running { items, .. } => items.poll_recv(cx),
            State::Idle(_) => Poll::Ready(None),
        }
    }
}

async fn pump<T>(mut inner: BoxStream<'static, T>, sender: mpsc::Sender<T>) {
    // The place in the queue comes before the item, so that no more than the queue is ahead.
    while let Ok(place) = sender.reserve().await {
        match inner.next().await {
            Some(item) => place.send(item),
            None => return,
        }
    }
}
