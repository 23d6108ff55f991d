//! Whether what failed may be tried again.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether trying again, without changing anything, can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// It can: the cause tends to pass.
    Yes,
    /// It cannot: somebody has to change something first.
    No,
    /// It can, but only more slowly than before.
    Backoff,
    /// Nobody knows: the cause is not understood.
    Maybe,
}

impl Retry {
    /// The boolean of the problem document: true for `yes` and `backoff`.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Yes | Self::Backoff)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Backoff => "backoff",
            Self::Maybe => "maybe",
        }
    }
}
