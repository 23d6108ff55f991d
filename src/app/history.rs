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
mod writer;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::app::history::older::OlderBuckets;
use crate::domain::history::{Keeping, Memory, Sample};

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
