//! Pauses of the job queue, as they are seen from outside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::report::{ENDLESS_AFTER, span};

/// Up to how many jobs of a kind are counted.
pub const COUNTED: i64 = 100_000;
/// Up to how many pauses are listed.
pub const LISTED: usize = 100;

/// A pause that lasts, or one that was lifted and still holds jobs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Pause {
    /// Its id.
    pub id: i64,
    /// The type of the jobs that it holds; null: every type.
    pub job_type: Option<String>,
    /// Whether it lasts. One that was lifted is listed only while it still holds jobs.
    pub active: bool,
    /// How many jobs it holds; at most 100,001 are counted.
    pub held: i64,
    /// How many jobs are pending although it covers them; at most 100,001 are counted.
    pub escaped: i64,
    /// How long it has lasted, in seconds.
    pub seconds_since_paused: f64,
    /// In how many seconds it expires; negative: that long ago. Null: never.
    pub seconds_until_expiry: Option<f64>,
    /// Why and by whom: for the reader's or the operator's token only.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub order: Option<PauseOrder>,
}

/// Why a pause was ordered, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PauseOrder {
    /// Why.
    pub reason: String,
    /// By whom.
    pub paused_by: String,
}

impl Pause {
    /// What is wrong with it, if anything. An expired pause is never lifted in silence: work that
    /// somebody stopped on purpose must not begin again by itself.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let Self { id, escaped, .. } = self;
        let held = self.held();
        if !self.active {
            return Some(format!(
                "pause {id} was lifted and still holds {held} jobs (queue resume {id})"
            ));
        }
        if let Some(left) = self.seconds_until_expiry.filter(|left| *left < 0.0) {
            let minutes = -left / 60.0;
            return Some(format!(
                "pause {id} expired {minutes:.0} min ago and still holds {held} jobs (queue resume {id})"
            ));
        }
        if *escaped > 0 {
            let escaped = counted(*escaped);
            return Some(format!("{escaped} jobs are pending in spite of pause {id}"));
        }
        let lasts = self.seconds_since_paused;
        (self.seconds_until_expiry.is_none() && lasts > ENDLESS_AFTER).then(|| {
            format!(
                "pause {id} has no end and holds {held} jobs for {} (queue resume {id})",
                span(lasts)
            )
        })
    }

    /// Whether all the jobs that it holds are counted.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.held <= COUNTED
    }

    /// How many jobs it holds, for people.
    #[must_use]
    pub fn held(&self) -> String {
        counted(self.held)
    }
}

/// A number of jobs for people, where counting ends at [`COUNTED`].
#[must_use]
pub fn counted(jobs: i64) -> String {
    if jobs > COUNTED {
        format!("over {COUNTED}")
    } else {
        jobs.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause() -> Pause {
        Pause {
            id: 3,
            job_type: None,
            active: true,
            held: 7,
            escaped: 0,
            seconds_since_paused: 60.0,
            seconds_until_expiry: Some(60.0),
            order: None,
        }
    }

    #[test]
    fn a_pause_is_well_until_it_expires_leaks_or_outlives_itself() {
        assert_eq!(pause().complaint(), None);
        let forever = Pause {
            seconds_until_expiry: None,
            ..pause()
        };
        assert_eq!(forever.complaint(), None);
        let endless = Pause {
            seconds_since_paused: ENDLESS_AFTER + 1.0,
            ..forever
        };
        let said = endless.complaint().unwrap_or_default();
        assert!(
            said.contains("has no end and holds 7 jobs for 24 h"),
            "{said}"
        );
        let expired = Pause {
            seconds_until_expiry: Some(-600.0),
            ..pause()
        };
        let said = expired.complaint().unwrap_or_default();
        assert!(said.contains("expired 10 min ago"), "{said}");
        let leaking = Pause {
            escaped: 2,
            ..pause()
        };
        let said = leaking.complaint().unwrap_or_default();
        assert!(said.contains("2 jobs are pending"), "{said}");
        let lifted = Pause {
            active: false,
            held: 100_001,
            ..pause()
        };
        let said = lifted.complaint().unwrap_or_default();
        assert!(said.contains("still holds over 100000"), "{said}");
    }
}
