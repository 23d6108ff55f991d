//! What is watched.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One of the things that are watched.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// Whether Postgres answers.
    Db,
    /// Whether Supabase's API answers.
    Supabase,
    /// The workers and their heartbeats.
    Workers,
    /// The job queue.
    Queue,
    /// The server's connections.
    Connections,
    /// Statements and idle transactions that last too long.
    LongRunning,
    /// Who waits for whom.
    Locks,
}

impl Series {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Db,
        Self::Supabase,
        Self::Workers,
        Self::Queue,
        Self::Connections,
        Self::LongRunning,
        Self::Locks,
    ];

    /// Those that are sections of the report on activity.
    pub const OF_ACTIVITY: [Self; 5] = [
        Self::Workers,
        Self::Queue,
        Self::Connections,
        Self::LongRunning,
        Self::Locks,
    ];

    /// The word for it on the wire, in a path and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::Supabase => "supabase",
            Self::Workers => "workers",
            Self::Queue => "queue",
            Self::Connections => "connections",
            Self::LongRunning => "long_running",
            Self::Locks => "locks",
        }
    }

    /// What it is called for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Db => "Database",
            Self::Supabase => "Supabase API",
            Self::Workers => "Workers",
            Self::Queue => "Job queue",
            Self::Connections => "Connections",
            Self::LongRunning => "Long-running statements",
            Self::Locks => "Locks",
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such series")]
pub struct NoSuchSeries;

impl FromStr for Series {
    type Err = NoSuchSeries;

    fn from_str(word: &str) -> Result<Self, NoSuchSeries> {
        let found = Self::ALL.into_iter().find(|series| series.as_str() == word);
        found.ok_or(NoSuchSeries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_series_is_found_by_its_word_and_nothing_else_is() {
        for series in Series::ALL {
            assert_eq!(series.as_str().parse(), Ok(series));
            assert_eq!(serde_json::json!(series), series.as_str());
            assert!(!series.title().is_empty());
        }
        for other in ["", "DB", "ops", "db "] {
            assert_eq!(other.parse::<Series>(), Err(NoSuchSeries), "{other}");
        }
    }
}
