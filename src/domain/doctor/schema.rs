//! The tables that are relied on, and who else may read what.

mod exposure;

use self::exposure::judge_exposure;
pub(crate) use self::exposure::{Exposed, Exposure, Guard};
use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pause::HoldBy;
use crate::domain::smoke::Relation;
use crate::domain::tables::layout::Roles;
use crate::domain::tables::roles::Role;
use crate::domain::tables::{ColumnType, JobRole, JobState, Layout, QueueQuestion};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The row of the queue.
const QUEUE: &str = "schema.table of the queue";

/// What was observed of the schema.
#[derive(Debug)]
pub struct SchemaFacts {
    /// The tables that are read or kept whose rows may be hidden from this role, or may not be added by it, each
    /// with what comes of it.
    pub hidden: Look<Vec<(Relation, Fault)>>,
    /// The tables of the queue and the heartbeats, and what their columns are.
    pub(crate) layout: Look<Layout>,
    /// What migrations create, and what is there of it.
    pub tables: Look<Vec<TableFacts>>,
    /// How jobs can be held.
    pub holding: Look<Holding>,
    /// How many jobs are in a state that is none.
    pub strays: Look<Vec<Stray>>,
    /// What those may read who come through `PostgREST`.
    pub exposure: Look<Exposure>,
    /// The functions in the schema `ops` that run as their owner.
    pub functions: Look<Vec<OwnersFunction>>,
}

/// How the jobs of the queue can be held.
#[derive(Debug, Clone)]
pub struct Holding {
    /// By what, or why they cannot.
    pub(crate) way: Result<HoldBy, Fault>,
    /// Whether the triggers are there that hold what arrives, made for the columns of the queue.
    pub(crate) has_triggers: bool,
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

/// The rows of what may be hidden: where something is, nothing that looks well there is.
#[must_use]
pub(crate) fn judge_hidden(look: &Look<Vec<(Relation, Fault)>>) -> Vec<Check> {
    const ID: &str = "schema.rows-visible";
    let hidden = match &look.found {
        Ok(hidden) => hidden,
        Err(missed) => return vec![missed.row(ID).took(look.took)],
    };
    if hidden.is_empty() {
        let summary = "Row level security keeps no row of what is read and kept from this role.";
        return vec![Check::new(ID, Verdict::Ok, summary).took(look.took)];
    }
    let row = |(table, fault): &(Relation, Fault)| {
        let policy = fault.causes.first().cloned();
        let verdict = match fault.kind {
            Some(FaultKind::RowsHidden) => Verdict::Unknown,
            _ => Verdict::Warning,
        };
        Check::new(ID, verdict, fault.detail.clone())
            .subject(table.to_string())
            .code(fault.code)
            .advice(policy.unwrap_or_else(|| fault.first_check().to_owned()))
            .took(look.took)
    };
    hidden.iter().map(row).collect()
}

/// The rows of the schema.
#[must_use]
pub(crate) fn judge(facts: &SchemaFacts) -> Vec<Check> {
    let mut checks = judge_layout(&facts.layout);
    checks.extend(judge_tables(&facts.tables));
    checks.push(judge_statuses(&facts.layout, &facts.strays));
    checks.push(facts.holding.row("schema.pauses", judge_holding));
    checks.extend(judge_exposure(&facts.exposure));
    checks.extend(judge_functions(&facts.functions));
    checks.extend(judge_indexes(&facts.layout));
    checks
}

/// The queue and the heartbeats: which tables they are, and what their columns are.
fn judge_layout(look: &Look<Layout>) -> Vec<Check> {
    const ID: &str = "schema.table";
    let layout = match &look.found {
        Ok(layout) => layout,
        Err(missed) => return vec![missed.row(ID).took(look.took)],
    };
    let heartbeats = layout.heartbeats.as_ref();
    let queue = layout.queue.as_ref();
    let heartbeats = heartbeats.map(|layout| describe(&layout.roles));
    let queue = queue.map(|layout| describe(&layout.roles));
    [
        ("the heartbeats", &layout.heartbeats_name, heartbeats),
        ("the queue", &layout.queue_name, queue),
    ]
    .into_iter()
    .map(|(what, table, found)| {
        let check = match found {
            Ok(roles) => Check::new(ID, Verdict::Ok, format!("It is {what}: {roles}.")),
            Err(fault) => Check::of_fault(ID, fault),
        };
        check.subject(table.clone()).took(look.took)
    })
    .collect()
}

/// Which column is what, and what no column is.
fn describe<R: Role>(roles: &Roles<R>) -> String {
    let played: Vec<_> = roles
        .iter()
        .map(|(role, column)| format!("{} is {}", role.word(), column.name))
        .collect();
    let missing: Vec<_> = R::ALL
        .iter()
        .filter(|role| roles.get(**role).is_none())
        .map(|role| role.word())
        .collect();
    let missing = if missing.is_empty() {
        String::new()
    } else {
        format!("; it has none for {}", missing.join(", "))
    };
    let local: Vec<_> = roles
        .iter()
        .filter(|(_, column)| column.holds == ColumnType::LocalTime)
        .map(|(_, column)| column.name.as_str())
        .collect();
    let local = if local.is_empty() {
        String::new()
    } else {
        format!("; without a zone, and so read as UTC: {}", local.join(", "))
    };
    format!("{}{missing}{local}", played.join(", "))
}

/// How a pause would hold jobs.
fn judge_holding(holding: &Holding) -> Check {
    const ID: &str = "schema.pauses";
    match (&holding.way, holding.has_triggers) {
        (Ok(HoldBy::State), true) => Check::new(ID, Verdict::Ok, "A pause holds jobs by their state."),
        (Ok(HoldBy::Due), true) => Check::new(
            ID,
            Verdict::Ok,
            "A pause holds jobs by never being due, and what claims jobs heeds that.",
        ),
        (Ok(_), false) => Check::new(
            ID,
            Verdict::Warning,
            "The queue cannot be paused: the triggers that hold what arrives are missing, or made for other columns.",
        )
        .code(Code::ValSchema)
        .advice("dragonfly-ops migrate (--dry-run shows them)"),
        (Err(fault), _) => Check::new(ID, Verdict::Warning, format!("The queue cannot be paused. {}", fault.detail))
            .code(fault.code)
            .advice(fault.first_check()),
    }
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
    let (verdict, use_) = (
        Verdict::Warning,
        "actions, the history or incidents need it",
    );
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
        .advice("Which migration changed it: what is there already is left as it is by dragonfly-ops migrate"),
    };
    check.subject(table.name.clone())
}

