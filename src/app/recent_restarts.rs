//! What this process remembers of restarts: for when the record of them cannot be read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When each service was last restarted from here.
#[derive(Debug, Default)]
pub(super) struct RecentRestarts(Mutex<BTreeMap<String, Instant>>);

impl RecentRestarts {
    pub(super) fn since(&self, service: &str) -> Option<Duration> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&service.to_ascii_lowercase())
            .map(Instant::elapsed)
    }

    pub(super) fn now(&self, service: &str) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(service.to_ascii_lowercase(), Instant::now());
    }
}
