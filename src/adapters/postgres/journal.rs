//! The record of what was done: `ops.audit_log`.
//!
//! # Design notes
//!
//! A row is written in the transaction of what it records, so that there is neither a change that
//! is not on record nor a record of what was not changed.
//!
//! An action that must be possible while the database is down is carried out without a record: not on
//! record is better than not done. Then the journal knows why, the answer says so, and the log has it.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgConnection;

use crate::adapters::postgres::change::{self, Change, at_table};
use crate::adapters::postgres::connection::Database;
use crate::domain::action::{Action, Done};
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Listener, Order};
use crate::domain::taxonomy::Code;

const BEGIN: &str = include_str!("sql/audit_begin.sql");
const END: &str = include_str!("sql/audit_end.sql");
const FIND: &str = include_str!("sql/audit_find.sql");
/// When the same action was last begun and did not fail, in seconds.
const LAST: &str = "SELECT extract(epoch FROM statement_timestamp() - max(a.at))::float8 FROM ops.audit_log AS a \
                    WHERE a.action = $1 AND a.follows IS NULL AND a.request = $2::text::jsonb AND NOT EXISTS \
                    (SELECT FROM ops.audit_log AS f WHERE f.follows = a.id AND f.phase = 'failed')";

/// Every statement, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[
    ("audit_begin", BEGIN),
    ("audit_end", END),
    ("audit_find", FIND),
    ("audit_last", LAST),
];

/// Whether an action is over, as its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordPhase {
    /// It takes more than the transaction of its row.
    Begun,
    /// All of it is done.
    Done,
    /// It was carried out, and failed.
    Failed,
}

impl RecordPhase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// An order that is on record.
#[derive(Debug, Clone)]
pub struct Record {
    /// The row that it began with.
    id: i64,
    /// Whether it was carried out to its end.
    pub complete: bool,
    /// How it was before.
    before: Value,
    /// What its beginning said.
    noted: Value,
    /// How it was after.
    after: Value,
    failed: bool,
    action: String,
    request: Value,
}

impl Record {
    /// The answer of this record to an order with the same key.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where the key belonged to another order, or to one that failed.
    pub fn replay(&self, action: &Action) -> Result<Done, Fault> {
        if self.action != action.name().as_str() || self.request != action.parameters() {
            return Err(taken_key(
                "The Idempotency-Key belongs to another order; use a new one.",
            ));
        }
        if self.failed {
            return Err(taken_key(
                "The order with this Idempotency-Key was carried out and failed; a new one tries again.",
            ));
        }
        let after = match self.complete {
            true => self.after.clone(),
            false => self.so_far(),
        };
        let mut done = Done::new(action, self.before.clone(), after);
        done.replayed = true;
        done.complete = self.complete;
        done.audit_id = Some(self.id);
        Ok(done)
    }

    /// As it was before, but for what its beginning has said: more is not on record until its end.
    fn so_far(&self) -> Value {
        let mut so_far = self.before.clone();
        if let (Some(members), Some(noted)) = (so_far.as_object_mut(), self.noted.as_object()) {
            members.extend(noted.clone());
        }
        so_far
    }
}

impl From<Record> for Begun {
    fn from(record: Record) -> Self {
        Self {
            row: Some(record.id),
            before: record.before,
            noted: record.noted,
            is_replayed: true,
            is_over: record.complete,
        }
    }
}

fn taken_key(detail: &'static str) -> Fault {
    Fault::new(Code::ValData, detail).check_first("The Idempotency-Key, and ops.audit_log")
}

/// What became of a beginning.
#[derive(Debug)]
pub(crate) enum Beginning {
    /// It has begun.
    New(Begun),
    /// An order with the same key is on record.
    Known(Record),
}

/// What the transaction of a beginning came to.
pub(super) enum Step {
    /// It is on record, in this row, which says this.
    Recorded(i64, RecordPhase, Value),
    /// The key is taken: nothing was changed.
    KeyTaken,
    /// It must not be: nothing was changed.
    Refused(Fault),
}

