//! What an incident is about, and what follows from what.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::history::Series;
use crate::domain::taxonomy::Code;

/// One thing that is not well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What the watch looks at.
    Series(Series),
    /// What an alert from outside is about, by its key.
    Alert(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Series(series) => series.fmt(f),
            Self::Alert(key) => write!(f, "alert {key}"),
        }
    }
}

/// How a subject belongs to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It is what the incident is about: the incident is not over before it is well.
    Own,
    /// It follows from what the incident is about, and has an incident of its own if it outlives that.
    Follows,
}

/// What a series that fails follows from where that fails, too: everything else stands on the database.
#[must_use]
pub fn root_of_series(series: Series) -> Option<Series> {
    (series != Series::Db).then_some(Series::Db)
}

/// What an alert of this code speaks of.
#[must_use]
pub fn root_of_code(code: Option<Code>) -> Option<Series> {
    match code {
        Some(Code::VendorSupabase) => Some(Series::Supabase),
        Some(code) if code.category().as_str() == "DB" => Some(Series::Db),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_root_of_all_else_and_has_none() {
        for series in Series::ALL {
            let root = (series != Series::Db).then_some(Series::Db);
            assert_eq!(root_of_series(series), root, "{series}");
        }
        for (code, root) in [
            (Some(Code::DbTimeout), Some(Series::Db)),
            (Some(Code::VendorSupabase), Some(Series::Supabase)),
            (Some(Code::VendorRailway), None),
            (None, None),
        ] {
            assert_eq!(root_of_code(code), root, "{code:?}");
        }
    }
}
