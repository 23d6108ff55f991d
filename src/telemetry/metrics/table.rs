//! Every metric of the service: one table, the only place where one is named.
//!
//! What is registered, what alerts go by and what the dashboard shows are all renderings of it. An
//! expression names a metric by its constant, so that it cannot name one that there is not.

use std::fmt;

use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

/// What a registry is told: it refuses only what is named twice or malformed, which a test sees.
pub(super) type Registered<T> = prometheus::Result<T>;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by bounds.
    Histogram,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Metric {
    /// How it is described.
    pub(super) fn opts(&self) -> Opts {
        Opts::new(self.name, self.help)
    }

    fn added<C: Collector + Clone + 'static>(registry: &Registry, all: C) -> Registered<C> {
        registry.register(Box::new(all.clone()))?;
        Ok(all)
    }

    /// One that counts, in the registry.
    pub(super) fn counters(&self, registry: &Registry) -> Registered<IntCounterVec> {
        Self::added(registry, IntCounterVec::new(self.opts(), self.labels)?)
    }

    /// One that counts and has no label, in no registry yet.
    pub(super) fn counter(&self) -> Registered<IntCounter> {
        IntCounter::with_opts(self.opts())
    }

    /// One that goes up and down, in the registry.
    pub(super) fn gauges(&self, registry: &Registry) -> Registered<GaugeVec> {
        Self::added(registry, GaugeVec::new(self.opts(), self.labels)?)
    }

    /// The same of whole numbers.
    pub(super) fn int_gauges(&self, registry: &Registry) -> Registered<IntGaugeVec> {
        Self::added(registry, IntGaugeVec::new(self.opts(), self.labels)?)
    }

    /// The same without a label.
    pub(super) fn int_gauge(&self, registry: &Registry) -> Registered<IntGauge> {
        Self::added(registry, IntGauge::with_opts(self.opts())?)
    }

    /// One that counts by these bounds, in the registry.
    pub(super) fn histograms(&self, registry: &Registry, at: &[f64]) -> Registered<HistogramVec> {
        let options = HistogramOpts::new(self.name, self.help).buckets(at.to_vec());
        Self::added(registry, HistogramVec::new(options, self.labels)?)
    }
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(
            #[doc = $help]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                labels: &[$($label),*],
                help: $help,
            };
        )+

        /// All of them.
        pub const ALL: &[Metric] = &[$($constant),+];
    };
}

