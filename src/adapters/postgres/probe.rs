//! `SELECT 1`, on a connection of its own.

use std::time::Duration;

use tokio::time::Instant;

use crate::adapters::postgres::connection::{Database, KeptConnection, unanswered};
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
        Box::pin(async move {
            let kept = self.kept.as_ref().map_err(Clone::clone)?;
            let (lease, answer) = kept.ask_number(trace, deadline, "SELECT 1").await?;
            if answer != 1 {
                let detail = "Postgres answered SELECT 1 with something else.";
                return Err(Fault::new(Code::ValData, detail));
            }
            lease.give_back();
            Ok(())
        })
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        unanswered(phase, "SELECT 1", timeout)
    }
}