/// One order and its record, as far as the database can be reached. Its steps share a connection.
#[derive(Debug)]
pub(crate) struct Journal<'a> {
    database: Result<&'a Database, Fault>,
    change: Option<Change<'a>>,
    action: &'a Action,
    order: &'a Order,
    unrecorded: Option<Fault>,
    listener: Option<Listener<'a>>,
}

impl<'a> Journal<'a> {
    /// The record of one order. Nothing is connected.
    #[must_use]
    pub(crate) fn new(
        database: Result<&'a Database, Fault>,
        action: &'a Action,
        order: &'a Order,
    ) -> Self {
        Self {
            database,
            change: None,
            action,
            order,
            unrecorded: None,
            listener: None,
        }
    }

    /// The same where somebody waits for it.
    #[must_use]
    pub(crate) fn heard_by(self, listener: Option<Listener<'a>>) -> Self {
        Self { listener, ..self }
    }

    /// Who waits for it.
    pub(crate) fn listener(&self) -> Option<Listener<'a>> {
        self.listener
    }

    /// Why it is not on record, where that is tolerated.
    #[must_use]
    pub(crate) fn unrecorded(&self) -> Option<&Fault> {
        self.unrecorded.as_ref()
    }

    /// The order.
    #[must_use]
    pub(crate) fn order(&self) -> &'a Order {
        self.order
    }

    /// The record of an order with the same key, if there is one.
    ///
    /// # Errors
    ///
    /// The classified cause, unless the action is worth more than its record.
    pub(crate) async fn known(&mut self) -> Result<Option<Record>, Fault> {
        let known = self.find().await;
        self.tolerate(known)
    }

    /// How long ago the same was last begun and did not fail; nothing where it never was.
    ///
    /// # Errors
    ///
    /// As [`Journal::known`].
    pub(crate) async fn since_last(&mut self) -> Result<Option<Duration>, Fault> {
        let action = self.action;
        let since = self
            .run("when this was last done", async |connection| {
                let mut transaction = change::begin(connection).await?;
                since_last(&mut transaction, action).await
            })
            .await;
        self.tolerate(since)
    }

    /// Records the beginning. `step` writes the row with [`write()`] and does what belongs into
    /// the same transaction, which is kept only where there is a row then.
    pub(super) async fn begin(
        &mut self,
        what: &'static str,
        before: &Value,
        step: impl AsyncFnOnce(&mut PgConnection) -> Result<Step, sqlx::Error>,
    ) -> Result<Beginning, Fault> {
        let begun = |row, phase, noted| {
            Beginning::New(Begun {
                row,
                before: before.clone(),
                noted,
                is_replayed: false,
                is_over: phase != RecordPhase::Begun,
            })
        };
        let taken = self
            .run(what, async |connection| {
                let mut transaction = change::begin(connection).await?;
                let taken = step(&mut transaction).await?;
                match taken {
                    Step::Recorded(..) => transaction.commit().await?,
                    Step::KeyTaken | Step::Refused(_) => transaction.rollback().await?,
                }
                Ok(Some(taken))
            })
            .await;
        match self.tolerate(taken)? {
            Some(Step::Recorded(row, phase, noted)) => Ok(begun(Some(row), phase, noted)),
            Some(Step::KeyTaken) => match self.find().await? {
                Some(record) => Ok(Beginning::Known(record)),
                None => Err(taken_key(
                    "The Idempotency-Key is in use; try again in a moment.",
                )),
            },
            // The same order may have been given twice at the same time.
            Some(Step::Refused(fault)) => match self.find().await? {
                Some(record) => Ok(Beginning::Known(record)),
                None => Err(fault),
            },
            None => Ok(begun(None, RecordPhase::Begun, before.clone())),
        }
    }

    /// Records the end of what was begun, once.
    ///
    /// # Errors
    ///
    /// The classified cause. Without an end on record the same order goes on from where it stands.
    pub(crate) async fn end(
        &mut self,
        begun: &Begun,
        phase: RecordPhase,
        after: &Value,
    ) -> Result<(), Fault> {
        let order = self.order;
        let Some(row) = begun.row.filter(|_| !begun.is_over) else {
            return Ok(());
        };
        self.run("recording the end", async |connection| {
            let mut transaction = change::begin(connection).await?;
            sqlx::query(END)
                .bind(row)
                .bind(phase.as_str())
                .bind(&order.actor)
                .bind(&order.request_id)
                .bind(after.to_string())
                .persistent(false)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        })
        .await
    }

    /// Takes one step on the connection of this order.
    pub(super) async fn run<T>(
        &mut self,
        what: &'static str,
        step: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        if let Some(fault) = &self.unrecorded {
            return Err(fault.clone());
        }
        let change = self.change.take().filter(|change| !change.is_stale());
        let mut change = match change {
            Some(change) => change,
            None => Change::open(self.database.clone()?).await?,
        };
        let taken = change.run(what, step).await.map_err(at_table)?;
        self.change = Some(change);
        Ok(taken)
    }

    async fn find(&mut self) -> Result<Option<Record>, Fault> {
        let Some(key) = &self.order.key else {
            return Ok(None);
        };
        self.run("the record of the order", async |connection| {
            let mut transaction = change::begin(connection).await?;
            find(&mut transaction, key).await
        })
        .await
    }

    /// Goes on without a record where the action is worth more than that.
    fn tolerate<T: Default>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        match result {
            Err(fault) if self.action.may_be_unrecorded() && fault.code != Code::ValData => {
                self.unrecorded.get_or_insert(fault);
                Ok(T::default())
            }
            result => result,
        }
    }
}

