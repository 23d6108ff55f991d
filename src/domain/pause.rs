//! Pauses of the job queue, as they are seen from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::activity::{ENDLESS_AFTER, many, span};
use crate::domain::fault::Fault;
use crate::domain::tables::{JobRole, QueueLayout};
use crate::domain::taxonomy::Code;

/// Up to how many jobs of a kind are counted.
pub(crate) const COUNTED: i64 = 100_000;
/// Up to how many pauses are listed.
pub(crate) const LISTED: usize = 100;

/// A pause that lasts, or one that was lifted and still holds jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PauseOrder {
    /// Why.
    pub reason: String,
    /// By whom.
    pub paused_by: String,
}

/// How a queue's jobs are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HoldBy {
    /// Their state is one that no worker claims.
    State,
    /// They are never due. It takes workers that leave alone what is not due.
    Due,
}

/// What is known of who claims jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claims {
    /// They leave alone what is not due: the operator says so, or each function that claims does.
    HeedDue,
    /// Some do not: the operator says so, or this function does not speak of the due time.
    IgnoreDue(String),
    /// No function of the database claims jobs; what the workers ask is not known here.
    Unknown,
}

impl HoldBy {
    /// How the jobs of a queue can be held, as far as its columns say.
    pub(crate) fn of(queue: &QueueLayout) -> Option<Self> {
        if queue.paused_word().is_some() {
            return Some(Self::State);
        }
        queue.column(JobRole::Due).map(|_| Self::Due)
    }

    /// How they can be held, given who claims them.
    ///
    /// # Errors
    ///
    /// DFE-VAL-002 where they cannot, naming both ways.
    pub(crate) fn choose(queue: &QueueLayout, claims: &Claims) -> Result<Self, Fault> {
        let table = &queue.table;
        if !queue.is_table {
            return Err(refusal(format!(
                "{table} is a view, or a table of another server: its jobs cannot be held. QUEUE_TABLE has to name the table below it."
            )));
        }
        if queue.column(JobRole::Id).is_none() {
            return Err(refusal(format!(
                "{table} has no column that names a job: none can be held and given back. QUEUE_COLUMNS can say which one does (id=...)."
            )));
        }
        let by = Self::of(queue);
        if by == Some(Self::State) {
            return Ok(Self::State);
        }
        let state = queue.column(JobRole::State).unwrap_or("its state");
        let first = format!(
            "{table}.{state} may not be `paused`. Two ways lead on: dragonfly-ops migrate --add-paused, which lets it;"
        );
        let second = match (queue.column(JobRole::Due), claims) {
            (Some(_), Claims::HeedDue) => return Ok(Self::Due),
            (Some(due), Claims::IgnoreDue(who)) => format!(
                "or claims that heed {due} ({who} does not), as a job that is never due is held then."
            ),
            (Some(due), Claims::Unknown) => format!(
                "or claims that heed {due}, as a job that is never due is held then: QUEUE_CLAIMS_HEED_DUE=true says that they do."
            ),
            (None, _) => {
                "or a column that says when a job is due, and claims that heed it.".to_owned()
            }
        };
        Err(refusal(format!("{first} {second}")))
    }
}

fn refusal(detail: String) -> Fault {
    Fault::new(Code::ValSchema, detail)
        .check_first("The column that is named, in the row schema.table of dragonfly-ops doctor; dragonfly-ops migrate --add-paused --dry-run")
}

