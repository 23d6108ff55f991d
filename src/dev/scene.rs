//! Situations to look at: what the watch has seen and remembers, without anything behind it.
//!
//! The tests of the page are played on these, and whoever changes how the page looks can see each of
//! them at once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::activity::{
    Activity, Connections, Holder, LastFinished, LongRunning, LongSession, Queue, Worker,
    WorkerState, WorkersSeen, judge_connections, judge_locks, judge_long_running, judge_queue,
    judge_workers,
};
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Grain, Memory, Sample, Series, histogram_slot};
use crate::domain::last_look::LastLook;
use crate::domain::locks::{LockEdge, LockForest, LockSession};
use crate::domain::pause::{Pause, PauseOrder};
use crate::domain::session::SessionIdentity;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// How many days of the past there are.
const DAYS: i64 = 90;

/// A situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// All is well, with a past of ninety days.
    Well,
    /// One check is red: the workers are silent. The queue is paused.
    OneRed,
    /// Postgres is away, and with it Supabase and all that is read from it.
    AllRed,
    /// Some things cannot be seen.
    Blind,
    /// The service has just started, and nobody has looked.
    Starting,
    /// It has looked a few times, and there is no past.
    Young,
    /// The watch has not looked for ten minutes.
    Late,
    /// Two hundred workers, of which some are not well, and sessions that last.
    Crowd,
}

impl Scene {
    /// All of them, with names.
    pub const ALL: &[(&str, Self)] = &[
        ("well", Self::Well),
        ("one-red", Self::OneRed),
        ("all-red", Self::AllRed),
        ("blind", Self::Blind),
        ("starting", Self::Starting),
        ("young", Self::Young),
        ("late", Self::Late),
        ("crowd", Self::Crowd),
    ];

    /// Puts what is remembered into this situation: what the watch saw when it last looked, if it did.
    #[must_use]
    pub fn stage(self, memory: &mut Memory) -> Option<LastLook> {
        let now = Timestamp::now();
        if self == Self::Starting {
            return None;
        }
        let mut past = match self {
            Self::Young => BTreeMap::new(),
            _ => past(now),
        };
        let activity = self.activity();
        let probed = [(Series::Db, self.db()), (Series::Supabase, self.rest())];
        let probed = probed.map(|(series, seen)| match seen {
            Ok(()) => (series, Verdict::Ok, None),
            Err(fault) => (series, Verdict::Critical, Some(fault.code)),
        });
        let unread = |series, fault: &Fault| (series, Verdict::Unknown, Some(fault.code));
        let read = match &activity {
            Err(fault) => Series::OF_ACTIVITY.map(|series| unread(series, fault)),
            Ok(report) => report.sections().map(|(series, found)| match found {
                Ok(judged) => (series, judged.verdict, judged.code()),
                Err(fault) => unread(series, fault),
            }),
        };
        let judged: Vec<_> = probed.into_iter().chain(read).collect();
        let age = if self == Self::Late { 600 } else { 4 };
        let looked = ago(now, age);
        for back in (0..8).rev() {
            let slot = Sample::slot(ago(looked, back * 30), Duration::from_secs(30));
            for (series, verdict, code) in &judged {
                // It has begun a minute and a half ago, where it is not well.
                let (verdict, code) = if back > 3 {
                    (Verdict::Ok, None)
                } else {
                    (*verdict, *code)
                };
                let latency = if verdict == Verdict::Critical {
                    5_000
                } else {
                    3
                };
                let interval = Duration::from_secs(30);
                let sample = Sample::new(*series, (slot, interval), Duration::from_millis(latency));
                let sample = sample.judged(verdict, code);
                for grain in Grain::ALL {
                    let key = (*series, grain, grain.start_of(sample.at));
                    past.entry(key).or_default().add(&sample);
                }
                memory.add(&sample);
            }
        }
        memory.replace_kept(past);
        Some(LastLook {
            at: looked,
            db: self.db(),
            supabase: self.rest(),
            activity,
            left_alone: Vec::new(),
        })
    }

    fn db(self) -> Result<(), Fault> {
        match self {
            Self::AllRed => Err(away()),
            _ => Ok(()),
        }
    }