metrics! {
    BUILD_INFO = Gauge "dragonfly_build_info" ["version", "git_sha", "build_time", "environment"]
        "What runs here; always 1.";
    LOG_LINES_DROPPED = Counter "dragonfly_log_lines_dropped_total" []
        "Lines of the log that were dropped: nobody reads it, or it cannot be written.";
    TASKS = Gauge "dragonfly_tasks" []
        "Tasks of the runtime that are alive.";

    CHECK_RUNS = Counter "dragonfly_check_runs_total" ["check", "code"]
        "Runs of a check by what they came to: ok, or the code of the cause.";
    CHECK_RUN_DURATION = Histogram "dragonfly_check_run_duration_seconds" ["check"]
        "How long runs took.";
    CHECK_CALLERS = Counter "dragonfly_check_callers_total" ["check", "source"]
        "Callers by where their answer came from: live, shared or cached.";
    CHECK_RUNS_ABANDONED = Counter "dragonfly_check_runs_abandoned_total" ["check"]
        "Runs given up because their deadline had passed.";
    CHECK_ANSWERS_LATE = Counter "dragonfly_check_answers_late_total" ["check"]
        "Answers given more than 100 ms after their deadline.";
    CHECK_CONNECTION_ATTEMPTS = Counter "dragonfly_check_connection_attempts_total" ["check"]
        "TCP connections attempted to the dependency.";
    CHECK_LOGIN_ATTEMPTS = Counter "dragonfly_check_login_attempts_total" ["check"]
        "Logins attempted at the dependency.";
    CHECK_QUERIES = Counter "dragonfly_check_queries_total" ["check"]
        "Messages sent that want an answer: queries to Postgres, requests to Supabase.";
    CHECK_OK = Gauge "dragonfly_check_ok" ["check"]
        "1 if the last run passed, 0 if it failed; absent before the first run.";
    CHECK_NEXT_ATTEMPT = Gauge "dragonfly_check_next_attempt_timestamp_seconds" ["check"]
        "Until when the dependency is left alone after a rejection; 0 if it is not.";
    CHECK_LAST_RUN = Gauge "dragonfly_check_last_run_timestamp_seconds" ["check"]
        "When the last run ended; absent before the first one.";

    HTTP_REQUESTS = Counter "dragonfly_http_requests_total" ["route", "status"]
        "Requests answered, by route and status; route is none where no route matched.";
    HTTP_REQUEST_DURATION = Histogram "dragonfly_http_request_duration_seconds" ["route"]
        "How long requests took, up to the head of the answer.";
    HTTP_CONNECTIONS = Gauge "dragonfly_http_connections" []
        "Open connections.";
    HTTP_CONNECTIONS_LET_GO = Counter "dragonfly_http_connections_let_go_total" ["reason"]
        "Connections closed to make room, or because the peer did not read: room or unread.";

    VERDICT = Gauge "dragonfly_verdict" ["check"]
        "What the watch saw last: 0 ok, 1 warning, 2 unknown, 3 critical.";
    CAUSE = Gauge "dragonfly_cause" ["check", "code", "first_check"]
        "1 where that is the code of what the watch saw last; absent where all is well, or it has none.";
    WATCH_LAST_LOOK = Gauge "dragonfly_watch_last_look_timestamp_seconds" []
        "When the watch last looked; absent before it did.";
    WATCH_INTERVAL = Gauge "dragonfly_watch_interval_seconds" []
        "How often the watch looks; 0 where it never does.";
    WORKERS = Gauge "dragonfly_workers" ["state"]
        "Workers by their state; absent where they could not be read.";
    JOBS = Gauge "dragonfly_jobs" ["state"]
        "Jobs that are not finished, by their state; absent where they could not be read.";
    OLDEST_PENDING_JOB = Gauge "dragonfly_oldest_pending_job_seconds" []
        "How long the oldest job waits that is due; 0 where none waits.";
    CONNECTIONS_RATIO = Gauge "dragonfly_connections_ratio" []
        "The share of the usable connections that is in use.";
    LONGEST_LOCK_WAIT = Gauge "dragonfly_longest_lock_wait_seconds" []
        "How long the longest wait for a lock has lasted; 0 where nobody waits.";
    KEY_EXPIRY = Gauge "dragonfly_supabase_key_expiry_timestamp_seconds" []
        "When the key of Supabase's API expires; absent where it does not.";
    CERTIFICATE_EXPIRY = Gauge "dragonfly_supabase_certificate_expiry_timestamp_seconds" []
        "When the certificate expires that Supabase's API showed; absent where it could not be seen.";

    HISTORY_PENDING = Gauge "dragonfly_history_pending_samples" []
        "Samples that wait to be shipped to the database.";
    HISTORY_OLDEST_PENDING = Gauge "dragonfly_history_oldest_pending_timestamp_seconds" []
        "Of when the oldest sample is that waits; absent where none does.";
    HISTORY_SHIPPED = Gauge "dragonfly_history_shipped_timestamp_seconds" []
        "When this replica last shipped to the database; absent before it did.";
    HISTORY_KEPT = Gauge "dragonfly_history_kept_timestamp_seconds" []
        "When the database was last found to keep what there is, whichever replica ships it; absent before it was.";
    HISTORY_WRITER = Gauge "dragonfly_history_writer" []
        "1 if this replica is the one that writes the history, 0 if not.";
    HISTORY_ON_DISK = Gauge "dragonfly_history_on_disk" []
        "1 if what is seen is written down in STATE_DIR, 0 if that fails.";

    SOURCE_READ = Gauge "dragonfly_source_read_timestamp_seconds" ["source"]
        "When a source of alerts last answered here, by source (railway, n8n); absent before it did.";
    ALERTS = Counter "dragonfly_alerts_total" ["outcome"]
        "Alerts from outside by what became of them; refused and limited are requests.";
    INCIDENTS_PENDING = Gauge "dragonfly_incidents_pending_entries" []
        "Entries of incidents that the database does not have yet.";
    INCIDENTS_ON_DISK = Gauge "dragonfly_incidents_on_disk" []
        "1 if what happens is written down in STATE_DIR, 0 if that fails.";
    NOTICES_SENT = Counter "dragonfly_notices_sent_total" ["channel"]
        "Notices of incidents that were told, by channel.";
    NOTICES_FAILED = Counter "dragonfly_notices_failed_total" ["channel", "code"]
        "Attempts to tell somebody that failed, by channel and the code of the cause.";
    NOTICES_WAITING = Gauge "dragonfly_notices_waiting" ["channel"]
        "Notices that are still to be told, by channel.";
    NOTICES_OVERDUE = Gauge "dragonfly_notices_overdue" ["channel"]
        "Notices that wait for more than five minutes, by channel.";
    HEARTBEAT = Gauge "dragonfly_heartbeat_timestamp_seconds" []
        "When the receiver of the heartbeat last heard it; absent before it did.";
}

/// What an expression names that is in no row, so that a test can say that there is nothing.
#[cfg(test)]
pub(in crate::telemetry) fn unknown_names(expression: &str) -> Vec<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_known = |word: &str| {
        ALL.iter().any(|metric| match metric.kind {
            Kind::Counter | Kind::Gauge => metric.name == word,
            Kind::Histogram => ["_bucket", "_sum", "_count"]
                .iter()
                .any(|part| word.strip_suffix(part) == Some(metric.name)),
        })
    };
    words
        .filter(|word| word.starts_with("dragonfly_") && !is_known(word))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_names_what_there_is_not_is_seen() {
        assert_eq!(
            unknown_names("dragonfly_nothing > rate(dragonfly_check_run_duration_seconds[5m])"),
            ["dragonfly_nothing", "dragonfly_check_run_duration_seconds"]
        );
        let known = format!("{CHECK_RUN_DURATION}_bucket + {VERDICT}");
        assert_eq!(unknown_names(&known), Vec::<String>::new());
    }
}
