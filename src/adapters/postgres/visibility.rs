//! Whether our role sees all rows of the queue and the heartbeats, and of what is ours.
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

/// The other tables of ours: what is kept there is added by our role alone.
const KEPT: &[&str] = &[
    "audit_log",
    "check_samples",
    "check_buckets",
    "leases",
    "incidents",
    "incident_entries",
    "action_items",
    "quiet_windows",
    "notices",
    "evidence",
];

/// The statement that asks which tables of a layout may hide rows, and from which role.
pub(super) fn visibility(layout: &Layout) -> String {
    of_layout(layout, OURS)
}

/// The same of all that is read and kept.
pub(super) fn visibility_of_all(layout: &Layout) -> String {
    of_layout(layout, &[OURS, KEPT].concat())
}

fn of_layout(layout: &Layout, ours: &[&str]) -> String {
    let queue = layout.queue.as_ref().ok().map(|queue| &queue.table);
    let heartbeats = layout.heartbeats.as_ref().ok();
    let theirs = queue
        .into_iter()
        .chain(heartbeats.map(|beats| &beats.table));
    let mut wanted: Vec<_> = theirs
        .map(|table| format!("({}, {})", literal(&table.schema), literal(&table.name)))
        .collect();
    wanted.extend(ours.iter().map(|name| of_ours(name)));
    of_tables(&wanted)
}

/// The same of tables of ours.
pub(super) fn visibility_of(ours: &[&str]) -> String {
    let wanted: Vec<_> = ours.iter().map(|name| of_ours(name)).collect();
    of_tables(&wanted)
}

fn of_ours(name: &str) -> String {
    format!("('ops', '{name}')")
}

fn of_tables(wanted: &[String]) -> String {
    Filling::default()
        .with("wanted", wanted.join(", "))
        .fill(include_str!("sql/visibility.sql"))
}

/// What may be kept from our role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    /// To read every row.
    Read,
    /// To add any row.
    Add,
    /// To change every row.
    Change,
    /// To hold what arrives, as the owner of the triggers.
    Hold,
}

/// Who is kept from rows, and where: in the table itself, or in one below the view that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Barrier {
    table: Relation,
    role: String,
}

/// The tables that may keep rows from who needs them, what of them, and by which barrier.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hidden(BTreeMap<(Relation, Access), Barrier>);

impl Hidden {
    /// What [`visibility`] has found.
    pub(super) fn read(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let mut hidden = Self::default();
        for row in rows {
            let relation = |schema, name| {
                Ok::<_, sqlx::Error>(Relation {
                    schema: row.try_get(schema)?,
                    name: row.try_get(name)?,
                })
            };
            let access = match row.try_get("access")? {
                "r" => Access::Read,
                "a" => Access::Add,
                "w" => Access::Change,
                _ => Access::Hold,
            };
            let barrier = Barrier {
                table: relation("hiding_schema", "hiding_table")?,
                role: row.try_get("role_name")?,
            };
            let of = (relation("schema_name", "table_name")?, access);
            hidden.0.entry(of).or_insert(barrier);
        }
        Ok(hidden)
    }

    /// Why nothing can be said of each table that hides rows, why no pause would hold all of the queue, and why
    /// nothing can be kept in a table of ours: for that one policy is enough, and it is said once.
    pub(super) fn faults<'a>(
        &'a self,
        queue: Option<&'a Relation>,
    ) -> impl Iterator<Item = (&'a Relation, Fault)> {
        let is_first = |table: &Relation, access| {
            let of_table = self.0.keys().find(|(other, _)| other == table);
            of_table.is_some_and(|(_, first)| *first == access)
        };
        let hidden = self.0.iter().filter(move |((table, access), _)| {
            if is_ours(table) {
                return is_first(table, *access);
            }
            match access {
                Access::Read | Access::Hold => true,
                Access::Change => Some(table) == queue,
                Access::Add => false,
            }
        });
        hidden.map(|((table, access), barrier)| {
            let fault = fault(table, *access, barrier);
            // They are seen all the same.
            let kind = fault.kind.filter(|_| *access == Access::Read);
            (table, Fault { kind, ..fault })
        })
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

    /// That what arrives in a table can be held.
    ///
    /// # Errors
    ///
    /// As [`Self::refuse`].
    pub(super) fn refuse_hold(&self, table: &Relation) -> Result<(), Fault> {
        self.refuse_access(table, Access::Hold)
    }

    fn refuse_access(&self, table: &Relation, access: Access) -> Result<(), Fault> {
        match self.0.get(&(table.clone(), access)) {
            Some(barrier) => Err(fault(table, access, barrier)),
            None => Ok(()),
        }
    }

    /// That all rows of the pauses are seen.
    ///
    /// # Errors
    ///
    /// As [`Self::refuse`].
    pub(super) fn refuse_ours(&self) -> Result<(), Fault> {
        self.refuse_each(OURS)
    }

    /// That all rows of these tables of ours are seen.
    ///
    /// # Errors
    ///
    /// As [`Self::refuse`].
    pub(super) fn refuse_each(&self, ours: &[&str]) -> Result<(), Fault> {
        ours.iter().try_for_each(|name| {
            self.refuse(&Relation {
                schema: "ops".to_owned(),
                name: (*name).to_owned(),
            })
        })
    }
}