    fn rest(self) -> Result<(), Fault> {
        match self {
            Self::AllRed => Err(Fault::new(
                Code::VendorSupabase,
                "PostgREST cannot reach the database (PGRST001); a reload of the schema will not help.",
            )),
            _ => Ok(()),
        }
    }

    fn activity(self) -> Result<Activity, Fault> {
        if self == Self::AllRed {
            return Err(away());
        }
        let forbidden = || {
            Fault::new(
                Code::AuthForbidden,
                "The role may not read ops.worker_heartbeats.",
            )
        };
        let connections = Connections {
            used: 31,
            ceiling: 97,
            hidden: if self == Self::Blind { 12 } else { 0 },
            holders: Some(holders()),
            ..Connections::default()
        };
        let long = match self {
            Self::Crowd => sessions(),
            _ => LongRunning::default(),
        };
        let locks = match self {
            Self::Crowd => lock_forest(),
            _ => LockForest::default(),
        };
        Ok(Activity {
            workers: match self {
                Self::Blind => Err(forbidden()),
                _ => Ok(judge_workers(self.workers(), Some(self.oldest()))),
            },
            queue: Ok(judge_queue(self.queue())),
            connections: Ok(judge_connections(connections)),
            long_running: Ok(judge_long_running(long)),
            locks: Ok(judge_locks(locks)),
        })
    }

    fn oldest(self) -> f64 {
        match self {
            Self::OneRed => 840.0,
            _ => 12.0,
        }
    }

    fn workers(self) -> WorkersSeen {
        let count = if self == Self::Crowd { 200 } else { 5 };
        let silent = |nth: u32| match self {
            Self::OneRed => Some(340.0 + f64::from(nth)),
            Self::Crowd if nth % 40 == 7 => Some(120.0),
            Self::Crowd if nth % 60 == 11 => Some(4_000.0),
            _ => Some(f64::from(nth % 13)),
        };
        let items = (0..count).map(|nth| Worker {
            name: Some(format!("intake-worker-{nth:03}")),
            kind: None,
            state: WorkerState::Alive,
            status: None,
            is_stopped: false,
            seconds_since_heartbeat: silent(nth),
            seconds_since_finished_job: Some(f64::from(nth % 50)),
            has_recent_job: Some(true),
            jobs_processed: Some(10),
            error_count: Some(0),
        });
        WorkersSeen {
            table: "ops.worker_heartbeats".to_owned(),
            items: items.collect(),
            ..WorkersSeen::default()
        }
    }

    fn queue(self) -> Queue {
        let pause = Pause {
            id: 4,
            job_type: Some("send_letter".to_owned()),
            active: true,
            held: 13,
            escaped: 0,
            seconds_since_paused: 1_500.0,
            seconds_until_expiry: Some(2_100.0),
            order: Some(PauseOrder {
                reason: "letters go out twice".to_owned(),
                paused_by: "Ada (http: 192.0.2.7)".to_owned(),
            }),
        };
        let is_held = self == Self::OneRed;
        Queue {
            table: "ops.job_queue".to_owned(),
            pending: if is_held { 212 } else { 7 },
            scheduled: Some(3),
            paused: if is_held { 13 } else { 0 },
            processing: 4,
            oldest_pending_seconds: Some(self.oldest()),
            finished: LastFinished::Ago(2.0),
            stuck_processing: Some(0),
            failed_24h: Some(2),
            pauses: if is_held { vec![pause] } else { Vec::new() },
            ..Queue::default()
        }
    }
}

fn away() -> Fault {
    Fault::new(
        Code::DbConnection,
        "Postgres refused the connection: nobody listens there.",
    )
    .caused_by(vec!["connection refused (os error 111)".to_owned()])
}

fn identity(query: &str) -> SessionIdentity {
    SessionIdentity {
        user: Some("dragonfly_app".to_owned()),
        client: Some("10.0.3.17".to_owned()),
        application: Some("intake".to_owned()),
        query: Some(query.to_owned()),
    }
}

