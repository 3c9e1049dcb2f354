//! `Signals`: the requests to stop that the system passes on.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::failure::{Exit, Failure};

/// How long what is under way may take to end after the first signal.
const PATIENCE: Duration = Duration::from_secs(10);

/// The signals that ask the program to stop, from now on no longer ending it by themselves.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, Failure> {
        Self::try_listen().map_err(|error| {
            Failure::new(Exit::Api, "signals", format!("cannot listen for signals: {error}"))
        })
    }

    #[cfg(unix)]
    fn try_listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { interrupt, terminate })
    }

    #[cfg(not(unix))]
    fn try_listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one, and says how the program then ends.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    /// Waits for the next one, and says how the program then ends.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Exit {
        // Where Ctrl-C cannot be listened for, it ends the program by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}

/// Hears signals while a job runs: the first asks it to stop, the second ends the program, as does
/// a job that does not stop.
pub(crate) struct Watch {
    heard: Arc<OnceLock<Exit>>,
    /// Whose drop ends the thread.
    _end: oneshot::Sender<()>,
}

impl Watch {
    /// Calls `stop` on the first signal.
    pub(crate) fn begin(stop: impl FnOnce() + Send + 'static) -> Result<Self, Failure> {
        let heard = Arc::new(OnceLock::new());
        let hears = Arc::clone(&heard);
        let (end, ended) = oneshot::channel();
        let failed = |error| Failure::new(Exit::Api, "signals", format!("cannot listen: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let mut signals = {
            let _within = runtime.enter();
            Signals::listen()?
        };
        let job = async move {
            let first = signals.next().await;
            let _ = hears.set(first);
            stop();
            // What cannot be saved by then, such as into a pipe that nobody empties, never will be.
            let last = timeout(PATIENCE, signals.next()).await.unwrap_or(first);
            std::process::exit(last.code().into());
        };
        // A thread of its own, so that a write which hangs does not keep it from the second one.
        let watch = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = job => {}
                    _ = ended => {}
                }
            });
        };
        thread::Builder::new().name("signals".into()).spawn(watch).map_err(failed)?;
        Ok(Self { heard, _end: end })
    }

    /// How the program ends because of a signal, if one was heard.
    pub(crate) fn heard(&self) -> Option<Exit> {
        self.heard.get().copied()
    }
}
