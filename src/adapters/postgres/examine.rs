//! What the doctor reads of a database: facts only, and nothing is changed.
//!
//! # Design notes
//!
//! One read-only transaction on one connection, in sections that fail one by one.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use tokio::time::Instant;

use crate::adapters::postgres::connection::{Database, KeptConnection, SEARCH_PATH, overdue};
use crate::adapters::postgres::migrate;
use crate::adapters::postgres::sections::{SectionLimits, Sections};
use crate::domain::doctor::database::{self, Clock, Grants, Reach, ServerFacts};
use crate::domain::doctor::schema::{
    self, Exposed, Exposure, Guard, IndexFacts, OwnersFunction, Statuses, Stray,
};
use crate::domain::doctor::{Look, Missed};
use crate::domain::smoke::Relation;
use crate::domain::trace::Trace;

/// The sections share the time; each may take this part of it.
const SLICES: u32 = 8;
/// A lock that a section waits for is not worth more than this.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);
/// The server gives up first, if it can: it knows better why.
const GRACE: Duration = Duration::from_millis(250);

/// Which backend answers.
const BACKEND: &str = "SELECT pg_catalog.pg_backend_pid() AS backend";

/// A statement, by its name.
type Statement = (&'static str, &'static str);

const SERVER: Statement = ("server", include_str!("sql/examine_server.sql"));
const CLOCK: Statement = ("clock", include_str!("sql/examine_clock.sql"));
const GRANTS: Statement = ("grants", include_str!("sql/examine_grants.sql"));
const STATUSES: Statement = ("statuses", include_str!("sql/examine_statuses.sql"));
const STRAYS: Statement = ("strays", include_str!("sql/examine_strays.sql"));
const EXPOSURE: Statement = ("exposure", include_str!("sql/examine_exposure.sql"));
const FUNCTIONS: Statement = ("functions", include_str!("sql/examine_functions.sql"));
const INDEXES: Statement = ("indexes", include_str!("sql/examine_indexes.sql"));
const TABLES: Statement = ("tables", migrate::OBJECTS);

/// Every statement, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[Statement] = &[
    SERVER, CLOCK, GRANTS, STATUSES, STRAYS, EXPOSURE, FUNCTIONS, INDEXES,
];

/// Reads everything. `reach` bounds the way to the first answer, `timeout` all that follows.
/// `business` is what must not be public.
pub(crate) async fn examine(
    database: &Database,
    reach: Duration,
    timeout: Duration,
    business: &[Relation],
) -> (database::DatabaseFacts, schema::SchemaFacts) {
    let began = Instant::now();
    let (reach, connection) = self::reach(database, reach).await;
    let Some(mut connection) = connection else {
        return nothing(reach);
    };
    let limits = SectionLimits {
        what: "the doctor's questions",
        lock_timeout: LOCK_TIMEOUT,
        slice: timeout / SLICES,
        deadline: Some(Instant::now() + timeout),
        grace: Some(GRACE),
    };
    let trace = Trace::default();
    let mut sections = Sections::new(database, &mut connection, &trace, limits);
    let sections = &mut sections;
    sections.begin(&["BEGIN READ ONLY", SEARCH_PATH]).await;
    let server = look(sections, SERVER, |rows| server(rows, began.elapsed())).await;
    let clock = clock(sections).await;
    let grants = look(sections, GRANTS, grants).await;
    let tables = look(sections, TABLES, migrate::shapes).await;
    let statuses = look(sections, STATUSES, statuses).await;
    let strays = match &statuses.found {
        Ok(Some(statuses)) if !statuses.is_pinned() => look(sections, STRAYS, strays).await,
        // There can be none, or nothing to look at, which the statuses say.
        Ok(_) | Err(_) => Look {
            found: Ok(Vec::new()),
            took: Duration::ZERO,
        },
    };
    let exposure = look(sections, EXPOSURE, |rows| exposure(rows, business)).await;
    let functions = look(sections, FUNCTIONS, functions).await;
    let indexes = look(sections, INDEXES, indexes).await;
    sections.end().await;
    (
        database::DatabaseFacts {
            reach,
            server,
            clock,
            grants,
        },
        schema::SchemaFacts {
            tables,
            statuses,
            strays,
            exposure,
            functions,
            indexes,
        },
    )
}

/// What there is to say where the database was not reached.
pub(crate) fn nothing(reach: Look<Reach>) -> (database::DatabaseFacts, schema::SchemaFacts) {
    const BEFORE: &str = "database.reach";
    (
        database::DatabaseFacts {
            reach,
            server: Look::after(BEFORE),
            clock: Look::after(BEFORE),
            grants: Look::after(BEFORE),
        },
        schema::SchemaFacts {
            tables: Look::after(BEFORE),
            statuses: Look::after(BEFORE),
            strays: Look::after(BEFORE),
            exposure: Look::after(BEFORE),
            functions: Look::after(BEFORE),
            indexes: Look::after(BEFORE),
        },
    )
}

