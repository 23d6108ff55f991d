//! A transaction that only reads, in sections that fail one by one.
//!
//! # Design notes
//!
//! Each section has a savepoint and a time of its own, so that what is missing, locked or slow costs
//! its section and no other. The server gives up first, if it can: it knows better why, and the
//! connection survives. Behind a server that hangs, the first section that gets no answer takes the
//! connection with it; those after it say so at once.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::time::Instant;

use crate::adapters::postgres::connection::{Database, millis, overdue};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// How many rows are read of one answer: more than the longest that is asked for.
const ROWS: usize = 50_000;

/// What the sections of a transaction may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct SectionLimits {
    /// What a fault says that Postgres was asked.
    pub(super) what: &'static str,
    /// How long a section may wait for a lock.
    pub(super) lock_timeout: Duration,
    /// How long the server may take for a section.
    pub(super) slice: Duration,
    /// When the last one must have ended; nothing: only each by itself.
    pub(super) deadline: Option<Instant>,
    /// How much longer than the server we wait; nothing: whoever runs this gives up at the deadline.
    pub(super) grace: Option<Duration>,
}

impl SectionLimits {
    /// The message that begins a transaction, with these statements first.
    pub(super) fn opening(&self, statements: &[&str]) -> String {
        format!(
            "{}; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            statements.join("; "),
            millis(self.left()),
            self.lock_timeout.as_millis()
        )
    }

    /// How long the server may take from now on.
    fn left(&self) -> Duration {
        self.left_of(self.slice)
    }

    /// The same, for a section with a slice of its own.
    fn left_of(&self, slice: Duration) -> Duration {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.map_or(slice, |left| left.min(slice))
    }
}

/// A connection on which such transactions are run, one after the other.
pub(super) struct Sections<'a> {
    database: &'a Database,
    connection: &'a mut PgConnection,
    trace: &'a Trace,
    limits: SectionLimits,
    /// Why nothing more can be read in this transaction.
    obstacle: Option<Fault>,
    is_broken: bool,
}

impl<'a> Sections<'a> {
    /// Sections on a connection of `database`, each a phase in `trace`.
    pub(super) fn new(
        database: &'a Database,
        connection: &'a mut PgConnection,
        trace: &'a Trace,
        limits: SectionLimits,
    ) -> Self {
        Self {
            database,
            connection,
            trace,
            limits,
            obstacle: None,
            is_broken: false,
        }
    }

    /// Whether the connection is of no more use.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Begins a transaction with these statements. Where that fails, each section says why.
    pub(super) async fn begin(&mut self, statements: &[&str]) {
        if self.is_broken {
            return;
        }
        let allowed = self.limits.left();
        let message = self.limits.opening(statements);
        let begun = self.ask("begin", message, allowed, Instant::now() + allowed);
        self.obstacle = begun.await.err();
    }

    /// Reads one section.
    ///
    /// # Errors
    ///
    /// The classified cause, of this section or of there being no transaction any more.
    pub(super) async fn section<T>(
        &mut self,
        name: &'static str,
        sql: &str,
        understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        self.section_within(name, None, sql, understand).await
    }

    /// Reads one section, for which the server may take only so long.
    ///
    /// # Errors
    ///
    /// As [`Self::section`].
    pub(super) async fn section_within<T>(
        &mut self,
        name: &'static str,
        limit: Option<Duration>,
        sql: &str,
        understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        if let Some(fault) = &self.obstacle {
            return Err(fault.clone());
        }
        let allowed = limit.map_or(self.limits.left(), |limit| self.limits.left_of(limit));
        let grace = self.limits.grace.unwrap_or_default();
        let until = Instant::now() + allowed + grace;
        let message = format!(
            "SAVEPOINT section; SET LOCAL statement_timeout = {}; {sql}",
            millis(allowed)
        );
        let asked = self.ask(name, message, allowed, until).await;
        if asked.is_err() && self.obstacle.is_none() {
            let back = "ROLLBACK TO SAVEPOINT section".to_owned();
            if let Err(fault) = self.ask(name, back, allowed, until + grace).await {
                self.give_up(fault);
            }
        }
        understand(&asked?).map_err(|error| self.database.fault(&error))
    }

    /// Ends the transaction, also one that has failed.
    pub(super) async fn end(&mut self) {
        if !self.is_broken {
            let allowed = self.limits.left();
            let until = Instant::now() + allowed + self.limits.grace.unwrap_or_default();
            let ended = self.ask("commit", "COMMIT".to_owned(), allowed, until);
            if let Err(fault) = ended.await {
                self.give_up(fault);
            }
        }
        self.trace.leave();
    }

    fn give_up(&mut self, fault: Fault) {
        self.obstacle = Some(fault);
        self.is_broken = true;
    }

    /// Sends a message for which the server has as long as is `allowed`.
    async fn ask(
        &mut self,
        phase: &'static str,
        sql: String,
        allowed: Duration,
        until: Instant,
    ) -> Result<Vec<PgRow>, Fault> {
        self.trace.enter(phase);
        self.database.traffic().queries.inc();
        let rows = fetch(self.connection, sql);
        let rows = match self.limits.grace {
            Some(_) => tokio::time::timeout_at(until, rows).await,
            None => Ok(rows.await),
        };
        let fault = match rows {
            Ok(Ok(Some(rows))) => return Ok(rows),
            Ok(Ok(None)) => Fault::new(
                Code::ValData,
                format!("Postgres answered the question about {phase} with rows without end."),
            ),
            // What Postgres itself has said leaves the connection as it was.
            Ok(Err(error @ sqlx::Error::Database(_))) => {
                return Err(self.database.fault(&error));
            }
            Ok(Err(error)) => self.database.fault(&error),
            Err(_) => overdue(Some("query"), self.limits.what, allowed),
        };
        self.give_up(fault.clone());
        Err(fault)
    }
}

/// The rows of a statement; nothing where there are more than any statement of ours asks for.
pub(super) async fn fetch(
    connection: &mut PgConnection,
    sql: String,
) -> Result<Option<Vec<PgRow>>, sqlx::Error> {
    let mut answer = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
    let mut rows = Vec::new();
    while let Some(row) = answer.try_next().await? {
        if rows.len() == ROWS {
            return Ok(None);
        }
        rows.push(row);
    }
    Ok(Some(rows))
}
