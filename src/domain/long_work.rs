//! What takes long without waiting for anything.

use crate::domain::fault::Fault;
use crate::domain::gate::panicked;
use crate::domain::lifecycle::shutting_down;

/// Does what takes long on a thread of its own: whoever asks how we are does not wait for it.
///
/// # Errors
///
/// Its own, and the fault of code that panicked.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(match error.try_into_panic() {
            Ok(panic) => panicked(panic.as_ref()),
            Err(_) => shutting_down(),
        })
    })
}
