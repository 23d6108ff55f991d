//! What the process tells of itself: the log and the metrics, both of which listen to what the gates
//! observe, and what Prometheus and Grafana make of the metrics.

pub mod alert_rules;
pub mod dashboard;
pub mod log;
pub mod metrics;
pub mod selector;
