//! What happened in an incident, one thing an entry: all that is remembered of it.
//!
//! # Design notes
//!
//! The state is what the entries add up to, and nothing else, so that the journal and the database
//! are its memory. An entry that the program makes by itself is named by what it says (incident, kind,
//! which one), so that two replicas that see the same make it under one id, and it counts once. One of a
//! person has the id of their command, so that a command that is sent twice counts once, too.
//!
//! `number` is one more than the greatest that the maker knew of the incident. Whoever merges entries of
//! two replicas puts them in the order of number, time and id: what was made in the knowledge of
//! something else comes after it, and both sides come to the same order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::all_clear::AllClear;
use super::channel::Channel;
use super::dispatch::{Delivered, Dispatch};
use super::name::Name;
use super::notice::{CaptureWhen, Notice, NoticeKind};
use super::piece::Piece;
use super::quiet::QuietWindow;
use super::report::{ActionItem, Heading};
use super::severity::Severity;
use super::subject::{Part, Subject};
use crate::domain::history::Series;
use crate::domain::taxonomy::{Code, optional};

/// Who made an entry that nobody ordered.
pub const ITSELF: &str = "dragonfly-ops";

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The watch saw it.
    Observed,
    /// An alert from outside said so.
    Alert,
    /// It follows from what was known, and from the clock.
    Rule,
    /// By a button in Slack.
    Slack,
    /// By the link to acknowledge.
    Link,
    /// On the page.
    Page,
    /// On the terminal.
    Terminal,
    /// Over HTTP.
    Http,
}

impl Known {
    /// The same for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Observed => "seen by the watch",
            Self::Alert => "by an alert",
            Self::Rule => "by rule",
            Self::Slack => "in Slack",
            Self::Link => "by the link",
            Self::Page => "on the page",
            Self::Terminal => "on the terminal",
            Self::Http => "over HTTP",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Its name among all entries.
    pub id: String,
    /// The incident; nothing of what concerns no one of them: quiet windows.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub incident: Option<Name>,
    /// Its place in the incident. Two that were made apart may have the same.
    pub number: u32,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When it was kept, by the clock of whoever keeps it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recorded_at: Option<Timestamp>,
    /// Who.
    pub who: String,
    /// How it is known.
    pub how: Known,
    /// What.
    pub what: What,
    /// The same in words.
    pub text: String,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// It was noticed.
    Opened {
        /// What it is called for people.
        title: String,
        /// How bad.
        severity: Severity,
        /// When it began, as far as that is known.
        #[schema(value_type = String, format = DateTime)]
        began_at: Timestamp,
    },
    /// A cause is part of it: a subject, or another code of one.
    Joined(Joined),
    /// An alert was taken back by its sender.
    Ended {
        /// Of what.
        subject: Subject,
    },
    /// What it is about is good again, or somebody says that the harm is averted.
    Mitigated,
    /// It is bad again before it was over.
    Relapsed {
        /// What is.
        subject: Subject,
    },
    /// It is over.
    Resolved {
        /// Why, where somebody says so against the all-clear.
        #[serde(default, rename = "override")]
        against: Option<String>,
        /// What the boxes showed.
        #[serde(default)]
        #[schema(required = true)]
        all_clear: AllClear,
    },
    /// It was over, and is there again.
    Reopened {
        /// What is bad again; nothing where somebody says so.
        #[serde(default)]
        subject: Option<Subject>,
    },
    /// It is closed: written up, or not worth it.
    Closed,
    /// Somebody has it.
    Acknowledged,
    /// The time that an acknowledgement holds is over.
    AcknowledgementExpired,
    /// It is worse than was thought.
    SeverityRaised {
        /// How bad.
        to: Severity,
    },
    /// Somebody says how bad it is.
    SeveritySet {
        /// How bad.
        to: Severity,
    },
    /// Somebody says something.
    Note {
        /// The entry that it corrects.
        #[serde(default)]
        corrects: Option<String>,
    },
    /// Somebody begins to mend it.
    Remedy {
        /// What is done.
        action: String,
        /// The row of `ops.audit_log` that it is on record as.
        #[serde(default)]
        audit_id: Option<i64>,
    },
    /// Evidence was kept.
    Evidence(Piece),
    /// Evidence could not be taken.
    EvidenceFailed {
        /// What it would have shown.
        name: String,
        /// When it was to be taken.
        #[serde(default)]
        occasion: Option<CaptureWhen>,
    },
    /// Something is to be done about it, or what is known of that has changed.
    ActionItem {
        /// The item's id: that of its first entry.
        item: String,
        /// How it is now.
        now: ActionItem,
    },
    /// What stands under a heading of the report.
    Written {
        /// The heading.
        heading: Heading,
    },
    /// Somebody suggests what the runbook of a code should say.
    RunbookSuggested {
        /// The code; nothing where it is not one of this version.
        #[serde(with = "optional", default)]
        #[schema(value_type = String, required = true)]
        code: Option<Code>,
        /// What.
        text: String,
    },
    /// Somebody takes such a suggestion back.
    RunbookWithdrawn {
        /// The id of its entry.
        suggestion: String,
    },
    /// It is the same as another one.
    Merged {
        /// That one.
        #[schema(value_type = String)]
        into: Name,
    },
    /// Another one was the same as this.
    Absorbed(Absorbed),
    /// It waits to be told with others.
    Held,
    /// Somebody is told.
    Notified {
        /// Why.
        notice: NoticeKind,
        /// The how manieth of its kind.
        nth: u32,
        /// All incidents of a message that tells of many, where this is the first of them; those that
        /// are told by another one's message name nothing here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(value_type = Vec<String>)]
        digest: Vec<Name>,
        /// Where: the channels that were set when it became due. One that is set later is not told of what was before it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        channels: Vec<Channel>,
    },
    /// Somebody was told in a channel.
    Delivered(Delivered),
    /// Nobody was told in a channel, and it is not tried any more.
    Undelivered(Dispatch),
    /// There is a quiet window. Its id is the entry's.
    QuietAdded {
        /// The window.
        window: QuietWindow,
    },
    /// Somebody ended a quiet window.
    QuietEnded {
        /// Its id.
        window: String,
    },
}

