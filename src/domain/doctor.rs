//! The doctor: what was observed of everything that the service rests on, and what it means.
//!
//! # Design notes
//!
//! Pure: adapters bring facts, this judges them, and every row has a fixture in which it fires and
//! one in which it does not. A row is never left out: what could not be looked at because something
//! before it failed is `unknown` and says what that was. A green list that is shorter than usual
//! would be read as green.
//!
//! What the service itself reports (workers, queue, connections, locks) is taken from its report, not
//! judged again: the doctor and the endpoint must not disagree.

pub mod database;
pub mod rest;
pub mod route;
pub mod schema;
pub mod settings;
pub mod work;

use std::time::Duration;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::report::OpsReport;
use crate::domain::target::{Proven, Target};
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

/// Everything that was observed.
#[derive(Debug)]
pub struct Facts {
    /// What claims to name the target.
    pub target: Target,
    /// The target.
    pub proven: Proven,
    /// The settings.
    pub settings: settings::SettingsFacts,
    /// The database.
    pub database: database::Database,
    /// The tables, and what may be done with them.
    pub schema: schema::Schema,
    /// Supabase's REST API.
    pub rest: rest::Rest,
    /// What goes on in the database.
    pub work: Look<OpsReport>,
}

impl<T> Look<T> {
    /// Nothing, because the row `id` had failed before.
    #[must_use]
    pub fn after(id: &'static str) -> Self {
        Self {
            found: Err(Missed::After(id)),
            took: Duration::ZERO,
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
            .advice(format!("Mend {before} first")),
        }
    }
}

/// All rows, in the order in which one thing rests on the other.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Check> {
    let accepted = facts.rest.key.as_ref();
    let accepted = accepted.map(|_| facts.rest.reach.found.is_ok());
    let mut checks = settings::judge_target(&facts.target, &facts.proven, accepted);
    checks.extend(settings::judge_settings(&facts.settings));
    checks.extend(database::judge(
        &facts.database,
        facts.settings.route.as_ref(),
    ));
    checks.extend(schema::judge(&facts.schema));
    checks.extend(rest::judge(&facts.rest));
    checks.extend(work::judge(&facts.work));
    checks
}
