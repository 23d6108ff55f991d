//! Where the process stands between its start and its end: running, then draining, never back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The latch that turns readiness red before the process goes away. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    draining: Arc<AtomicBool>,
}

impl Lifecycle {
    /// Begins to drain. There is no way back.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the process is on its way out.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
