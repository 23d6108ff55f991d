//! What an operator can do to production, and what is said of it afterwards.
//!
//! # Design notes
//!
//! Every action is one value, [`Action`], whether it comes from a terminal or over HTTP, and ends in
//! one value, [`Done`]: what it was before, what it is after. So there is one place that checks the
//! order, one that records it, and nothing can be done that is not on record.
//!
//! An order may be given twice: with the same key it is carried out once, and the second answer is
//! that of the first. What was begun and not finished (the process died, the network broke) is
//! finished by asking again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The longest that a reason may be, in characters.
pub const MAX_REASON: usize = 300;
/// The longest that a key may be, in characters.
pub const MAX_KEY: usize = 200;
/// The longest pause that may be asked for. A longer one is no pause.
pub const MAX_PAUSE: Duration = Duration::from_secs(30 * 24 * 3600);

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
    CancelSession(Session),
    /// End a session.
    TerminateSession(Session),
}

/// A session of Postgres. A process id alone may be somebody else's a moment later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The process id of its backend.
    pub pid: i32,
    /// When its backend started, as Postgres writes it; nothing: whoever has the process id now.
    pub backend_start: Option<String>,
}

impl Action {
    /// What it is called on record.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PauseQueue { .. } => "queue.pause",
            Self::ResumeQueue { .. } => "queue.resume",
            Self::ReloadSchema => "schema.reload",
            Self::RestartService { .. } => "workers.restart",
            Self::CancelSession(_) => "pg.cancel",
            Self::TerminateSession(_) => "pg.terminate",
        }
    }

    /// What exactly was asked for, for the record: two orders with the same key have to agree.
    #[must_use]
    pub fn parameters(&self) -> Value {
        match self {
            Self::PauseQueue { job_type, lasts } => {
                json!({ "job_type": job_type, "seconds": lasts.map(|lasts| lasts.as_secs()) })
            }
            Self::ResumeQueue { pause } => json!({ "pause": pause }),
            Self::ReloadSchema => json!({}),
            Self::RestartService { service } => json!({ "service": service }),
            Self::CancelSession(session) | Self::TerminateSession(session) => {
                json!({ "pid": session.pid, "backend_start": session.backend_start })
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
            Self::CancelSession(session) | Self::TerminateSession(session) if session.pid < 1 => {
                Err(refuse("A process id is a positive number."))
            }
            Self::ResumeQueue { .. }
            | Self::ReloadSchema
            | Self::CancelSession(_)
            | Self::TerminateSession(_) => Ok(()),
        }
    }
}

/// Who orders it, why, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// Why.
    pub reason: String,
    /// Who, as far as it is known.
    pub actor: String,
    /// The environment that it is done to.
    pub environment: String,
    /// The id of the request, as in the log.
    pub request_id: String,
    /// Orders with the same key are one.
    pub key: Option<String>,
    /// Only say what would change.
    pub dry_run: bool,
}

impl Order {
    /// Whether it can be carried out.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 naming what is missing or cannot be right.
    pub fn validate(&self) -> Result<(), Fault> {
        plain("reason", &self.reason, MAX_REASON)?;
        plain("name of who acts", &self.actor, 200)?;
        match &self.key {
            Some(key) if key.is_empty() || key.len() > MAX_KEY || !is_visible(key) => Err(refuse(
                "The Idempotency-Key has to be 1 to 200 visible ASCII characters.",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// A letter or a digit, but for the four letters of Unicode that have no shape.
fn is_readable(c: char) -> bool {
    const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
    c.is_alphanumeric() && !FILLERS.contains(&c)
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// Something between the first and the last character, and nothing that only a terminal would
/// notice.
fn plain(what: &str, text: &str, longest: usize) -> Result<(), Fault> {
    if text.trim().is_empty() {
        Err(refuse(format!("The {what} is missing.")))
    } else if !text.chars().any(is_readable) {
        Err(refuse(format!("The {what} has no letter and no digit.")))
    } else if text.chars().count() > longest {
        Err(refuse(format!(
            "The {what} is longer than {longest} characters."
        )))
    } else if text.chars().any(char::is_control) {
        Err(refuse(format!("The {what} holds control characters.")))
    } else {
        Ok(())
    }
}

/// DFE-VAL-001 with a detail.
#[must_use]
pub fn refuse(detail: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(Code::ValInput, detail)
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Done {
    /// What was done, such as `queue.pause`.
    pub action: &'static str,
    /// What exactly was asked for.
    #[schema(value_type = Object)]
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
    #[schema(value_type = Object)]
    pub before: Value,
    /// How it is after; where nothing was changed, how it would be.
    #[schema(value_type = Object)]
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

/// An action under way.
pub type Performance = Pin<Box<dyn Future<Output = Result<Done, Fault>> + Send>>;

/// Whoever can carry out actions.
pub trait Perform: fmt::Debug + Send + Sync {
    /// Carries out an action, once per key, and records it. Dropping the future stops it where it
    /// is; asking again goes on from there.
    fn perform(&self, action: Action, order: Order) -> Performance;
}

#[cfg(test)]
mod tests;