fn is_ours(table: &Relation) -> bool {
    let mut ours = OURS.iter().chain(KEPT);
    table.schema == "ops" && ours.any(|name| *name == table.name)
}

fn fault(table: &Relation, access: Access, barrier: &Barrier) -> Fault {
    let role = barrier.role.replace('"', "\"\"");
    let (detail, commands): (_, &[&str]) = match access {
        Access::Read => (
            format!(
                "Row level security may hide rows of {table} from the database role: nothing can be said of them."
            ),
            &["SELECT"],
        ),
        Access::Add => (
            format!(
                "Row level security may keep rows from being added to {table} by the database role: nothing would be \
                 kept there."
            ),
            &["INSERT"],
        ),
        Access::Change if is_ours(table) => (
            format!(
                "Row level security may keep rows of {table} from being changed by the database role: what is kept there would \
                 stay as it is."
            ),
            &["UPDATE"],
        ),
        Access::Change => (
            format!(
                "Row level security may keep rows of {table} from being changed by the database role: not all could be held."
            ),
            &["UPDATE"],
        ),
        Access::Hold => (
            format!(
                "Row level security may keep rows of {table} from the owner of the triggers of the pauses: what arrives would \
                 not be held."
            ),
            &["SELECT", "UPDATE"],
        ),
    };
    // What is ours is read, added to and changed alike.
    let commands = match is_ours(table) {
        true => &["ALL"],
        false => commands,
    };
    let policies: Vec<_> = commands
        .iter()
        .map(|command| {
            format!(
                "CREATE POLICY dragonfly_ops_{} ON {} FOR {command} TO \"{role}\" USING (true);",
                command.to_lowercase(),
                barrier.table.quoted()
            )
        })
        .collect();
    let fault = Fault::new(Code::AuthForbidden, detail)
        .check_first(
            "A policy that lets this role at all rows (FOR SELECT and, to pause, FOR UPDATE, USING (true)), or BYPASSRLS",
        )
        .caused_by(vec![policies.join(" ")]);
    match access {
        Access::Read | Access::Change => fault.of_kind(FaultKind::RowsHidden),
        // Our own role sees them.
        Access::Add | Access::Hold => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_hides_rows_is_named_with_the_policy_that_it_lacks() {
        let table = |name| Relation::parse(name).expect("a name");
        let key = (table("ops.job_queue"), Access::Read);
        let barrier = |name| Barrier {
            table: table(name),
            role: "a\"b".to_owned(),
        };
        let of_view = (table("ops.tasks"), Access::Read);
        let of_trigger = (table("ops.jobs"), Access::Hold);
        let hidden = Hidden(BTreeMap::from([
            (key, barrier("ops.job_queue")),
            (of_view, barrier("app.tasks")),
            (of_trigger, barrier("ops.jobs")),
            (
                (table("ops.incidents"), Access::Add),
                barrier("ops.incidents"),
            ),
            (
                (table("ops.incidents"), Access::Change),
                barrier("ops.incidents"),
            ),
            ((table("ops.jobs"), Access::Add), barrier("ops.jobs")),
        ]));
        assert_eq!(hidden.refuse(&table("ops.worker_heartbeats")), Ok(()));
        assert_eq!(hidden.refuse_ours(), Ok(()));
        assert_eq!(hidden.refuse_change(&table("ops.job_queue")), Ok(()));
        // What hides the rows is below the view.
        let below = hidden
            .refuse(&table("ops.tasks"))
            .expect_err("it is hidden");
        assert!(below.detail.contains("of ops.tasks"), "{below}");
        assert!(
            below.causes[0].contains(" ON \"app\".\"tasks\" "),
            "{below:?}"
        );
        // What arrives is held by another role than ours.
        assert_eq!(hidden.refuse(&table("ops.jobs")), Ok(()));
        assert_eq!(hidden.refuse_change(&table("ops.jobs")), Ok(()));
        let held = hidden.refuse_hold(&table("ops.jobs"));
        let held = held.expect_err("the triggers' owner is kept from it");
        assert!(held.detail.contains("the owner of the triggers"), "{held}");
        assert_eq!(hidden.faults(None).count(), 4, "one statement for each");
        let mut faults = hidden.faults(None);
        let kept = faults.find(|(of, _)| of.name == "incidents");
        let (_, kept) = kept.expect("what is ours has to be added to");
        assert_eq!(kept.kind, None, "it is read");
        assert_eq!(
            kept.causes,
            [
                "CREATE POLICY dragonfly_ops_all ON \"ops\".\"incidents\" FOR ALL TO \"a\"\"b\" USING (true);"
            ]
        );
        let fault = hidden.refuse(&table("ops.job_queue"));
        let fault = fault.expect_err("it is hidden");
        assert_eq!(fault.code, Code::AuthForbidden);
        assert!(fault.detail.contains("ops.job_queue"), "{}", fault.detail);
        assert!(!fault.detail.contains("a\""), "anybody reads it");
        assert_eq!(
            fault.causes,
            [
                "CREATE POLICY dragonfly_ops_select ON \"ops\".\"job_queue\" FOR SELECT TO \"a\"\"b\" USING (true);"
            ]
        );
    }
}
