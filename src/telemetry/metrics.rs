//! What is counted, and under which names: the numbers behind the promises.
//!
//! # Design notes
//!
//! One registry per service and no global one: tests run many services in one process. The
//! histograms have fixed buckets and constant memory, however many requests come between two
//! scrapes; that is why this is `prometheus` and not a recorder that keeps samples.
//!
//! A caller can choose a route and thereby a code. Both come from tables, so no label can grow
//! without bound; what matches no route is counted as one.

mod incidents;
mod route;
pub mod table;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;
pub use prometheus::IntCounter;
use prometheus::{
    Encoder, GaugeVec, Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Registry,
    TextEncoder,
};

pub use self::incidents::IncidentMetrics;
pub use self::route::RouteMetrics;
use self::table::Registered;
pub use self::watch::WatchMetrics;
use crate::domain::deployment::Deployment;
use crate::domain::observation::{Listener, Observation, Source};
use crate::domain::taxonomy::Code;

/// Bounds of a check's duration, in seconds: from a shared memory read to both deadlines.
const RUN_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 5.1, 8.0, 8.1, 15.0,
];
/// Bounds of a request's duration, in seconds.
const REQUEST_BUCKETS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 5.1, 8.0, 8.1, 15.0,
];

/// The route of what matches none.
pub const NO_ROUTE: &str = "none";

/// Counts the lines of the log that were dropped. The log begins before there is a service.
///
/// # Panics
///
/// Where its name is malformed, which the tests would have seen.
#[must_use]
pub fn log_lines_dropped() -> IntCounter {
    table::LOG_LINES_DROPPED
        .counter()
        .expect("the name is well formed")
}

/// All that the service counts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    checks: Arc<CheckVectors>,
    http: Arc<HttpVectors>,
    alerts: IntCounterVec,
    watch: Arc<WatchMetrics>,
    incidents: Arc<IncidentMetrics>,
}

#[derive(Debug)]
struct CheckVectors {
    runs: IntCounterVec,
    durations: HistogramVec,
    callers: IntCounterVec,
    abandoned: IntCounterVec,
    late: IntCounterVec,
    connections: IntCounterVec,
    logins: IntCounterVec,
    queries: IntCounterVec,
    ok: IntGaugeVec,
    next_attempt: GaugeVec,
    last_run: GaugeVec,
}

#[derive(Debug)]
struct HttpVectors {
    requests: IntCounterVec,
    durations: HistogramVec,
    connections: IntGauge,
    let_go: IntCounterVec,
    tasks: IntGauge,
}

/// What one check counts.
#[derive(Debug, Clone)]
pub struct CheckMetrics {
    name: &'static str,
    vectors: Arc<CheckVectors>,
    duration: Histogram,
    abandoned: IntCounter,
    late: IntCounter,
    live: IntCounter,
    shared: IntCounter,
    cached: IntCounter,
}

/// What a check's traffic counts.
#[derive(Debug, Clone)]
pub struct TrafficMetrics {
    /// TCP connections attempted.
    pub connections: IntCounter,
    /// Logins attempted.
    pub logins: IntCounter,
    /// Messages sent that want an answer: simple queries to Postgres, requests to Supabase.
    pub queries: IntCounter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry with every metric of the service in it, and those of the process.
    ///
    /// # Panics
    ///
    /// Where a metric is malformed or named twice, which the tests would have seen.
    #[must_use]
    pub fn new() -> Self {
        Self::register().expect("every metric is well formed and named once")
    }

