//! `Signals`: the requests to stop that the system passes on.

use std::io;

use crate::failure::{Exit, Failure};

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
