//! Which tables are the queue's and the heartbeats', and what their columns are.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::journal::Journal;
use crate::adapters::postgres::visibility::{Hidden, visibility};
use crate::domain::fault::Fault;
use crate::domain::smoke::Relation;
use crate::domain::tables::states::{NOT_VALID, legal_words};
use crate::domain::tables::{
    ColumnFacts, ColumnType, FoundTable, HEARTBEAT_TABLES, HeartbeatLayout, IndexFacts, Layout,
    QUEUE_TABLES, QueueLayout, TableSettings,
};

/// What stands in the comment of a table that our own migrations have created.
const OURS: &[&str] = &[
    "One row per background worker; /api/health/ops judges the age of last_heartbeat.",
    "Background jobs; status is pending, paused, processing, completed or failed.",
];

/// A domain over an enum, as layout.sql says it.
const ENUM_DOMAIN: &str = "domain over an enum";

/// What a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Jobs.
    Queue,
    /// Heartbeats.
    Heartbeats,
}

impl Purpose {
    /// The word for it in a statement.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Heartbeats => "heartbeats",
        }
    }
}

/// The statement that reads the layout.
pub(super) fn statement(settings: &TableSettings) -> String {
    statement_about(settings, &[Purpose::Queue, Purpose::Heartbeats])
}

/// The statement that reads as much of it.
pub(super) fn statement_about(settings: &TableSettings, purposes: &[Purpose]) -> String {
    Filling::default()
        .with("wanted", wanted(settings, purposes))
        .fill(include_str!("sql/layout.sql"))
}

/// The tables that may be those, as rows of their purpose, place, schema and name.
pub(super) fn wanted(settings: &TableSettings, purposes: &[Purpose]) -> String {
    let of = |purpose: &Purpose, said: &Option<Relation>, usual: &[(&str, &str)]| -> Vec<String> {
        let names: Vec<_> = match said {
            Some(said) => vec![(said.schema.as_str(), said.name.as_str())],
            None => usual.to_vec(),
        };
        let row = |(place, (schema, name)): (usize, &(&str, &str))| {
            format!(
                "('{}', {place}, {}, {})",
                purpose.as_str(),
                literal(schema),
                literal(name)
            )
        };
        names.iter().enumerate().map(row).collect()
    };
    let wanted: Vec<_> = purposes
        .iter()
        .flat_map(|purpose| match purpose {
            Purpose::Queue => of(purpose, &settings.queue, QUEUE_TABLES),
            Purpose::Heartbeats => of(purpose, &settings.heartbeats, HEARTBEAT_TABLES),
        })
        .collect();
    wanted.join(", ")
}

/// The layout, as this connection finds it.
pub(super) async fn find(
    connection: &mut PgConnection,
    settings: &TableSettings,
) -> Result<Layout, sqlx::Error> {
    let rows = sqlx::raw_sql(AssertSqlSafe(statement(settings)))
        .fetch_all(connection)
        .await?;
    read(settings, &rows)
}

/// What [`statement`] has found.
pub(super) fn read(settings: &TableSettings, rows: &[PgRow]) -> Result<Layout, sqlx::Error> {
    let mut tables: BTreeMap<(String, i32), TableRows> = BTreeMap::new();
    for row in rows {
        let key = (row.try_get("purpose")?, row.try_get("place")?);
        tables.entry(key).or_default().add(row)?;
    }
    let of = |purpose: Purpose| -> Vec<FoundTable> {
        let tables = tables
            .iter()
            .filter(|((found, _), _)| found == purpose.as_str());
        tables.map(|(_, table)| table.understand()).collect()
    };
    Ok(Layout::find(
        settings,
        &of(Purpose::Queue),
        &of(Purpose::Heartbeats),
    ))
}

/// The layout for an order. It has to see every row of the tables that it is about.
///
/// # Errors
///
/// The classified cause.
pub(super) async fn for_order(
    journal: &mut Journal<'_>,
    settings: &TableSettings,
) -> Result<(Layout, Hidden), Fault> {
    journal
        .run("the shape of its tables", async |connection| {
            let mut transaction = begin(connection).await?;
            let layout = find(&mut transaction, settings).await?;
            let rows = sqlx::raw_sql(AssertSqlSafe(visibility(&layout)))
                .fetch_all(&mut *transaction)
                .await?;
            Ok((layout, Hidden::read(&rows)?))
        })
        .await
}

