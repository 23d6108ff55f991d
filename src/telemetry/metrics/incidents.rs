//! Whether incidents are kept, and people told of them.

use jiff::Timestamp;
use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};

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
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<GaugeVec> {
            let vector = GaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            Ok(vector)
        };
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let vector = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            prometheus::Result::Ok(vector)
        };
        Ok(Self {
            pending: gauge(
                "dragonfly_incidents_pending_entries",
                "Entries of incidents that the database does not have yet.",
                &[],
            )?,
            disk: gauge(
                "dragonfly_incidents_on_disk",
                "1 if what happens is written down in STATE_DIR, 0 if that fails.",
                &[],
            )?,
            sent: counter(
                "dragonfly_notices_sent_total",
                "Notices of incidents that were told, by channel.",
                &["channel"],
            )?,
            failed: counter(
                "dragonfly_notices_failed_total",
                "Attempts to tell somebody that failed, by channel and the code of the cause.",
                &["channel", "code"],
            )?,
            waiting: gauge(
                "dragonfly_notices_waiting",
                "Notices that are still to be told, by channel.",
                &["channel"],
            )?,
            overdue: gauge(
                "dragonfly_notices_overdue",
                "Notices that wait for more than five minutes, by channel.",
                &["channel"],
            )?,
            beat: gauge(
                "dragonfly_heartbeat_timestamp_seconds",
                "When the receiver of the heartbeat last heard it; absent before it did.",
                &[],
            )?,
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
