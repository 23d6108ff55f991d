//! Creates what the service reads and writes: the tables in the schema `ops`.
//!
//! # Design notes
//!
//! The usual migrators need a session (advisory locks, prepared statements), which a transaction
//! pooler does not give. Here everything happens in one transaction under a transaction's advisory
//! lock, so it is safe through a pooler, and all or nothing. A table that exists is used if its shape
//! is the one that is read; if not, it is left alone and DFE-VAL-002 names the columns. What is added
//! to a table that somebody else may have created is a column that may be null, indexes, and the
//! triggers of the pauses: nothing that reads or writes it today has to know. An index is not built
//! CONCURRENTLY: that is no part of any transaction, and two that are built at the same time end in
//! a deadlock. Whoever cannot stop the workers for as long builds it beforehand; the file says how.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH};
use crate::domain::doctor::schema::{TableFacts, TableShape};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Serialises migrations that run at the same time. An arbitrary number, ours alone.
const ADVISORY_LOCK: i64 = 0x4446_4f50_5301;

/// What there is of all that the steps create.
pub(super) const OBJECTS: &str = include_str!("sql/schema_objects.sql");

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[("schema_objects", OBJECTS)];

/// Columns of timestamps, counters and names may be of any type that the statements cast; these are
/// what they rely on.
const TEXT: &[&str] = &["text", "character varying", "name"];
const TIME: &[&str] = &["timestamp with time zone", "timestamp without time zone"];
const NUMBER: &[&str] = &["bigint", "integer", "smallint", "numeric"];
const ID: &[&str] = &["bigint", "integer"];
const JSON: &[&str] = &["jsonb"];

/// The functions that triggers call; nobody else has to.
const FUNCTIONS: &[&str] = &["hold_job", "refuse_change"];

/// A step of the schema: what it creates, the file that does, and what is relied on.
#[derive(Debug)]
struct MigrationStep {
    table: &'static str,
    adds: Adds,
    create: &'static str,
    columns: &'static [Column],
    /// What another table must have for this step to be possible.
    needs: Option<(&'static str, &'static [Column])>,
}

