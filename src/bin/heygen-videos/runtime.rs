//! Runs a command on tokio's runtime.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::panics::caught;
use crate::signals::{RAISE_LIMITS, Watch, survive_size_limits};

/// Longer than any command.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Runs a command to its end, with a watch for signals that it may use.
pub(crate) fn block_on_watched<T, F: Future<Output = Result<T, Failure>>>(
    command: impl FnOnce(Watch) -> F,
) -> Result<T, Failure> {
    // Before the runtime starts its threads.
    let watch = Watch::start()?;
    block_on(command(watch))
}

/// Runs a command to its end.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = start()?;
    let result = caught(|| {
        runtime.block_on(async {
            survive_size_limits()?;
            command.await
        })
    });
    // Do not wait for tasks that are still running, such as prefetching a page.
    runtime.shutdown_background();
    result
}

fn start() -> Result<Runtime, Failure> {
    let refused = |error: Option<io::Error>| {
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        Failure::new(
            Exit::Api,
            "runtime",
            format!("cannot start the threads of the program{error}"),
        )
        .hint(RAISE_LIMITS)
    };
    // tokio panics if the system gives it no thread or no file.
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(built) => built.map_err(|error| refused(Some(error))),
        Err(_) => Err(refused(None)),
    }
}

fn build() -> io::Result<Runtime> {
    // The worker receives responses while a write to stdout or stderr blocks this thread. Without a
    // worker, requests would time out then. A second worker would only cost time.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_keep_alive(FOREVER)
        .enable_all()
        .build()?;
    // Start the thread that looks up host names now, because tokio panics if it cannot be started
    // later.
    drop(runtime.spawn_blocking(|| {}));
    Ok(runtime)
}
