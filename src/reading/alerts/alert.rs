//! An alert as it was read, and what takes part in reading it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::history::Series;
use crate::domain::incident::{Alert, Severity};
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// An alert from outside. Its texts are of one line, bounded, free of control characters and masked;
/// nothing in them means anything to a page or a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAlert {
    /// The same for all that its sender says of the same thing: the source, a colon, and the sender's own
    /// id of it, or else what it is about without the words that say how it stands.
    pub key: String,
    /// Whether it is there: else it is over.
    pub is_firing: bool,
    /// In a few words; never empty.
    pub title: String,
    /// More of it; may be empty.
    pub message: String,
    /// How bad, where the sender says so in a word that is known.
    pub severity: Option<Severity>,
    /// The cause: by a member, by a code in its texts, or by triage, in this order.
    pub code: Option<Code>,
    /// Who sent it.
    pub source: String,
    /// Where to read more: http or https, with no password and no key.
    pub url: Option<String>,
    /// Since when, where the sender says so and it can be.
    pub started_at: Option<Timestamp>,
    /// Whether its sender also says when it is over. Else a person has to.
    pub ends_by_itself: bool,
    /// The series that follow from it.
    pub over: BTreeSet<Series>,
}

impl From<ReadAlert> for Alert {
    /// Where to read more stands behind what it says: on the timeline, whoever reads the one follows the other.
    fn from(read: ReadAlert) -> Self {
        let said = [Some(read.message), read.url];
        let said: Vec<String> = said
            .into_iter()
            .flatten()
            .filter(|text| !text.is_empty())
            .collect();
        Self {
            key: read.key,
            is_firing: read.is_firing,
            title: read.title,
            message: said.join(" "),
            severity: read.severity,
            code: read.code,
            source: read.source,
            started_at: read.started_at,
            ends_by_itself: read.ends_by_itself,
            over: read.over,
        }
    }
}

/// What was understood and is no alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it stands, such as `alerts[3]`.
    pub place: String,
    /// Why it is none, in a sentence.
    pub why: &'static str,
}

/// What a body says. One of the three is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadAlerts {
    /// The alerts, in the order of the body.
    pub alerts: Vec<ReadAlert>,
    /// What is none: tests, deployments under way, maintenance.
    pub set_aside: Vec<SetAside>,
    /// How many more its sender has left out (Alertmanager's `truncatedAlerts`).
    pub left_out: u64,
}

/// What takes part in reading.
pub struct AlertContext<'a> {
    /// Who sent it, where the address says so; a source that stands in a body of the generic form goes
    /// before it.
    pub source: Option<&'a str>,
    /// Now: nothing has begun later.
    pub now: Timestamp,
    /// Knows the secrets.
    pub redactor: &'a Redactor,
    /// What a text means, where no code stands in it. Asked only for what is firing.
    pub triage: &'a dyn Fn(&str) -> Option<Code>,
}
