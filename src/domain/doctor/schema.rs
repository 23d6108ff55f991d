//! The tables that are relied on, and who else may read what.

mod exposure;

use std::collections::BTreeSet;

use self::exposure::judge_exposure;
pub(crate) use self::exposure::{Exposed, Exposure, Guard};
use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The states of a job.
pub(crate) const STATUSES: &[&str] = &["pending", "paused", "processing", "completed", "failed"];

/// Without these nothing is reported; without the others only actions are impossible.
const REPORTED: &[&str] = &["ops.worker_heartbeats", "ops.job_queue"];
/// What Postgres writes behind a constraint that rows of before need not fulfil.
const NOT_VALID: &str = " NOT VALID";

/// What was observed of the schema.
#[derive(Debug)]
pub struct SchemaFacts {
    /// What migrations create, and what is there of it.
    pub tables: Look<Vec<TableFacts>>,
    /// Which states a job may have; nothing where there is no such column.
    pub statuses: Look<Option<Statuses>>,
    /// How many jobs are in a state that is none.
    pub strays: Look<Vec<Stray>>,
    /// What those may read who come through `PostgREST`.
    pub exposure: Look<Exposure>,
    /// The functions in the schema `ops` that run as their owner.
    pub functions: Look<Vec<OwnersFunction>>,
    /// The indexes of the job queue; nothing where there is no such table.
    pub indexes: Look<Option<Vec<IndexFacts>>>,
}

/// Something that a migration creates.
#[derive(Debug, Clone)]
pub struct TableFacts {
    /// Its name: `ops.job_queue`, or `ops.worker_heartbeats.started_at` for a column.
    pub name: String,
    /// What is there of it.
    pub shape: TableShape,
}

/// What is there of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableShape {
    /// All that is relied on.
    Fits,
    /// Nothing.
    Absent,
    /// Something else; what differs.
    Differs(String),
}

/// Which states a job may have.
#[derive(Debug, Clone, Default)]
pub struct Statuses {
    /// Whether it may have none.
    pub may_be_null: bool,
    /// The CHECK constraints that speak of the column, as Postgres writes them.
    pub constraints: Vec<String>,
    /// The labels of its type, where that is an enum.
    pub labels: Vec<String>,
}

/// Jobs in a state that is none.
#[derive(Debug, Clone)]
pub struct Stray {
    /// The state.
    pub status: Option<String>,
    /// How many there are, as far as they were counted.
    pub jobs: i64,
}

/// A function that runs as its owner, whoever calls it (`SECURITY DEFINER`).
#[derive(Debug, Clone)]
pub struct OwnersFunction {
    /// Its name and the types of its parameters.
    pub signature: String,
    /// Whether everybody may execute it.
    pub is_open: bool,
    /// Whether it says itself where names are looked up.
    pub has_path: bool,
}

/// An index that can be used.
#[derive(Debug, Clone)]
pub struct IndexFacts {
    /// Its columns, in their order.
    pub columns: Vec<String>,
    /// Its predicate, where it is partial.
    pub predicate: Option<String>,
}

/// The rows of the schema.
#[must_use]
pub(crate) fn judge(facts: &SchemaFacts) -> Vec<Check> {
    let mut checks = judge_tables(&facts.tables);
    checks.push(judge_statuses(&facts.statuses, &facts.strays));
    checks.extend(judge_exposure(&facts.exposure));
    checks.extend(judge_functions(&facts.functions));
    checks.push(facts.indexes.row("schema.indexes", |indexes| {
        judge_indexes(indexes.as_deref())
    }));
    checks
}

fn judge_tables(look: &Look<Vec<TableFacts>>) -> Vec<Check> {
    const ID: &str = "schema.table";
    match &look.found {
        Ok(tables) => tables
            .iter()
            .map(|table| judge_table(ID, table).took(look.took))
            .collect(),
        Err(missed) => vec![missed.row(ID).took(look.took)],
    }
}

