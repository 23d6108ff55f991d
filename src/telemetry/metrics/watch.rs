//! What the watch sees, as gauges: what alerts go by.
//!
//! What could not be read is absent, and not as it was before: a number that nobody knows any more
//! must not look like one.

use std::time::Duration;

use jiff::Timestamp;
use prometheus::{GaugeVec, IntGauge, Registry};

use crate::domain::activity::Activity;
use crate::domain::history::{Keeping, Sample};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::telemetry::metrics::table::{self, Registered};

/// The gauges of the watch.
#[derive(Debug)]
pub struct WatchMetrics {
    verdict: GaugeVec,
    cause: GaugeVec,
    last_look: GaugeVec,
    interval: IntGauge,
    workers: GaugeVec,
    jobs: GaugeVec,
    oldest_pending: GaugeVec,
    connections: GaugeVec,
    lock_wait: GaugeVec,
    certificate_expiry: GaugeVec,
    pending: GaugeVec,
    oldest_pending_sample: GaugeVec,
    shipped: GaugeVec,
    kept: GaugeVec,
    writer: GaugeVec,
    disk: GaugeVec,
    source_read: GaugeVec,
}

impl WatchMetrics {
    pub(super) fn register(registry: &Registry) -> Registered<Self> {
        Ok(Self {
            verdict: table::VERDICT.gauges(registry)?,
            cause: table::CAUSE.gauges(registry)?,
            last_look: table::WATCH_LAST_LOOK.gauges(registry)?,
            interval: table::WATCH_INTERVAL.int_gauge(registry)?,
            workers: table::WORKERS.gauges(registry)?,
            jobs: table::JOBS.gauges(registry)?,
            oldest_pending: table::OLDEST_PENDING_JOB.gauges(registry)?,
            connections: table::CONNECTIONS_RATIO.gauges(registry)?,
            lock_wait: table::LONGEST_LOCK_WAIT.gauges(registry)?,
            certificate_expiry: table::CERTIFICATE_EXPIRY.gauges(registry)?,
            pending: table::HISTORY_PENDING.gauges(registry)?,
            oldest_pending_sample: table::HISTORY_OLDEST_PENDING.gauges(registry)?,
            shipped: table::HISTORY_SHIPPED.gauges(registry)?,
            kept: table::HISTORY_KEPT.gauges(registry)?,
            writer: table::HISTORY_WRITER.gauges(registry)?,
            disk: table::HISTORY_ON_DISK.gauges(registry)?,
            source_read: table::SOURCE_READ.gauges(registry)?,
        })
    }

    /// Shows how often it looks: what is late is told by it.
    pub fn show_interval(&self, interval: Duration) {
        // An hour at most.
        let seconds = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX);
        self.interval.set(seconds);
    }

    /// Shows what a look came to.
    pub fn show(&self, samples: &[Sample], activity: Option<&Activity>, now: Timestamp) {
        for sample in samples {
            let gauge = self.verdict.with_label_values(&[sample.series.as_str()]);
            gauge.set(match sample.verdict {
                Verdict::Ok => 0.0,
                Verdict::Warning => 1.0,
                Verdict::Unknown => 2.0,
                Verdict::Critical => 3.0,
            });
            self.show_cause(sample);
        }
        one(&self.last_look, Some(seconds(now)));
        self.workers.reset();
        self.jobs.reset();
        let workers = activity.and_then(|report| report.workers.as_ref().ok());
        for (state, count) in workers.iter().flat_map(|workers| &workers.facts.by_state) {
            let gauge = self.workers.with_label_values(&[state]);
            gauge.set(u32::try_from(*count).map_or(f64::INFINITY, f64::from));
        }
        let queue = activity.and_then(|report| report.queue.as_ref().ok());
        let queue = queue.map(|queue| &queue.facts);
        if let Some(queue) = queue {
            for (state, count) in [
                ("pending", Some(queue.pending)),
                ("scheduled", queue.scheduled),
                ("paused", Some(queue.paused)),
                ("processing", Some(queue.processing)),
            ] {
                if let Some(count) = count {
                    let gauge = self.jobs.with_label_values(&[state]);
                    gauge.set(number(count));
                }
            }
        }
        let oldest = queue.map(|queue| queue.oldest_pending_seconds.unwrap_or(0.0));
        one(&self.oldest_pending, oldest);
        let connections = activity.and_then(|report| report.connections.as_ref().ok());
        let share = connections
            .filter(|found| found.facts.ceiling > 0)
            .map(|found| number(found.facts.used) / number(found.facts.ceiling));
        one(&self.connections, share);
        let locks = activity.and_then(|report| report.locks.as_ref().ok());
        let wait = locks.map(|locks| locks.facts.longest_wait_seconds.unwrap_or(0.0));
        one(&self.lock_wait, wait);
    }

    /// Shows why, and takes away what was shown before: never all of it at once, as a scrape that comes in
    /// between would find that nothing is wrong.
    fn show_cause(&self, sample: &Sample) {
        let series = sample.series.as_str();
        for code in Code::ALL {
            let labels = [series, code.id(), code.entry().first_check];
            if sample.code == Some(*code) {
                self.cause.with_label_values(&labels).set(1.0);
            } else {
                // It is not there, most of the time.
                let _ = self.cause.remove_label_values(&labels);
            }
        }
    }

    /// Shows what a look found of the certificate.
    pub fn show_certificate(&self, expires_at: Option<Timestamp>) {
        one(&self.certificate_expiry, expires_at.map(seconds));
    }

    /// A source of alerts was read.
    pub fn read_source(&self, source: &str, at: Timestamp) {
        self.source_read
            .with_label_values(&[source])
            .set(seconds(at));
    }

    /// Shows how it stands with what is kept.
    pub fn show_keeping(&self, keeping: &Keeping) {
        let truth = |is_so: bool| Some(f64::from(u8::from(is_so)));
        let pending = u32::try_from(keeping.pending).map_or(f64::INFINITY, f64::from);
        one(&self.pending, Some(pending));
        one(
            &self.oldest_pending_sample,
            keeping.oldest_pending.map(seconds),
        );
        one(&self.shipped, keeping.shipped_at.map(seconds));
        one(&self.writer, truth(keeping.is_writer));
        one(&self.disk, truth(keeping.disk.is_none()));
        // Last: whoever waits for it finds out from the same scrape who writes.
        one(&self.kept, keeping.kept_at.map(seconds));
    }
}

/// Shows a gauge that has no label, or takes it away.
fn one(gauge: &GaugeVec, value: Option<f64>) {
    match value {
        Some(value) => gauge.with_label_values::<&str>(&[]).set(value),
        None => gauge.reset(),
    }
}

/// A time as Prometheus has it.
fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

/// A count that is far below where a float loses ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts end at a hundred thousand"
)]
fn number(count: i64) -> f64 {
    count as f64
}
