//! What was seen over time, for everybody who shows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::history::{Memory, Sample};

/// What this process knows of the past. Whoever reads it never waits for a database.
#[derive(Debug, Default)]
pub struct History {
    memory: Mutex<Memory>,
}

impl History {
    /// Remembers what a look came to.
    pub(super) fn record(&self, samples: &[Sample]) {
        let mut memory = self.memory();
        for sample in samples {
            memory.add(sample);
        }
    }

    /// What is known. It is never held over an await.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        // What is in it is whole after each statement.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