/// The queue, for an order that holds or releases its jobs, and what else may be hidden of it.
///
/// # Errors
///
/// DFE-VAL-002 where there is none; DFE-AUTH-003 where rows of it may be hidden.
pub(super) async fn queue_for_order(
    journal: &mut Journal<'_>,
    settings: &TableSettings,
) -> Result<(QueueLayout, Hidden), Fault> {
    let (layout, hidden) = for_order(journal, settings).await?;
    let queue = layout.queue?;
    hidden.refuse(&queue.table)?;
    hidden.refuse_change(&queue.table)?;
    hidden.refuse_ours()?;
    Ok((queue, hidden))
}

/// The heartbeats, for an order that waits for workers.
///
/// # Errors
///
/// As [`queue_for_order`].
pub(super) async fn heartbeats_for_order(
    journal: &mut Journal<'_>,
    settings: &TableSettings,
) -> Result<HeartbeatLayout, Fault> {
    let (layout, hidden) = for_order(journal, settings).await?;
    let heartbeats = layout.heartbeats?;
    hidden.refuse(&heartbeats.table)?;
    Ok(heartbeats)
}

/// The rows of one table.
#[derive(Debug, Default)]
struct TableRows {
    schema: String,
    name: String,
    kind: String,
    rows: f64,
    may_use: bool,
    role: String,
    comment: Option<String>,
    bytes: f64,
    columns: Vec<ColumnFacts>,
    labels: Vec<(String, String)>,
    constraints: Vec<(String, String)>,
    seen: Vec<(String, String)>,
    indexes: Vec<IndexFacts>,
}

impl TableRows {
    fn add(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let name: String = row.try_get("name")?;
        let content: Option<String> = row.try_get("content")?;
        let detail: Option<String> = row.try_get("detail")?;
        let number: Option<f64> = row.try_get("number")?;
        let flag: Option<bool> = row.try_get("flag")?;
        let word = |text: Option<String>| text.unwrap_or_default();
        match row.try_get("kind")? {
            "table" => {
                self.schema = name;
                self.name = word(content);
                self.kind = word(detail);
                self.rows = number.unwrap_or(-1.0);
                self.may_use = flag.unwrap_or(false);
            }
            "about" => {
                self.role = name;
                self.comment = content;
                self.bytes = number.unwrap_or(0.0);
            }
            "column" => self.columns.push(ColumnFacts {
                name,
                data_type: word(content),
                is_compared_as_type: detail.as_deref() == Some(ENUM_DOMAIN),
                holds: column_type(&word(detail)),
                may_read: flag.unwrap_or(false),
                is_pinned: number.is_some_and(|number| number < 0.0),
                legal: None,
                seen: Vec::new(),
            }),
            "label" => self.labels.push((name, word(content))),
            "check" => self.constraints.push((name, word(content))),
            "seen" => self.seen.push((name, word(content))),
            _ => self.indexes.push(IndexFacts {
                columns: word(content).split(',').map(str::to_owned).collect(),
                predicate: detail,
            }),
        }
        Ok(())
    }

    fn understand(&self) -> FoundTable {
        let of = |rows: &[(String, String)], column: &str| -> Vec<String> {
            let rows = rows.iter().filter(|(name, _)| name == column);
            rows.map(|(_, content)| content.clone()).collect()
        };
        let mut columns = self.columns.clone();
        for column in &mut columns {
            let labels = of(&self.labels, &column.name);
            let constraints = of(&self.constraints, &column.name);
            column.is_pinned &= constraints.iter().all(|text| !text.ends_with(NOT_VALID));
            column.legal = legal_words(&labels, &constraints);
            column.is_pinned &= column.legal.is_some();
            column.seen = of(&self.seen, &column.name);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "numbers of rows and bytes, far below the limit"
        )]
        let (rows, bytes) = (self.rows as i64, self.bytes as i64);
        FoundTable {
            relation: Relation {
                schema: self.schema.clone(),
                name: self.name.clone(),
            },
            is_table: matches!(self.kind.as_str(), "r" | "p"),
            is_ours: self
                .comment
                .as_deref()
                .is_some_and(|text| OURS.contains(&text)),
            may_use: self.may_use,
            role: self.role.clone(),
            columns,
            indexes: self.indexes.clone(),
            rows: (rows >= 0).then_some(rows),
            bytes,
        }
    }
}

fn column_type(word: &str) -> ColumnType {
    match word {
        "enum" | ENUM_DOMAIN => ColumnType::Enum,
        "timestamptz" => ColumnType::Time,
        "timestamp" => ColumnType::LocalTime,
        "S" => ColumnType::Text,
        "N" => ColumnType::Number,
        _ => ColumnType::Other,
    }
}
