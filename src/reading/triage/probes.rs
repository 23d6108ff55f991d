//! What probes say of the causes that a text may mean.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

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

/// A cause that is so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its code.
    pub(crate) code: Code,
    /// What was seen, in a sentence.
    pub(crate) detail: Cow<'static, str>,
    /// What to look at first where it is as it is now: the code's row does not know that.
    pub(crate) first_check: Cow<'static, str>,
    /// Whether it is worth telling somebody who has asked for something else.
    pub(crate) is_critical: bool,
}

impl From<&Fault> for Found {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            detail: fault.detail.clone(),
            first_check: fault.first_check().to_owned().into(),
            is_critical: true,
        }
    }
}

impl Found {
    /// What a row complains of, which is of this code.
    pub(crate) fn of_row(row: &Check, code: Code) -> Self {
        let first_check = row.advice.clone().map(Cow::Owned);
        Self {
            code,
            detail: row.summary.clone().into(),
            first_check: first_check.unwrap_or(code.entry().first_check.into()),
            is_critical: row.verdict == Verdict::Critical,
        }
    }
}

/// What one probe has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeResult {
    /// What was looked at.
    pub(crate) what: &'static str,
    /// The codes that it would have found.
    pub(crate) covers: &'static [Code],
    /// What it did find.
    pub(crate) found: Vec<Found>,
}

impl ProbeResult {
    fn shown(&self, code: Code) -> Option<&Found> {
        self.found.iter().find(|found| found.code == code)
    }
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
    /// What was seen, where it is so now.
    pub(crate) detail: Option<Cow<'static, str>>,
    /// What to look at first, where it is so now.
    pub(crate) first_check: Option<Cow<'static, str>>,
}

impl Assessment {
    fn supported(found: &Found, because: String) -> Self {
        Self {
            code: found.code,
            standing: CauseStatus::Supported,
            because,
            detail: Some(found.detail.clone()),
            first_check: Some(found.first_check.clone()),
        }
    }
}

/// What the probes say of each candidate, and which critical causes they found beside.
#[must_use]
pub(crate) fn weigh(candidates: &[Code], probes: &[ProbeResult]) -> Vec<Assessment> {
    let mut assessments: Vec<Assessment> = candidates
        .iter()
        .map(|code| assess(*code, probes))
        .collect();
    for probe in probes {
        for found in probe.found.iter().filter(|found| found.is_critical) {
            if !assessments.iter().any(|known| known.code == found.code) {
                assessments.push(Assessment::supported(
                    found,
                    format!(
                        "{} found it now; the text does not speak of it.",
                        probe.what
                    ),
                ));
            }
        }
    }
    assessments
}

fn assess(code: Code, probes: &[ProbeResult]) -> Assessment {
    let shown = probes
        .iter()
        .find_map(|probe| Some((probe.what, probe.shown(code)?)));
    if let Some((what, found)) = shown {
        return Assessment::supported(found, format!("{what} shows it now."));
    }
    let well: Vec<_> = probes
        .iter()
        .filter(|probe| probe.covers.contains(&code))
        .collect();
    let (standing, because) = match well.as_slice() {
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
    };
    Assessment {
        code,
        standing,
        because,
        detail: None,
        first_check: None,
    }
}
