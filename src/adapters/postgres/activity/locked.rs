//! Who stands in the way where a table cannot be read for its lock.
//!
//! # Design notes
//!
//! The sections give up after a moment, so that none of ours stands in a lock tree by then, and who
//! looks for the cause there finds that nobody waits. So whoever holds the lock is named where the
//! table is missing from the report.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::activity::section::{Read, Subject, section};
use crate::adapters::postgres::fill::Filling;
use crate::adapters::postgres::layout::{Purpose, wanted};
use crate::adapters::postgres::sections::Sections;
use crate::domain::activity::LockHolder;
use crate::domain::fault::Fault;
use crate::domain::locks::PREPARED_TRANSACTION;
use crate::domain::tables::TableSettings;
use crate::domain::taxonomy::Code;

/// The statement for these tables.
pub(super) fn statement(settings: &TableSettings) -> String {
    Filling::default()
        .with(
            "wanted",
            wanted(settings, &[Purpose::Queue, Purpose::Heartbeats]),
        )
        .with("prepared", PREPARED_TRANSACTION.to_string())
        .fill(include_str!("../sql/locked.sql"))
}

/// Whether a section waited for a lock.
pub(super) fn is_locked<T>(found: &Result<T, Fault>) -> bool {
    found
        .as_ref()
        .is_err_and(|fault| fault.code == Code::DbTransaction)
}

/// Who has locked them, by what they are for.
pub(super) async fn holders(
    sections: &mut Sections<'_>,
    settings: &TableSettings,
) -> Read<Vec<(String, LockHolder)>> {
    let sql = statement(settings);
    section(sections, "locked", &Subject::none(), &sql, read).await
}

/// The same section, with who is in its way.
pub(super) fn explain<T>(
    found: Result<T, Fault>,
    purpose: Purpose,
    holders: &[(String, LockHolder)],
) -> Result<T, Fault> {
    let holder = holders.iter().find(|(of, _)| of == purpose.as_str());
    found.map_err(|fault| match holder {
        Some((_, holder)) if fault.code == Code::DbTransaction => holder.explain(fault),
        _ => fault,
    })
}

fn read(rows: &[PgRow]) -> Result<Vec<(String, LockHolder)>, sqlx::Error> {
    let holder = |row: &PgRow| {
        let holder = LockHolder {
            relation: row.try_get("relation")?,
            pid: row.try_get("pid")?,
            state: row.try_get("state")?,
            backend_start: row.try_get("backend_start")?,
            transaction_seconds: row.try_get("transaction_seconds")?,
        };
        Ok((row.try_get("purpose")?, holder))
    };
    rows.iter().map(holder).collect()
}