/// Logs in and asks which backend answers: behind a pooler, only a statement reaches Postgres.
pub(super) async fn reach(
    database: &Database,
    timeout: Duration,
) -> (Look<Reach>, Option<PgConnection>) {
    let trace = Trace::default();
    let began = Instant::now();
    let deadline = began + timeout;
    let nothing_kept = KeptConnection::new(database.clone());
    let asked = nothing_kept.ask_number(&trace, deadline, BACKEND);
    let asked = tokio::time::timeout_at(deadline, asked).await;
    let took = began.elapsed();
    let fault = match asked {
        Ok(Ok((lease, backend))) => {
            let phases = trace.phases().into_iter();
            let phases = phases
                .filter(|phase| phase.name != "wait")
                .map(|phase| (phase.name, phase.took))
                .collect();
            let found = Ok(Reach { phases, backend });
            return (Look { found, took }, Some(lease.connection));
        }
        Ok(Err(fault)) => fault,
        Err(_) => overdue(trace.current(), "the first statement", timeout),
    };
    let found = Err(Missed::Failed(fault));
    (Look { found, took }, None)
}

async fn look<T>(
    sections: &mut Sections<'_>,
    (name, sql): Statement,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Look<T> {
    let began = Instant::now();
    let found = sections.section(name, sql, understand).await;
    Look {
        found: found.map_err(Missed::Failed),
        took: began.elapsed(),
    }
}

/// The time of the server, against ours at the middle of the round trip.
async fn clock(sections: &mut Sections<'_>) -> Look<Clock> {
    let before = Timestamp::now();
    let began = Instant::now();
    let look = look(sections, CLOCK, |rows| {
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get::<f64, _>("seconds")
    })
    .await;
    let round_trip = began.elapsed();
    let ours = before.as_duration().as_secs_f64() + round_trip.as_secs_f64() / 2.0;
    Look {
        found: look.found.map(|theirs| Clock {
            ahead: theirs - ours,
            round_trip,
        }),
        took: look.took,
    }
}

fn server(rows: &[PgRow], login_age: Duration) -> Result<ServerFacts, sqlx::Error> {
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(ServerFacts {
        version: row.try_get("version")?,
        is_standby: row.try_get("is_standby")?,
        is_read_only: row.try_get("is_read_only")?,
        port: row.try_get("port")?,
        backend: row.try_get("backend")?,
        backend_age: row.try_get("backend_age")?,
        login_age: login_age.as_secs_f64(),
        tls: row.try_get("tls")?,
        sees_sessions: row.try_get("sees_sessions")?,
    })
}

fn grants(rows: &[PgRow]) -> Result<Grants, sqlx::Error> {
    let mut grants = Grants::default();
    for row in rows {
        grants.usage = Some(row.try_get("may_use")?);
        let table: Option<String> = row.try_get("table_name")?;
        if let Some(table) = table.filter(|table| migrate::is_expected(table)) {
            let may_read = row.try_get("may_read")?;
            grants.tables.push((format!("ops.{table}"), may_read));
        }
    }
    Ok(grants)
}

fn statuses(rows: &[PgRow]) -> Result<Option<Statuses>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut statuses = Statuses::default();
    for row in rows {
        let content: String = row.try_get("content")?;
        match row.try_get("kind")? {
            "constraint" => statuses.constraints.push(content),
            "label" => statuses.labels.push(content),
            _ => statuses.may_be_null = content == "null",
        }
    }
    Ok(Some(statuses))
}

fn strays(rows: &[PgRow]) -> Result<Vec<Stray>, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(Stray {
            status: row.try_get("status")?,
            jobs: row.try_get("jobs")?,
        })
    };
    rows.iter().map(read).collect()
}

fn exposure(rows: &[PgRow], business: &[Relation]) -> Result<Exposure, sqlx::Error> {
    let mut exposure = Exposure {
        business: business.to_vec(),
        ..Exposure::default()
    };
    for row in rows {
        let role: String = row.try_get("role_name")?;
        match row.try_get("kind")? {
            "role" => exposure.roles.push(role),
            "ops" => exposure.ops.push(role),
            _ => {
                let relation = Relation {
                    schema: row.try_get("schema_name")?,
                    name: row.try_get("relation_name")?,
                };
                let to_anon = role == "anon";
                // The rows of one relation follow each other.
                match exposure.relations.last_mut() {
                    Some(last) if last.relation == relation => last.to_anon |= to_anon,
                    Some(_) | None => exposure.relations.push(Exposed {
                        relation,
                        to_anon,
                        guard: guard(row.try_get("guard")?),
                    }),
                }
            }
        }
    }
    Ok(exposure)
}

fn guard(word: &str) -> Guard {
    match word {
        "policies" => Guard::Policies,
        "no policies" => Guard::NoPolicies,
        "invoker" => Guard::Invoker,
        "owner" => Guard::Owner,
        _ => Guard::Impossible,
    }
}

fn functions(rows: &[PgRow]) -> Result<Vec<OwnersFunction>, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(OwnersFunction {
            signature: row.try_get("signature")?,
            is_open: row.try_get("is_open")?,
            has_path: row.try_get("has_path")?,
        })
    };
    rows.iter().map(read).collect()
}

fn indexes(rows: &[PgRow]) -> Result<Option<Vec<IndexFacts>>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut indexes = Vec::new();
    for row in rows {
        let columns: Option<String> = row.try_get("columns")?;
        if let Some(columns) = columns {
            indexes.push(IndexFacts {
                columns: columns.split(',').map(str::to_owned).collect(),
                predicate: row.try_get("predicate")?,
            });
        }
    }
    Ok(Some(indexes))
}
