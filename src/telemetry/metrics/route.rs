//! What is counted of requests, by their route.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};

/// What one route counts. What has never happened is not shown.
#[derive(Debug)]
pub struct RouteMetrics {
    path: &'static str,
    requests: IntCounterVec,
    durations: HistogramVec,
    /// Its own, once there are any: they are not looked up by their names for each request.
    well: OnceLock<IntCounter>,
    duration: OnceLock<Histogram>,
}

impl RouteMetrics {
    pub(super) fn new(
        path: &'static str,
        requests: IntCounterVec,
        durations: HistogramVec,
    ) -> Self {
        Self {
            path,
            requests,
            durations,
            well: OnceLock::new(),
            duration: OnceLock::new(),
        }
    }

    /// A request was answered, with this status.
    pub fn answered(&self, status: &str, took: Duration) {
        let answers = || self.requests.with_label_values(&[self.path, status]);
        match status {
            "200" => self.well.get_or_init(answers).inc(),
            _ => answers().inc(),
        }
        let duration = || self.durations.with_label_values(&[self.path]);
        let duration = self.duration.get_or_init(duration);
        duration.observe(took.as_secs_f64());
    }
}