    fn register() -> Registered<Self> {
        let registry = Registry::new();
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process))?;
        let all = &registry;
        let checks = CheckVectors {
            runs: table::CHECK_RUNS.counters(all)?,
            durations: table::CHECK_RUN_DURATION.histograms(all, RUN_BUCKETS)?,
            callers: table::CHECK_CALLERS.counters(all)?,
            abandoned: table::CHECK_RUNS_ABANDONED.counters(all)?,
            late: table::CHECK_ANSWERS_LATE.counters(all)?,
            connections: table::CHECK_CONNECTION_ATTEMPTS.counters(all)?,
            logins: table::CHECK_LOGIN_ATTEMPTS.counters(all)?,
            queries: table::CHECK_QUERIES.counters(all)?,
            ok: table::CHECK_OK.int_gauges(all)?,
            next_attempt: table::CHECK_NEXT_ATTEMPT.gauges(all)?,
            last_run: table::CHECK_LAST_RUN.gauges(all)?,
        };
        let http = HttpVectors {
            requests: table::HTTP_REQUESTS.counters(all)?,
            durations: table::HTTP_REQUEST_DURATION.histograms(all, REQUEST_BUCKETS)?,
            connections: table::HTTP_CONNECTIONS.int_gauge(all)?,
            let_go: table::HTTP_CONNECTIONS_LET_GO.counters(all)?,
            tasks: table::TASKS.int_gauge(all)?,
        };
        Ok(Self {
            alerts: table::ALERTS.counters(all)?,
            watch: Arc::new(WatchMetrics::register(&registry)?),
            incidents: Arc::new(IncidentMetrics::register(&registry)?),
            registry,
            checks: Arc::new(checks),
            http: Arc::new(http),
        })
    }

    /// Says what runs here, once.
    pub fn describe(&self, deployment: &Deployment) {
        let info = IntGauge::with_opts(
            table::BUILD_INFO
                .opts()
                .const_label("version", env!("CARGO_PKG_VERSION"))
                .const_label("git_sha", &deployment.git_sha)
                .const_label("build_time", &deployment.build_time)
                .const_label("environment", &deployment.environment),
        );
        let registered = info.and_then(|info| {
            info.set(1);
            self.registry.register(Box::new(info))
        });
        if let Err(error) = registered {
            tracing::warn!(cause = %error, "the metric of the build is missing");
        }
    }

    /// Also shows how many lines of the log were dropped.
    pub fn show_log(&self, dropped: &IntCounter) {
        if let Err(error) = self.registry.register(Box::new(dropped.clone())) {
            tracing::warn!(cause = %error, "the metric of the log is missing");
        }
    }

    /// When the key of Supabase's API expires. Of one that does not expire, nothing is shown: 0 would
    /// look like long ago.
    pub fn show_key_expiry(&self, at: Timestamp) {
        let registered = table::KEY_EXPIRY.int_gauge(&self.registry);
        let registered = registered.map(|gauge| gauge.set(at.as_second()));
        if let Err(error) = registered {
            tracing::warn!(cause = %error, "the metric of the key is missing");
        }
    }

    /// What the check called `name` counts.
    #[must_use]
    pub fn check(&self, name: &'static str) -> CheckMetrics {
        let vectors = &self.checks;
        let caller = |source| vectors.callers.with_label_values(&[name, source]);
        vectors.next_attempt.with_label_values(&[name]).set(0.0);
        CheckMetrics {
            name,
            vectors: Arc::clone(vectors),
            duration: vectors.durations.with_label_values(&[name]),
            abandoned: vectors.abandoned.with_label_values(&[name]),
            late: vectors.late.with_label_values(&[name]),
            live: caller("live"),
            shared: caller("shared"),
            cached: caller("cached"),
        }
    }

    /// What is done on the way to a dependency, under this name.
    #[must_use]
    pub fn traffic(&self, name: &str) -> TrafficMetrics {
        self.checks.traffic(name)
    }

    /// What the watch sees.
    #[must_use]
    pub fn watch(&self) -> &WatchMetrics {
        &self.watch
    }

    /// Whether incidents are kept and told.
    #[must_use]
    pub fn incidents(&self) -> &IncidentMetrics {
        &self.incidents
    }

    /// What a route counts, by its path with names in place of what differs.
    #[must_use]
    pub fn route(&self, path: &'static str) -> RouteMetrics {
        RouteMetrics::new(
            path,
            self.http.requests.clone(),
            self.http.durations.clone(),
        )
    }

    /// This became of an alert from outside.
    pub fn alert(&self, outcome: &'static str) {
        self.alerts.with_label_values(&[outcome]).inc();
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> &IntGauge {
        &self.http.connections
    }

    /// A connection was closed on our part: to make `room`, or because its answer was `unread`.
    pub fn let_go(&self, reason: &'static str) {
        self.http.let_go.with_label_values(&[reason]).inc();
    }

    /// Everything, in the text format of Prometheus, version 0.0.4. `tasks` is how many the
    /// runtime has.
    ///
    /// # Errors
    ///
    /// That of the encoder.
    pub fn render(&self, tasks: usize) -> prometheus::Result<Vec<u8>> {
        self.http
            .tasks
            .set(i64::try_from(tasks).unwrap_or(i64::MAX));
        let mut text = Vec::with_capacity(16 * 1024);
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl Default for TrafficMetrics {
    /// Counts for nobody: what a command does is never scraped.
    fn default() -> Self {
        Metrics::new().check("none").traffic()
    }
}

impl CheckVectors {
    fn traffic(&self, name: &str) -> TrafficMetrics {
        let of = |vector: &IntCounterVec| vector.with_label_values(&[name]);
        TrafficMetrics {
            connections: of(&self.connections),
            logins: of(&self.logins),
            queries: of(&self.queries),
        }
    }
}

impl CheckMetrics {
    /// What the check's traffic counts.
    #[must_use]
    pub fn traffic(&self) -> TrafficMetrics {
        self.vectors.traffic(self.name)
    }
}

impl Listener for CheckMetrics {
    fn observed(&self, now: &Observation, _before: Option<&Observation>) {
        let vectors = &self.vectors;
        let code = now.code().map_or("ok", Code::id);
        vectors.runs.with_label_values(&[self.name, code]).inc();
        self.duration.observe(now.latency.as_secs_f64());
        let ok = vectors.ok.with_label_values(&[self.name]);
        ok.set(i64::from(now.fault.is_none()));
        let last_run = vectors.last_run.with_label_values(&[self.name]);
        last_run.set(now.finished_at.as_duration().as_secs_f64());
        let next_attempt = now.next_attempt.map(|next| next.at.as_duration());
        let until = next_attempt.map_or(0.0, |at| at.as_secs_f64());
        let gauge = vectors.next_attempt.with_label_values(&[self.name]);
        gauge.set(until);
        if now.is_abandoned {
            self.abandoned.inc();
        }
    }

    fn answered(&self, source: Source, is_late: bool) {
        match source {
            Source::Live => &self.live,
            Source::Shared => &self.shared,
            Source::Cached => &self.cached,
        }
        .inc();
        if is_late {
            self.late.inc();
        }
    }
}

#[cfg(test)]
mod tests;