/// What the words of the state mean, and which mean nothing.
fn judge_statuses(look: &Look<Layout>, strays: &Look<Vec<Stray>>) -> Check {
    const ID: &str = "schema.job-statuses";
    let took = look.took + strays.took;
    let queue = match &look.found {
        Ok(Layout {
            queue: Ok(queue), ..
        }) => queue,
        Ok(Layout { queue: Err(_), .. }) => {
            return Missed::After(QUEUE).row(ID).took(took);
        }
        Err(missed) => return missed.row(ID).took(took),
    };
    let table = &queue.table;
    let state = queue.column(JobRole::State).unwrap_or_default();
    let strays = match &strays.found {
        Ok(strays) => strays,
        Err(missed) => return missed.row(ID).took(took),
    };
    if !strays.is_empty() {
        let found: Vec<_> = strays
            .iter()
            .map(|stray| {
                let status = stray.status.as_deref().unwrap_or("null");
                format!("{} in {status}", stray.jobs)
            })
            .collect();
        return Check::new(
            ID,
            Verdict::Warning,
            format!(
                "Jobs are in a state whose meaning is not known, and nothing counts them: {}.",
                found.join(", ")
            ),
        )
        .code(Code::ValData)
        .advice(format!("QUEUE_STATES says what it means; else who writes {table}.{state}, then a CHECK constraint"))
        .took(took);
    }
    if !queue.states.unknown.is_empty() {
        let words = queue.states.unknown.join(", ");
        return Check::new(
            ID,
            Verdict::Warning,
            format!("{table}.{state} may be {words}, and what that means is not known."),
        )
        .code(Code::ValData)
        .advice("QUEUE_STATES says what they mean (ignored=... for what need not be counted)")
        .took(took);
    }
    let legal = queue
        .roles
        .get(JobRole::State)
        .and_then(|state| state.legal.as_ref());
    let meaning: Vec<_> = JobState::ALL
        .iter()
        .filter_map(|state| {
            let words = queue.states.of_state(*state);
            let is_said = words == [state.word()] || words.is_empty();
            let words = words.join(" or ");
            match (words.is_empty(), is_said, legal) {
                (true, _, _) => None,
                (_, true, _) => Some(state.word().to_owned()),
                (_, _, None) => Some(format!("{} or a word for it", state.word())),
                (_, _, Some(_)) => Some(format!("{} is {words}", state.word())),
            }
        })
        .collect();
    Check::new(ID, Verdict::Ok, format!("{}.", meaning.join(", "))).took(took)
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

/// What the statements of the activity report rely on, by what it is for; the names do not matter.
fn judge_indexes(look: &Look<Layout>) -> Vec<Check> {
    const ID: &str = "schema.indexes";
    let queue = match &look.found {
        Ok(Layout {
            queue: Ok(queue), ..
        }) => queue,
        Ok(Layout { queue: Err(_), .. }) => {
            return vec![Missed::After(QUEUE).row(ID).took(look.took)];
        }
        Err(missed) => return vec![missed.row(ID).took(look.took)],
    };
    let missing: Vec<_> = QueueQuestion::ALL
        .iter()
        .filter(|question| !queue.serves(**question))
        .collect();
    if missing.is_empty() {
        return vec![
            Check::new(ID, Verdict::Ok, "The queue can be counted by its indexes.").took(look.took),
        ];
    }
    if queue.is_read_whole() {
        let missing: Vec<_> = missing.iter().map(|question| question.what()).collect();
        let summary = format!(
            "{} has no usable index for {}, and at {} kB it makes no difference: so small a table is as well read whole.",
            queue.table,
            missing.join(", nor for "),
            queue.bytes.max(0) / 1_024
        );
        return vec![Check::new(ID, Verdict::Ok, summary).took(look.took)];
    }
    #[expect(clippy::cast_precision_loss, reason = "a size for people to read")]
    let megabytes = queue.bytes as f64 / 1_048_576.0;
    let rows = queue.rows.map_or_else(
        || "all of its rows".to_owned(),
        |rows| format!("all of its about {rows} rows"),
    );
    missing
        .into_iter()
        .map(|question| {
            let summary = format!(
                "{} has no usable index for {}: each look reads {rows} ({megabytes:.0} MB).",
                queue.table,
                question.what()
            );
            let advice = if queue.is_ours {
                "dragonfly-ops migrate; for a large queue the indexes in migrations/, created CONCURRENTLY beforehand"
                    .to_owned()
            } else {
                queue.proposal(*question).unwrap_or_default()
            };
            Check::new(ID, Verdict::Warning, summary)
                .subject(question.what())
                .code(Code::ValSchema)
                .advice(advice)
                .took(look.took)
        })
        .collect()
}

#[cfg(test)]
mod tests;
