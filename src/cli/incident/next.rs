//! What is to be done next about an incident, by the checklist, and the command that does it.

use jiff::Timestamp;

use super::times::budget_left;
use crate::cli::suffix::Suffix;
use crate::domain::incident::{Budget, BudgetStep, ShownIncident, State};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What, and until when.
    pub(super) what: String,
    /// The command that does it.
    pub(super) command: Option<String>,
}

/// The command that shows an incident.
pub(super) fn show(incident: &str, suffix: &Suffix) -> String {
    let via = suffix.options();
    format!("dragonfly-ops incident show {incident}{via}")
}

/// What to look at where it goes on: the first cause, or what is seen now where it has none; once it is good
/// again, what is not green all the same and keeps it from being over.
pub(super) fn look_at(one: &ShownIncident, suffix: &Suffix) -> Option<Step> {
    let check = || format!("dragonfly-ops check{}", suffix.at());
    let step = |what: String, command: String| {
        Some(Step {
            what,
            command: Some(command),
        })
    };
    let cause = one.codes.first().filter(|cause| cause.is_now);
    match (one.state, cause) {
        (State::Resolved | State::Closed, _) => None,
        (State::Open | State::Acknowledged, Some(cause)) => step(
            format!(
                "Look at: {} ({}: {})",
                suffix.in_text(&cause.first_check),
                cause.code,
                cause.title
            ),
            format!("dragonfly-ops explain {}", cause.code),
        ),
        (State::Open | State::Acknowledged, None) => {
            step("Look at what is wrong now:".to_owned(), check())
        }
        (State::Mitigated, _) => {
            let open = one.all_clear.as_ref()?.open();
            let command = match *open.first()? {
                "doctor" => "dragonfly-ops doctor".to_owned(),
                "smoke" => "dragonfly-ops smoke".to_owned(),
                _ => check(),
            };
            let open = open.join(", ");
            step(
                format!("It does not end before this is green, too: {open}. Look at it:"),
                command,
            )
        }
    }
}

/// The steps that are due. Which causes to look at stands before them.
pub(super) fn steps(one: &ShownIncident, suffix: &Suffix, now: Timestamp) -> Vec<Step> {
    let (incident, via) = (&one.name, suffix.options());
    let step = |what: String, command: String| Step {
        what,
        command: Some(command),
    };
    if let Some(other) = &one.merged_into {
        return vec![step(
            format!("It turned out to be {other}:"),
            show(other.as_str(), suffix),
        )];
    }
    let left = |of: BudgetStep| {
        let found = one.budgets.iter().find(|budget| budget.step == of);
        let found = found.filter(|budget| budget.done.is_none());
        found.map_or_else(String::new, |budget| {
            format!(" ({})", budget_left(budget, now))
        })
    };
    match one.state {
        State::Closed => Vec::new(),
        State::Resolved if one.severity.takes_report() => vec![
            step(
                "Read the report as it stands:".to_owned(),
                format!("dragonfly-ops incident report {incident}{via}"),
            ),
            step(
                format!(
                    "Close it once its report is complete; says what it lacks{}:",
                    left(BudgetStep::FollowUp)
                ),
                format!("dragonfly-ops incident close {incident}{via}"),
            ),
            step(
                "Write what it lacks, and end each with Ctrl-D; what is to be done goes with incident action:"
                    .to_owned(),
                format!("dragonfly-ops incident write {incident} impact --text -{via}"),
            ),
            Step {
                what: String::new(),
                command: Some(format!(
                    "dragonfly-ops incident write {incident} root-cause --text -{via}"
                )),
            },
            Step {
                what: String::new(),
                command: Some(format!(
                    "dragonfly-ops incident write {incident} what-worked --text -{via}"
                )),
            },
        ],
        State::Resolved => vec![step(
            "It closes by itself. Where it needs no more time:".to_owned(),
            format!("dragonfly-ops incident close {incident}{via}"),
        )],
        State::Mitigated if !is_done(one, BudgetStep::Acknowledgement) => vec![step(
            format!(
                "Nobody has said yet to have it{}:",
                left(BudgetStep::Acknowledgement)
            ),
            format!("dragonfly-ops incident ack {incident}{via}"),
        )],
        State::Open => vec![step(
            format!("Say that you have it{}:", left(BudgetStep::Acknowledgement)),
            format!("dragonfly-ops incident ack {incident}{via}"),
        )],
        State::Acknowledged | State::Mitigated if !is_done(one, BudgetStep::Triage) => {
            vec![step(
                format!(
                    "Write down what you see, and end with Ctrl-D{}:",
                    left(BudgetStep::Triage)
                ),
                format!("dragonfly-ops incident note {incident} --text -{via}"),
            )]
        }
        State::Acknowledged => vec![step(
            format!(
                "Once the harm is averted, write down how, and end with Ctrl-D{}:",
                left(BudgetStep::Diagnosis)
            ),
            format!("dragonfly-ops incident mitigate {incident} --text -{via}"),
        )],
        State::Mitigated => vec![step(
            "It is over by itself once it has stayed good. To ask for the all-clear now:".to_owned(),
            format!("dragonfly-ops incident resolve {incident}{via}"),
        )],
    }
}

fn is_done(one: &ShownIncident, step: BudgetStep) -> bool {
    let is_it = |budget: &&Budget| budget.step == step;
    let found = one.budgets.iter().find(is_it);
    found.is_none_or(|budget| budget.done.is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_to_look_at_is_what_is_wrong_now() {
        let shown = |state: &str, codes: Value, open: &[&str]| -> ShownIncident {
            let boxes: Vec<_> = open
                .iter()
                .map(|name| json!({ "name": name, "verdict": "critical", "saw": "" }))
                .collect();
            serde_json::from_value(json!({
                "name": "LOCKS-1", "title": "Locks: failing", "state": state, "severity": "P3", "codes": codes,
                "began_at": "2026-11-30T00:08:50Z", "detected_at": "2026-11-30T00:08:50Z", "reopened": 0,
                "all_clear": { "boxes": boxes }, "budgets": [],
            }))
            .expect("an incident")
        };
        let cause = json!([{ "code": "DFE-DB-002", "title": "Query timeout", "first_check": "Pools", "url": "/" }]);
        let via = Some("http://ops:8080");
        for (one, via, expected) in [
            (
                shown("open", cause.clone(), &[]),
                via,
                Some("dragonfly-ops explain DFE-DB-002"),
            ),
            (
                shown("open", json!([]), &[]),
                via,
                Some("dragonfly-ops check http://ops:8080"),
            ),
            (
                shown("acknowledged", json!([]), &[]),
                None,
                Some("dragonfly-ops check http://ops:8080"),
            ),
            (shown("mitigated", cause.clone(), &[]), via, None),
            (
                shown("mitigated", cause.clone(), &["doctor", "smoke"]),
                via,
                Some("dragonfly-ops doctor"),
            ),
            (
                shown("mitigated", cause.clone(), &["smoke"]),
                via,
                Some("dragonfly-ops smoke"),
            ),
            (
                shown("mitigated", cause.clone(), &["heartbeats", "smoke"]),
                via,
                Some("dragonfly-ops check http://ops:8080"),
            ),
            (shown("resolved", cause, &["doctor"]), via, None),
        ] {
            let step = look_at(&one, &Suffix::new(via, None).checking("http://ops:8080"));
            let command = step.and_then(|step| step.command);
            assert_eq!(command.as_deref(), expected, "{one:?}");
        }
    }
}
