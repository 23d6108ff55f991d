//! The checklist's budgets: how long each step may take.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notice::NoticeKind;
use super::state::Incident;
use crate::domain::rfc3339;

/// A step of the checklist that has a limit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BudgetStep {
    /// Section 1: somebody has it.
    Acknowledgement,
    /// Section 2: somebody has looked at it: noted, judged, or began to mend.
    Triage,
    /// Section 3: what it takes is known: it is being mended, or the harm is averted.
    Diagnosis,
    /// Section 6.1: the all-clear was told, and evidence was kept.
    Aftermath,
    /// Section 6.2, for P1 and P2: the report is complete.
    FollowUp,
}

impl BudgetStep {
    /// In the order of the checklist.
    pub const ALL: [Self; 5] = [
        Self::Acknowledgement,
        Self::Triage,
        Self::Diagnosis,
        Self::Aftermath,
        Self::FollowUp,
    ];

    /// What is so once it is done.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Acknowledgement => "Somebody has it",
            Self::Triage => "Looked at",
            Self::Diagnosis => "Being mended",
            Self::Aftermath => "All-clear told, evidence kept",
            Self::FollowUp => "Report complete",
        }
    }

    /// How long it may take.
    #[must_use]
    pub const fn limit(self) -> Duration {
        let minutes = match self {
            Self::Acknowledgement => 5,
            Self::Triage => 10,
            Self::Diagnosis => 30,
            Self::Aftermath => 60,
            Self::FollowUp => 24 * 60,
        };
        Duration::from_secs(60 * minutes)
    }
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Budget {
    /// The step.
    pub step: BudgetStep,
    /// Until when it is to be done.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    /// When it was done.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done: Option<Timestamp>,
    /// Whether it took too long, or does.
    pub is_late: bool,
}

/// The budgets of an incident that run or have run. Those of the time after it begin when it is over;
/// those of the time before it end then, done or not.
#[must_use]
pub fn budgets(incident: &Incident, now: Timestamp) -> Vec<Budget> {
    let all = BudgetStep::ALL.into_iter();
    all.filter_map(|step| budget(incident, step, now)).collect()
}

fn budget(incident: &Incident, step: BudgetStep, now: Timestamp) -> Option<Budget> {
    let detected = incident.detected_at;
    let over = incident.resolved_at;
    let first = |times: [Option<Timestamp>; 2]| times.into_iter().flatten().min();
    let (from, done) = match step {
        BudgetStep::Acknowledgement => (detected, first([incident.acknowledged_at, over])),
        BudgetStep::Triage => (detected, first([incident.triaged_at, over])),
        BudgetStep::Diagnosis => {
            let mended = first([incident.remedied_at, incident.mitigated_at]);
            (detected, first([mended, over]))
        }
        BudgetStep::Aftermath => {
            let told = incident.told.notices.iter().rev();
            let mut told = told.filter(|(kind, ..)| *kind == NoticeKind::AllClear);
            let all_clear = told.next().map(|(_, _, at)| *at);
            (over?, all_clear.filter(|_| incident.evidence > 0))
        }
        BudgetStep::FollowUp if incident.severity.takes_report() => (over?, incident.closed_at),
        BudgetStep::FollowUp => return None,
    };
    let due = from + step.limit();
    Some(Budget {
        step,
        due,
        done,
        is_late: done.unwrap_or(now) > due,
    })
}
