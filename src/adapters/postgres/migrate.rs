//! Creates what the service reads and writes: the tables in the schema `ops`.
//!
//! # Design notes
//!
//! The usual migrators need a session (advisory locks, prepared statements), which a transaction
//! pooler does not give. Here everything happens in one transaction under a transaction's advisory
//! lock, so it is safe through a pooler, and all or nothing.
//!
//! What has to be done is decided before anything is: by what there is, and not by a record of what was
//! once done. So the same plan can be shown and carried out. The queue and the heartbeats may be
//! somebody else's: then they are read as they are, none is created beside them, and all that they get
//! is the triggers of the pauses. An index is not built CONCURRENTLY: that is no part of any
//! transaction, and two that are built at the same time end in a deadlock. Whoever cannot stop the
//! workers for as long builds it beforehand; the file says how.

mod add_paused;
mod existing;
mod hold_triggers;
mod steps;

use std::borrow::Cow;
use std::collections::BTreeSet;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection};

use self::add_paused::ADD_PAUSED;
pub use self::add_paused::{AddPaused, add_paused};
pub(super) use self::existing::OBJECTS;
use self::existing::{Columns, Existing};
use self::hold_triggers::{ANY_HELD, has_triggers, hold_triggers, without_triggers_elsewhere};
pub(super) use self::hold_triggers::{has_hold_triggers, others_are_held};
use self::steps::{Adds, Column, HEARTBEATS, MigrationStep, QUEUE, STEPS};
use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH};
use crate::adapters::postgres::layout;
use crate::domain::doctor::schema::{TableFacts, TableShape};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pause::{Claims, HoldBy};
use crate::domain::tables::{JobRole, Layout, QueueLayout, TableSettings};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Serialises migrations that run at the same time. An arbitrary number, ours alone.
const ADVISORY_LOCK: i64 = 0x4446_4f50_5301;

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("schema_objects", OBJECTS),
    ("add_paused", ADD_PAUSED),
    ("any_held", ANY_HELD),
];

/// Something that the service needs, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// What it is called: a table, a column, an index, the triggers of a table.
    pub name: String,
    /// What becomes of it.
    pub outcome: TableOutcome,
}

/// What becomes of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableOutcome {
    /// It does not exist, and this creates it.
    Created(Cow<'static, str>),
    /// It exists, and is left alone.
    Existed,
    /// It is a table of somebody else, which is read as it is.
    Foreign,
    /// It exists in a shape that cannot be used, and is left alone.
    Misshapen(Fault),
    /// It is not created, as a table of another shape stands in its way. All else works without.
    Impossible(Fault),
}

/// How the tables are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationRun {
    /// They are.
    Real,
    /// It is only said what would be done.
    Dry,
    /// The same, as it would be once the state of a job may be `paused`.
    DryWithPaused,
}

/// Creates what is missing, or only says what that would be.
///
/// # Errors
///
/// The classified cause, where the database could not be asked or refused; nothing has changed
/// then.
pub async fn migrate(
    database: &Database,
    settings: &TableSettings,
    run: MigrationRun,
) -> Result<Vec<Migration>, Fault> {
    let mut connection = database.open(&Trace::default()).await?;
    let outcome = apply(&mut connection, settings, run).await;
    outcome.map_err(|error| refused(database, &error))
}

fn refused(database: &Database, error: &sqlx::Error) -> Fault {
    let fault = classify(error, database.redactor()).fault;
    match fault.code {
        Code::AuthForbidden => Fault::new(
            Code::AuthForbidden,
            "The database role may not create or extend the tables in the schema ops: that takes their owner.",
        )
        .caused_by(fault.causes),
        _ => fault,
    }
}

