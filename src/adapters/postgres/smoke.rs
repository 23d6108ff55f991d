//! Reads what the business works with: each relation in a read-only transaction of its own, all
//! through one session.
//!
//! # Design notes
//!
//! Nothing of a row leaves the server: `count` of a whole row makes Postgres compute every column,
//! and answers with a number. A `count(*)` alone would not do: it lets the planner drop the very
//! column whose function fails.
//!
//! The reads keep the search path that the role has: a view's function may rely on it, and would fail
//! here and nowhere else. Their own text names the schema of all that it calls.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use crate::adapters::postgres::connection::{Database, SEARCH_PATH};
use crate::adapters::postgres::examine;
use crate::adapters::postgres::sections::{SectionLimits, Sections};
use crate::domain::doctor::Look;
use crate::domain::doctor::database::Reach;
use crate::domain::fault::Fault;
use crate::domain::smoke::{Relation, RelationKind, Rows, Sight};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

const RELATIONS: &str = include_str!("sql/smoke_relations.sql");

/// Every statement, for the test that prepares them.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[("smoke_relations", RELATIONS)];

const LIMITS: SectionLimits = SectionLimits {
    what: "a read",
    // Then it is the lock that is named.
    lock_timeout: Duration::from_secs(2),
    slice: Duration::from_secs(5),
    deadline: None,
    grace: Some(Duration::from_millis(500)),
};
const BEGIN: &str = "BEGIN READ ONLY";

/// What was found.
#[derive(Debug)]
pub(crate) struct Readings {
    /// Whether the database was reached.
    pub(crate) reach: Look<Reach>,
    /// The relations that were looked at, in their order. It ends where the session did.
    pub(crate) sights: Vec<Sight>,
}

/// Reads each relation. `reach` bounds the way to the first answer.
pub(crate) async fn read(database: &Database, relations: &[Relation], reach: Duration) -> Readings {
    let (reach, connection) = examine::reach(database, reach).await;
    let mut sights = Vec::new();
    if let Some(mut connection) = connection {
        let trace = Trace::default();
        let mut sections = Sections::new(database, &mut connection, &trace, LIMITS);
        let mut began = Instant::now();
        let kinds = kinds(&mut sections).await;
        for relation in relations {
            let (kind, rows) = match &kinds {
                Ok(kinds) => match kinds.get(relation) {
                    Some(kind) => (Some(*kind), rows(&mut sections, relation).await),
                    None => (None, Ok(Rows::Counted(0))),
                },
                // It is not known what it is, only that nothing can be asked.
                Err(fault) => (Some(RelationKind::Table), Err(fault.clone())),
            };
            sights.push(Sight {
                relation: relation.clone(),
                kind,
                rows,
                took: began.elapsed(),
            });
            if sections.is_broken() {
                break;
            }
            began = Instant::now();
        }
    }
    Readings { reach, sights }
}

async fn kinds(sections: &mut Sections<'_>) -> Result<BTreeMap<Relation, RelationKind>, Fault> {
    let read = |row: &PgRow| {
        let relation = Relation {
            schema: row.try_get("schema_name")?,
            name: row.try_get("relation_name")?,
        };
        let kind = match row.try_get("is_view")? {
            true => RelationKind::View,
            false => RelationKind::Table,
        };
        Ok((relation, kind))
    };
    sections.begin(&[BEGIN, SEARCH_PATH]).await;
    let kinds = sections
        .section("relations", RELATIONS, |rows| {
            rows.iter().map(read).collect()
        })
        .await;
    sections.end().await;
    kinds
}

async fn rows(sections: &mut Sections<'_>, relation: &Relation) -> Result<Rows, Fault> {
    let name = relation.quoted();
    let first =
        format!("SELECT pg_catalog.count(r.*) AS number FROM (SELECT * FROM {name} LIMIT 1) AS r");
    let all = format!("SELECT pg_catalog.count(*) AS number FROM {name}");
    sections.begin(&[BEGIN]).await;
    let rows = match sections.section("first", &first, number).await {
        Ok(0) => Ok(Rows::Counted(0)),
        Ok(_) => match sections.section("all", &all, number).await {
            Err(fault) if fault.code == Code::DbTimeout && !sections.is_broken() => {
                Ok(Rows::AtLeastOne)
            }
            counted => counted.map(Rows::Counted),
        },
        Err(fault) => Err(fault),
    };
    sections.end().await;
    rows
}

fn number(rows: &[PgRow]) -> Result<i64, sqlx::Error> {
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    row.try_get("number")
}
