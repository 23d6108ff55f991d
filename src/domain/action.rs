//! What an operator can do to production, and what is said of it afterwards.
//!
//! # Design notes
//!
//! Every action is one value, [`Action`], whether it comes from a terminal or over HTTP, and ends in
//! one value, [`Done`]: what it was before, what it is after. So there is one place that checks the
//! order, one that records it, and nothing can be done that is not on record.

mod done_of;
pub(crate) mod shown;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use self::done_of::{
    DoneOf, PgCancel, PgTerminate, QueuePause, QueueResume, SchemaReload, WorkersRestart,
};
use self::shown::{
    PauseRequest, ReloadRequest, RestartRequest, ResumeRequest, SessionRequest, shown,
};

use crate::domain::fault::Fault;
use crate::domain::order::{plain, refuse};

/// The longest pause that may be asked for. A longer one is no pause.
pub const MAX_PAUSE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The longest that the start of a backend may be, in characters.
const MAX_START: usize = 100;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Hold what is pending, and what arrives.
    PauseQueue {
        /// Jobs of this type only.
        job_type: Option<String>,
        /// From when on it warns that it was meant to be over; nothing: it never does.
        lasts: Option<Duration>,
    },
    /// Release what a pause holds.
    ResumeQueue {
        /// Which pause; nothing: the only one.
        pause: Option<i64>,
    },
    /// Make `PostgREST` read the schema again.
    ReloadSchema,
    /// Restart a service of workers.
    RestartService {
        /// Its name at Railway.
        service: String,
    },
    /// Cancel what a session is doing.
    CancelSession(BackendId),
    /// End a session.
    TerminateSession(BackendId),
}

/// A session of Postgres. A process id alone may be somebody else's a moment later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendId {
    /// The process id of its backend.
    pub pid: i32,
    /// When its backend started, as Postgres writes it; nothing: whoever has the process id now.
    pub backend_start: Option<String>,
}

/// What an action is called on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum ActionName {
    /// The queue is paused.
    #[serde(rename = "queue.pause")]
    QueuePause,
    /// A pause is lifted.
    #[serde(rename = "queue.resume")]
    QueueResume,
    /// `PostgREST` reads the schema again.
    #[serde(rename = "schema.reload")]
    SchemaReload,
    /// A service of workers is restarted.
    #[serde(rename = "workers.restart")]
    WorkersRestart,
    /// A statement is cancelled.
    #[serde(rename = "pg.cancel")]
    PgCancel,
    /// A session is ended.
    #[serde(rename = "pg.terminate")]
    PgTerminate,
}

impl ActionName {
    /// The word, on record and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueuePause => "queue.pause",
            Self::QueueResume => "queue.resume",
            Self::SchemaReload => "schema.reload",
            Self::WorkersRestart => "workers.restart",
            Self::PgCancel => "pg.cancel",
            Self::PgTerminate => "pg.terminate",
        }
    }
}

impl Action {
    /// What it is called on record.
    #[must_use]
    pub const fn name(&self) -> ActionName {
        match self {
            Self::PauseQueue { .. } => ActionName::QueuePause,
            Self::ResumeQueue { .. } => ActionName::QueueResume,
            Self::ReloadSchema => ActionName::SchemaReload,
            Self::RestartService { .. } => ActionName::WorkersRestart,
            Self::CancelSession(_) => ActionName::PgCancel,
            Self::TerminateSession(_) => ActionName::PgTerminate,
        }
    }

    /// Whether it is about one session of Postgres.
    #[must_use]
    pub const fn is_about_session(&self) -> bool {
        matches!(self, Self::CancelSession(_) | Self::TerminateSession(_))
    }

    /// The same about exactly the session that was seen: its backend started as `before` says.
    #[must_use]
    pub fn of_start(self, before: &Value) -> Self {
        let pinned = |session: BackendId| BackendId {
            backend_start: session
                .backend_start
                .or_else(|| before["backend_start"].as_str().map(ToOwned::to_owned)),
            ..session
        };
        match self {
            Self::CancelSession(session) => Self::CancelSession(pinned(session)),
            Self::TerminateSession(session) => Self::TerminateSession(pinned(session)),
            other => other,
        }
    }

    /// Whether it is worth more than its record: it must be possible while the database is down.
    #[must_use]
    pub const fn may_be_unrecorded(&self) -> bool {
        matches!(self, Self::RestartService { .. })
    }

    /// What exactly was asked for, for the record: two orders with the same key have to agree.
    #[must_use]
    pub fn parameters(&self) -> Value {
        match self {
            Self::PauseQueue { job_type, lasts } => shown(&PauseRequest {
                job_type: job_type.clone(),
                seconds: lasts.map(|lasts| lasts.as_secs()),
            }),
            Self::ResumeQueue { pause } => shown(&ResumeRequest { pause: *pause }),
            Self::ReloadSchema => shown(&ReloadRequest {}),
            Self::RestartService { service } => shown(&RestartRequest {
                service: service.clone(),
            }),
            Self::CancelSession(session) | Self::TerminateSession(session) => {
                shown(&SessionRequest {
                    pid: session.pid,
                    backend_start: session.backend_start.clone(),
                })
            }
        }
    }

    /// Whether it can be right.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 naming what cannot.
    pub fn validate(&self) -> Result<(), Fault> {
        match self {
            Self::PauseQueue { job_type, lasts } => {
                if let Some(job_type) = job_type {
                    plain("type", job_type, 100)?;
                }
                match lasts {
                    Some(lasts) if lasts.is_zero() || *lasts > MAX_PAUSE => {
                        Err(refuse("A pause lasts from one second to 30 days."))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            Self::RestartService { service } => plain("service", service, 100),
            Self::ResumeQueue { pause: Some(id) } if *id < 1 => {
                Err(refuse("The id of a pause is a positive number."))
            }
            Self::CancelSession(session) | Self::TerminateSession(session) => {
                if session.pid < 1 {
                    return Err(refuse("A process id is a positive number."));
                }
                let start = session.backend_start.as_deref();
                start.map_or(Ok(()), |start| {
                    plain("start of the backend", start, MAX_START)
                })
            }
            Self::ResumeQueue { .. } | Self::ReloadSchema => Ok(()),
        }
    }
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Done {
    /// What was done.
    pub action: ActionName,
    /// What exactly was asked for.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub request: Value,
    /// Whether nothing was changed, as that was asked for.
    pub dry_run: bool,
    /// Whether an earlier order with the same key was carried out, and this is its answer.
    pub replayed: bool,
    /// Whether all of it is done. If not, ask again with the same key.
    pub complete: bool,
    /// Whether it was seen to have had its effect; null where that could not be looked at.
    pub verified: Option<bool>,
    /// The row of `ops.audit_log` that it began with; null where nothing was written.
    pub audit_id: Option<i64>,
    /// How it was before.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub before: Value,
    /// How it is after; where nothing was changed, how it would be.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub after: Value,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Done {
    /// The answer of an action that is complete.
    #[must_use]
    pub fn new(action: &Action, before: Value, after: Value) -> Self {
        Self {
            action: action.name(),
            request: action.parameters(),
            dry_run: false,
            replayed: false,
            complete: true,
            verified: None,
            audit_id: None,
            before,
            after,
            notes: Vec::new(),
        }
    }

    /// Adds what else there is to know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

#[cfg(test)]
mod tests;
