//! Whether incidents are kept, and people told of them.

use jiff::Timestamp;
use prometheus::{GaugeVec, IntCounterVec, Registry};

use crate::telemetry::metrics::table::{self, Registered};

/// What is counted of incidents.
#[derive(Debug)]
pub struct IncidentMetrics {
    pending: GaugeVec,
    disk: GaugeVec,
    sent: IntCounterVec,
    failed: IntCounterVec,
    waiting: GaugeVec,
    overdue: GaugeVec,
    beat: GaugeVec,
}

impl IncidentMetrics {
    pub(super) fn register(registry: &Registry) -> Registered<Self> {
        Ok(Self {
            pending: table::INCIDENTS_PENDING.gauges(registry)?,
            disk: table::INCIDENTS_ON_DISK.gauges(registry)?,
            sent: table::NOTICES_SENT.counters(registry)?,
            failed: table::NOTICES_FAILED.counters(registry)?,
            waiting: table::NOTICES_WAITING.gauges(registry)?,
            overdue: table::NOTICES_OVERDUE.gauges(registry)?,
            beat: table::HEARTBEAT.gauges(registry)?,
        })
    }

    /// Shows how many entries the database does not have, and whether they are on disk.
    pub fn show_keeping(&self, pending: usize, is_on_disk: bool) {
        self.pending
            .with_label_values::<&str>(&[])
            .set(number(pending));
        self.disk
            .with_label_values::<&str>(&[])
            .set(f64::from(u8::from(is_on_disk)));
    }

    /// Counts a notice that was told.
    pub fn sent(&self, channel: &str) {
        self.sent.with_label_values(&[channel]).inc();
    }

    /// Counts an attempt that failed.
    pub fn failed(&self, channel: &str, code: &str) {
        self.failed.with_label_values(&[channel, code]).inc();
    }

    /// Shows how many notices wait, and how many of them for too long.
    pub fn show_waiting(&self, channel: &str, waiting: usize, overdue: usize) {
        let channel = &[channel];
        self.waiting.with_label_values(channel).set(number(waiting));
        self.overdue.with_label_values(channel).set(number(overdue));
    }

    /// The heartbeat was heard.
    pub fn beat(&self, at: Timestamp) {
        let beat = self.beat.with_label_values::<&str>(&[]);
        beat.set(at.as_duration().as_secs_f64());
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
