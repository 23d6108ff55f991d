//! What is being done about anything, and by whom.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::{many, span, span_of};
use crate::domain::last_look::LastLook;
use crate::domain::pause::Pause;
use crate::domain::rfc3339;

/// Something that somebody does, or that the service does by itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Measure {
    /// The id of the pause, where it is one.
    pub pause: Option<i64>,
    /// One sentence for people.
    pub summary: String,
    /// Who ordered it: for a token's holder only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<String>,
    /// Why: for a token's holder only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// What is being done, as it stood at a look.
pub(super) fn of(look: &LastLook, now: Timestamp) -> Vec<Measure> {
    let left_alone = look.left_alone.iter().filter(|(_, until)| *until > now);
    let left_alone = left_alone.map(|(series, until)| Measure {
        pause: None,
        summary: format!(
            "{} is left alone for another {}, as a login was rejected or it asked for it.",
            series.title(),
            span_of(until.duration_since(now).as_secs())
        ),
        by: None,
        reason: None,
        until: Some(*until),
    });
    let queue = look.activity.as_ref().ok();
    let queue = queue.and_then(|report| report.queue.as_ref().ok());
    let pauses = queue.into_iter().flat_map(|queue| &queue.facts.pauses);
    pauses.map(of_pause).chain(left_alone).collect()
}

fn of_pause(pause: &Pause) -> Measure {
    let what = match &pause.job_type {
        Some(job_type) => format!("Jobs of type {job_type} are"),
        None => "The queue is".to_owned(),
    };
    let state = if pause.active {
        "paused"
    } else {
        "no longer paused"
    };
    let held = format!("{} {}", pause.held(), many(pause.held, "job", "jobs"));
    let verb = many(pause.held, "is", "are");
    let ends = match pause.seconds_until_expiry {
        Some(left) if left >= 0.0 => format!("it ends in {}", span(left)),
        Some(over) => format!("it was to end {} ago", span(-over)),
        None => "it has no end".to_owned(),
    };
    Measure {
        pause: Some(pause.id),
        summary: format!(
            "{what} {state} for {}: {held} {verb} held, and {ends}.",
            span(pause.seconds_since_paused)
        ),
        by: pause.order.as_ref().map(|order| order.paused_by.clone()),
        reason: pause.order.as_ref().map(|order| order.reason.clone()),
        until: None,
    }
}
