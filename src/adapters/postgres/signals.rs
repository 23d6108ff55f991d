//! Cancelling what a session does, and ending it.
//!
//! # Design notes
//!
//! A process id is reused. Between a look at the list and the decision to end somebody it may have
//! become somebody else's, so a session is its process id and the start of its backend, and the
//! signal is sent by the statement that compares both. Backends that are not a client's (the
//! checkpointer, a walsender, autovacuum) are refused: to end those is another decision.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use crate::adapters::postgres::activity::{age, identity};
use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::connection::APPLICATION;
use crate::adapters::postgres::journal::{self, Beginning, Journal, RecordPhase, Step};
use crate::domain::action::shown::{
    Cancelled, SessionEnded, SessionSeen, StatementCancelled, shown,
};
use crate::domain::action::{Action, BackendId};
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Plan, Progress, Stage, refuse};
use crate::domain::session::{ACTIVE, SessionIdentity};
use crate::domain::taxonomy::Code;

/// How long the signal may take to have its effect.
const EFFECT_LIMIT: Duration = Duration::from_secs(5);
/// Between two looks at whether it had.
const EFFECT_PAUSE: Duration = Duration::from_millis(50);

const SESSION: &str = include_str!("sql/session.sql");
const CANCEL: &str = include_str!("sql/session_cancel.sql");
const TERMINATE: &str = include_str!("sql/session_terminate.sql");

/// Every statement, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[
    ("session", SESSION),
    ("session_cancel", CANCEL),
    ("session_terminate", TERMINATE),
];

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Cancel the statement under way.
    Cancel,
    /// End the session.
    Terminate,
}

impl Signal {
    /// How it is to be after it.
    fn effect(self, pid: i32) -> Value {
        match self {
            Self::Cancel => shown(&StatementCancelled {
                pid,
                statement: Cancelled::Cancelled,
            }),
            Self::Terminate => shown(&SessionEnded { pid, session: None }),
        }
    }
}

/// A backend, as far as it may be seen.
#[derive(Debug)]
struct Backend {
    start: Option<String>,
    kind: Option<String>,
    is_here: bool,
    is_self: bool,
    state: Option<String>,
    transaction_seconds: Option<f64>,
    identity: SessionIdentity,
}

impl Backend {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            start: row.try_get("backend_start")?,
            kind: row.try_get("backend_type")?,
            is_here: row.try_get::<Option<bool>, _>("is_here")?.unwrap_or(false),
            is_self: row.try_get("is_self")?,
            state: row.try_get("state")?,
            transaction_seconds: age(row, "transaction_seconds")?,
            identity: identity(row)?,
        })
    }

    fn show(&self, pid: i32) -> Value {
        shown(&SessionSeen {
            pid,
            backend_start: self.start.clone(),
            state: self.state.clone(),
            transaction_seconds: self.transaction_seconds,
            session: self.identity.clone(),
        })
    }

    /// Why it must not be signalled.
    fn refusal(&self, session: &BackendId) -> Option<Fault> {
        let pid = session.pid;
        if self.is_self || self.identity.application.as_deref() == Some(APPLICATION) {
            return Some(refuse(format!(
                "The process id {pid} is a session of dragonfly-ops itself."
            )));
        }
        match self.kind.as_deref() {
            None => {
                return Some(
                    Fault::new(
                        Code::AuthForbidden,
                        format!("The database role may not see what the process id {pid} is."),
                    )
                    .check_first("GRANT pg_read_all_stats and pg_signal_backend to the role"),
                );
            }
            Some("client backend") => {}
            Some(kind) => {
                return Some(refuse(format!(
                    "The process id {pid} is no client's: it is the server's {kind}."
                )));
            }
        }
        if !self.is_here {
            return Some(refuse(format!(
                "The process id {pid} is a session of another database."
            )));
        }
        let other = session
            .backend_start
            .as_deref()
            .zip(self.start.as_deref())
            .is_some_and(|(asked, is)| !is_same_start(asked, is));
        other.then(|| gone(pid))
    }
}

/// Both as Postgres writes them; people leave the time zone away, or write a T.
fn is_same_start(asked: &str, is: &str) -> bool {
    let plain = |text: &str| text.trim().replace('T', " ");
    let (asked, is) = (plain(asked), plain(is));
    asked == is || is.split(['+', 'Z']).next() == Some(asked.trim_end_matches('Z'))
}

fn gone(pid: i32) -> Fault {
    Fault::new(
        Code::ValData,
        format!("The process id {pid} belongs to another session by now: its backend started at another time."),
    )
    .check_first("The list of sessions, once more")
}

