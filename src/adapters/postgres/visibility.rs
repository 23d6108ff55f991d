//! Whether our role sees all rows of the queue and the heartbeats.
//!
//! # Design notes
//!
//! Row level security hides rows without an error: a queue that is hours behind looks empty. So it is
//! asked for, and where it may hide anything, nothing is said of that table at all. A policy that lets
//! some rows through is no better than none: which ones are missing cannot be known.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::journal::Journal;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The tables that may hide rows, and from which role.
pub(super) const VISIBILITY: &str = include_str!("sql/visibility.sql");

/// Every statement, for the test that prepares them on a migrated database.
pub(super) const STATEMENTS: &[(&str, &str)] = &[("visibility", VISIBILITY)];

/// The tables in the schema `ops` that may hide rows from our role.
#[derive(Debug, Default)]
pub(super) struct Hidden(BTreeMap<String, String>);

impl Hidden {
    /// What [`VISIBILITY`] has found.
    pub(super) fn read(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let read = |row: &PgRow| Ok((row.try_get("table_name")?, row.try_get("role_name")?));
        rows.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// That all rows of these tables are seen.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-003 naming a table of which that is not so; the causes name the role and the policy.
    pub(super) fn refuse(&self, tables: &[&str]) -> Result<(), Fault> {
        let hidden = tables.iter().find_map(|table| self.0.get_key_value(*table));
        let Some((table, role)) = hidden else {
            return Ok(());
        };
        let role = role.replace('"', "\"\"");
        Err(Fault::new(
            Code::AuthForbidden,
            format!(
                "Row level security may hide rows of ops.{table} from the database role: nothing can be said of them."
            ),
        )
        .check_first("A policy that lets this role read all rows (FOR SELECT USING (true)), or BYPASSRLS")
        .caused_by(vec![format!(
            "CREATE POLICY dragonfly_ops ON ops.{table} FOR SELECT TO \"{role}\" USING (true)"
        )]))
    }
}

/// That an order sees all rows of these tables.
///
/// # Errors
///
/// As [`Hidden::refuse`]; else the classified cause.
pub(super) async fn require(journal: &mut Journal<'_>, tables: &[&str]) -> Result<(), Fault> {
    let hidden = journal
        .run("which rows this role sees", async |connection| {
            let mut transaction = begin(connection).await?;
            let rows = sqlx::raw_sql(VISIBILITY)
                .fetch_all(&mut *transaction)
                .await?;
            Hidden::read(&rows)
        })
        .await?;
    hidden.refuse(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_hides_rows_is_named_with_the_policy_that_it_lacks() {
        let hidden = Hidden(BTreeMap::from([(
            "job_queue".to_owned(),
            "a\"b".to_owned(),
        )]));
        assert_eq!(hidden.refuse(&["worker_heartbeats"]), Ok(()));
        let fault = hidden.refuse(&["queue_pauses", "job_queue"]);
        let fault = fault.expect_err("it is hidden");
        assert_eq!(fault.code, Code::AuthForbidden);
        assert!(fault.detail.contains("ops.job_queue"), "{}", fault.detail);
        assert!(!fault.detail.contains("a\""), "anybody reads it");
        assert_eq!(
            fault.causes,
            ["CREATE POLICY dragonfly_ops ON ops.job_queue FOR SELECT TO \"a\"\"b\" USING (true)"]
        );
    }
}
