//! What the process tells of itself: the log and the metrics. Both listen to what the gates observe.

pub mod log;
pub mod metrics;
