//! `SELECT 1`, on a connection of its own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, Row};
use tokio::time::Instant;

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::session::{Database, SEARCH_PATH, Session, overdue};
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Asks Postgres whether it answers. A connection that opens proves nothing behind a pooler, nor
/// does a ping: the pooler answers both itself.
#[derive(Debug)]
pub struct PostgresProbe {
    session: Result<Session, Fault>,
}

impl PostgresProbe {
    /// A probe of `database`; without one, it always finds that fault.
    #[must_use]
    pub fn new(database: Result<Database, Fault>) -> Self {
        Self {
            session: database.map(Session::new),
        }
    }
}

impl Probe for PostgresProbe {
    type Evidence = ();

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, ()> {
        Box::pin(self.ask(trace, deadline))
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        overdue(phase, "SELECT 1", timeout)
    }
}

impl PostgresProbe {
    async fn ask(&self, trace: &Trace, deadline: Instant) -> Result<(), Fault> {
        let session = self.session.as_ref().map_err(Clone::clone)?;
        let redactor = session.database().redactor();
        let mut lease = session.lease(trace).await?;
        let queries = &session.database().traffic().queries;
        queries.inc();
        let mut asked = select_one(&mut lease.connection, trace, deadline).await;
        if let Err(error) = &asked
            && lease.reused
            && classify(error, redactor).stale
        {
            // The server closed it while nobody looked. That is not news until a fresh one fails,
            // too.
            drop(lease);
            lease = session.fresh(trace).await?;
            queries.inc();
            asked = select_one(&mut lease.connection, trace, deadline).await;
        }
        trace.leave();
        match asked {
            Ok(1) => {
                session.keep(lease);
                Ok(())
            }
            Ok(_) => Err(Fault::new(
                Code::ValData,
                "Postgres answered SELECT 1 with something else.",
            )),
            Err(error) => Err(classify(&error, redactor).fault),
        }
    }
}

/// Both statements travel in one message: behind a transaction pooler they reach the same server,
/// and the timeout does not outlive them.
async fn select_one(
    connection: &mut PgConnection,
    trace: &Trace,
    deadline: Instant,
) -> Result<i32, sqlx::Error> {
    trace.enter("query");
    let sql = format!(
        "{SEARCH_PATH}; SET LOCAL statement_timeout = {}; SELECT 1",
        millis_left(deadline)
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?
        .try_get(0)
}

/// What is left of a deadline in whole milliseconds, for `statement_timeout`; at least 1, as 0
/// would mean no limit.
#[must_use]
pub fn millis_left(deadline: Instant) -> u128 {
    deadline
        .saturating_duration_since(Instant::now())
        .as_millis()
        .max(1)
}
