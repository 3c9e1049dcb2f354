//! SIGINT and SIGTERM: `Signals` waits for them, `Watch` stops an export on the first one.

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

/// How long the export may take to stop after the first signal.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// The signals that ask the program to stop. While this listens, they do not end it by themselves.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, Failure> {
        Self::try_listen().map_err(failed)
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

    /// Waits for the next signal and returns how the program ends on it.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    /// Waits for the next signal and returns how the program ends on it.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Exit {
        // If nothing can listen for Ctrl-C, Ctrl-C ends the program by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}

/// Watches for signals during an export. The first one asks the export to stop. A second one ends
/// the program, and so does an export that has not stopped after ten seconds.
pub(crate) struct Watch {
    signal: Arc<OnceLock<Exit>>,
    /// Dropping it ends the thread.
    _end: oneshot::Sender<()>,
}

impl Watch {
    /// On the first signal, calls `stop` and then, on a thread of its own, `say`, which may block.
    pub(crate) fn start(
        stop: impl FnOnce() + Send + 'static,
        say: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Failure> {
        let signal = Arc::new(OnceLock::new());
        let first_signal = Arc::clone(&signal);
        let (end, ended) = oneshot::channel();
        let (started, is_started) = mpsc::channel();
        let watch = async move {
            let mut signals = match Signals::listen() {
                Ok(signals) => signals,
                Err(failure) => return drop(started.send(Err(failure))),
            };
            let _ = started.send(Ok(()));
            let first = signals.next().await;
            let _ = first_signal.set(first);
            stop();
            // If no thread can be started, the message is left out.
            let _ = thread::Builder::new().name("say".into()).spawn(say);
            // A write to a pipe that nobody reads blocks for ever, so the wait has a limit.
            let last = timeout(GRACE_PERIOD, signals.next()).await.unwrap_or(first);
            std::process::exit(last.code().into());
        };
        // The thread receives the second signal even if the export blocks. It builds the runtime
        // itself, because a runtime must not be dropped inside another one.
        let run = move || -> io::Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                tokio::select! {
                    () = watch => {}
                    _ = ended => {}
                }
            });
            Ok(())
        };
        let thread = thread::Builder::new().name("signals".into()).spawn(run).map_err(failed)?;
        if let Ok(started) = is_started.recv() {
            return started.map(|()| Self { signal, _end: end });
        }
        // The thread ended before it could listen.
        match thread.join() {
            Ok(Err(error)) => Err(failed(error)),
            Ok(Ok(())) => Err(failed(io::ErrorKind::Other.into())),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// How the program ends because of a signal, if it received one.
    pub(crate) fn signal(&self) -> Option<Exit> {
        self.signal.get().copied()
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::new(Exit::Api, "signals", format!("cannot listen for signals: {error}"))
}
