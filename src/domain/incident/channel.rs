//! Where people are told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where people are told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A channel of Slack.
    Slack,
    /// A channel of Discord.
    Discord,
}

impl Channel {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Slack, Self::Discord];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }

    /// What it is called for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Discord => "Discord",
        }
    }
}
