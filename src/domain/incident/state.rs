//! How an incident stands: what its entries add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dispatches::Dispatches;
use super::entry::{Entry, What};
use super::name::Name;
use super::notice::NoticeKind;
use super::report::Report;
use super::severity::Severity;
use super::subject::{Part, Subject};
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;

/// For how long what is over comes back as the same incident.
pub const REOPENS_WITHIN: Duration = Duration::from_secs(30 * 60);

/// Where an incident stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there, and nobody has it.
    Open,
    /// Somebody has it.
    Acknowledged,
    /// The harm is averted, and it is being watched.
    Mitigated,
    /// It is over.
    Resolved,
    /// It is over and written up, or the same as another one.
    Closed,
}

impl State {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether it goes on.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::Mitigated)
    }
}

/// Something that an incident is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// How it belongs to it.
    pub part: Part,
    /// The causes that were seen of it.
    pub codes: BTreeSet<Code>,
    /// The one that was named last.
    pub(super) last_code: Option<Code>,
    /// Of an alert: whether its sender still says so.
    pub is_firing: bool,
    /// When it was last said that it fails: what was seen of it before is no evidence that it is good.
    pub(super) failed_at: Timestamp,
    /// Whether whoever says so also says when it is over.
    pub ends_by_itself: bool,
    /// The series that follow from it.
    pub over: BTreeSet<Series>,
}

/// That somebody has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// Until when that holds; nothing: until it is over.
    pub until: Option<Timestamp>,
}

/// What was told of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToldSoFar {
    /// Each notice: why, which one, when.
    pub notices: Vec<(NoticeKind, u32, Timestamp)>,
    /// What is, or was, to be said in which channel.
    pub dispatches: Dispatches,
    /// How many of its beginnings were told.
    pub(super) beginnings: u32,
    /// The worst that it was said to be.
    pub(super) severity: Option<Severity>,
    /// When it was last said to be critical.
    pub(super) critical_at: Option<Timestamp>,
    /// The causes that were named.
    pub(super) codes: BTreeSet<Code>,
    /// What was named beside them: not all that fails has a code.
    pub(super) subjects: BTreeSet<Subject>,
    /// Since when it waits to be told with others.
    pub(super) held_since: Option<Timestamp>,
    /// What is yet to be told of what has happened: that it is over, that something fails again, that somebody has it.
    pub(super) owes: BTreeSet<NoticeKind>,
    /// Whether it was one of many in a message, and what comes of it is told so, too.
    pub(super) by_digest: bool,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What it is called.
    pub name: Name,
    /// The same for people.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// When it began, as far as that is known.
    pub began_at: Timestamp,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// When it was last noticed to be there again, or at first.
    pub opened_at: Timestamp,
    /// When somebody first had it.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was last good again.
    pub mitigated_at: Option<Timestamp>,
    /// Whether all that it is about was seen to be good then; else somebody said that the harm is averted.
    pub(super) is_good_by_rule: bool,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How often it came back.
    pub reopened: u32,
    /// Who has it.
    pub acknowledgement: Option<Acknowledgement>,
    /// How often somebody said that they have it.
    pub acknowledgements: u32,
    /// What it is about.
    pub members: BTreeMap<Subject, Member>,
    /// What was told of it.
    pub told: ToldSoFar,
    /// What is written of its report.
    pub report: Report,
    /// How many pieces of evidence were kept, or could not be.
    pub evidence: u32,
    /// The one that it is the same as.
    pub merged_into: Option<Name>,
    /// When somebody first did more than to acknowledge: noted, judged, or began to mend.
    pub triaged_at: Option<Timestamp>,
    /// When somebody first began to mend it.
    pub remedied_at: Option<Timestamp>,
    /// When somebody last did.
    pub(super) last_remedied_at: Option<Timestamp>,
    /// The worst that any cause suggested.
    pub(super) suggested: Severity,
    /// What it is to be raised to: nobody has judged it since that was suggested.
    pub(super) raise_to: Option<Severity>,
    /// How many entries there are of each kind.
    pub(super) counts: BTreeMap<String, u32>,
    /// When the last thing was said of it.
    pub(super) last_at: Timestamp,
    /// The greatest number of an entry.
    pub(super) last_number: u32,
}

impl Incident {
    /// Whether it goes on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state.is_live()
    }

    /// Whether it is about this: not what only follows from it.
    #[must_use]
    pub fn owns(&self, subject: &Subject) -> bool {
        let member = self.members.get(subject);
        member.is_some_and(|member| member.part == Part::Own)
    }

    /// What it is about, without what only follows from that.
    pub fn own(&self) -> impl Iterator<Item = (&Subject, &Member)> {
        let all = self.members.iter();
        all.filter(|(_, member)| member.part == Part::Own)
    }

    /// When it was last said of anything that it is about that it fails.
    pub(super) fn failed_at(&self) -> Timestamp {
        let failed = self.own().map(|(_, member)| member.failed_at);
        failed.fold(self.opened_at, Timestamp::max)
    }

    /// Whether it is about something that nobody was told of.
    pub(super) fn has_untold(&self) -> bool {
        let mut own = self.own();
        own.any(|(subject, member)| match member.codes.is_empty() {
            true => !self.told.subjects.contains(subject),
            false => !member.codes.is_subset(&self.told.codes),
        })
    }

    /// The series that it is about.
    pub(super) fn own_series(&self) -> BTreeSet<Series> {
        self.own()
            .filter_map(|(subject, _)| match subject {
                Subject::Series(series) => Some(*series),
                Subject::Alert(_) => None,
            })
            .collect()
    }

    /// Whether what comes back now comes back as this.
    pub(super) fn may_come_back(&self, now: Timestamp) -> bool {
        let since = self.resolved_at.filter(|_| !self.is_live());
        self.merged_into.is_none()
            && since.is_some_and(|since| now.duration_since(since).unsigned_abs() <= REOPENS_WITHIN)
    }

    /// How many there are of what such an entry says.
    pub(super) fn count(&self, what: &What) -> u32 {
        let counted = self.counts.get(&Entry::counted_by(what));
        counted.copied().unwrap_or(0)
    }

    /// How many notices there were of a kind.
    pub(super) fn notices(&self, kind: NoticeKind) -> u32 {
        let nths = self.told.notices.iter().filter(|(of, ..)| *of == kind);
        nths.map(|(_, nth, _)| *nth).max().unwrap_or(0)
    }

    /// How long it took until it was noticed.
    #[must_use]
    pub fn time_to_detect(&self) -> Duration {
        span(self.began_at, self.detected_at)
    }

    /// How long it took from then until somebody had it.
    #[must_use]
    pub fn time_to_acknowledge(&self) -> Option<Duration> {
        self.acknowledged_at.map(|at| span(self.detected_at, at))
    }

    /// How long it took until the harm was averted.
    #[must_use]
    pub fn time_to_mitigate(&self) -> Option<Duration> {
        self.mitigated_at.map(|at| span(self.detected_at, at))
    }

    /// How long it took until it was over.
    #[must_use]
    pub fn time_to_resolve(&self) -> Option<Duration> {
        self.resolved_at.map(|at| span(self.detected_at, at))
    }
}

/// From one time to another; nothing where the clock was set back between them.
fn span(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
