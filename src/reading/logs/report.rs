//! What a log says, for whoever asks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::taxonomy::Code;
use crate::reading::logs::groups::Seen;
use crate::reading::logs::onset::{Burst, Onset};
use crate::reading::records::{Language, Level};

/// What a log says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LogReport {
    /// How many lines there are.
    pub(crate) lines: u64,
    /// How many records they make: a trace and what was logged with it are one.
    pub(crate) records: u64,
    /// When the first line with a time was written.
    pub(crate) first: Option<Timestamp>,
    /// When the last line with a time was written.
    pub(crate) last: Option<Timestamp>,
    /// How many records have each level. One that is nothing but a trace is an error.
    pub(crate) levels: BTreeMap<Level, u64>,
    /// How many records are errors or worse.
    pub(crate) errors: u64,
    /// When errors began to come more often than before.
    pub(crate) onset: Onset,
    /// The stretches of time in which errors came more often than else, the earliest first.
    pub(crate) bursts: Vec<Burst>,
    /// The codes, the most frequent first.
    pub(crate) codes: Vec<CodeGroup>,
    /// The stack traces, the most frequent first.
    pub(crate) traces: Vec<StackTraceGroup>,
    /// Errors that state no code and have no stack trace, the most frequent first.
    pub(crate) messages: Vec<MessageGroup>,
    /// Lines without a level that read like errors, the most frequent first.
    pub(crate) suspects: Vec<MessageGroup>,
    /// How many errors fitted into no group any more.
    pub(crate) dropped: u64,
}

/// A code, and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CodeGroup {
    /// The code.
    pub(crate) code: Code,
    /// What it is called.
    pub(crate) title: &'static str,
    /// The first thing to look at.
    pub(crate) first_check: &'static str,
    /// How many of them state the code; of the others triage says it.
    pub(crate) stated: u64,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

/// Stack traces of the same exception at the same place, with the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StackTraceGroup {
    /// What wrote it.
    pub(crate) language: Language,
    /// The exception, such as `KeyError`.
    pub(crate) exception: String,
    /// The topmost frame that is our own code; where there is none, the topmost of all.
    pub(crate) frame: String,
    /// The exception that the first of them came from; null where it is the only one.
    pub(crate) cause: Option<String>,
    /// What was logged with the first of them, without what differs each time; null where it is
    /// nothing but the trace.
    pub(crate) logged: Option<String>,
    /// The code that they state, or else that triage gives them; null where none is likely.
    pub(crate) code: Option<Code>,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

/// Errors that are the same but for numbers and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MessageGroup {
    /// What they have in common; `#` stands for a number, `...` for what was quoted.
    pub(crate) message: String,
    /// The code that triage gives them; null where none is likely.
    pub(crate) code: Option<Code>,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

impl LogReport {
    /// Whether it can be told that no line is an error, or that some are.
    #[must_use]
    pub(crate) fn is_readable(&self) -> bool {
        self.onset != Onset::NoLevels
    }

    /// How many records say no level.
    #[must_use]
    pub(crate) fn without_level(&self) -> u64 {
        self.levels.get(&Level::Unknown).copied().unwrap_or(0)
    }
}
