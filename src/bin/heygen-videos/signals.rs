//! `Signals`: the requests to stop that the system passes on.

use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::exit::Exit;
use crate::failure::Failure;

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
    /// Calls `stop` on the first signal, then `say`, which may take as long as it likes.
    pub(crate) fn begin(
        stop: impl FnOnce() + Send + 'static,
        say: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Failure> {
        let heard = Arc::new(OnceLock::new());
        let hears = Arc::clone(&heard);
        let (end, ended) = oneshot::channel();
        let (tell, listens) = mpsc::channel();
        let job = async move {
            let mut signals = match Signals::listen() {
                Ok(signals) => signals,
                Err(failure) => return drop(tell.send(Err(failure))),
            };
            let _ = tell.send(Ok(()));
            let first = signals.next().await;
            let _ = hears.set(first);
            stop();
            // Nobody may be emptying stderr; where there is no thread for it, it goes unsaid.
            let _ = thread::Builder::new().name("say".into()).spawn(say);
            // What cannot be saved by then, such as into a pipe that nobody empties, never will be.
            let last = timeout(PATIENCE, signals.next()).await.unwrap_or(first);
            std::process::exit(last.code().into());
        };
        // A thread of its own, so that a write which hangs does not keep it from the second one. The
        // runtime is made there, as it may not be dropped within another one, should this fail.
        let watch = move || -> io::Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                tokio::select! {
                    () = job => {}
                    _ = ended => {}
                }
            });
            Ok(())
        };
        let failed = |error| Failure::new(Exit::Api, "signals", format!("cannot listen: {error}"));
        let watch = thread::Builder::new().name("signals".into()).spawn(watch).map_err(failed)?;
        match listens.recv() {
            Ok(listens) => listens.map(|()| Self { heard, _end: end }),
            // It ended before it could listen.
            Err(_) => match watch.join() {
                Ok(ended) => {
                    Err(failed(ended.err().unwrap_or_else(|| io::ErrorKind::Other.into())))
                }
                Err(panic) => resume_unwind(panic),
            },
        }
    }

    /// How the program ends because of a signal, if one was received.
    pub(crate) fn signal(&self) -> Option<Exit> {
        self.heard.get().copied()
    }
}