fn judge_table(id: &'static str, table: &TableFacts) -> Check {
    let is_reported = REPORTED.contains(&table.name.as_str());
    let (verdict, use_) = if is_reported {
        (Verdict::Critical, "the activity report needs it")
    } else {
        (Verdict::Warning, "actions need it")
    };
    let check = match &table.shape {
        TableShape::Fits => Check::new(
            id,
            Verdict::Ok,
            "It is there, with the columns and types that are relied on.",
        ),
        TableShape::Absent => Check::new(id, verdict, format!("It does not exist, and {use_}."))
            .code(Code::ValSchema)
            .advice("dragonfly-ops migrate"),
        TableShape::Differs(how) => Check::new(
            id,
            verdict,
            format!("It is of another shape, and {use_}; {how}."),
        )
        .code(Code::ValSchema)
        .advice("Which migration changed it: dragonfly-ops migrate leaves it as it is"),
    };
    check.subject(table.name.clone())
}

impl Statuses {
    /// What constraints or the type allow; nothing where they do not limit it.
    fn allowed(&self) -> Option<BTreeSet<String>> {
        if !self.labels.is_empty() {
            return Some(self.labels.iter().cloned().collect());
        }
        let mut lists = self
            .constraints
            .iter()
            .map(|text| text.trim_end_matches(NOT_VALID))
            .filter(|text| is_list(text))
            .map(literals);
        let first = lists.next()?;
        Some(lists.fold(first, |all, list| &all & &list))
    }

    /// Whether no job can be in a state that is none, so that none has to be looked for.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        let holds_for_all = self
            .constraints
            .iter()
            .all(|text| !text.ends_with(NOT_VALID));
        !self.may_be_null
            && holds_for_all
            && self
                .allowed()
                .is_some_and(|allowed| allowed.iter().all(|one| STATUSES.contains(&one.as_str())))
    }
}

/// Whether a constraint lists what is allowed. Others forbid a value, or look at its length.
fn is_list(constraint: &str) -> bool {
    let lists = constraint.contains("= ANY (") || constraint.contains("= '");
    lists && !constraint.contains("<>") && !constraint.contains("NOT ")
}

