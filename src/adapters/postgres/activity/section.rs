//! What every part of the activity report reads with.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::sections::Sections;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// What a section found. The outer fault means that the connection is of no more use.
pub(super) type Read<T> = Result<Result<T, Fault>, Fault>;

/// Reads one section about a table. The outer fault means that the connection is of no more use.
pub(super) async fn section<T>(
    sections: &mut Sections<'_>,
    name: &'static str,
    table: &str,
    sql: &str,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Read<T> {
    section_within(sections, (name, table), None, sql, understand).await
}

/// The same, for which the server may take only so long.
pub(super) async fn section_within<T>(
    sections: &mut Sections<'_>,
    (name, table): (&'static str, &str),
    limit: Option<Duration>,
    sql: &str,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Read<T> {
    match sections.section_within(name, limit, sql, understand).await {
        Err(fault) if sections.is_broken() => Err(fault),
        found => Ok(found.map_err(|fault| at(table, fault))),
    }
}

/// Says which table a fault is about, and what to do about it.
fn at(table: &str, fault: Fault) -> Fault {
    if table.is_empty() {
        return fault;
    }
    let causes = fault.causes.clone();
    match fault.code {
        Code::ValSchema => Fault::new(
            Code::ValSchema,
            format!("{table} does not exist or is of another shape: run dragonfly-ops migrate."),
        )
        .caused_by(causes),
        Code::AuthForbidden => {
            let schema = table.split_once('.').map_or("public", |(schema, _)| schema);
            Fault::new(
                Code::AuthForbidden,
                format!("The database role may not read {table}: GRANT USAGE ON SCHEMA {schema} and SELECT ON {table}."),
            )
            .caused_by(causes)
        }
        _ => fault,
    }
}

/// An age in seconds, to a tenth: more would only pretend to be exact.
pub(in crate::adapters::postgres) fn age(
    row: &PgRow,
    column: &str,
) -> Result<Option<f64>, sqlx::Error> {
    let seconds: Option<f64> = row.try_get(column)?;
    Ok(seconds.map(|seconds| (seconds * 10.0).round() / 10.0))
}
