//! What is asked beside the checks: the history, the incidents.
//!
//! # Design notes
//!
//! A session that a check keeps and does not use in that moment serves: no login is added to those of
//! the checks. Where there is none, a new one goes through the same guard, and is left alone as they
//! are. Each question is one message with a deadline, so that nobody who is stopped in the middle leaves
//! a lock behind.

use std::time::Duration;

use sqlx::postgres::PgRow;

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH, millis, overdue};
use crate::adapters::postgres::kept::Lease;
use crate::adapters::postgres::sections::fetch;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// How long a question may take, where nobody says otherwise.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long a statement waits for what somebody else has locked.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Asks the database beside the checks.
#[derive(Debug)]
pub(super) struct Aside {
    database: Database,
    /// What it is about, as in "the history".
    about: &'static str,
    /// Says how to get the tables.
    at_tables: fn(Fault) -> Fault,
    /// How long a question may take.
    deadline: Duration,
}

impl Aside {
    /// Of this database. `at_tables` says of a fault how to get the tables.
    pub(super) fn new(
        database: Database,
        about: &'static str,
        at_tables: fn(Fault) -> Fault,
    ) -> Self {
        Self {
            database,
            about,
            at_tables,
            deadline: DEADLINE,
        }
    }

    /// The same where a question may take so long.
    pub(super) fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Asks one statement, and understands its rows.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(super) async fn ask<T>(
        &self,
        phase: &'static str,
        sql: &str,
        understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        let trace = Trace::default();
        let asked = tokio::time::timeout(self.deadline, self.rows(&trace, phase, sql));
        let rows = match asked.await {
            Ok(rows) => rows?,
            Err(_) => {
                let what = format!("the statement about {}", self.about);
                return Err(overdue(trace.held_up(), &what, self.deadline));
            }
        };
        understand(&rows).map_err(|error| self.database.fault(&error))
    }

    async fn rows(
        &self,
        trace: &Trace,
        phase: &'static str,
        sql: &str,
    ) -> Result<Vec<PgRow>, Fault> {
        let message = format!(
            "{SEARCH_PATH}; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; {sql}",
            millis(self.deadline),
            millis(LOCK_TIMEOUT),
        );
        let mut spare = self.database.spare();
        loop {
            let is_fresh = spare.is_none();
            let mut lease = match spare.take() {
                Some(lease) => lease,
                None => Lease::new(self.database.open(trace).await?, None),
            };
            trace.enter(phase);
            self.database.traffic().queries.inc();
            match fetch(&mut lease.connection, message.clone()).await {
                Ok(rows) => {
                    lease.give_back();
                    return rows.ok_or_else(|| self.endless());
                }
                Err(error) => {
                    let classified = classify(&error, self.database.redactor());
                    // Postgres has answered: the session is as it was.
                    if matches!(error, sqlx::Error::Database(_)) && !classified.stale {
                        lease.give_back();
                    }
                    if is_fresh || !classified.stale {
                        return Err((self.at_tables)(classified.fault));
                    }
                }
            }
        }
    }

    fn endless(&self) -> Fault {
        let about = self.about;
        Fault::new(
            Code::ValData,
            format!("Postgres answered a question about {about} with rows without end."),
        )
    }
}
