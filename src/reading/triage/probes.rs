//! What probes say of the causes that a text may mean.

use serde::Serialize;

use crate::domain::taxonomy::Code;

/// What is known now of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CauseStatus {
    /// It is so now.
    Supported,
    /// What it speaks of was looked at, and is well now.
    RuledOut,
    /// Nobody has looked at what it speaks of.
    Undecided,
}

/// What one probe has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeResult {
    /// What was looked at.
    pub(crate) what: &'static str,
    /// The codes that it would have found.
    pub(crate) covers: &'static [Code],
    /// The codes that it did find.
    pub(crate) found: Vec<Code>,
}

/// What the probes say of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Assessment {
    /// The code.
    pub(crate) code: Code,
    /// What is said of it.
    pub(crate) standing: CauseStatus,
    /// One sentence for people.
    pub(crate) because: String,
}

/// What the probes say of each candidate, and which codes they found beside.
#[must_use]
pub(crate) fn weigh(candidates: &[Code], probes: &[ProbeResult]) -> Vec<Assessment> {
    let mut assessments: Vec<Assessment> = candidates
        .iter()
        .map(|code| assess(*code, probes))
        .collect();
    for probe in probes {
        for code in &probe.found {
            if !assessments.iter().any(|known| known.code == *code) {
                assessments.push(Assessment {
                    code: *code,
                    standing: CauseStatus::Supported,
                    because: format!(
                        "{} found it now; the text does not speak of it.",
                        probe.what
                    ),
                });
            }
        }
    }
    assessments
}

fn assess(code: Code, probes: &[ProbeResult]) -> Assessment {
    let (standing, because) =
        if let Some(probe) = probes.iter().find(|probe| probe.found.contains(&code)) {
            (
                CauseStatus::Supported,
                format!("{} shows it now.", probe.what),
            )
        } else {
            let well: Vec<_> = probes
                .iter()
                .filter(|probe| probe.covers.contains(&code))
                .collect();
            match well.as_slice() {
                [] => (
                    CauseStatus::Undecided,
                    "Nothing that was looked at can tell.".to_owned(),
                ),
                // One that failed for another cause has not seen what it would have.
                probes if probes.iter().any(|probe| !probe.found.is_empty()) => (
                    CauseStatus::Undecided,
                    "What could tell fails for another cause at the moment.".to_owned(),
                ),
                [first, ..] => (
                    CauseStatus::RuledOut,
                    format!("{} is well now.", first.what),
                ),
            }
        };
    Assessment {
        code,
        standing,
        because,
    }
}
