//! What was seen over time: in memory for whoever shows it, on disk and in the database for who comes
//! later.
//!
//! # Design notes
//!
//! Whoever watches only hands over what was seen, and waits for nothing. A task of its own writes it
//! down and ships it: a disk that is full or a database that is dead is a task that lags, and no other
//! way through the code. What waits to be shipped is bounded: after a day the oldest goes, as it is on
//! disk.

mod older;
mod reader;
mod shipper;

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::app::history::older::OlderBuckets;
use crate::domain::fault::Fault;
use crate::domain::history::{Memory, Sample};
use crate::domain::status::Kept;
use crate::telemetry::metrics::KeepingGauges;

/// What this process knows of the past. Whoever reads it never waits for a disk or a database.
#[derive(Debug, Default)]
pub struct History {
    memory: Mutex<Memory>,
    /// What was seen and nobody has taken yet to write it down.
    inbox: Mutex<Vec<Sample>>,
    has_more: Notify,
    keeping: Mutex<Keeping>,
    older: OlderBuckets,
}

/// How it stands with what is kept.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// Why nothing is written down on disk, where that is so.
    pub disk: Option<String>,
    /// How many samples wait to be shipped.
    pub pending: usize,
    /// Of when the oldest of these is.
    pub oldest_pending: Option<Timestamp>,
    /// When the database last kept what there was, or somebody else's was found to do so.
    pub shipped_at: Option<Timestamp>,
    /// Why it could not be shipped, where that is so.
    pub fault: Option<Fault>,
    /// Whether it is this process that writes the history, where there are several.
    pub is_writer: bool,
}

impl From<&Keeping> for KeepingGauges {
    fn from(keeping: &Keeping) -> Self {
        Self {
            pending: keeping.pending,
            oldest_pending: keeping.oldest_pending,
            shipped_at: keeping.shipped_at,
            is_writer: keeping.is_writer,
            is_on_disk: keeping.disk.is_none(),
        }
    }
}

impl From<&Keeping> for Kept {
    fn from(keeping: &Keeping) -> Self {
        Self {
            is_on_disk: keeping.disk.is_none(),
            pending: keeping.pending,
            oldest_pending: keeping.oldest_pending,
            shipped_at: keeping.shipped_at,
            code: keeping.fault.as_ref().map(|fault| fault.code),
            detail: keeping.fault.as_ref().map(|fault| fault.detail.to_string()),
        }
    }
}

impl History {
    /// Remembers what a look came to, and has it kept.
    pub(super) fn record(&self, samples: &[Sample]) {
        let mut memory = self.memory();
        for sample in samples {
            memory.add(sample);
        }
        drop(memory);
        lock(&self.inbox).extend_from_slice(samples);
        self.has_more.notify_one();
    }

    /// What is known. It is never held over an await.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    /// How it stands with what is kept.
    pub fn keeping(&self) -> Keeping {
        lock(&self.keeping).clone()
    }

    fn change_keeping(&self, change: impl FnOnce(&mut Keeping)) {
        change(&mut lock(&self.keeping));
    }

    fn take_inbox(&self) -> Vec<Sample> {
        std::mem::take(&mut lock(&self.inbox))
    }
}

/// What is in it is whole after each statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