/// The string literals in an expression, as Postgres writes it.
fn literals(expression: &str) -> BTreeSet<String> {
    // An odd part stands between two quotation marks; a doubled one inside is no state of ours.
    expression
        .split('\'')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn judge_statuses(look: &Look<Option<Statuses>>, strays: &Look<Vec<Stray>>) -> Check {
    const ID: &str = "schema.job-statuses";
    let took = look.took + strays.took;
    let statuses = match &look.found {
        Ok(Some(statuses)) => statuses,
        Ok(None) => {
            return Missed::After("schema.table [ops.job_queue]")
                .row(ID)
                .took(took);
        }
        Err(missed) => return missed.row(ID).took(took),
    };
    let allowed = statuses.allowed();
    let missing: Vec<_> = STATUSES
        .iter()
        .filter(|status| {
            allowed
                .as_ref()
                .is_some_and(|allowed| !allowed.contains(**status))
        })
        .copied()
        .collect();
    if !missing.is_empty() {
        return Check::new(
            ID,
            Verdict::Critical,
            format!(
                "ops.job_queue.status may not be {}: whatever sets it fails.",
                missing.join(" or ")
            ),
        )
        .code(Code::ValSchema)
        .advice("The CHECK constraint or the enum of ops.job_queue.status")
        .took(took);
    }
    let strays = match &strays.found {
        Ok(strays) => strays,
        Err(missed) => return missed.row(ID).took(took),
    };
    if strays.is_empty() {
        return Check::new(ID, Verdict::Ok, format!("{}.", STATUSES.join(", "))).took(took);
    }
    let found: Vec<_> = strays
        .iter()
        .map(|stray| {
            let status = stray.status.as_deref().unwrap_or("null");
            format!("{} in {status}", stray.jobs)
        })
        .collect();
    Check::new(
        ID,
        Verdict::Warning,
        format!(
            "Jobs are in a state that no worker knows, and nothing counts them: {}.",
            found.join(", ")
        ),
    )
    .code(Code::ValData)
    .advice("Who writes ops.job_queue.status; then a CHECK constraint")
    .took(took)
}

/// Whoever may execute such a function, and decides what it calls, is its owner for that time.
fn judge_functions(look: &Look<Vec<OwnersFunction>>) -> Vec<Check> {
    const ID: &str = "schema.functions";
    let functions = match &look.found {
        Ok(functions) => functions,
        Err(missed) => return vec![missed.row(ID).took(look.took)],
    };
    let mut checks: Vec<_> = functions
        .iter()
        .filter_map(|function| judge_function(ID, function))
        .collect();
    if checks.is_empty() {
        let summary = "No function of the schema ops hands its owner's rights on.";
        checks.push(Check::new(ID, Verdict::Ok, summary));
    }
    checks
        .into_iter()
        .map(|check| check.took(look.took))
        .collect()
}

fn judge_function(id: &'static str, function: &OwnersFunction) -> Option<Check> {
    let signature = &function.signature;
    let (verdict, summary, advice) = if function.is_open {
        (
            Verdict::Critical,
            "It runs as its owner (SECURITY DEFINER), and everybody may execute it.",
            format!(
                "dragonfly-ops migrate, where it is ours; else REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC"
            ),
        )
    } else if function.has_path {
        return None;
    } else {
        (
            Verdict::Warning,
            "It runs as its owner (SECURITY DEFINER), and who calls it says where names are looked up.",
            format!(
                "ALTER FUNCTION {signature} SET search_path = pg_catalog, pg_temp, once its body names every schema"
            ),
        )
    };
    Some(
        Check::new(id, verdict, summary)
            .subject(signature.clone())
            .code(Code::AuthForbidden)
            .advice(advice),
    )
}

impl IndexFacts {
    fn begins_with(&self, columns: &[&str]) -> bool {
        self.columns.len() >= columns.len() && self.columns.iter().zip(columns).all(|(a, b)| a == b)
    }

    /// Whether rows in that state are in it.
    fn holds(&self, status: &str) -> bool {
        self.predicate.as_ref().is_none_or(|predicate| {
            let is_exclusion = predicate.contains("<>");
            literals(predicate).contains(status) != is_exclusion
        })
    }
}

/// What the statements of the activity report rely on, by what it is for; the names do not matter.
fn judge_indexes(indexes: Option<&[IndexFacts]>) -> Check {
    const ID: &str = "schema.indexes";
    let Some(indexes) = indexes else {
        return Missed::After("schema.table [ops.job_queue]").row(ID);
    };
    let backlog = indexes.iter().any(|index| {
        index.begins_with(&["status"])
            && ["pending", "paused", "processing"]
                .iter()
                .all(|status| index.holds(status))
    });
    let failed = indexes.iter().any(|index| {
        (index.begins_with(&["finished_at"]) && index.holds("failed") && !index.holds("completed"))
            || (index.begins_with(&["status", "finished_at"]) && index.holds("failed"))
    });
    let finished = indexes
        .iter()
        .any(|index| index.begins_with(&["worker_name", "finished_at"]));
    let last = indexes.iter().any(|index| {
        index.begins_with(&["finished_at"]) && index.holds("failed") && index.holds("completed")
    });
    let pending = indexes
        .iter()
        .any(|index| index.begins_with(&["job_type"]) && index.holds("pending"));
    let missing: Vec<_> = [
        (backlog, "the backlog by status"),
        (failed, "what failed lately"),
        (finished, "what each worker finished last"),
        (last, "what anybody finished last"),
        (pending, "what is pending by type"),
    ]
    .into_iter()
    .filter(|(is_there, _)| !is_there)
    .map(|(_, what)| what)
    .collect();
    if missing.is_empty() {
        return Check::new(ID, Verdict::Ok, "The queue can be counted by its indexes.");
    }
    Check::new(
        ID,
        Verdict::Warning,
        format!(
            "ops.job_queue has no usable index for {}: counting gets slower with every job that was ever done.",
            missing.join(", nor for ")
        ),
    )
    .code(Code::ValSchema)
    .advice("dragonfly-ops migrate; for a large queue the indexes in migrations/, created CONCURRENTLY beforehand")
}

#[cfg(test)]
mod tests;
