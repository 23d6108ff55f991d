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
mod steps;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use self::add_paused::ADD_PAUSED;
pub use self::add_paused::{AddPaused, add_paused};
use self::steps::{Adds, Column, HEARTBEATS, MigrationStep, QUEUE, STEPS};
use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH};
use crate::adapters::postgres::fill::Filling;
use crate::adapters::postgres::layout;
use crate::domain::doctor::schema::{TableFacts, TableShape};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pause::{Claims, HoldBy};
use crate::domain::tables::{JobRole, Layout, QueueLayout, TableSettings};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Serialises migrations that run at the same time. An arbitrary number, ours alone.
const ADVISORY_LOCK: i64 = 0x4446_4f50_5301;

/// What there is of all that the steps create.
pub(super) const OBJECTS: &str = include_str!("sql/schema_objects.sql");

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[("schema_objects", OBJECTS), ("add_paused", ADD_PAUSED)];

/// The functions that triggers call; nobody else has to.
const FUNCTIONS: &[&str] = &["hold_job", "refuse_change", "forget_hold", "forget_holds"];
/// The triggers that keep what pauses hold.
const TRIGGERS: &[&str] = &[
    "forget_all_jobs",
    "forget_changed_job",
    "forget_deleted_job",
    "hold_new_job",
    "hold_returned_job",
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
    let existing = Existing::read(connection).await?;
    let plan = plan(&existing, &layout);
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
fn plan(existing: &Existing, layout: &Layout) -> Vec<Migration> {
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
    plan.push(triggers(existing, layout, &queue));
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

/// The triggers of the pauses, on the queue that there is or will be.
fn triggers(existing: &Existing, layout: &Layout, place: &Place) -> Migration {
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
    let outcome = if can_hold {
        let sql = hold_triggers(queue);
        if existing.has_triggers(queue, &sql) {
            TableOutcome::Existed
        } else {
            TableOutcome::Created(sql.into())
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

/// The functions and triggers that keep what pauses hold, for the columns of a queue.
pub(super) fn hold_triggers(queue: &QueueLayout) -> String {
    let filling = Filling::default().queue(queue);
    filling.fill(include_str!("sql/hold_triggers.sql"))
}

/// Whether the triggers of the pauses are there, and made for the columns that the queue has.
pub(super) fn has_hold_triggers(rows: &[PgRow], queue: &QueueLayout) -> Result<bool, sqlx::Error> {
    let existing = Existing::understand(rows)?;
    Ok(existing.has_triggers(queue, &hold_triggers(queue)))
}

type Columns = BTreeMap<String, String>;

/// What there is of all that the steps create.
#[derive(Debug, Default)]
struct Existing {
    tables: BTreeMap<String, Columns>,
    indexes: BTreeSet<String>,
    /// The functions of the schema that everybody may execute.
    open_functions: BTreeSet<String>,
    /// What the functions of the pauses do.
    sources: BTreeMap<String, String>,
    /// The triggers of the pauses that are not switched off, by the table that they watch.
    triggers: BTreeSet<(String, String)>,
}

impl Existing {
    async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        Self::understand(&sqlx::raw_sql(OBJECTS).fetch_all(connection).await?)
    }

    fn understand(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let mut existing = Self::default();
        for row in rows {
            let name: Option<String> = row.try_get("object_name")?;
            let content: Option<String> = row.try_get("content")?;
            let owner: String = row.try_get("owner_name")?;
            match row.try_get("kind")? {
                "column" => {
                    let columns = existing.tables.entry(owner).or_default();
                    columns.extend(name.zip(content));
                }
                "index" => existing.indexes.extend(name),
                "source" => existing.sources.extend(name.zip(content)),
                "trigger" if content.as_deref() != Some("D") => {
                    existing.triggers.extend(name.map(|name| (owner, name)));
                }
                _ if content.as_deref() == Some("open") => existing.open_functions.extend(name),
                _ => {}
            }
        }
        Ok(existing)
    }

    /// The columns of a step's table, where what the step adds is there, in whatever shape.
    fn of(&self, step: &MigrationStep) -> Option<&Columns> {
        let columns = self.tables.get(step.table)?;
        let is_done = match step.adds {
            Adds::Table => true,
            Adds::Column(column) => columns.contains_key(column),
            Adds::Index(index) => self.indexes.contains(index),
            Adds::IndexAndRights(index) => {
                self.indexes.contains(index)
                    && !FUNCTIONS
                        .iter()
                        .any(|name| self.open_functions.contains(*name))
            }
        };
        is_done.then_some(columns)
    }

    /// Whether the triggers stand on the queue, and what they call is what `sql` would create.
    fn has_triggers(&self, queue: &QueueLayout, sql: &str) -> bool {
        let table = &queue.table;
        let owners = [table.quoted(), format!("{}.{}", table.schema, table.name)];
        let stands = |name: &&str| {
            owners
                .iter()
                .any(|owner| self.triggers.contains(&(owner.clone(), (*name).to_owned())))
        };
        let are_current = ["hold_job", "forget_hold", "forget_holds"]
            .iter()
            .all(|name| {
                self.sources
                    .get(*name)
                    .is_some_and(|source| sql.contains(source))
            });
        are_current && TRIGGERS.iter().all(stands)
    }
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