async fn apply(
    connection: &mut PgConnection,
    settings: &TableSettings,
    run: MigrationRun,
) -> Result<Vec<Migration>, sqlx::Error> {
    let dry_run = run != MigrationRun::Real;
    // Who only looks waits for nobody, and nobody waits for them.
    let begin = if dry_run {
        format!("BEGIN READ ONLY; {SEARCH_PATH}")
    } else {
        // Whoever waits to alter a table makes everybody wait who comes after: not for long.
        format!(
            "BEGIN; {SEARCH_PATH}; SET LOCAL lock_timeout = '10s'; SET LOCAL client_min_messages = warning; \
             SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_LOCK}); SET LOCAL lock_timeout = '2s'"
        )
    };
    sqlx::raw_sql(AssertSqlSafe(begin))
        .execute(&mut *connection)
        .await?;
    let mut layout = layout::find(connection, settings).await?;
    if run == MigrationRun::DryWithPaused {
        layout.queue = layout.queue.map(QueueLayout::with_paused);
    }
    let rows = sqlx::raw_sql(OBJECTS).fetch_all(&mut *connection).await?;
    let existing = Existing::understand(&rows)?;
    let held = match &layout.queue {
        Ok(queue) => others_are_held(connection, &rows, queue).await?,
        Err(_) => None,
    };
    let plan = plan(&existing, &layout, held);
    for step in &plan {
        if let (TableOutcome::Created(sql), false) = (&step.outcome, dry_run) {
            sqlx::raw_sql(AssertSqlSafe(sql.clone().into_owned()))
                .execute(&mut *connection)
                .await?;
        }
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(plan)
}

/// What has to be done, in its order.
fn plan(existing: &Existing, layout: &Layout, held: Option<Fault>) -> Vec<Migration> {
    let heartbeats = Place::of(&layout.heartbeats, |table| {
        (table.table.to_string(), table.is_ours)
    });
    let queue = Place::of(&layout.queue, |table| {
        (table.table.to_string(), table.is_ours)
    });
    let mut plan: Vec<_> = STEPS
        .iter()
        .filter_map(|step| {
            let place = match step.table {
                HEARTBEATS => &heartbeats,
                QUEUE => &queue,
                _ => &Place::Ours,
            };
            step_of(step, place, existing)
        })
        .collect();
    plan.push(triggers(existing, layout, &queue, held));
    plan
}

/// Whose a table is.
enum Place {
    /// Ours, or it is to be.
    Ours,
    /// Somebody else's.
    Theirs(String),
    /// There is one, and it cannot be read.
    Unusable(Fault),
}

impl Place {
    fn of<T>(found: &Result<T, Fault>, about: impl Fn(&T) -> (String, bool)) -> Self {
        match found {
            Ok(table) => match about(table) {
                (_, true) => Self::Ours,
                (name, false) => Self::Theirs(name),
            },
            // There is none: it is to be ours, unless it is somebody else's that was named.
            Err(fault) if fault.kind == Some(FaultKind::NoTable) => Self::Ours,
            Err(fault) => Self::Unusable(fault.clone()),
        }
    }
}

fn step_of(step: &MigrationStep, place: &Place, existing: &Existing) -> Option<Migration> {
    let (name, outcome) = match place {
        Place::Ours => (
            step.name(),
            match existing.of(step) {
                None => TableOutcome::Created(step.create.into()),
                Some(columns) => complaint(step.table, step.columns, columns)
                    .map_or(TableOutcome::Existed, TableOutcome::Misshapen),
            },
        ),
        // Nothing is added to a table that is not ours.
        Place::Theirs(_) | Place::Unusable(_) if step.adds != Adds::Table => return None,
        Place::Theirs(name) => (name.clone(), TableOutcome::Foreign),
        Place::Unusable(fault) => (step.name(), TableOutcome::Misshapen(fault.clone())),
    };
    Some(Migration { name, outcome })
}

/// The triggers of the pauses, on the queue that there is or will be; `held` is why that has to wait.
fn triggers(existing: &Existing, layout: &Layout, place: &Place, held: Option<Fault>) -> Migration {
    let ours = QueueLayout::ours();
    let queue = match (&layout.queue, place) {
        (Ok(queue), _) => queue,
        (Err(_), Place::Ours) => &ours,
        (Err(fault), _) => {
            return Migration {
                name: "the triggers of the pauses".to_owned(),
                outcome: TableOutcome::Impossible(fault.clone()),
            };
        }
    };
    let name = format!("the triggers of the pauses on {}", queue.table);
    let can_hold =
        queue.is_table && queue.column(JobRole::Id).is_some() && HoldBy::of(queue).is_some();
    let outcome = if let Some(fault) = held {
        TableOutcome::Misshapen(fault)
    } else if can_hold {
        let sql = hold_triggers(queue);
        if has_triggers(existing, queue, &sql) {
            TableOutcome::Existed
        } else {
            TableOutcome::Created((without_triggers_elsewhere(existing, queue) + &sql).into())
        }
    } else {
        let claims = Claims::Unknown;
        let why = HoldBy::choose(queue, &claims).err();
        TableOutcome::Impossible(
            why.unwrap_or_else(|| Fault::new(Code::ValSchema, "Its jobs cannot be held.")),
        )
    };
    Migration { name, outcome }
}

/// What is there of each table that is always ours: for whoever looks and changes nothing.
pub(super) fn shapes(rows: &[PgRow]) -> Result<Vec<TableFacts>, sqlx::Error> {
    let existing = Existing::understand(rows)?;
    let is_ours = |step: &&MigrationStep| !matches!(step.table, HEARTBEATS | QUEUE);
    let shape = |step: &MigrationStep| {
        let shape = match existing.of(step) {
            None => TableShape::Absent,
            Some(columns) => {
                differences(step.columns, columns).map_or(TableShape::Fits, TableShape::Differs)
            }
        };
        TableFacts {
            name: step.name(),
            shape,
        }
    };
    Ok(STEPS.iter().filter(is_ours).map(shape).collect())
}

/// Whether a step of the schema is about this table of the schema `ops`.
pub(super) fn is_expected(table: &str) -> bool {
    STEPS.iter().any(|step| step.table == table)
}

/// DFE-VAL-002 naming each column that is missing or of another type.
fn complaint(table: &str, expected: &[Column], columns: &Columns) -> Option<Fault> {
    let differences = differences(expected, columns)?;
    Some(Fault::new(
        Code::ValSchema,
        format!("ops.{table} exists in another shape and was left as it is; {differences}."),
    ))
}

/// Each column that is missing or of another type.
fn differences(expected: &[Column], columns: &Columns) -> Option<String> {
    let mut missing = BTreeSet::new();
    let mut other = BTreeSet::new();
    for (name, types) in expected {
        match columns.get(*name) {
            None => {
                missing.insert(*name);
            }
            Some(found) if !types.contains(&found.as_str()) => {
                other.insert(format!(
                    "{name} (is {found}, expected {})",
                    types.join(" or ")
                ));
            }
            Some(_) => {}
        }
    }
    let mut differences = Vec::new();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.into_iter().collect();
        differences.push(format!("missing: {}", missing.join(", ")));
    }
    if !other.is_empty() {
        let other: Vec<_> = other.into_iter().collect();
        differences.push(format!("of another type: {}", other.join(", ")));
    }
    (!differences.is_empty()).then(|| differences.join("; "))
}
