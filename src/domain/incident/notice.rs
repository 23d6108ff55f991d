//! What is told to people, and what evidence is taken.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channel::Channel;
use super::name::Name;

/// Why somebody is told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// There is an incident, or it is there again.
    Told,
    /// Somebody has it.
    Acknowledged,
    /// Nobody has it, and it is still there.
    Reminder,
    /// It is worse than it was told.
    SeverityRaised,
    /// There is a cause more than was told.
    CauseJoined,
    /// It was good again, and is not any more.
    Relapsed,
    /// It is over.
    AllClear,
    /// Its report is there to be completed.
    Report,
    /// Many incidents at once, in one message.
    Digest,
}

impl NoticeKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Acknowledged => "acknowledged",
            Self::Reminder => "reminder",
            Self::SeverityRaised => "severity_raised",
            Self::CauseJoined => "cause_joined",
            Self::Relapsed => "relapsed",
            Self::AllClear => "all_clear",
            Self::Report => "report",
            Self::Digest => "digest",
        }
    }

    /// What is told, as the end of a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Told => "that it is there",
            Self::Acknowledged => "that somebody has it",
            Self::Reminder => "that nobody has it",
            Self::SeverityRaised => "that it is worse",
            Self::CauseJoined => "that another cause has joined",
            Self::Relapsed => "that it fails again",
            Self::AllClear => "that it is over",
            Self::Report => "that its report is to be completed",
            Self::Digest => "of many at once",
        }
    }

    /// Whether it says that something is wrong, so that an all-clear is owed.
    #[must_use]
    pub const fn says_trouble(self) -> bool {
        matches!(
            self,
            Self::Told
                | Self::Digest
                | Self::Reminder
                | Self::SeverityRaised
                | Self::CauseJoined
                | Self::Relapsed
        )
    }
}

/// Something to tell. One of an incident, a kind and a number is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The incident; of a digest, the first one in it.
    pub incident: Name,
    /// Why.
    pub kind: NoticeKind,
    /// The how manieth of its kind.
    pub nth: u32,
    /// The entry that says that it is told.
    pub entry: String,
    /// All incidents of a digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<Name>,
    /// Where it is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
}

/// When evidence is taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CaptureWhen {
    /// It is there.
    Opening,
    /// Something is about to be done that may destroy what there is to see.
    BeforeRemedy,
    /// It is good again.
    Recovery,
}

impl CaptureWhen {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::BeforeRemedy => "before_remedy",
            Self::Recovery => "recovery",
        }
    }

    /// The same for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Opening => "at the opening",
            Self::BeforeRemedy => "before a remedy",
            Self::Recovery => "once it was good again",
        }
    }
}

/// Evidence to be taken. One of an incident, an occasion and a number is taken once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The incident.
    pub incident: Name,
    /// The occasion.
    pub when: CaptureWhen,
    /// The how manieth of its occasion.
    pub nth: u32,
}
