//! Where the process stands between its start and its end: running, then draining, never back.
//!
//! What runs in the background is known here, so that the end waits for it, and so that one that
//! crashes is not forgotten: the process then ends as failed.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The latch that turns readiness red before the process goes away, and the tasks that it waits for.
/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    draining: CancellationToken,
    crashed: Arc<AtomicBool>,
    tasks: TaskTracker,
}

impl Lifecycle {
    /// Begins to drain. There is no way back.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Whether the process is on its way out.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Resolves when the process is on its way out.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Runs `task` in the background. The end of the process waits for it.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let crashed = Arc::clone(&self.crashed);
        self.tasks.spawn(async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Ok(output) => output,
                Err(panic) => {
                    crashed.store(true, Ordering::Release);
                    resume_unwind(panic)
                }
            }
        })
    }

    /// Waits until every task has ended.
    pub async fn finished(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whether a task has crashed since the start.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::Acquire)
    }
}

/// DFE-INT-003: what is asked for while the process is on its way out.
#[must_use]
pub(crate) fn shutting_down() -> Fault {
    Fault::new(
        Code::Cancelled,
        "The service is shutting down and begins nothing any more.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_waits_for_tasks_and_remembers_one_that_crashed() {
        let lifecycle = Lifecycle::default();
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        lifecycle.spawn(async { wait.await.is_ok() });
        assert_eq!(lifecycle.finished().now_or_never(), None);
        assert_eq!(go.send(()), Ok(()));
        lifecycle.finished().await;
        assert!(!lifecycle.has_crashed());
        let crash = lifecycle.spawn(async { panic!("on purpose") });
        assert!(crash.await.is_err_and(|error| error.is_panic()));
        assert!(lifecycle.has_crashed());
    }

    #[tokio::test]
    async fn draining_is_heard_by_every_clone_and_has_no_way_back() {
        let lifecycle = Lifecycle::default();
        let other = lifecycle.clone();
        assert!(!other.is_draining());
        assert_eq!(other.draining().now_or_never(), None);
        lifecycle.drain();
        assert!(lifecycle.is_draining() && other.is_draining());
        assert_eq!(other.draining().now_or_never(), Some(()));
        lifecycle.drain();
        assert!(other.is_draining());
    }

    #[tokio::test]
    async fn a_task_hands_its_output_on() {
        let lifecycle = Lifecycle::default();
        let task = lifecycle.spawn(async { 7 });
        assert!(matches!(task.await, Ok(7)));
        assert!(!lifecycle.has_crashed());
    }
}
