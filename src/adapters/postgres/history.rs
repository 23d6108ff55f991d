//! The history in Postgres: samples, what they add up to, and the lease of whoever writes it.
//!
//! # Design notes
//!
//! Shipping is one statement. It renews the lease, keeps the samples that are new, and adds only those
//! to the buckets: all of it or nothing, in one message, so that nobody who is stopped in the middle
//! leaves a lock behind, and what is shipped twice counts once. The row of the lease is its fence: as
//! long as the statement runs, nobody can take the lease over.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::{Bucket, Grain, HISTOGRAM, Sample, Series, histogram_slot};
use crate::domain::taxonomy::Code;

const SHIP: &str = include_str!("sql/history_ship.sql");
const BUCKETS: &str = include_str!("sql/history_buckets.sql");
const FORGET: &str = include_str!("sql/history_forget.sql");
const YIELD: &str = include_str!("sql/history_yield.sql");

/// The name of the lease.
const LEASE: &str = "history";
/// How long a lease lasts from its last renewal on.
pub(crate) const LEASE_LASTS: Duration = Duration::from_secs(45);
/// For how many days samples are kept.
const SAMPLE_DAYS: i64 = 3;
/// What is older than this is not shipped any more: its samples may be gone, by which it is known what
/// was counted.
const SHIPPED_HOURS: i64 = SAMPLE_DAYS * 24 - 2;
/// How many rows are deleted at once.
const AT_ONCE: usize = 5_000;

/// Buckets by what they are of.
pub(crate) type Buckets = Vec<KeptBucket>;

/// A bucket, and what it is of.
type KeptBucket = ((Series, Grain, Timestamp), Bucket);

/// A stretch of time of one grain.
pub(crate) type Stretch = (Grain, Timestamp, Timestamp);

/// What became of shipping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shipped {
    /// The lease is ours, and all that is new is kept.
    Ours {
        /// Rises whenever the lease was not held without a gap.
        term: i64,
    },
    /// Somebody else writes. Nothing was kept.
    Others {
        /// How long their lease lasts, where that is known.
        left: Option<Duration>,
        /// The term of their lease, where that is known.
        term: Option<i64>,
    },
}

/// Where the history is kept.
#[derive(Debug)]
pub(crate) struct HistoryStore {
    aside: Aside,
}

/// Every statement by its name, for the test that prepares them.
pub(crate) fn statements() -> Vec<(&'static str, String)> {
    let at = Timestamp::UNIX_EPOCH;
    vec![
        ("history_ship", ship("a holder", &[])),
        (
            "history_buckets",
            buckets(&[(Grain::Day, at, at)], Some(Series::Db)),
        ),
        ("history_forget", forget()),
        ("history_yield", named(YIELD, "a holder")),
    ]
}

impl HistoryStore {
    /// Of this database.
    pub(crate) fn new(database: Database) -> Self {
        Self {
            aside: Aside::new(database, "the history", at_tables),
        }
    }

    /// Renews the lease of this holder or takes one that has run out, and keeps what is new where it is
    /// theirs.
    ///
    /// # Errors
    ///
    /// The classified cause; then nothing was kept, or nobody knows: shipping it again is right.
    pub(crate) async fn ship(&self, holder: &str, samples: &[Sample]) -> Result<Shipped, Fault> {
        let sql = ship(holder, samples);
        self.aside
            .ask("ship", &sql, |rows| {
                let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
                let term: Option<i64> = row.try_get("term")?;
                let left: Option<f64> = row.try_get("left_seconds")?;
                let left = left.and_then(|left| Duration::try_from_secs_f64(left).ok());
                let held: Option<i64> = row.try_get("held_term")?;
                let others = Shipped::Others { left, term: held };
                Ok(term.map_or(others, |term| Shipped::Ours { term }))
            })
            .await
    }

    /// The buckets of these stretches of time, of one series or of all.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn read(
        &self,
        stretches: &[Stretch],
        series: Option<Series>,
    ) -> Result<Buckets, Fault> {
        let sql = buckets(stretches, series);
        let rows = |rows: &[PgRow]| {
            rows.iter()
                .filter_map(|row| bucket(row).transpose())
                .collect()
        };
        self.aside.ask("read", &sql, rows).await
    }

    /// Deletes some of what is older than it is kept; how many rows.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn forget(&self) -> Result<i64, Fault> {
        let count = |rows: &[PgRow]| rows.first().map_or(Ok(0), |row| row.try_get("deleted"));
        self.aside.ask("forget", &forget(), count).await
    }

    /// Gives the lease of this holder up.
    ///
    /// # Errors
    ///
    /// The classified cause; then it runs out by itself.
    pub(crate) async fn yield_lease(&self, holder: &str) -> Result<(), Fault> {
        self.aside
            .ask("yield", &named(YIELD, holder), |_| Ok(()))
            .await
    }
}

