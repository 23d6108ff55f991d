//! How bad an incident is, by the checklist, and what follows from that.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::history::Series;
use crate::domain::taxonomy::Code;

const MINUTE: Duration = Duration::from_secs(60);
/// How often the time that all has to be good is doubled at most.
const DOUBLED_AT_MOST: u32 = 3;

/// How bad an incident is, the worst first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Severity {
    /// Critical: the service is down, or data is at risk.
    P1,
    /// High: core functions are degraded, users notice.
    P2,
    /// Medium: something is broken that there is a way around.
    P3,
    /// Low: nobody notices yet.
    P4,
}

impl Severity {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }

    /// Whether it is worse than the other one.
    #[must_use]
    pub fn is_worse_than(self, other: Self) -> bool {
        self < other
    }

    /// Whether an incident of it takes a report, and closes only with one.
    #[must_use]
    pub const fn takes_report(self) -> bool {
        matches!(self, Self::P1 | Self::P2)
    }

    /// What a failing series suggests.
    #[must_use]
    pub fn of_series(series: Series) -> Self {
        match series {
            Series::Db => Self::P1,
            Series::Supabase | Series::Workers => Self::P2,
            Series::Queue | Series::Connections | Series::Locks => Self::P3,
            Series::LongRunning => Self::P4,
        }
    }

    /// What the code of an alert suggests. That data contradicts itself is a risk for it; that the
    /// database cannot be used is only suspected, as our own check of it would say so.
    #[must_use]
    pub fn of_code(code: Option<Code>) -> Self {
        match code {
            Some(Code::ValData) => Self::P1,
            Some(
                Code::DbConnection
                | Code::DbPoolExhausted
                | Code::VendorSupabase
                | Code::ResourceExhausted,
            ) => Self::P2,
            Some(Code::DbTimeout | Code::NetTimeout | Code::VendorRateLimited) => Self::P4,
            Some(_) | None => Self::P3,
        }
    }

    /// How long all of it has to be good before it is over. Each time that it came back doubles it, up
    /// to eight times.
    #[must_use]
    pub fn dwell(self, reopened: u32) -> Duration {
        let once = match self {
            Self::P1 => 30 * MINUTE,
            Self::P2 => 15 * MINUTE,
            Self::P3 | Self::P4 => 5 * MINUTE,
        };
        once * 2_u32.pow(reopened.min(DOUBLED_AT_MOST))
    }

    /// How long an acknowledgement holds; nothing: until the incident is over.
    #[must_use]
    pub const fn acknowledged_for(self) -> Option<Duration> {
        match self {
            Self::P1 => Some(Duration::from_secs(30 * 60)),
            Self::P2 => Some(Duration::from_secs(60 * 60)),
            Self::P3 | Self::P4 => None,
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Severity {
    type Err = NoSeverity;

    fn from_str(word: &str) -> Result<Self, NoSeverity> {
        let all = [Self::P1, Self::P2, Self::P3, Self::P4];
        let found = all
            .into_iter()
            .find(|severity| severity.as_str().eq_ignore_ascii_case(word));
        found.ok_or(NoSeverity)
    }
}

/// It is none of P1 to P4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a severity is P1, P2, P3 or P4")]
pub struct NoSeverity;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_severity_follows_the_rule() {
        for (severity, series) in [
            (Severity::P1, Series::Db),
            (Severity::P2, Series::Supabase),
            (Severity::P2, Series::Workers),
            (Severity::P3, Series::Queue),
            (Severity::P3, Series::Connections),
            (Severity::P3, Series::Locks),
            (Severity::P4, Series::LongRunning),
        ] {
            assert_eq!(Severity::of_series(series), severity, "{series}");
        }
        for (severity, code) in [
            (Severity::P1, Some(Code::ValData)),
            (Severity::P2, Some(Code::DbConnection)),
            (Severity::P2, Some(Code::VendorSupabase)),
            (Severity::P3, Some(Code::VendorRailway)),
            (Severity::P3, None),
            (Severity::P4, Some(Code::NetTimeout)),
        ] {
            assert_eq!(Severity::of_code(code), severity, "{code:?}");
        }
    }

    #[test]
    fn what_has_come_back_has_to_be_good_for_twice_as_long() {
        for (severity, reopened, minutes) in [
            (Severity::P4, 0, 5),
            (Severity::P3, 0, 5),
            (Severity::P2, 0, 15),
            (Severity::P1, 0, 30),
            (Severity::P4, 1, 10),
            (Severity::P1, 2, 120),
            (Severity::P1, 99, 240),
        ] {
            assert_eq!(severity.dwell(reopened), minutes * MINUTE, "{severity}");
        }
    }

    #[test]
    fn a_severity_is_read_by_its_word_and_the_worst_is_said_so() {
        assert_eq!("p2".parse(), Ok(Severity::P2));
        assert_eq!("P5".parse::<Severity>(), Err(NoSeverity));
        assert!(Severity::P1.is_worse_than(Severity::P4));
        assert!(!Severity::P3.is_worse_than(Severity::P3));
    }
}
