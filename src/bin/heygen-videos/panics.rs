//! Turns a panic into a failure, so that it has an exit code, a JSON event and a summary.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use crate::exit::Exit;
use crate::failure::Failure;

/// Where the first panic happened that has not been reported.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Notes where a panic happens, and prints nothing. The message is not used, because it may contain
/// anything, such as a title, and is not JSON.
pub(crate) fn note_places() {
    set_hook(Box::new(|panic| {
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        *place = place.take().or_else(|| panic.location().map(ToString::to_string));
    }));
}

/// Calls `run`. If it panics, that is the failure.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(failure()))
}

fn failure() -> Failure {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let place = place.map(|place| format!(", at {place}")).unwrap_or_default();
    let message = format!("the program has a bug and could not continue{place}");
    Failure::new(Exit::Api, "bug", message).hint("please report it with this line")
}
