//! What the watch sees, as gauges: what alerts go by.
//!
//! What could not be read is absent, and not as it was before: a number that nobody knows any more
//! must not look like one.

use jiff::Timestamp;
use prometheus::{GaugeVec, Opts, Registry};

use crate::domain::activity::Activity;
use crate::domain::history::{Keeping, Sample};
use crate::domain::verdict::Verdict;

/// The gauges of the watch.
#[derive(Debug)]
pub struct WatchMetrics {
    verdict: GaugeVec,
    last_look: GaugeVec,
    workers: GaugeVec,
    jobs: GaugeVec,
    oldest_pending: GaugeVec,
    connections: GaugeVec,
    lock_wait: GaugeVec,
    certificate_expiry: GaugeVec,
    pending: GaugeVec,
    oldest_pending_sample: GaugeVec,
    shipped: GaugeVec,
    writer: GaugeVec,
    disk: GaugeVec,
    source_read: GaugeVec,
}

impl WatchMetrics {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<GaugeVec> {
            let vector = GaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            Ok(vector)
        };
        Ok(Self {
            verdict: gauge(
                "dragonfly_verdict",
                "What the watch saw last: 0 ok, 1 warning, 2 unknown, 3 critical.",
                &["check"],
            )?,
            last_look: gauge(
                "dragonfly_watch_last_look_timestamp_seconds",
                "When the watch last looked; absent before it did.",
                &[],
            )?,
            workers: gauge(
                "dragonfly_workers",
                "Workers by their state; absent where they could not be read.",
                &["state"],
            )?,
            jobs: gauge(
                "dragonfly_jobs",
                "Jobs that are not finished, by their state; absent where they could not be read.",
                &["state"],
            )?,
            oldest_pending: gauge(
                "dragonfly_oldest_pending_job_seconds",
                "How long the oldest job waits that is due; 0 where none waits.",
                &[],
            )?,
            connections: gauge(
                "dragonfly_connections_ratio",
                "The share of the usable connections that is in use.",
                &[],
            )?,
            lock_wait: gauge(
                "dragonfly_longest_lock_wait_seconds",
                "How long the longest wait for a lock has lasted; 0 where nobody waits.",
                &[],
            )?,
            certificate_expiry: gauge(
                "dragonfly_supabase_certificate_expiry_timestamp_seconds",
                "When the certificate expires that Supabase's API showed; absent where it could not be seen.",
                &[],
            )?,
            pending: gauge(
                "dragonfly_history_pending_samples",
                "Samples that wait to be shipped to the database.",
                &[],
            )?,
            oldest_pending_sample: gauge(
                "dragonfly_history_oldest_pending_timestamp_seconds",
                "Of when the oldest sample is that waits; absent where none does.",
                &[],
            )?,
            shipped: gauge(
                "dragonfly_history_shipped_timestamp_seconds",
                "When the database last kept what there was; absent before it did.",
                &[],
            )?,
            writer: gauge(
                "dragonfly_history_writer",
                "1 if this replica is the one that writes the history, 0 if not.",
                &[],
            )?,
            disk: gauge(
                "dragonfly_history_on_disk",
                "1 if what is seen is written down in STATE_DIR, 0 if that fails.",
                &[],
            )?,
            source_read: gauge(
                "dragonfly_source_read_timestamp_seconds",
                "When a source of alerts last answered here, by source (railway, n8n); absent before it did.",
                &["source"],
            )?,
        })
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
