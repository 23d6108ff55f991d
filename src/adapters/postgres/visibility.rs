//! Whether our role sees all rows of the queue and the heartbeats.
//!
//! # Design notes
//!
//! Row level security hides rows without an error: a queue that is hours behind looks empty. So it is
//! asked for each time, and where it may hide anything, nothing is said of that table at all. A policy
//! that lets some rows through is no better than none: which ones are missing cannot be known.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::fill::{Filling, literal};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::smoke::Relation;
use crate::domain::tables::Layout;
use crate::domain::taxonomy::Code;

/// The tables of the pauses, which are always ours.
const OURS: &[&str] = &["queue_pauses", "queue_holds"];

/// The statement that asks which tables of a layout may hide rows, and from which role.
pub(super) fn visibility(layout: &Layout) -> String {
    let queue = layout.queue.as_ref().ok().map(|queue| &queue.table);
    let heartbeats = layout.heartbeats.as_ref().ok();
    let theirs = queue
        .into_iter()
        .chain(heartbeats.map(|beats| &beats.table));
    let mut wanted: Vec<_> = theirs
        .map(|table| format!("({}, {})", literal(&table.schema), literal(&table.name)))
        .collect();
    wanted.extend(OURS.iter().map(|name| format!("('ops', '{name}')")));
    Filling::default()
        .with("wanted", wanted.join(", "))
        .fill(include_str!("sql/visibility.sql"))
}

/// What may be kept from our role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    /// To read every row.
    Read,
    /// To change every row.
    Change,
}

/// The tables that may keep rows from our role, what of them, and its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hidden(BTreeMap<(Relation, Access), String>);

impl Hidden {
    /// What [`visibility`] has found.
    pub(super) fn read(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let read = |row: &PgRow| {
            let relation = Relation {
                schema: row.try_get("schema_name")?,
                name: row.try_get("table_name")?,
            };
            let access = match row.try_get("command")? {
                "r" => Access::Read,
                _ => Access::Change,
            };
            Ok(((relation, access), row.try_get("role_name")?))
        };
        rows.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Why nothing can be said of each table that hides rows.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&Relation, Fault)> {
        let hidden = self.0.iter();
        let hidden = hidden.filter(|((_, access), _)| *access == Access::Read);
        hidden.map(|((table, access), role)| (table, fault(table, *access, role)))
    }

    /// That all rows of a table are seen.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-003 naming it where that is not so; the causes name the role and the policy.
    pub(super) fn refuse(&self, table: &Relation) -> Result<(), Fault> {
        self.refuse_access(table, Access::Read)
    }

    /// That all rows of a table may be changed.
    ///
    /// # Errors
    ///
    /// As [`Self::refuse`].
    pub(super) fn refuse_change(&self, table: &Relation) -> Result<(), Fault> {
        self.refuse_access(table, Access::Change)
    }

    fn refuse_access(&self, table: &Relation, access: Access) -> Result<(), Fault> {
        match self.0.get(&(table.clone(), access)) {
            Some(role) => Err(fault(table, access, role)),
            None => Ok(()),
        }
    }

    /// That all rows of the pauses are seen.
    ///
    /// # Errors
    ///
    /// As [`Self::refuse`].
    pub(super) fn refuse_ours(&self) -> Result<(), Fault> {
        OURS.iter().try_for_each(|name| {
            self.refuse(&Relation {
                schema: "ops".to_owned(),
                name: (*name).to_owned(),
            })
        })
    }
}

fn fault(table: &Relation, access: Access, role: &str) -> Fault {
    let role = role.replace('"', "\"\"");
    let (detail, command) = match access {
        Access::Read => (
            format!(
                "Row level security may hide rows of {table} from the database role: nothing can be said of them."
            ),
            "SELECT",
        ),
        Access::Change => (
            format!(
                "Row level security may keep rows of {table} from being changed by the database role: not all could be held."
            ),
            "UPDATE",
        ),
    };
    Fault::new(Code::AuthForbidden, detail)
        .of_kind(FaultKind::RowsHidden)
        .check_first(
            "A policy that lets this role at all rows (FOR SELECT and, to pause, FOR UPDATE, USING (true)), or BYPASSRLS",
        )
        .caused_by(vec![format!(
            "CREATE POLICY dragonfly_ops_{} ON {} FOR {command} TO \"{role}\" USING (true)",
            command.to_lowercase(),
            table.quoted()
        )])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_hides_rows_is_named_with_the_policy_that_it_lacks() {
        let table = |name| Relation::parse(name).expect("a name");
        let key = (table("ops.job_queue"), Access::Read);
        let hidden = Hidden(BTreeMap::from([(key, "a\"b".to_owned())]));
        assert_eq!(hidden.refuse(&table("ops.worker_heartbeats")), Ok(()));
        assert_eq!(hidden.refuse_ours(), Ok(()));
        assert_eq!(hidden.refuse_change(&table("ops.job_queue")), Ok(()));
        let fault = hidden.refuse(&table("ops.job_queue"));
        let fault = fault.expect_err("it is hidden");
        assert_eq!(fault.code, Code::AuthForbidden);
        assert!(fault.detail.contains("ops.job_queue"), "{}", fault.detail);
        assert!(!fault.detail.contains("a\""), "anybody reads it");
        assert_eq!(
            fault.causes,
            [
                "CREATE POLICY dragonfly_ops_select ON \"ops\".\"job_queue\" FOR SELECT TO \"a\"\"b\" USING (true)"
            ]
        );
    }
}