impl Pause {
    /// What is wrong with it, if anything. An expired pause is never lifted in silence: work that
    /// somebody stopped on purpose must not begin again by itself.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let Self { id, escaped, .. } = self;
        let held = format!("{} {}", self.held(), many(self.held, "job", "jobs"));
        if !self.active {
            return Some(format!(
                "pause {id} was lifted and still holds {held} ({})",
                resume(*id)
            ));
        }
        if let Some(left) = self.seconds_until_expiry.filter(|left| *left < 0.0) {
            let minutes = -left / 60.0;
            return Some(format!(
                "pause {id} expired {minutes:.0} min ago and still holds {held} ({})",
                resume(*id)
            ));
        }
        if *escaped > 0 {
            let jobs = many(*escaped, "job is", "jobs are");
            let escaped = counted(*escaped);
            return Some(format!("{escaped} {jobs} pending in spite of pause {id}"));
        }
        let lasts = self.seconds_since_paused;
        (self.seconds_until_expiry.is_none() && lasts > ENDLESS_AFTER).then(|| {
            format!(
                "pause {id} has no end and holds {held} for {} ({})",
                span(lasts),
                resume(*id)
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

/// The command that lifts a pause.
#[must_use]
pub(crate) fn resume(id: i64) -> String {
    format!("dragonfly-ops queue resume {id} --reason \"the cause is mended\"")
}

/// What a pause or an order holds, for people: a type, or none in particular.
pub(crate) const EVERY_TYPE: &str = "every type";

/// A number of jobs for people, where counting ends at [`COUNTED`].
#[must_use]
pub(crate) fn counted(jobs: i64) -> String {
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

    #[test]
    fn each_complaint_is_said_in_full_beyond_its_threshold_and_not_at_it() {
        let day = ENDLESS_AFTER;
        for (active, escaped, lasts, expires, held, expected) in [
            (true, 0, 60.0, Some(0.0), 7, None),
            (
                true,
                0,
                60.0,
                Some(-0.1),
                7,
                Some(
                    r#"pause 3 expired 0 min ago and still holds 7 jobs (dragonfly-ops queue resume 3 --reason "the cause is mended")"#,
                ),
            ),
            (
                true,
                5,
                60.0,
                Some(-90.0),
                100_001,
                Some(
                    r#"pause 3 expired 2 min ago and still holds over 100000 jobs (dragonfly-ops queue resume 3 --reason "the cause is mended")"#,
                ),
            ),
            (
                true,
                1,
                60.0,
                Some(60.0),
                7,
                Some("1 job is pending in spite of pause 3"),
            ),
            (
                true,
                100_001,
                day * 2.0,
                None,
                7,
                Some("over 100000 jobs are pending in spite of pause 3"),
            ),
            (true, 0, day, None, 7, None),
            (
                true,
                0,
                day + 1.0,
                None,
                7,
                Some(
                    r#"pause 3 has no end and holds 7 jobs for 24 h (dragonfly-ops queue resume 3 --reason "the cause is mended")"#,
                ),
            ),
            (true, 0, day * 9.0, Some(1.0), 7, None),
            (
                false,
                5,
                day * 9.0,
                Some(-90.0),
                7,
                Some(
                    r#"pause 3 was lifted and still holds 7 jobs (dragonfly-ops queue resume 3 --reason "the cause is mended")"#,
                ),
            ),
        ] {
            let pause = Pause {
                active,
                escaped,
                held,
                seconds_since_paused: lasts,
                seconds_until_expiry: expires,
                ..pause()
            };
            assert_eq!(pause.complaint().as_deref(), expected, "{pause:?}");
        }
    }

    #[test]
    fn counting_ends_at_a_hundred_thousand() {
        for (held, said, is_counted) in [
            (0, "0", true),
            (99_999, "99999", true),
            (100_000, "100000", true),
            (100_001, "over 100000", false),
        ] {
            let pause = Pause { held, ..pause() };
            assert_eq!(
                (pause.held().as_str(), pause.is_counted()),
                (said, is_counted)
            );
            assert_eq!(counted(held), said);
        }
    }

    #[test]
    fn who_ordered_a_pause_is_on_the_wire_only_where_it_is_known() {
        let json = serde_json::to_value(pause()).expect("it is plain");
        assert!(json.get("reason").is_none() && json.get("order").is_none());
        let order = PauseOrder {
            reason: "the mailer".to_owned(),
            paused_by: "anna".to_owned(),
        };
        let json = serde_json::to_value(Pause {
            order: Some(order),
            ..pause()
        });
        let json = json.expect("it is plain");
        assert_eq!(
            (&json["reason"], &json["paused_by"]),
            (&"the mailer".into(), &"anna".into())
        );
    }
}