/// Writes the row that an action begins with; nothing where the order's key is taken, after having
/// waited for the transaction that took it. `after` is what is known of the end by now, and what is
/// needed to carry on.
pub(super) async fn write(
    connection: &mut PgConnection,
    (action, order): (&Action, &Order),
    phase: RecordPhase,
    before: &Value,
    after: Value,
) -> Result<Step, sqlx::Error> {
    let row = sqlx::query(BEGIN)
        .bind(phase.as_str())
        .bind(action.name().as_str())
        .bind(action.parameters().to_string())
        .bind(&order.actor)
        .bind(&order.reason)
        .bind(&order.environment)
        .bind(&order.request_id)
        .bind(&order.key)
        .bind(before.to_string())
        .bind(after.to_string())
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => Ok(Step::Recorded(row.try_get("id")?, phase, after)),
        None => Ok(Step::KeyTaken),
    }
}

async fn find(connection: &mut PgConnection, key: &str) -> Result<Option<Record>, sqlx::Error> {
    let row = sqlx::query(FIND)
        .bind(key)
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let json = |column: &str| -> Result<Value, sqlx::Error> {
        let text: Option<String> = row.try_get(column)?;
        // jsonb is JSON.
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    };
    let phase: String = row.try_get("phase")?;
    Ok(Some(Record {
        id: row.try_get("id")?,
        complete: phase != RecordPhase::Begun.as_str(),
        failed: phase == RecordPhase::Failed.as_str(),
        before: json("before")?,
        noted: json("begun_after")?,
        after: json("after")?,
        action: row.try_get("action")?,
        request: json("request")?,
    }))
}

/// How long ago the same was last begun and did not fail; nothing where it never was.
pub(super) async fn since_last(
    connection: &mut PgConnection,
    action: &Action,
) -> Result<Option<Duration>, sqlx::Error> {
    let seconds: Option<f64> = sqlx::query(LAST)
        .bind(action.name().as_str())
        .bind(action.parameters().to_string())
        .persistent(false)
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    // The server's clock may have been set back.
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()))
}
