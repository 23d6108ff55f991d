//! What comes to incidents from outside, and what leaves them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::all_clear::AllClear;
use super::dispatch::Dispatched;
use super::entry::{Entry, Known};
use super::name::Name;
use super::notice::{Capture, CaptureWhen, Notice};
use super::piece::Piece;
use super::quiet::QuietOrder;
use super::report::{ActionItem, Heading};
use super::severity::Severity;
use crate::domain::history::{Sample, Series};
use crate::domain::taxonomy::Code;

/// When something comes in.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Now. One that lies before the one before it counts as that one.
    pub now: Timestamp,
    /// The term of the lease, as far as this process has seen one.
    pub term: Option<i64>,
}

/// What comes in.
#[derive(Debug, Clone)]
pub enum Input {
    /// A look of the watch at a series.
    Observed(Sample),
    /// An alert from outside.
    Alert(Alert),
    /// How the boxes of an incident's all-clear stand.
    AllClear(Name, AllClear),
    /// Somebody wants something.
    Command(Command),
    /// What became of a notice in a channel.
    Dispatched(Dispatched),
    /// The clock goes on: what is good counts only while somebody says so at least once a minute.
    Tick,
}

/// An alert from outside. Its texts are masked and redacted already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The same for all that its sender says of the same thing.
    pub key: String,
    /// Whether it is there: else it is over.
    pub is_firing: bool,
    /// In a few words.
    pub title: String,
    /// More of it.
    pub message: String,
    /// How bad, where the sender says so.
    pub severity: Option<Severity>,
    /// The cause, where it has a code.
    pub code: Option<Code>,
    /// Who sent it.
    pub source: String,
    /// Since when, where the sender says so.
    pub started_at: Option<Timestamp>,
    /// Whether its sender also says when it is over. Else a person has to.
    pub ends_by_itself: bool,
    /// The series that follow from it, such as the workers of a deployment that failed.
    pub over: BTreeSet<Series>,
}

impl Alert {
    /// Whether its sender says that it has begun since then.
    pub(super) fn began_after(&self, then: Timestamp) -> bool {
        self.started_at.is_some_and(|at| at > then)
    }
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its id, a ULID: what is sent twice is done once.
    pub id: String,
    /// Who, as far as it is known.
    pub by: String,
    /// From where.
    pub from: Known,
    /// What.
    pub order: Wish,
}

/// What can be wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// An incident that somebody has noticed.
    Open {
        /// What it is called.
        title: String,
        /// More of it.
        message: String,
        /// How bad, where they say so.
        severity: Option<Severity>,
        /// The cause, where it is known.
        code: Option<Code>,
    },
    /// Something about an incident.
    Of(Name, Deed),
    /// Two incidents are one.
    Merge(Name, Name),
    /// Nobody is told for a while.
    QuietAdd(QuietOrder),
    /// A quiet window ends now, by its id.
    QuietEnd(String),
}

impl Wish {
    /// Changes what people have written in it.
    pub fn change_texts(&mut self, change: impl Fn(&str) -> String) {
        let texts: Vec<&mut String> = match self {
            Self::Open { title, message, .. } => vec![title, message],
            Self::Of(_, deed) => deed.texts(),
            Self::QuietAdd(order) => vec![&mut order.reason],
            Self::Merge(..) | Self::QuietEnd(_) => Vec::new(),
        };
        for text in texts {
            *text = change(text);
        }
    }
}

/// What can be done about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Somebody has it.
    Acknowledge,
    /// Something to remember.
    Note {
        /// What.
        text: String,
        /// The id of the entry that it corrects.
        corrects: Option<String>,
    },
    /// How bad it is.
    SetSeverity {
        /// How bad.
        to: Severity,
        /// Why.
        reason: String,
    },
    /// The harm is averted, though the cause may not be gone.
    Mitigate {
        /// How.
        text: String,
    },
    /// Something has been begun to mend it.
    Remedy {
        /// What.
        action: String,
        /// The row of `ops.audit_log` that it is on record as; nothing where it could not be recorded.
        audit_id: Option<i64>,
        /// When, where that is on record; nothing: just now.
        at: Option<Timestamp>,
    },
    /// It is over.
    Resolve {
        /// How the boxes stand now.
        all_clear: AllClear,
        /// Why it is over although the all-clear is not given.
        against: Option<String>,
    },
    /// It is not over.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Evidence that was kept elsewhere.
    Attach(Piece),
    /// Evidence that could not be taken.
    CaptureFailed {
        /// What it would have shown.
        name: String,
        /// Why not.
        reason: String,
        /// When it was to be taken.
        occasion: Option<CaptureWhen>,
    },
    /// Something that is to be done later on.
    ActionItem {
        /// The item that it changes; nothing: a new one.
        item: Option<String>,
        /// How it is now.
        now: ActionItem,
    },
    /// What stands under a heading of the report.
    Write {
        /// The heading.
        heading: Heading,
        /// What.
        text: String,
    },
    /// What the runbook of a code should say.
    Suggest {
        /// The code.
        code: Code,
        /// What.
        text: String,
    },
    /// That it should not after all.
    Withdraw {
        /// The id of the suggestion.
        suggestion: String,
        /// Why.
        reason: String,
    },
    /// It is written up.
    Close,
}

impl Deed {
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Note { text, .. }
            | Self::Mitigate { text }
            | Self::Write { text, .. }
            | Self::Suggest { text, .. } => vec![text],
            Self::SetSeverity { reason, .. }
            | Self::Reopen { reason }
            | Self::Withdraw { reason, .. }
            | Self::CaptureFailed { reason, .. } => vec![reason],
            Self::Remedy { action, .. } => vec![action],
            Self::Attach(piece) => vec![&mut piece.name],
            Self::Resolve { against, .. } => against.iter_mut().collect(),
            Self::ActionItem { now, .. } => {
                let said = [now.owner.as_mut(), now.issue.as_mut()];
                std::iter::once(&mut now.title)
                    .chain(said.into_iter().flatten())
                    .collect()
            }
            Self::Acknowledge | Self::Close => Vec::new(),
        }
    }
}

/// What leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// To be remembered, before anything is said of it.
    Entry(Box<Entry>),
    /// To be told.
    Notice(Notice),
    /// Evidence to be taken.
    Capture(Capture),
}