fn sessions() -> LongRunning {
    let session = |pid, state: &str, seconds, query| LongSession {
        pid,
        state: state.to_owned(),
        seconds,
        backend_start: Some("2026-11-24 10:00:00.123456+00".to_owned()),
        transaction_seconds: Some(seconds),
        identity: Some(identity(query)),
    };
    LongRunning {
        active: vec![session(
            4_711,
            "active",
            312.0,
            "SELECT count(*) FROM plaintiffs p JOIN plaintiff_contacts c ON c.plaintiff_id = p.id WHERE p.note ILIKE ?",
        )],
        idle_in_transaction: vec![session(
            4_802,
            "idle in transaction",
            95.0,
            "UPDATE ops.job_queue SET status = ? WHERE id = ?",
        )],
        ..LongRunning::default()
    }
}

fn lock_forest() -> LockForest {
    let edge = |waiting_pid, wait| LockEdge {
        waiting_pid,
        blocking_pid: 4_802,
        wait_seconds: Some(wait),
        lock_type: Some("transactionid".to_owned()),
        mode: Some("ShareLock".to_owned()),
        relation: Some("ops.job_queue".to_owned()),
    };
    let root = LockSession {
        state: Some("idle in transaction".to_owned()),
        backend_start: Some("2026-11-24 10:00:00.123456+00".to_owned()),
        transaction_seconds: Some(95.0),
        identity: Some(identity("UPDATE ops.job_queue SET status = ? WHERE id = ?")),
    };
    let edges = vec![edge(4_810, 88.0), edge(4_811, 61.0), edge(4_815, 12.0)];
    LockForest::grow(edges, &BTreeMap::from([(4_802, root)]), false)
}

fn holders() -> Vec<Holder> {
    let holder = |application: &str, sessions, pid| Holder {
        application: Some(application.to_owned()),
        user: Some("dragonfly_app".to_owned()),
        client: Some("10.0.3.17".to_owned()),
        state: Some("idle".to_owned()),
        sessions,
        oldest_seconds: Some(3_600.0),
        oldest_pid: Some(pid),
        oldest_backend_start: None,
    };
    vec![holder("intake", 18, 4_100), holder("n8n", 9, 4_200)]
}

fn ago(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}

/// Ninety days of a past with a few bad hours in it, the same each time.
fn past(now: Timestamp) -> BTreeMap<(Series, Grain, Timestamp), Bucket> {
    let mut all = BTreeMap::new();
    for (nth, series) in (0..).zip(Series::ALL) {
        for (grain, count) in [
            (Grain::FiveMinutes, 288),
            (Grain::Hour, 192),
            (Grain::Day, DAYS),
        ] {
            for back in 0..count {
                let start = grain.start_of(ago(now, back * grain.seconds()));
                let kind = match grain {
                    Grain::Day => (back * 7 + nth * 13) % 41,
                    Grain::Hour => (back + nth * 29) % 97,
                    Grain::FiveMinutes => (back + nth * 31) % 149,
                };
                // Of what is under way nothing bad is past, and the end is not there yet.
                let kind = if back == 0 { 0 } else { kind };
                let elapsed = now.duration_since(start).as_secs().min(grain.seconds());
                if let Some(bucket) = bucket(elapsed, kind, back + nth) {
                    all.insert((series, grain, start), bucket);
                }
            }
        }
    }
    all
}

/// One of a few kinds of stretches: mostly well, sometimes not, sometimes nobody looked.
fn bucket(seconds: i64, kind: i64, wave: i64) -> Option<Bucket> {
    let seconds = u32::try_from(seconds).unwrap_or_default() / 30 * 30;
    let (warning, critical, gap) = match kind {
        3 => (0, seconds / 60, 0),
        11 => (seconds / 20, 0, 0),
        17 => (0, 0, seconds / 2),
        23 => return None,
        29 => (0, seconds / 4, 0),
        _ => (0, 0, 0),
    };
    let looks = (seconds - gap) / 30;
    let pace = u32::try_from(wave % 24).unwrap_or_default();
    let mean =
        2.0 + f64::from(pace.abs_diff(12)) * 0.6 + f64::from(critical) / f64::from(seconds) * 900.0;
    let mut bucket = Bucket {
        ok: seconds - warning - critical - gap,
        warning,
        critical,
        looks,
        sum_ms: mean * f64::from(looks),
        min_ms: Some(mean / 2.0),
        max_ms: Some(mean * 6.0),
        worst: (critical > 0).then_some(Code::DbTimeout),
        ..Bucket::default()
    };
    bucket.histogram[histogram_slot(mean)] = looks;
    Some(bucket)
}
