//! What the role may read and write in the schema `ops`.

use crate::domain::check::Check;
use crate::domain::doctor::look::Look;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

const ID: &str = "database.privileges";

/// The table that the report does not read.
const ONLY_FOR_ACTIONS: &str = "ops.audit_log";

/// What the role may in the schema `ops`.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// Whether it may use the schema; nothing where there is none.
    pub usage: Option<bool>,
    /// Each table that is there.
    pub tables: Vec<TableGrants>,
}

/// What the role may do with a table.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each privilege, as the server says them"
)]
pub struct TableGrants {
    /// Its name, with the schema.
    pub name: String,
    /// SELECT
    pub may_read: bool,
    /// INSERT
    pub may_insert: bool,
    /// UPDATE
    pub may_update: bool,
    /// DELETE
    pub may_delete: bool,
}

/// What is written to tables of ours.
struct Writing {
    tables: &'static [&'static str],
    privileges: &'static [&'static str],
    /// What comes of it where that is not allowed.
    without: &'static str,
}

const WRITING: &[Writing] = &[
    Writing {
        tables: &["ops.check_samples", "ops.check_buckets", "ops.leases"],
        privileges: &["INSERT", "UPDATE", "DELETE"],
        without: "the history is not kept",
    },
    Writing {
        tables: &[
            "ops.incidents",
            "ops.incident_entries",
            "ops.action_items",
            "ops.quiet_windows",
            "ops.notices",
        ],
        privileges: &["INSERT", "UPDATE"],
        without: "incidents are not kept",
    },
    Writing {
        tables: &["ops.evidence"],
        privileges: &["INSERT"],
        without: "evidence stays on the machine that took it",
    },
    Writing {
        tables: &[ONLY_FOR_ACTIONS],
        privileges: &["INSERT"],
        without: "no action can be done, as each goes on record",
    },
    Writing {
        tables: &["ops.queue_pauses"],
        privileges: &["INSERT", "UPDATE"],
        without: "the queue cannot be paused",
    },
    Writing {
        tables: &["ops.queue_holds"],
        privileges: &["INSERT", "UPDATE", "DELETE"],
        without: "the queue cannot be paused",
    },
];

impl TableGrants {
    fn may(&self, privilege: &str) -> bool {
        match privilege {
            "INSERT" => self.may_insert,
            "UPDATE" => self.may_update,
            "DELETE" => self.may_delete,
            _ => self.may_read,
        }
    }

    /// The row of what is written to it and may not be.
    fn judge_writing(&self) -> Option<Check> {
        let table = &self.name;
        let writing = WRITING
            .iter()
            .find(|writing| writing.tables.contains(&table.as_str()))?;
        let missing: Vec<_> = writing
            .privileges
            .iter()
            .filter(|privilege| !self.may(privilege))
            .copied()
            .collect();
        if missing.is_empty() {
            return None;
        }
        let missing = missing.join(", ");
        let summary = format!(
            "The role may not write to {table} ({missing}): {}.",
            writing.without
        );
        Some(denied(Verdict::Warning, table, summary).advice(format!(
            "GRANT {missing} ON {table} to the role in DATABASE_URL"
        )))
    }

    /// The row of what may not be read.
    fn judge_reading(&self) -> Option<Check> {
        let table = &self.name;
        let verdict = match table.as_str() {
            ONLY_FOR_ACTIONS => Verdict::Warning,
            _ => Verdict::Critical,
        };
        let check = denied(verdict, table, format!("The role may not read {table}."));
        (!self.may_read).then(|| {
            check.advice(format!(
                "GRANT SELECT ON {table} to the role in DATABASE_URL"
            ))
        })
    }
}

fn denied(verdict: Verdict, subject: &str, summary: String) -> Check {
    Check::new(ID, verdict, summary)
        .subject(subject)
        .code(Code::AuthForbidden)
}

/// The rows of what the role may.
pub(super) fn judge_grants(look: &Look<Grants>) -> Vec<Check> {
    let grants = match &look.found {
        Ok(grants) => grants,
        Err(missed) => return vec![missed.row(ID).subject("ops").took(look.took)],
    };
    let ops = |verdict, summary: String| Check::new(ID, verdict, summary).subject("ops");
    let Some(usage) = grants.usage else {
        let summary = "There is no schema ops, and so nothing to be allowed.".to_owned();
        return vec![ops(Verdict::Unknown, summary).took(look.took)];
    };
    let tables = &grants.tables;
    let mut checks: Vec<_> = tables
        .iter()
        .filter_map(TableGrants::judge_reading)
        .collect();
    if !usage {
        let summary = "The role may not use the schema ops.".to_owned();
        let advice = "GRANT USAGE ON SCHEMA ops to the role in DATABASE_URL";
        checks.insert(0, denied(Verdict::Critical, "ops", summary).advice(advice));
    }
    let writing: Vec<_> = tables
        .iter()
        .filter_map(TableGrants::judge_writing)
        .collect();
    if checks.is_empty() {
        let also = match writing.is_empty() {
            true => ", and write what is kept in them",
            false => "",
        };
        let summary = format!("The role may read all {} tables{also}.", tables.len());
        checks.push(ops(Verdict::Ok, summary));
    }
    checks.extend(writing);
    checks
        .into_iter()
        .map(|check| check.took(look.took))
        .collect()
}

#[cfg(test)]
mod tests;
