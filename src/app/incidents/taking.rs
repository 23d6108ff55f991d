//! What those share who take and keep evidence.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::time::timeout;

use crate::adapters::state_dir::fault;
use crate::app::disk::{TIMEOUT, hangs, in_time};
use crate::domain::fault::Fault;
use crate::telemetry::log::RecentLines;

/// What those share who take and keep evidence.
#[derive(Debug)]
pub(super) struct Taking {
    /// Some may be owed.
    pub(super) wanted: Notify,
    /// One remedy at a time has evidence taken before it: what that holds in memory has an end.
    pub(super) turn: Mutex<()>,
    /// The last lines of the log.
    pub(super) log: OnceLock<RecentLines>,
    /// Where a disk hangs, one thread hangs with it.
    disk: Arc<Semaphore>,
}

impl Default for Taking {
    fn default() -> Self {
        Self {
            wanted: Notify::new(),
            turn: Mutex::default(),
            log: OnceLock::new(),
            disk: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Taking {
    /// Works with the disk on a thread of its own.
    ///
    /// # Errors
    ///
    /// The classified cause, where that does not work or takes too long.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = Arc::clone(&self.disk).acquire_owned();
        let Ok(turn) = timeout(TIMEOUT, turn).await else {
            return Err(hangs());
        };
        let mut at_work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        in_time(&mut at_work).await?.map_err(|error| fault(&error))
    }
}