/// Says how to get the tables.
fn at_tables(fault: Fault) -> Fault {
    let detail = match fault.code {
        Code::ValSchema if fault.kind == Some(FaultKind::NoTable) => {
            "The tables of the history do not exist: run dragonfly-ops migrate."
        }
        Code::ValSchema => {
            "The tables of the history are of another shape: ops.check_samples, ops.check_buckets and ops.leases have \
             to be those of dragonfly-ops migrate."
        }
        Code::AuthForbidden => {
            "The database role may not keep the history: it needs USAGE on the schema ops, and SELECT, INSERT, UPDATE and \
             DELETE on ops.check_samples, ops.check_buckets and ops.leases, and where row level security is in force, a \
             policy FOR ALL ... USING (true)."
        }
        _ => return fault,
    };
    Fault {
        detail: detail.into(),
        ..fault
    }
}

fn named(sql: &str, holder: &str) -> String {
    Filling::default()
        .with("lease", literal(LEASE))
        .with("holder", literal(holder))
        .fill(sql)
}

fn ship(holder: &str, samples: &[Sample]) -> String {
    let rows: Vec<_> = samples
        .iter()
        .map(|sample| {
            json!({
                "series": sample.series, "at": sample.at.to_string(), "covers": sample.covers,
                "verdict": sample.verdict, "code": sample.code.map(Code::id),
                "latency_ms": sample.latency_ms, "latency_slot": histogram_slot(sample.latency_ms),
            })
        })
        .collect();
    let grains =
        Grain::ALL.map(|grain| format!("({}, {})", literal(grain.as_str()), grain.seconds()));
    Filling::default()
        .with("lease", literal(LEASE))
        .with("holder", literal(holder))
        .with("lasts", LEASE_LASTS.as_secs().to_string())
        .with("samples", literal(&json!(rows).to_string()))
        .with("shipped_hours", SHIPPED_HOURS.to_string())
        .with("grains", grains.join(", "))
        .with("last_slot", (HISTOGRAM - 1).to_string())
        .fill(SHIP)
}

fn buckets(stretches: &[Stretch], series: Option<Series>) -> String {
    let ranges: Vec<_> = stretches
        .iter()
        .map(|(grain, from, to)| {
            let grain = literal(grain.as_str());
            format!("({grain}, {}, {})", from.as_second(), to.as_second())
        })
        .collect();
    let of_series = series.map_or_else(
        || "true".to_owned(),
        |series| format!("b.series = {}", literal(series.as_str())),
    );
    Filling::default()
        .with("ranges", ranges.join(", "))
        .with("of_series", of_series)
        .fill(BUCKETS)
}

fn forget() -> String {
    let kept =
        Grain::ALL.map(|grain| format!("({}, {})", literal(grain.as_str()), grain.kept_days()));
    Filling::default()
        .with("sample_days", SAMPLE_DAYS.to_string())
        .with("at_once", AT_ONCE.to_string())
        .with("kept", kept.join(", "))
        .fill(FORGET)
}

/// A bucket; nothing where it is of a series or a grain that is not known here, as a newer version may
/// have more of them.
fn bucket(row: &PgRow) -> Result<Option<KeptBucket>, sqlx::Error> {
    let series: String = row.try_get("series")?;
    let grain: String = row.try_get("grain")?;
    let (Ok(series), Ok(grain)) = (series.parse(), grain.parse()) else {
        return Ok(None);
    };
    let Ok(start) = Timestamp::from_second(row.try_get("start")?) else {
        return Ok(None);
    };
    let count = |name: &str| -> Result<u32, sqlx::Error> {
        let count: i32 = row.try_get(name)?;
        Ok(u32::try_from(count).unwrap_or_default())
    };
    let counts: Vec<i32> = row.try_get("histogram")?;
    let mut histogram = [0; HISTOGRAM];
    for (slot, count) in histogram.iter_mut().zip(counts) {
        *slot = u32::try_from(count).unwrap_or_default();
    }
    let code: Option<String> = row.try_get("worst_code")?;
    let bucket = Bucket {
        ok: count("ok_seconds")?,
        warning: count("warning_seconds")?,
        unknown: count("unknown_seconds")?,
        critical: count("critical_seconds")?,
        looks: count("looks")?,
        sum_ms: row.try_get("sum_ms")?,
        min_ms: row.try_get("min_ms")?,
        max_ms: row.try_get("max_ms")?,
        worst: code.and_then(|code| code.parse().ok()),
        histogram,
    };
    Ok(Some(((series, grain, start), bucket)))
}
