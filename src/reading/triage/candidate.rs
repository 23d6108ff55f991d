//! A code that a text may mean, and what speaks for it.

use serde::Serialize;

use crate::domain::taxonomy::{Code, Retry};
use crate::reading::triage::sign::OUTER;

/// A code that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Candidate {
    /// The code.
    pub(crate) code: Code,
    /// What it is called.
    pub(crate) title: &'static str,
    /// How strong the best sign is: 100 is the code itself, 25 a guess.
    pub(crate) weight: u8,
    /// How sure that makes it.
    pub(crate) certainty: Certainty,
    /// How many events of the text speak for it before all others.
    pub(crate) count: usize,
    /// On which line of the text the first of its events begins, counted from 1.
    pub(crate) first: u64,
    /// What speaks for it, the strongest first.
    pub(crate) evidence: Vec<Evidence>,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// Whether trying again can help.
    pub(crate) retry: Retry,
    /// The first thing to look at.
    pub(crate) first_check: &'static str,
    /// What mends it.
    pub(crate) fix: &'static str,
}

/// How sure an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Certainty {
    /// Something says so that nearly always means it.
    Likely,
    /// It may be so.
    Possible,
}

/// What speaks for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Evidence {
    /// Why it does.
    pub(crate) because: String,
    /// The line that it was found in, redacted.
    pub(crate) line: String,
}

impl Certainty {
    pub(super) const fn of(weight: u8) -> Self {
        if weight >= OUTER {
            Self::Likely
        } else {
            Self::Possible
        }
    }
}
