//! What is to be done next about an incident, by the checklist, and the command that does it.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::times::budget_left;
use crate::cli::render::printable;
use crate::domain::incident::{Budget, BudgetStep, ShownIncident, State};

/// What stands behind each command, so that it asks the same instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suffix(String);

impl Suffix {
    /// Of what was said on the command line.
    pub(super) fn new(via: Option<&str>, env: Option<&str>) -> Self {
        let mut text = String::new();
        for (option, value) in [("--via", via), ("--env", env)] {
            if let Some(value) = value {
                // Writing into a string cannot fail.
                let _ = write!(text, " {option} {}", quoted(value));
            }
        }
        Self(text)
    }
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", printable(word).replace('\'', r"'\''")),
    }
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What, and until when.
    pub(super) what: String,
    /// The command that does it.
    pub(super) command: Option<String>,
}

/// The command that shows an incident.
pub(super) fn show(incident: &str, Suffix(via): &Suffix) -> String {
    format!("dragonfly-ops incident show {incident}{via}")
}

/// The steps that are due. Which causes to look at stands before them.
pub(super) fn steps(one: &ShownIncident, suffix: &Suffix, now: Timestamp) -> Vec<Step> {
    let (incident, Suffix(via)) = (&one.name, suffix);
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
    use super::*;

    #[test]
    fn what_was_said_is_said_again_as_a_shell_takes_it() {
        for (via, env, expected) in [
            (None, None, ""),
            (
                Some("http://[::1]:8080"),
                None,
                " --via 'http://[::1]:8080'",
            ),
            (
                Some("https://ops.example.com"),
                Some("it's prod"),
                r" --via https://ops.example.com --env 'it'\''s prod'",
            ),
        ] {
            assert_eq!(Suffix::new(via, env), Suffix(expected.to_owned()));
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\nb"), "'a b'");
    }
}
