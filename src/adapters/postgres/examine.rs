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

use crate::adapters::postgres::connection::{Database, KeptConnection, SEARCH_PATH, unanswered};
use crate::adapters::postgres::fill::{Filling, list};
use crate::adapters::postgres::sections::{SectionLimits, Sections};
use crate::adapters::postgres::visibility::{Hidden, visibility_of_all};
use crate::adapters::postgres::{layout, migrate, pauses};
use crate::domain::doctor::database::{self, Clock, Reach, ServerFacts};
use crate::domain::doctor::grants::{Grants, TableGrants};
use crate::domain::doctor::schema::{
    self, Exposed, Exposure, Guard, Holding, OwnersFunction, Stray,
};
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::Fault;
use crate::domain::pause::HoldBy;
use crate::domain::smoke::Relation;
use crate::domain::tables::{JobState, QueueLayout, TableSettings};
use crate::domain::trace::Trace;

/// The sections share the time; each may take this part of it.
const SLICES: u32 = 10;
/// A lock that a section waits for is not worth more than this.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);
/// The server gives up first, if it can: it knows better why.
const GRACE: Duration = Duration::from_millis(250);

/// What the tables are rests on.
const LAYOUT: &str = "schema.table of the queue";

/// Which backend answers.
const BACKEND: &str = "SELECT pg_catalog.pg_backend_pid() AS backend";

/// A statement, by its name.
type Statement<'a> = (&'static str, &'a str);

const SERVER: Statement<'static> = ("server", include_str!("sql/examine_server.sql"));
const CLOCK: Statement<'static> = ("clock", include_str!("sql/examine_clock.sql"));
const GRANTS: Statement<'static> = ("grants", include_str!("sql/examine_grants.sql"));
const EXPOSURE: Statement<'static> = ("exposure", include_str!("sql/examine_exposure.sql"));
const FUNCTIONS: Statement<'static> = ("functions", include_str!("sql/examine_functions.sql"));
const TABLES: Statement<'static> = ("tables", migrate::OBJECTS);

/// Every statement, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[Statement<'static>] = &[SERVER, CLOCK, GRANTS, EXPOSURE, FUNCTIONS];

/// The statement that looks for jobs in a state whose meaning is not known.
pub(super) fn strays_statement(queue: &QueueLayout) -> String {
    let known: Vec<_> = JobState::ALL
        .iter()
        .flat_map(|state| queue.states.of_state(*state))
        .map(String::as_str)
        .collect();
    // A list without a word is none. What has no words is no text, and never empty.
    let known = if known.is_empty() { vec![""] } else { known };
    Filling::default()
        .queue(queue)
        .with("known_words", list(&known))
        .fill(include_str!("sql/examine_strays.sql"))
}

/// Reads everything. `reach` bounds the way to the first answer, `timeout` all that follows.
/// `business` is what must not be public; what is said of the queue and the heartbeats is in `said`.
pub(crate) async fn examine(
    database: &Database,
    (reach, timeout): (Duration, Duration),
    business: &[Relation],
    said: Result<&TableSettings, Fault>,
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
    let layout = match &said {
        Ok(said) => {
            let sql = layout::statement(said);
            look(sections, ("layout", &sql), |rows| layout::read(said, rows)).await
        }
        Err(fault) => Look::of(Err(Missed::Failed(fault.clone()))),
    };
    let found = layout.found.as_ref().ok();
    let hidden = match found {
        Some(layout) => {
            let sql = visibility_of_all(layout);
            let queue = layout.queue.as_ref().ok().map(|queue| &queue.table);
            let understand = |rows: &[PgRow]| hidden(rows, queue);
            look(sections, ("visibility", &sql), understand).await
        }
        None => Look::after(LAYOUT),
    };
    let queue = found.and_then(|layout| layout.queue.as_ref().ok());
    let tables = look(sections, TABLES, migrate::shapes).await;
    let holding = match (queue, &said) {
        (Some(queue), Ok(said)) => holding(sections, queue, said).await,
        (_, _) => Look::after(LAYOUT),
    };
    let strays = match queue {
        // Where its type lists all there can be, there is none to look for.
        Some(queue) if !queue.is_pinned() => {
            let sql = strays_statement(queue);
            look(sections, ("strays", &sql), strays).await
        }
        Some(_) | None => Look::of(Ok(Vec::new())),
    };
    let exposure = look(sections, EXPOSURE, |rows| exposure(rows, business)).await;
    let functions = look(sections, FUNCTIONS, functions).await;
    sections.end().await;
    (
        database::DatabaseFacts {
            reach,
            server,
            clock,
            grants,
        },
        schema::SchemaFacts {
            hidden,
            layout,
            tables,
            holding,
            strays,
            exposure,
            functions,
        },
    )
}

/// How the jobs of a queue can be held.
async fn holding(
    sections: &mut Sections<'_>,
    queue: &QueueLayout,
    said: &TableSettings,
) -> Look<Holding> {
    let triggers = look(sections, ("triggers", migrate::OBJECTS), |rows| {
        migrate::has_hold_triggers(rows, queue)
    });
    let triggers = triggers.await;
    let sql = pauses::claims_statement(queue);
    let claims = match (said.claims_heed_due, sql) {
        (None, Some(sql)) => look(sections, ("claims", &sql), pauses::read_claims).await,
        (_, _) => Look::of(Ok(pauses::said_claims(said))),
    };
    let found = triggers.found.and_then(|has_triggers| {
        let way = HoldBy::choose(queue, &claims.found?);
        Ok(Holding { way, has_triggers })
    });
    Look {
        found,
        took: triggers.took + claims.took,
    }
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
            hidden: Look::after(BEFORE),
            layout: Look::after(BEFORE),
            tables: Look::after(BEFORE),
            holding: Look::after(BEFORE),
            strays: Look::after(BEFORE),
            exposure: Look::after(BEFORE),
            functions: Look::after(BEFORE),
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
        Err(_) => unanswered(trace.current(), "the first statement", timeout),
    };
    let found = Err(Missed::Failed(fault));
    (Look { found, took }, None)
}

async fn look<T>(
    sections: &mut Sections<'_>,
    (name, sql): Statement<'_>,
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
            grants.tables.push(TableGrants {
                may_read: row.try_get("may_read")?,
                may_insert: row.try_get("may_insert")?,
                may_update: row.try_get("may_update")?,
                may_delete: row.try_get("may_delete")?,
                name: format!("ops.{table}"),
            });
        }
    }
    Ok(grants)
}

fn hidden(rows: &[PgRow], queue: Option<&Relation>) -> Result<Vec<(Relation, Fault)>, sqlx::Error> {
    let hidden = Hidden::read(rows)?;
    let faults = hidden.faults(queue);
    Ok(faults
        .map(|(table, fault)| (table.clone(), fault))
        .collect())
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
