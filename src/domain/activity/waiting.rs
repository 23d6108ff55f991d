//! Which types of jobs wait, where work stands still.
//!
//! # Design notes
//!
//! That workers beat and nothing is done is true of all of them and helps nobody: who is on call asks
//! what for. It costs one more statement, so it is asked only where somebody will read the answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::activity::span;
use crate::domain::pause::counted;

/// How many types are listed.
pub const LISTED_TYPES: usize = 5;
/// Among how many of the newest finished jobs one of each type is looked for.
pub const REMEMBERED: i64 = 1_000;

/// Jobs of one type that wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaitingType {
    /// The type; null: jobs without one.
    pub job_type: Option<String>,
    /// How many of them wait; at most 100,001 jobs are counted.
    pub jobs: i64,
    /// Seconds since anybody finished one of them. Null: nobody did, or not lately.
    pub seconds_since_finished_job: Option<f64>,
}

/// What waits, and since when nobody finished one of it; nothing where that is not known. One type more
/// than is listed says that there are more.
pub(super) fn sentence(types: &[WaitingType]) -> Option<String> {
    let each: Vec<_> = types
        .iter()
        .take(LISTED_TYPES)
        .map(WaitingType::clause)
        .collect();
    let more = if types.len() > LISTED_TYPES {
        ", and of more types"
    } else {
        ""
    };
    (!each.is_empty()).then(|| format!("What waits: {}{more}.", each.join(", ")))
}

impl WaitingType {
    fn clause(&self) -> String {
        let name = self.job_type.as_deref().unwrap_or("without a type");
        let last = match self.seconds_since_finished_job {
            Some(seconds) => format!("the last one finished {} ago", span(seconds)),
            None => "none finished lately".to_owned(),
        };
        format!("{} {name} ({last})", counted(self.jobs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(name: Option<&str>, jobs: i64, finished: Option<f64>) -> WaitingType {
        WaitingType {
            job_type: name.map(str::to_owned),
            jobs,
            seconds_since_finished_job: finished,
        }
    }

    #[test]
    fn up_to_five_types_are_said_with_what_was_last_finished_of_each() {
        assert_eq!(sentence(&[]), None);
        let two = [
            waiting(Some("enrich"), 1_200, Some(1_200.0)),
            waiting(None, 3, None),
        ];
        assert_eq!(
            sentence(&two).as_deref(),
            Some(
                "What waits: 1200 enrich (the last one finished 20 min ago), 3 without a type (none finished lately)."
            )
        );
        let six: Vec<_> = (0..6).map(|n| waiting(Some("t"), n, None)).collect();
        let said = sentence(&six).unwrap_or_default();
        assert_eq!(said.matches(" t (").count(), 5);
        assert!(said.ends_with(", and of more types."), "{said}");
    }
}
