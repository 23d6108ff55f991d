//! What a look at something brought, or why it brought nothing.

use std::time::Duration;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::verdict::Verdict;

/// Why there are no facts.
#[derive(Debug, Clone)]
pub enum Missed {
    /// They were asked for in vain.
    Failed(Fault),
    /// They were not asked for, because what this row is about had failed before.
    After(&'static str),
}

/// What a look at something brought, and how long it took.
#[derive(Debug, Clone)]
pub struct Look<T> {
    /// The facts.
    pub found: Result<T, Missed>,
    /// How long it took.
    pub took: Duration,
}

impl<T> Look<T> {
    /// What is known without having looked.
    #[must_use]
    pub fn of(found: Result<T, Missed>) -> Self {
        Self {
            found,
            took: Duration::ZERO,
        }
    }

    /// Nothing, because the row `id` had failed before.
    #[must_use]
    pub fn after(id: &'static str) -> Self {
        Self {
            found: Err(Missed::After(id)),
            took: Duration::ZERO,
        }
    }

    /// Says of the failure what it means, as seen from elsewhere.
    pub(crate) fn explain(&mut self, explain: impl FnOnce(Fault) -> Fault) {
        if let Err(Missed::Failed(fault)) = &mut self.found {
            *fault = explain(fault.clone());
        }
    }

    /// The row that `judge` makes of the facts, or the row of there being none.
    pub fn row(&self, id: &'static str, judge: impl FnOnce(&T) -> Check) -> Check {
        match &self.found {
            Ok(facts) => judge(facts).took(self.took),
            Err(missed) => missed.row(id).took(self.took),
        }
    }
}

impl Missed {
    /// The row of something that could not be looked at.
    #[must_use]
    pub fn row(&self, id: &'static str) -> Check {
        match self {
            Self::Failed(fault) => Check::new(id, Verdict::Unknown, fault.detail.clone())
                .code(fault.code)
                .advice(fault.first_check()),
            Self::After(before) => Check::new(
                id,
                Verdict::Unknown,
                format!("Not looked at, because {before} failed."),
            )
            .advice(format!("Mend {before} first"))
            .rests_on(before),
        }
    }
}
