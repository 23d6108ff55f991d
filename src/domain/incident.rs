//! Incidents: noticed, told, acknowledged, followed, over, written up.
//!
//! # Design notes
//!
//! One pure state machine. [`Input`] goes in, at a time that is an argument: looks of the watch, alerts
//! from outside, what people want, ticks of the clock. [`Output`] leaves: entries to be remembered,
//! notices to be told, evidence to be taken. It waits for nothing, so that the death of the database,
//! the most important incident of all, takes the same path as any other.
//!
//! What is remembered is [entries](Entry), and the state is what they add up to: [`Incidents::replay`] of
//! what left is what is. What was only seen (rows of failures, for how long all has been good) is no part
//! of it; a process that begins counts anew.
//!
//! Each step ends by asking what follows from how it stands: what has no incident yet, what has expired,
//! what is over, what is owed to whom. So nothing depends on an event that may have been missed.

mod all_clear;
mod book;
mod budget;
mod cause;
mod channel;
mod command;
mod dispatch;
mod dispatches;
mod entry;
mod entry_kind;
mod evidence;
mod fold;
mod incident_report;
mod input;
mod machine;
mod merge;
mod name;
mod notice;
mod opening;
mod owed;
mod piece;
mod quiet;
mod recovery;
mod remedy;
mod reminder;
mod report;
mod runbook;
mod severity;
mod shown;
mod shown_quiet;
mod shown_report;
mod sight;
mod state;
mod subject;
mod taken;
mod telling;
mod wording;

pub use self::all_clear::{AllClear, ClearBox};
pub use self::book::Book;
pub use self::budget::{Budget, BudgetStep, budgets};
pub use self::channel::Channel;
pub use self::dispatch::{Delivered, Dispatch, Dispatched};
pub use self::dispatches::{Dispatches, Outcome};
pub use self::entry::{Absorbed, Entry, ITSELF, Joined, Known, What};
pub use self::evidence::remedy_id;
pub use self::incident_report::{
    Durations, IncidentReport, ReportedAction, ReportedEnd, ReportedEvidence, ReportedRemedy,
};
pub use self::input::{Alert, Command, Deed, Input, Moment, Output, Wish};
pub use self::machine::{Dwell, Incidents};
pub use self::name::{Name, NoName};
pub use self::notice::{Capture, CaptureWhen, Notice, NoticeKind};
pub use self::owed::{LONGEST_TRIED, Owed};
pub use self::piece::{
    Evidence, MOST_ATTACHED, MOST_CAPTURED, MediaType, Piece, PieceKind, cut, size,
};
pub use self::quiet::{LONGEST_QUIET, QuietOrder, QuietWindow};
pub use self::remedy::{REMEDIES, ShownRemedy, in_words};
pub use self::reminder::{has_room, next_reminder};
pub use self::report::{ActionItem, Heading, Report};
pub use self::runbook::{Runbook, ShownSuggestion};
pub use self::severity::{NoSeverity, Severity};
pub use self::shown::{
    ShownCause, ShownDwell, ShownEntry, ShownEvidence, ShownIncident, ToldIncidents,
};
pub use self::shown_quiet::{QuietState, ShownQuiet, ToldQuiet};
pub use self::shown_report::{ShownItem, ShownReport, ShownText};
pub use self::state::{Acknowledgement, Incident, Member, REOPENS_WITHIN, State, ToldSoFar};
pub use self::subject::{Part, Subject, root_of_code, root_of_series};
pub use self::taken::Taken;

#[cfg(test)]
mod tests;
