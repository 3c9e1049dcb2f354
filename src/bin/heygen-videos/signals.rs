//! SIGINT and SIGTERM: `Signals` waits for them, and `Watch` stops or ends a command because of
//! them.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::exit::Exit;
use crate::failure::Failure;

/// What to do if the system gives the program no thread or file.
pub(crate) const RAISE_LIMITS: &str =
    "raise the limits of threads and open files (ulimit -u, ulimit -n, pids.max)";

/// How long the export may take to stop after the first signal.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// Signals within this time count as one, because `timeout` sends a signal to the program and then
/// another one to its process group.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// The longest time that a blocked stderr may delay the stop.
const LONGEST_SAY: Duration = Duration::from_millis(500);

/// Makes a write beyond the limit of `ulimit -f` return an error, as on a full disk. Otherwise the
/// signal SIGXFSZ would end the program.
///
/// Must be called within a runtime.
pub(crate) fn survive_size_limits() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        // Listening once is enough, because tokio never restores the previous handler.
        drop(signal(SignalKind::from_raw(Signal::SIGXFSZ as i32)).map_err(failed)?);
    }
    Ok(())
}

/// Whether this process ignores signals that have no handler, as process 1 of a container does.
pub(crate) fn need_a_handler() -> bool {
    std::process::id() == 1
}

/// The signals that ask the program to stop. While this listens, their default action, which ends
/// the program, is off.
struct Signals {
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Starts to listen. If this process was started with a signal ignored, as a script does for a
    /// background job, the signal stays ignored.
    fn listen() -> Result<Self, Failure> {
        Self::try_listen().map_err(failed)
    }

    #[cfg(unix)]
    fn try_listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |number: i32| -> io::Result<_> {
            if is_ignored(number) {
                Ok(None)
            } else {
                signal(SignalKind::from_raw(number)).map(Some)
            }
        };
        let interrupt = listen(Signal::SIGINT as i32)?;
        let terminate = listen(Signal::SIGTERM as i32)?;
        Ok(Self { interrupt, terminate })
    }

    #[cfg(not(unix))]
    fn try_listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal and returns how the program ends on it.
    #[cfg(unix)]
    async fn next(&mut self) -> Exit {
        async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = received(&mut self.interrupt) => Exit::Interrupted,
            () = received(&mut self.terminate) => Exit::Terminated,
        }
    }

    /// Waits for the next signal and returns how the program ends on it.
    #[cfg(not(unix))]
    async fn next(&mut self) -> Exit {
        // If listening for Ctrl-C fails, Ctrl-C ends the program by default.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}

/// Whether this process ignores a signal. Only Linux reports this without unsafe code.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    ignores(&status, number)
}

#[cfg(unix)]
fn ignores(status: &str, number: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

/// Watches for signals during a command.
///
/// Until [`stop_on_first`](Self::stop_on_first) is called, the first signal ends the program. After
/// that, the first signal asks the command to stop. Another signal more than a second later ends
/// the program. The program also ends if the command has not stopped after ten seconds.
pub(crate) struct Watch {
    signal: Arc<OnceLock<Exit>>,
    stop: Arc<Mutex<Option<Stop>>>,
    /// Ends the thread when it is dropped.
    _end: oneshot::Sender<()>,
}

/// What to do on the first signal.
struct Stop {
    stop: Box<dyn FnOnce() + Send>,
    say: Box<dyn FnOnce() + Send>,
}

/// The signals that [`Signals`] listens to. Only the thread of the watch receives them: a signal that
/// arrived while tokio installs its handlers would be lost, so until then it has to wait.
#[cfg(unix)]
fn watched() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM].into_iter().collect()
}

impl Watch {
    /// Starts to watch. This must happen before any other thread starts, because threads inherit
    /// which signals they do not receive.
    pub(crate) fn start() -> Result<Self, Failure> {
        let signal = Arc::new(OnceLock::new());
        let stop = Arc::new(Mutex::new(None));
        let (first_signal, on_first) = (Arc::clone(&signal), Arc::clone(&stop));
        let (end, ended) = oneshot::channel();
        let (started, is_started) = mpsc::channel();
        #[cfg(unix)]
        watched().thread_block().map_err(|errno| failed(errno.into()))?;
        let watch = async move {
            let signals = match Signals::listen() {
                Ok(signals) => signals,
                Err(failure) => return drop(started.send(Err(failure))),
            };
            #[cfg(unix)]
            if let Err(errno) = watched().thread_unblock() {
                return drop(started.send(Err(failed(errno.into()))));
            }
            let _ = started.send(Ok(()));
            let exit = until_the_end(signals, &first_signal, &on_first).await;
            std::process::exit(exit.code().into());
        };
        // The thread receives the second signal even if the command blocks. It creates its own
        // runtime, because a runtime must not be dropped inside another one.
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
            return started.map(|()| Self { signal, stop, _end: end });
        }
        // The thread ended before it could listen.
        match thread.join() {
            Ok(Err(error)) => Err(failed(error)),
            Ok(Ok(())) => Err(failed(io::ErrorKind::Other.into())),
            // tokio panics if the system gives it no file.
            Err(_) => Err(failed(io::ErrorKind::Other.into())),
        }
    }

    /// On the first signal, calls `say`, which may block, and then `stop`.
    pub(crate) fn stop_on_first(
        &self,
        stop: impl FnOnce() + Send + 'static,
        say: impl FnOnce() + Send + 'static,
    ) {
        let action = Stop { stop: Box::new(stop), say: Box::new(say) };
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(action);
    }

    /// How the program should end if it received a signal.
    pub(crate) fn signal(&self) -> Option<Exit> {
        self.signal.get().copied()
    }
}

/// Waits until a signal must end the program. Returns how it should end.
async fn until_the_end(
    mut signals: Signals,
    first_signal: &OnceLock<Exit>,
    stop: &Mutex<Option<Stop>>,
) -> Exit {
    let first = signals.next().await;
    let Some(action) = stop.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return first;
    };
    let begun = Instant::now();
    let _ = first_signal.set(first);
    say_on_a_thread(action.say);
    (action.stop)();
    loop {
        // A write to a pipe that nobody reads blocks forever, so this wait has a limit.
        let rest = GRACE_PERIOD.saturating_sub(begun.elapsed());
        match timeout(rest, signals.next()).await {
            Ok(_) if begun.elapsed() < SAME_REQUEST => {}
            Ok(last) => return last,
            Err(_) => return first,
        }
    }
}

/// Calls `say` and waits briefly for it, so that its line is written before the export stops and
/// writes its own lines.
fn say_on_a_thread(say: Box<dyn FnOnce() + Send>) {
    let (done, is_done) = mpsc::channel();
    let say = move || {
        say();
        let _ = done.send(());
    };
    // If no thread can be started, leave out the message.
    if thread::Builder::new().name("say".into()).spawn(say).is_ok() {
        let _ = is_done.recv_timeout(LONGEST_SAY);
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::new(Exit::Api, "signals", format!("cannot listen for signals: {error}"))
        .hint(RAISE_LIMITS)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_counts_from_one() {
        let status = "Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001002\n";
        assert!(ignores(status, 2) && ignores(status, 13));
        assert!(!ignores(status, 1) && !ignores(status, 15));
        assert!(!ignores("Name:\tx\n", 2));
        assert!(!ignores("SigIgn:\tnothing\n", 2));
    }
}