/// What the session is, and that it may be signalled.
///
/// # Errors
///
/// DFE-VAL-001 where there is no such session or it must not be signalled, DFE-VAL-003 where its
/// process id is another's by now; else the classified cause.
pub(crate) async fn plan(
    journal: &mut Journal<'_>,
    session: &BackendId,
    signal: Signal,
) -> Result<Plan, Fault> {
    let pid = session.pid;
    let backend = look(journal, pid)
        .await?
        .ok_or_else(|| refuse(format!("There is no session with the process id {pid}.")))?;
    if let Some(fault) = backend.refusal(session) {
        return Err(fault);
    }
    let state = backend.state.as_deref().filter(|state| *state != ACTIVE);
    if let (Signal::Cancel, Some(state)) = (signal, state) {
        return Err(refuse(format!(
            "The session with the process id {pid} runs no statement, it is {state}: there is nothing to cancel."
        ))
        .check_first("Whether its session is to be ended"));
    }
    Ok(Plan::new(backend.show(pid), signal.effect(pid)))
}

/// Signals the session that was planned for, and records it.
///
/// # Errors
///
/// DFE-VAL-003 where its process id is another's by now, DFE-AUTH-003 where the role may not; else
/// the classified cause.
pub(crate) async fn send(
    journal: &mut Journal<'_>,
    action: &Action,
    plan: &Plan,
    session: &BackendId,
    signal: Signal,
) -> Result<Beginning, Fault> {
    let (order, pid) = (journal.order(), session.pid);
    let sent = journal
        .begin("the signal", &plan.before, async |connection| {
            let (order, after) = ((action, order), plan.after.clone());
            let step =
                journal::write(connection, order, RecordPhase::Done, &plan.before, after).await?;
            if matches!(step, Step::KeyTaken) {
                return Ok(step);
            }
            let sql = match signal {
                Signal::Cancel => CANCEL,
                Signal::Terminate => TERMINATE,
            };
            let sent = sqlx::query(sql)
                .bind(pid)
                .bind(plan.before["backend_start"].as_str())
                .persistent(false)
                .fetch_optional(connection)
                .await?;
            let is_sent = match sent {
                Some(sent) => sent.try_get("signalled")?,
                None => false,
            };
            Ok(if is_sent {
                step
            } else {
                Step::Refused(gone(pid))
            })
        })
        .await;
    sent.map_err(not_allowed)
}

/// Waits until the session is gone, or at something else. Its end is on record with its beginning.
pub(crate) async fn watch(
    journal: &mut Journal<'_>,
    begun: &Begun,
    session: &BackendId,
    signal: Signal,
) -> Progress {
    // The signal is on its way and on record: that nobody could look is no failure of it.
    let seen = has_effect(journal, session.pid, &begun.before, signal).await;
    let is_seen = seen.unwrap_or(false);
    let notes = if is_seen {
        Vec::new()
    } else {
        vec![
            "The signal was sent; that the session has heard it was not seen within 5 s."
                .to_owned(),
        ]
    };
    Progress {
        after: signal.effect(session.pid),
        verified: Some(is_seen),
        notes,
        stage: if is_seen { Stage::Done } else { Stage::Open },
    }
}

fn not_allowed(fault: Fault) -> Fault {
    if fault.code != Code::AuthForbidden {
        return fault;
    }
    Fault::new(
        Code::AuthForbidden,
        "The database role may not signal this session, or may not write ops.audit_log.",
    )
    .check_first("GRANT pg_signal_backend to the role")
    .caused_by(fault.causes)
}

async fn look(journal: &mut Journal<'_>, pid: i32) -> Result<Option<Backend>, Fault> {
    journal
        .run("the session", async |connection| {
            let mut transaction = begin(connection).await?;
            let row = sqlx::query(SESSION)
                .bind(pid)
                .persistent(false)
                .fetch_optional(&mut *transaction)
                .await?;
            row.as_ref().map(Backend::read).transpose()
        })
        .await
}

async fn has_effect(
    journal: &mut Journal<'_>,
    pid: i32,
    before: &Value,
    signal: Signal,
) -> Result<bool, Fault> {
    let began = Instant::now();
    loop {
        let Some(now) = look(journal, pid).await? else {
            return Ok(true);
        };
        let at_rest = now.state.as_deref() != Some("active");
        let is_another = now.start.as_deref() != before["backend_start"].as_str();
        if is_another || (signal == Signal::Cancel && at_rest) {
            return Ok(true);
        }
        if began.elapsed() > EFFECT_LIMIT {
            return Ok(false);
        }
        tokio::time::sleep(EFFECT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_compared_as_people_write_it() {
        let is = "2026-11-24 06:52:44.123456+00";
        for (asked, same) in [
            (is, true),
            ("2026-11-24T06:52:44.123456", true),
            ("2026-11-24T06:52:44.123456Z", true),
            ("2026-11-24 06:52:44.1", false),
            ("2026-11-24 06:52:45.123456+00", false),
        ] {
            assert_eq!(is_same_start(asked, is), same, "{asked}");
        }
    }
}
