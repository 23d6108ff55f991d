//! Probes that look around while they wait.
//!
//! # Design notes
//!
//! A check that is silent for a part of its time asks what else can be seen, through the other gates and
//! so without a run of its own where one is under way. What was seen by the deadline is in the fault; the
//! deadline itself is not touched. REST asks for the activity, whose session reads the locks; the database
//! asks for REST. So nobody waits for whom it keeps waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use ulid::Ulid;

use crate::adapters::postgres::probe::PostgresProbe;
use crate::adapters::supabase::probe::SupabaseProbe;
use crate::domain::activity::{Activity, Served};
use crate::domain::fault::Fault;
use crate::domain::gate::{Gate, Probe, Run};
use crate::domain::silence::{LockedTable, Other, SeenOfDatabase, explain_database, explain_rest};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// After this part of its time a check that was not answered looks around.
const PATIENCE: u32 = 4;

/// The probe of the database, which looks at REST while it waits.
#[derive(Debug)]
pub(super) struct WatchfulDatabase {
    probe: PostgresProbe,
    is_pooled: bool,
    rest: Arc<Gate<Served>>,
    seen: Mutex<Other>,
}

/// The probe of REST, which looks at the database and its locks while it waits.
#[derive(Debug)]
pub(super) struct WatchfulRest {
    probe: SupabaseProbe,
    /// The table that is read.
    table: Option<String>,
    activity: Arc<Gate<Activity>>,
    seen: Mutex<SeenOfDatabase>,
}

impl WatchfulDatabase {
    pub(super) fn new(probe: PostgresProbe, is_pooled: bool, rest: Arc<Gate<Served>>) -> Self {
        Self {
            probe,
            is_pooled,
            rest,
            seen: Mutex::default(),
        }
    }

    async fn look(&self) {
        let id = Ulid::generate().to_string();
        // Silent, until it answers.
        *lock(&self.seen) = Other::Fails;
        let answer = self.rest.check(Instant::now(), &id).await;
        *lock(&self.seen) = match &answer.outcome.result {
            Ok(_) => Other::Answers,
            Err(fault) => said_of_database(fault),
        };
    }
}

impl WatchfulRest {
    pub(super) fn new(
        probe: SupabaseProbe,
        table: Option<String>,
        activity: Arc<Gate<Activity>>,
    ) -> Self {
        Self {
            probe,
            table,
            activity,
            seen: Mutex::default(),
        }
    }

    /// Looks until something is seen that was read after REST was asked: what was read before, and is shared for a
    /// while, knows nothing of a lock that has come since.
    async fn look(&self, asked_at: Instant) {
        let id = Ulid::generate().to_string();
        // Silent, until it answers.
        *lock(&self.seen) = SeenOfDatabase {
            database: Other::Fails,
            ..SeenOfDatabase::default()
        };
        loop {
            let answer = self.activity.check(Instant::now(), &id).await;
            let read_for = answer.age + answer.outcome.observation.latency;
            let is_current = read_for <= asked_at.elapsed();
            let (seen, is_enough) = match &answer.outcome.result {
                Ok(activity) => {
                    let lock = in_the_way(activity, self.table.as_deref());
                    let is_enough = is_current || lock.is_some();
                    let seen = SeenOfDatabase {
                        database: Other::Answers,
                        lock,
                        is_current,
                    };
                    (seen, is_enough)
                }
                Err(fault) => {
                    let seen = SeenOfDatabase {
                        database: said_of_database(fault),
                        ..SeenOfDatabase::default()
                    };
                    (seen, true)
                }
            };
            *lock(&self.seen) = seen;
            if is_enough {
                return;
            }
            tokio::time::sleep(answer.retry_in).await;
        }
    }
}

impl Probe for WatchfulDatabase {
    type Evidence = ();

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, ()> {
        Box::pin(async move {
            *lock(&self.seen) = Other::Unknown;
            let run = self.probe.run(trace, deadline);
            while_waiting(run, (trace, deadline), self.look()).await
        })
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        let fault = self.probe.overdue(phase, timeout);
        explain_database(fault, self.is_pooled, *lock(&self.seen))
    }
}

impl Probe for WatchfulRest {
    type Evidence = Served;

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, Served> {
        Box::pin(async move {
            *lock(&self.seen) = SeenOfDatabase::default();
            let asked_at = Instant::now();
            let run = self.probe.run(trace, deadline);
            while_waiting(run, (trace, deadline), self.look(asked_at)).await
        })
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        let fault = self.probe.overdue(phase, timeout);
        explain_rest(fault, &lock(&self.seen))
    }
}

/// The lock that keeps the table from being read.
pub(super) fn in_the_way(activity: &Activity, table: Option<&str>) -> Option<LockedTable> {
    LockedTable::find(&activity.locks.as_ref().ok()?.facts, table?)
}

/// What the fault of another check says of the database below it.
pub(super) fn said_of_database(fault: &Fault) -> Other {
    match fault.code {
        // It was asked, and said no.
        Code::ValSchema | Code::AuthForbidden | Code::DbPoolExhausted => Other::Answers,
        // Nobody has got that far.
        Code::ConfigMissing
        | Code::ConfigInvalid
        | Code::ConfigFileMissing
        | Code::AuthInvalid
        | Code::NetDns
        | Code::NetTls
        | Code::VendorRateLimited => Other::Unknown,
        _ => Other::Fails,
    }
}

/// Runs a probe, and looks around once it has kept us waiting.
async fn while_waiting<E>(
    mut run: Run<'_, E>,
    (trace, deadline): (&Trace, Instant),
    look: impl Future<Output = ()>,
) -> Result<E, Fault> {
    let patience = deadline.saturating_duration_since(Instant::now()) / PATIENCE;
    if let Ok(found) = tokio::time::timeout(patience, &mut run).await {
        return found;
    }
    // Where nobody was reached, it is the way there that is wrong, and a look would only take a turn.
    if matches!(trace.current(), Some("dns" | "connect")) {
        return run.await;
    }
    let mut look = std::pin::pin!(look);
    tokio::select! {
        found = &mut run => found,
        () = &mut look => run.await,
    }
}

fn lock<T>(seen: &Mutex<T>) -> MutexGuard<'_, T> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
