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

/// What became of a notice in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatched {
    /// The incident.
    pub incident: Name,
    /// Which one.
    pub dispatch: Dispatch,
    /// Whether it was told; else it is not tried any more.
    pub is_sent: bool,
    /// The same in words.
    pub text: String,
}