/// What a step brings, by which it is known whether it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adds {
    /// The table.
    Table,
    /// A column to a table of an earlier step.
    Column(&'static str),
    /// An index to a table of an earlier step. One that is there is as good, whatever is in it.
    Index(&'static str),
    /// An index to a table of an earlier step, and to [`FUNCTIONS`] that not everybody may execute
    /// them.
    IndexAndRights(&'static str),
}

/// A column, and the types that it may have.
type Column = (&'static str, &'static [&'static str]);

const STEPS: &[MigrationStep] = &[
    MigrationStep {
        table: "worker_heartbeats",
        adds: Adds::Table,
        create: include_str!("../../../migrations/0001_worker_heartbeats.sql"),
        columns: &[
            ("worker_name", TEXT),
            ("last_heartbeat", TIME),
            ("status", TEXT),
            ("jobs_processed", NUMBER),
            ("error_count", NUMBER),
        ],
        needs: None,
    },
    MigrationStep {
        table: "job_queue",
        adds: Adds::Table,
        create: include_str!("../../../migrations/0002_job_queue.sql"),
        columns: &[
            ("status", TEXT),
            ("worker_name", TEXT),
            ("created_at", TIME),
            ("started_at", TIME),
            ("finished_at", TIME),
        ],
        needs: None,
    },
    MigrationStep {
        table: "worker_heartbeats",
        adds: Adds::Column("started_at"),
        create: include_str!("../../../migrations/0003_worker_started_at.sql"),
        columns: &[("started_at", TIME)],
        needs: None,
    },
    MigrationStep {
        table: "audit_log",
        adds: Adds::Table,
        create: include_str!("../../../migrations/0004_audit_log.sql"),
        columns: &[
            ("id", ID),
            ("follows", ID),
            ("phase", TEXT),
            ("action", TEXT),
            ("request", JSON),
            ("actor", TEXT),
            ("reason", TEXT),
            ("idempotency_key", TEXT),
            ("before", JSON),
            ("after", JSON),
        ],
        needs: None,
    },
    MigrationStep {
        table: "queue_pauses",
        adds: Adds::Table,
        create: include_str!("../../../migrations/0005_queue_pauses.sql"),
        columns: &[
            ("id", ID),
            ("job_type", TEXT),
            ("reason", TEXT),
            ("paused_by", TEXT),
            ("expires_at", TIME),
            ("resumed_at", TIME),
        ],
        // The triggers name them: without, no job could be added any more.
        needs: Some(("job_queue", &[("id", ID), ("job_type", TEXT)])),
    },
    MigrationStep {
        table: "audit_log",
        adds: Adds::IndexAndRights("audit_log_follows"),
        create: include_str!("../../../migrations/0006_rights_and_ends.sql"),
        columns: &[],
        needs: None,
    },
    MigrationStep {
        table: "job_queue",
        adds: Adds::Index("job_queue_last_finished"),
        create: include_str!("../../../migrations/0007_job_queue_last_finished.sql"),
        columns: &[],
        needs: None,
    },
    MigrationStep {
        table: "job_queue",
        adds: Adds::Index("job_queue_pending_type"),
        create: include_str!("../../../migrations/0008_job_queue_pending_type.sql"),
        columns: &[],
        needs: Some(("job_queue", &[("job_type", TEXT)])),
    },
];

impl MigrationStep {
    fn name(&self) -> String {
        match self.adds {
            Adds::Table => format!("ops.{}", self.table),
            Adds::Column(column) => format!("ops.{}.{column}", self.table),
            Adds::Index(index) | Adds::IndexAndRights(index) => format!("ops.{index}"),
        }
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableOutcome {
    /// It did not exist and was created.
    Created,
    /// It existed, in a shape that can be read, and was left alone.
    Existed,
    /// It existed in another shape and was left alone. Nothing else was created either.
    Misshapen(Fault),
    /// It was not created, as a table of another shape stands in its way. All else works without.
    Impossible(Fault),
}

/// Creates the tables that are missing, or none if one of another shape stands in the way.
///
/// # Errors
///
/// The classified cause, where the database could not be asked or refused; nothing has changed
/// then.
pub async fn migrate(database: &Database) -> Result<Vec<(String, TableOutcome)>, Fault> {
    let mut connection = database.open(&Trace::default()).await?;
    let outcome = apply(&mut connection).await;
    outcome.map_err(|error| {
        let fault = classify(&error, database.redactor()).fault;
        match fault.code {
            Code::AuthForbidden => Fault::new(
                Code::AuthForbidden,
                "The database role may not create or extend the tables in the schema ops: that takes their owner.",
            )
            .caused_by(fault.causes),
            _ => fault,
        }
    })
}

async fn apply(connection: &mut PgConnection) -> Result<Vec<(String, TableOutcome)>, sqlx::Error> {
    // Whoever waits to alter a table makes everybody wait who comes after: not for long.
    let begin = format!(
        "BEGIN; {SEARCH_PATH}; SET LOCAL lock_timeout = '10s'; SET LOCAL client_min_messages = warning; \
         SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_LOCK}); SET LOCAL lock_timeout = '2s'"
    );
    sqlx::raw_sql(AssertSqlSafe(begin))
        .execute(&mut *connection)
        .await?;
    let before = Existing::read(connection).await?;
    let misshapen = STEPS.iter().any(|step| {
        before
            .of(step)
            .is_some_and(|columns| complaint(step.table, step.columns, columns).is_some())
    });
    let mut outcomes = Vec::new();
    for step in STEPS {
        // Anew each time: a step builds on what those before it have created.
        let existing = Existing::read(connection).await?;
        let outcome = match existing.of(step) {
            Some(columns) => complaint(step.table, step.columns, columns)
                .map_or(TableOutcome::Existed, TableOutcome::Misshapen),
            None if misshapen => continue,
            None => match obstacle(step, &existing) {
                Some(fault) => TableOutcome::Impossible(fault),
                None => {
                    sqlx::raw_sql(step.create).execute(&mut *connection).await?;
                    TableOutcome::Created
                }
            },
        };
        outcomes.push((step.name(), outcome));
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(outcomes)
}

type Columns = BTreeMap<String, String>;

/// What there is of all that the steps create.
#[derive(Debug, Default)]
struct Existing {
    tables: BTreeMap<String, Columns>,
    indexes: BTreeSet<String>,
    /// The functions of the schema that everybody may execute.
    open_functions: BTreeSet<String>,
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
            match row.try_get("kind")? {
                "column" => {
                    let columns = existing
                        .tables
                        .entry(row.try_get("owner_name")?)
                        .or_default();
                    columns.extend(name.zip(content));
                }
                "index" => existing.indexes.extend(name),
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
}

/// What is there of each step, by the rows of [`OBJECTS`]: for whoever looks and changes nothing.
pub(super) fn shapes(rows: &[PgRow]) -> Result<Vec<TableFacts>, sqlx::Error> {
    let existing = Existing::understand(rows)?;
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
    // Which indexes of the queue there are is judged by what they serve, and not by their names.
    let is_shown = |step: &&MigrationStep| !matches!(step.adds, Adds::Index(_));
    Ok(STEPS.iter().filter(is_shown).map(shape).collect())
}

/// Whether a step of the schema is about this table of the schema `ops`.
pub(super) fn is_expected(table: &str) -> bool {
    STEPS.iter().any(|step| step.table == table)
}

/// Why a step cannot be taken. A table that an earlier step creates is as it has to be.
fn obstacle(step: &MigrationStep, existing: &Existing) -> Option<Fault> {
    let (table, needed) = step.needs?;
    complaint(table, needed, existing.tables.get(table)?)
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