/// That a cause is part of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Joined {
    /// What is not well.
    pub subject: Subject,
    /// Why.
    #[serde(with = "optional", default)]
    #[schema(value_type = String, required = true)]
    pub code: Option<Code>,
    /// How bad that is.
    pub severity: Severity,
    /// How it belongs to the incident.
    pub part: Part,
    /// Whether it is told with the incident: it is no news of its own.
    #[serde(default)]
    #[schema(required = true)]
    pub is_told_with_it: bool,
    /// Whether whoever says so also says when it is over.
    #[serde(default = "yes")]
    #[schema(required = true)]
    pub ends_by_itself: bool,
    /// The series that follow from it.
    #[serde(default)]
    #[schema(required = true)]
    pub over: Vec<Series>,
}

/// What an incident takes over from one that was the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Absorbed {
    /// That one.
    #[schema(value_type = String)]
    pub from: Name,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub began_at: Timestamp,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// When somebody first had it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who has it.
    #[serde(default)]
    pub held_by: Option<String>,
    /// Until when that holds.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_until: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

impl What {
    /// The word for it, as on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Joined(_) => "joined",
            Self::Ended { .. } => "ended",
            Self::Mitigated => "mitigated",
            Self::Relapsed { .. } => "relapsed",
            Self::Resolved { .. } => "resolved",
            Self::Reopened { .. } => "reopened",
            Self::Closed => "closed",
            Self::Acknowledged => "acknowledged",
            Self::AcknowledgementExpired => "acknowledgement_expired",
            Self::SeverityRaised { .. } => "severity_raised",
            Self::SeveritySet { .. } => "severity_set",
            Self::Note { .. } => "note",
            Self::Remedy { .. } => "remedy",
            Self::Evidence(_) => "evidence",
            Self::EvidenceFailed { .. } => "evidence_failed",
            Self::ActionItem { .. } => "action_item",
            Self::Written { .. } => "written",
            Self::RunbookSuggested { .. } => "runbook_suggested",
            Self::RunbookWithdrawn { .. } => "runbook_withdrawn",
            Self::Merged { .. } => "merged",
            Self::Absorbed(_) => "absorbed",
            Self::Held => "held",
            Self::Notified { .. } => "notified",
            Self::Delivered(_) => "delivered",
            Self::Undelivered(_) => "undelivered",
            Self::QuietAdded { .. } => "quiet_added",
            Self::QuietEnded { .. } => "quiet_ended",
        }
    }

    /// Tells it apart from others of its kind in the incident, where a count does not.
    pub(super) fn detail(&self) -> Option<String> {
        match self {
            Self::Joined(joined) => {
                let code = joined.code.map_or("none", Code::id);
                Some(format!("{}/{code}", joined.subject))
            }
            Self::Ended { subject } => Some(subject.to_string()),
            Self::SeverityRaised { to } => Some(to.to_string()),
            Self::Merged { into } => Some(into.to_string()),
            Self::Absorbed(absorbed) => Some(absorbed.from.to_string()),
            Self::Notified { notice, .. } => Some(notice.as_str().to_owned()),
            Self::Delivered(Delivered { dispatch, .. }) | Self::Undelivered(dispatch) => {
                Some(dispatch.to_string())
            }
            _ => None,
        }
    }
}

impl Entry {
    /// What it is counted by: its kind, and what tells it apart within that.
    pub(super) fn counted_by(what: &What) -> String {
        let kind = what.kind();
        match what.detail() {
            Some(detail) => format!("{kind}/{detail}"),
            None => kind.to_owned(),
        }
    }

    /// What is to be told by it: whoever tells needs nothing but what is remembered.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        let What::Notified {
            notice,
            nth,
            digest,
            channels,
        } = &self.what
        else {
            return None;
        };
        if *notice == NoticeKind::Digest && digest.is_empty() {
            return None;
        }
        Some(Notice {
            incident: self.incident.clone()?,
            kind: *notice,
            nth: *nth,
            entry: self.id.clone(),
            digest: digest.clone(),
            channels: channels.clone(),
        })
    }

    /// Its place among those of its incident.
    pub(super) fn place(&self) -> (u32, Timestamp, &str) {
        (self.number, self.at, &self.id)
    }
}
