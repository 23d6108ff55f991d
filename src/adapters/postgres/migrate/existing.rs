//! What there is of all that migrations create.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::migrate::steps::{Adds, MigrationStep};

/// What there is of all that the steps create.
pub(in crate::adapters::postgres) const OBJECTS: &str = include_str!("../sql/schema_objects.sql");

/// The functions that triggers call; nobody else has to.
const FUNCTIONS: &[&str] = &["hold_job", "refuse_change", "forget_hold", "forget_holds"];
pub(super) type Columns = BTreeMap<String, String>;

/// What there is of all that the steps create.
#[derive(Debug, Default)]
pub(super) struct Existing {
    pub(super) tables: BTreeMap<String, Columns>,
    indexes: BTreeSet<String>,
    /// The functions of the schema that everybody may execute.
    open_functions: BTreeSet<String>,
    /// What the functions of the pauses do.
    pub(super) sources: BTreeMap<String, String>,
    /// The triggers of the pauses that are not switched off, by the table that they watch.
    pub(super) triggers: BTreeSet<(String, String)>,
}

impl Existing {
    pub(super) fn understand(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let mut existing = Self::default();
        for row in rows {
            let name: Option<String> = row.try_get("object_name")?;
            let content: Option<String> = row.try_get("content")?;
            let owner: String = row.try_get("owner_name")?;
            match row.try_get("kind")? {
                "column" => {
                    let columns = existing.tables.entry(owner).or_default();
                    columns.extend(name.zip(content));
                }
                "index" => existing.indexes.extend(name),
                "source" => existing.sources.extend(name.zip(content)),
                "trigger" if content.as_deref() != Some("D") => {
                    existing.triggers.extend(name.map(|name| (owner, name)));
                }
                _ if content.as_deref() == Some("open") => existing.open_functions.extend(name),
                _ => {}
            }
        }
        Ok(existing)
    }

    /// The columns of a step's table, where what the step adds is there, in whatever shape.
    pub(super) fn of(&self, step: &MigrationStep) -> Option<&Columns> {
        let columns = self.tables.get(step.table)?;
        let is_done = match step.adds {
            Adds::Table => true,
            Adds::Column(column) => columns.contains_key(column),
            Adds::Index(index) => self.indexes.contains(index),
            Adds::IndexAndRights(index) => {
                self.indexes.contains(index)
                    && !FUNCTIONS
                        .iter()
                        .any(|name| self.open_functions.contains(*name))
            }
        };
        is_done.then_some(columns)
    }
}
