//! `SELECT 1`, on a connection of its own.

use std::time::Duration;

use sqlx::Row;
use tokio::time::Instant;

use crate::adapters::postgres::session::{
    Database, KeptConnection, SEARCH_PATH, millis_left, overdue,
};
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Asks Postgres whether it answers. A connection that opens proves nothing behind a pooler, nor
/// does a ping: the pooler answers both itself.
#[derive(Debug)]
pub(crate) struct PostgresProbe {
    kept: Result<KeptConnection, Fault>,
}

impl PostgresProbe {
    /// A probe of `database`; without one, it always finds that fault.
    pub(crate) fn new(database: Result<Database, Fault>) -> Self {
        Self {
            kept: database.map(KeptConnection::new),
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
        let kept = self.kept.as_ref().map_err(Clone::clone)?;
        // All statements travel in one message: behind a transaction pooler they reach the same
        // server, and the timeout does not outlive them.
        let message = || {
            let left = millis_left(deadline);
            format!("{SEARCH_PATH}; SET LOCAL statement_timeout = {left}; SELECT 1")
        };
        let (lease, row) = kept.ask_first(trace, "query", message).await?;
        trace.leave();
        let answer = row.ok_or(sqlx::Error::RowNotFound);
        match answer.and_then(|row| row.try_get::<i32, _>(0)) {
            Ok(1) => {
                kept.keep(lease);
                Ok(())
            }
            Ok(_) => Err(Fault::new(
                Code::ValData,
                "Postgres answered SELECT 1 with something else.",
            )),
            Err(error) => Err(kept.database().fault(&error)),
        }
    }
}
