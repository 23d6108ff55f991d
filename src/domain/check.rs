//! One row of what a command found: doctor, smoke, check and validate-flows all say it alike.

use std::time::Duration;

use serde::Serialize;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// One thing that was looked at, and what it came to.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What is looked at, stable: `database.reach`, `flow.unknown-node`.
    pub id: &'static str,
    /// Which one of several: a table, a worker, a file and its node. Nothing where there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The judgement.
    pub verdict: Verdict,
    /// The cause, where it has a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// One sentence for people.
    pub summary: String,
    /// What to do, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The row that has to be well before this one can be looked at, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<&'static str>,
    /// How long looking took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "as_millis")]
    pub took: Duration,
}

impl Check {
    /// A row with nothing but its judgement.
    #[must_use]
    pub fn new(id: &'static str, verdict: Verdict, summary: impl Into<String>) -> Self {
        Self {
            id,
            subject: None,
            verdict,
            code: None,
            summary: summary.into(),
            advice: None,
            rests_on: None,
            took: Duration::ZERO,
        }
    }

    /// The row of a fault: critical, with its code, its detail and its first check.
    #[must_use]
    pub fn of_fault(id: &'static str, fault: &Fault) -> Self {
        Self::new(id, Verdict::Critical, fault.detail.clone())
            .code(fault.code)
            .advice(fault.first_check())
    }

    /// Says which one of several it is.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Names the cause.
    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Names the row that stands in the way of this one.
    #[must_use]
    pub fn rests_on(mut self, id: &'static str) -> Self {
        self.rests_on = Some(id);
        self
    }

    /// Says how long it took.
    #[must_use]
    pub fn took(mut self, took: Duration) -> Self {
        self.took = took;
        self
    }

    /// Whether looking again can bring something else.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.verdict != Verdict::Ok
            && self
                .code
                .is_some_and(|code| code.entry().retry.is_retryable())
    }
}

/// The worst verdict of all; unknown where nothing was looked at.
#[must_use]
pub(crate) fn worst(checks: &[Check]) -> Verdict {
    checks
        .iter()
        .map(|check| check.verdict)
        .max()
        .unwrap_or(Verdict::Unknown)
}

fn as_millis<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(crate::domain::gate::millis(*took))
}

/// What checks say of what, for the tests of whoever makes them.
#[cfg(test)]
pub(crate) fn said(checks: &[Check]) -> Vec<(&str, Verdict, &str)> {
    checks
        .iter()
        .map(|check| {
            let subject = check.subject.as_deref().unwrap_or_default();
            (subject, check.verdict, check.summary.as_str())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_seen_is_worse_than_a_warning_and_nothing_is_not_green() {
        assert_eq!(worst(&[]), Verdict::Unknown);
        let rows = [Verdict::Ok, Verdict::Unknown, Verdict::Warning]
            .map(|verdict| Check::new("x", verdict, "y"));
        assert_eq!(worst(&rows), Verdict::Unknown);
    }

    #[test]
    fn the_row_of_a_fault_carries_its_code_and_the_next_step() {
        let row = Check::of_fault("x", &Fault::new(Code::DbTimeout, "slow"));
        let json = serde_json::to_value(&row).expect("it is plain");
        assert_eq!(json["code"], "DFE-DB-002");
        assert_eq!(json["verdict"], "critical");
        assert_eq!(json["advice"], Code::DbTimeout.entry().first_check);
        assert!(row.is_retryable());
    }

    #[test]
    fn what_is_said_of_a_row_is_on_the_wire_and_nothing_else() {
        let row = Check::new("flow.secret", Verdict::Unknown, "a sentence");
        let json = serde_json::json!({
            "id": "flow.secret",
            "verdict": "unknown",
            "summary": "a sentence",
            "took_ms": 0.0,
        });
        assert_eq!(serde_json::json!(row), json);
        let full = row
            .subject("ops.job_queue")
            .code(Code::ValData)
            .advice("look")
            .rests_on("settings.valid")
            .took(Duration::from_micros(1_250));
        let json = serde_json::json!({
            "id": "flow.secret",
            "subject": "ops.job_queue",
            "verdict": "unknown",
            "code": "DFE-VAL-003",
            "summary": "a sentence",
            "advice": "look",
            "rests_on": "settings.valid",
            "took_ms": 1.3,
        });
        assert_eq!(serde_json::json!(full), json);
    }

    #[test]
    fn only_what_is_not_well_and_may_pass_is_worth_another_look() {
        for (verdict, code, expected) in [
            (Verdict::Critical, Some(Code::DbTimeout), true),
            (Verdict::Unknown, Some(Code::VendorRateLimited), true),
            (Verdict::Critical, Some(Code::ConfigInvalid), false),
            (Verdict::Critical, Some(Code::Internal), false),
            (Verdict::Critical, None, false),
            (Verdict::Ok, Some(Code::DbTimeout), false),
        ] {
            let mut row = Check::new("x", verdict, "y");
            row.code = code;
            assert_eq!(row.is_retryable(), expected, "{verdict:?} {code:?}");
        }
    }

    #[test]
    fn the_worst_row_decides_wherever_it_stands() {
        let row = |verdict| Check::new("x", verdict, "y");
        for (verdicts, expected) in [
            ([Verdict::Ok, Verdict::Ok], Verdict::Ok),
            ([Verdict::Warning, Verdict::Ok], Verdict::Warning),
            ([Verdict::Critical, Verdict::Unknown], Verdict::Critical),
        ] {
            assert_eq!(worst(&verdicts.map(row)), expected);
        }
    }
}
