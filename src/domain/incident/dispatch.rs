//! A notice in a channel, and what became of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channel::Channel;
use super::name::Name;
use super::notice::NoticeKind;

/// One notice of an incident in one channel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub struct Dispatch {
    /// Why somebody is told.
    pub notice: NoticeKind,
    /// The how manieth of its kind.
    pub nth: u32,
    /// Where.
    pub channel: Channel,
}

impl fmt::Display for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            notice,
            nth,
            channel,
        } = self;
        write!(f, "{}/{nth}/{}", notice.as_str(), channel.as_str())
    }
}

/// A notice that was told in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivered {
    /// Which one.
    #[serde(flatten)]
    pub dispatch: Dispatch,
    /// What the channel calls the message, where it can be changed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
}

/// What became of a notice in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatched {
    /// The incident.
    pub incident: Name,
    /// Which one.
    pub dispatch: Dispatch,
    /// Whether it was told; else it is not tried any more.
    pub is_sent: bool,
    /// What the channel calls the message, where it can be changed later.
    pub message: Option<String>,
    /// The same in words.
    pub text: String,
}
