//! The words for what a look at something came to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a look at something came to, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_one_word_and_the_worst_is_the_greatest() {
        let mut all = [
            (Verdict::Critical, "critical"),
            (Verdict::Unknown, "unknown"),
            (Verdict::Warning, "warning"),
            (Verdict::Ok, "ok"),
        ];
        for (verdict, word) in all {
            assert_eq!(verdict.as_str(), word);
            assert_eq!(serde_json::json!(verdict), word);
        }
        all.sort();
        assert_eq!(
            all.map(|(_, word)| word),
            ["ok", "warning", "unknown", "critical"]
        );
    }
}
