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

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tokio::time::Instant;

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::examine;
use crate::adapters::postgres::session::{Database, SEARCH_PATH, overdue};
use crate::domain::doctor::Look;
use crate::domain::doctor::database::Reach;
use crate::domain::fault::Fault;
use crate::domain::smoke::{Kind, Relation, Rows, Sight};
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

const RELATIONS: &str = include_str!("sql/smoke_relations.sql");

/// Every statement, for the test that prepares them.
pub const STATEMENTS: &[(&str, &str)] = &[("smoke_relations", RELATIONS)];

/// How long the server may take for one statement.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement may wait for a lock: then it is the lock that is named.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// The server gives up first, if it can: it knows better why.
const GRACE: Duration = Duration::from_millis(500);

/// What was found.
#[derive(Debug)]
pub struct Readings {
    /// Whether the database was reached.
    pub reach: Look<Reach>,
    /// The relations that were looked at, in their order. It ends where the session did.
    pub sights: Vec<Sight>,
}

/// Reads each relation. `reach` bounds the way to the first answer.
pub async fn read(database: &Database, relations: &[Relation], reach: Duration) -> Readings {
    let (reach, connection) = examine::reach(database, reach).await;
    let mut sights = Vec::new();
    if let Some(connection) = connection {
        let mut reader = Reader {
            connection,
            redactor: database.redactor(),
            is_broken: false,
        };
        let began = Instant::now();
        let kinds = reader.kinds().await;
        for relation in relations {
            let began = if sights.is_empty() {
                began
            } else {
                Instant::now()
            };
            let (kind, rows) = match &kinds {
                Ok(kinds) => match kinds.get(relation) {
                    Some(kind) => (Some(*kind), reader.rows(relation).await),
                    None => (None, Ok(Rows::Counted(0))),
                },
                // It is not known what it is, only that nothing can be asked.
                Err(fault) => (Some(Kind::Table), Err(fault.clone())),
            };
            sights.push(Sight {
                relation: relation.clone(),
                kind,
                rows,
                took: began.elapsed(),
            });
            if reader.is_broken {
                break;
            }
        }
    }
    Readings { reach, sights }
}

struct Reader<'a> {
    connection: PgConnection,
    redactor: &'a Redactor,
    /// Whether the connection is of no more use.
    is_broken: bool,
}

impl Reader<'_> {
    async fn kinds(&mut self) -> Result<BTreeMap<Relation, Kind>, Fault> {
        let rows = self
            .ask(format!("{}; {SEARCH_PATH}; {RELATIONS}", begin()))
            .await;
        self.end().await;
        let read = |row: &PgRow| {
            let relation = Relation {
                schema: row.try_get("schema_name")?,
                name: row.try_get("relation_name")?,
            };
            let kind = match row.try_get("is_view")? {
                true => Kind::View,
                false => Kind::Table,
            };
            Ok((relation, kind))
        };
        let kinds: Result<_, sqlx::Error> = rows?.iter().map(read).collect();
        kinds.map_err(|error| classify(&error, self.redactor).fault)
    }

    async fn rows(&mut self, relation: &Relation) -> Result<Rows, Fault> {
        let name = relation.quoted();
        let first = format!(
            "{}; SELECT pg_catalog.count(r.*) AS number FROM (SELECT * FROM {name} LIMIT 1) AS r",
            begin()
        );
        let all = format!("SELECT pg_catalog.count(*) AS number FROM {name}");
        let rows = match self.number(first).await {
            Ok(0) => Ok(Rows::Counted(0)),
            Ok(_) => match self.number(all).await {
                Err(fault) if fault.code == Code::DbTimeout && !self.is_broken => {
                    Ok(Rows::AtLeastOne)
                }
                counted => counted.map(Rows::Counted),
            },
            Err(fault) => Err(fault),
        };
        self.end().await;
        rows
    }

    async fn number(&mut self, sql: String) -> Result<i64, Fault> {
        let rows = self.ask(sql).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound);
        row.and_then(|row| row.try_get("number"))
            .map_err(|error| classify(&error, self.redactor).fault)
    }

    /// Ends the transaction, also one that has failed.
    async fn end(&mut self) {
        if !self.is_broken {
            let ended = self.ask("COMMIT".to_owned()).await;
            self.is_broken |= ended.is_err();
        }
    }

    async fn ask(&mut self, sql: String) -> Result<Vec<PgRow>, Fault> {
        let asked = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection);
        match tokio::time::timeout(TIMEOUT + GRACE, asked).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                // Only what Postgres itself has said leaves the session as it was.
                self.is_broken |= !matches!(error, sqlx::Error::Database(_));
                Err(classify(&error, self.redactor).fault)
            }
            Err(_) => {
                self.is_broken = true;
                Err(overdue(Some("query"), "a read", TIMEOUT))
            }
        }
    }
}

fn begin() -> String {
    format!(
        "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
        TIMEOUT.as_millis(),
        LOCK_TIMEOUT.as_millis()
    )
}
