//! An order to do something: who gives it, why, and what it goes through.
//!
//! # Design notes
//!
//! An order may be given twice: with the same key it is carried out once, and the second answer is
//! that of the first. What was begun and not finished (the process died, the network broke) is
//! finished by asking again. So an order goes through three steps, whatever the action: it is
//! *planned* (looked at, refused, shown), *begun* (on record, with what belongs into the same
//! transaction), and *carried on* to its end, which may be done again from what is on record.

use std::fmt;

use serde_json::Value;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The longest that a reason may be, in characters.
pub const MAX_REASON: usize = 300;
/// The longest that a key may be, in characters.
pub const MAX_KEY: usize = 200;

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
        self.key.as_deref().map_or(Ok(()), valid_key)
    }
}

/// Whether orders can have this key.
///
/// # Errors
///
/// DFE-VAL-001 where they cannot.
pub fn valid_key(key: &str) -> Result<(), Fault> {
    if key.is_empty() || key.len() > MAX_KEY || !is_visible(key) {
        return Err(refuse(
            "The Idempotency-Key has to be 1 to 200 visible ASCII characters.",
        ));
    }
    Ok(())
}

/// What an order would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How it is.
    pub before: Value,
    /// How it would be.
    pub after: Value,
    /// What else there is to know before it is agreed to.
    pub notes: Vec<String>,
}

/// An order that has been begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// Its row in `ops.audit_log`; nothing where it could not be recorded.
    pub row: Option<i64>,
    /// How it was before.
    pub before: Value,
    /// What its beginning said: what is needed to carry on.
    pub noted: Value,
    /// Whether an earlier order with the same key began it.
    pub is_replayed: bool,
    /// Whether its end is on record, too: all of it was done in the transaction of its row.
    pub is_over: bool,
}

/// How many of the jobs that an order is about it has moved so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// So many are.
    pub done: u64,
    /// Of so many, as they were counted before.
    pub of: u64,
}

/// Who waits for an order, and hears meanwhile how many jobs it has moved.
#[derive(Clone, Copy)]
pub struct Listener<'a>(pub &'a (dyn Fn(Moved) + Send + Sync));

impl Listener<'_> {
    /// Tells it.
    pub(crate) fn hear(self, moved: Moved) {
        (self.0)(moved);
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// How far an order was carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How it is now.
    pub after: Value,
    /// Whether it was seen to have had its effect; nothing where that could not be looked at.
    pub verified: Option<bool>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// Whether that was all of it.
    pub stage: Stage,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// All of it is done.
    Done,
    /// Not all of it: the same order goes on from here.
    Open,
    /// It was carried out, and failed with this.
    Failed(Fault),
}

impl Plan {
    /// A plan without notes.
    #[must_use]
    pub fn new(before: Value, after: Value) -> Self {
        Self {
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
pub(super) fn plain(what: &str, text: &str, longest: usize) -> Result<(), Fault> {
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

#[cfg(test)]
mod tests;
