//! The words for what a look at something came to.

use serde::Serialize;
use utoipa::ToSchema;

/// What a look at something came to, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Ok,
    /// Look at it soon.
    Warning,
    /// It could not be seen. Never to be taken for well.
    Unknown,
    /// Act now.
    Critical,
}

impl Verdict {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }
}
