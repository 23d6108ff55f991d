//! What every part of the activity report reads with.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::sections::Sections;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::smoke::Relation;
use crate::domain::tables::ColumnFacts;
use crate::domain::tables::layout::Roles;
use crate::domain::tables::roles::Role;
use crate::domain::taxonomy::Code;

/// What a section found. The outer fault means that the connection is of no more use.
pub(super) type Read<T> = Result<Result<T, Fault>, Fault>;

/// Reads one section about a table. The outer fault means that the connection is of no more use.
pub(super) async fn section<T>(
    sections: &mut Sections<'_>,
    name: &'static str,
    subject: &Subject,
    sql: &str,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Read<T> {
    section_within(sections, (name, subject), None, sql, understand).await
}

/// The same, for which the server may take only so long.
pub(super) async fn section_within<T>(
    sections: &mut Sections<'_>,
    (name, subject): (&'static str, &Subject),
    limit: Option<Duration>,
    sql: &str,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Read<T> {
    match sections.section_within(name, limit, sql, understand).await {
        Err(fault) if sections.is_broken() => Err(fault),
        found => Ok(found.map_err(|fault| subject.explain(fault))),
    }
}

/// The table that a section is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    /// Its name; nothing where a section is about none.
    pub(super) table: String,
    /// Its columns that are read, with their types. None of a table that is ours.
    pub(super) columns: Vec<(String, String)>,
}

impl Subject {
    /// No table.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// A table that our own migrations have created.
    pub(super) fn ours(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            columns: Vec::new(),
        }
    }

    /// A table, and the columns of it that play a role.
    pub(super) fn of<R: Role>(table: &Relation, roles: &Roles<R>) -> Self {
        let column = |column: &ColumnFacts| (column.name.clone(), column.data_type.clone());
        Self {
            table: table.to_string(),
            columns: roles.iter().map(|(_, facts)| column(facts)).collect(),
        }
    }

    /// Says of a fault which table it is about, and which column, as far as the server names one or its
    /// type.
    fn explain(&self, fault: Fault) -> Fault {
        let table = &self.table;
        if table.is_empty() {
            return fault;
        }
        let explained = match fault.code {
            Code::ValSchema
                if fault.kind == Some(FaultKind::NoTable) || self.columns.is_empty() =>
            {
                format!("{table} does not exist or is of another shape: run dragonfly-ops migrate.")
            }
            Code::ValSchema | Code::ValData => {
                let column = self.column_in(&fault.causes);
                let column = column.map_or_else(String::new, |name| format!(".{name}"));
                format!("{} That is {table}{column}.", fault.detail)
            }
            Code::AuthForbidden => {
                let schema = table.split_once('.').map_or("public", |(schema, _)| schema);
                format!(
                    "The database role may not read {table}: GRANT USAGE ON SCHEMA {schema} and SELECT ON {table}."
                )
            }
            _ => return fault,
        };
        Fault {
            detail: explained.into(),
            ..fault
        }
    }

    fn column_in(&self, causes: &[String]) -> Option<&str> {
        let is_said = |word: &str| {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            causes.iter().any(|cause| {
                cause.match_indices(word).any(|(at, _)| {
                    let before = cause[..at].chars().next_back();
                    let after = cause[at + word.len()..].chars().next();
                    !before.is_some_and(is_part) && !after.is_some_and(is_part)
                })
            })
        };
        let by_name = self.columns.iter().find(|(name, _)| is_said(name));
        // That of a common type could be any of them.
        let of_type = |kind: &str| {
            self.columns
                .iter()
                .filter(|(_, other)| other == kind)
                .count()
        };
        let by_type = || {
            let mut columns = self.columns.iter();
            columns.find(|(_, kind)| of_type(kind) == 1 && is_said(kind))
        };
        by_name.or_else(by_type).map(|(name, _)| name.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        let column = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
        Subject {
            table: "ops.job_queue".to_owned(),
            columns: vec![
                column("status", "ops.job_status"),
                column("run_at", "timestamp with time zone"),
                column("created_at", "timestamp with time zone"),
            ],
        }
    }

    fn explained(code: Code, cause: &str) -> String {
        let fault = Fault::new(code, "It does not read.").caused_by(vec![cause.to_owned()]);
        subject().explain(fault).detail.into_owned()
    }

    #[test]
    fn the_column_is_named_where_the_server_names_it_or_its_type() {
        for (cause, expected) in [
            ("column q.run_at does not exist", "ops.job_queue.run_at"),
            (
                "invalid input value for enum ops.job_status: \"x\"",
                "ops.job_queue.status",
            ),
            ("of the type timestamp with time zone", "ops.job_queue"),
            ("column \"rerun_at\"", "ops.job_queue"),
        ] {
            let said = explained(Code::ValSchema, cause);
            assert_eq!(
                said,
                format!("It does not read. That is {expected}."),
                "{cause}"
            );
        }
    }

    #[test]
    fn a_table_of_ours_and_one_that_is_not_there_lead_to_migrate() {
        let fault = || Fault::new(Code::ValSchema, "It is not there.");
        let said =
            "ops.queue_pauses does not exist or is of another shape: run dragonfly-ops migrate.";
        assert_eq!(
            Subject::ours("ops.queue_pauses").explain(fault()).detail,
            said
        );
        let missing = subject().explain(fault().of_kind(FaultKind::NoTable));
        assert!(
            missing.detail.ends_with("run dragonfly-ops migrate."),
            "{missing}"
        );
        let other = explained(Code::DbTimeout, "slow");
        assert_eq!(other, "It does not read.");
        let grant = explained(Code::AuthForbidden, "no");
        assert!(
            grant.contains("GRANT USAGE ON SCHEMA ops and SELECT ON ops.job_queue"),
            "{grant}"
        );
    }
}
