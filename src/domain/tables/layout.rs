//! What the tables are, once every role has found its column.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::smoke::Relation;
use crate::domain::tables::found::{ColumnFacts, ColumnType, FoundTable};
use crate::domain::tables::index::{IndexFacts, quoted};
use crate::domain::tables::roles::{Holds, Role};
use crate::domain::tables::states::StateWords;
use crate::domain::tables::{
    HEARTBEAT_TABLES, HeartbeatRole, JobRole, JobState, QUEUE_TABLES, TableSettings,
};
use crate::domain::taxonomy::Code;

/// Where the operator says that a table has no column for a role, and that its question is not to be
/// asked.
pub(crate) const NONE: &str = "none";

/// With fewer rows than that a table is read in some milliseconds.
const SMALL: i64 = 20_000;

/// Up to this size, in bytes, an index makes no difference to a table: one lookup costs the planner two
/// pages at random, and eight in order cost it as much (`random_page_cost` is 4).
pub(crate) const READ_WHOLE: i64 = 8 * 8_192;

/// The columns that play a role, and those roles that none plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roles<R: Role> {
    played: BTreeMap<R, ColumnFacts>,
    declined: BTreeSet<R>,
}

/// The queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueueLayout {
    /// Its table.
    pub(crate) table: Relation,
    /// Whether our own migrations have created it.
    pub(crate) is_ours: bool,
    /// Whether its rows can be held.
    pub(crate) is_table: bool,
    /// The columns by what they are.
    pub(crate) roles: Roles<JobRole>,
    /// What its words mean.
    pub(crate) states: StateWords,
    /// Its indexes.
    pub(crate) indexes: Vec<IndexFacts>,
    /// How many rows it has, as the server last estimated.
    pub(crate) rows: Option<i64>,
    /// Its size, in bytes.
    pub(crate) bytes: i64,
}

/// The heartbeats.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeartbeatLayout {
    /// Their table.
    pub(crate) table: Relation,
    /// Whether our own migrations have created it.
    pub(crate) is_ours: bool,
    /// The columns by what they are.
    pub(crate) roles: Roles<HeartbeatRole>,
}

/// Both tables, each or why it cannot be read.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The queue.
    pub(crate) queue: Result<QueueLayout, Fault>,
    /// The table that it is, or would be.
    pub(crate) queue_name: String,
    /// The heartbeats.
    pub(crate) heartbeats: Result<HeartbeatLayout, Fault>,
    /// The table that they are in, or would be.
    pub(crate) heartbeats_name: String,
}

impl<R: Role> Roles<R> {
    /// The column that plays a role.
    pub(crate) fn get(&self, role: R) -> Option<&ColumnFacts> {
        self.played.get(&role)
    }

    /// The columns by what they are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (R, &ColumnFacts)> {
        self.played.iter().map(|(role, column)| (*role, column))
    }

    /// Whether a question that needs this role has to stay open: no column plays it, and nobody has
    /// said that none does.
    pub(crate) fn lacks(&self, role: R) -> bool {
        !self.played.contains_key(&role) && !self.declined.contains(&role)
    }

    /// Adds a word to those that a column may hold.
    fn allow(&mut self, role: R, word: &str) {
        let column = self.played.get_mut(&role);
        if let Some(legal) = column.and_then(|column| column.legal.as_mut()) {
            legal.push(word.to_owned());
        }
    }

    /// Finds the column of each role: the one that is said, or the first of the names in use.
    fn find(table: &FoundTable, said: &BTreeMap<R, String>) -> Result<Self, Fault> {
        let mut roles = Self {
            played: BTreeMap::new(),
            declined: BTreeSet::new(),
        };
        for role in R::ALL {
            let column = match said.get(role) {
                Some(name) if name == NONE => {
                    roles.declined.insert(*role);
                    continue;
                }
                Some(name) => Some(said_column(table, *role, name)?),
                None => role
                    .synonyms()
                    .iter()
                    .filter_map(|name| table.column(name))
                    .find(|column| {
                        let is_said = said.values().any(|name| *name == column.name);
                        !is_said && column.fits(role.holds())
                    }),
            };
            if let Some(column) = column {
                roles.played.insert(*role, column.clone());
            }
        }
        Ok(roles)
    }
}

fn said_column<'a, R: Role>(
    table: &'a FoundTable,
    role: R,
    name: &str,
) -> Result<&'a ColumnFacts, Fault> {
    let (variable, word, relation) = (R::VARIABLE, role.word(), &table.relation);
    let Some(column) = table.column(name) else {
        return Err(Fault::new(
            Code::ConfigInvalid,
            format!("{variable} says {word}={name}, and {relation} has no such column."),
        )
        .check_first(variable));
    };
    if column.fits(role.holds()) {
        return Ok(column);
    }
    let needed = match role.holds() {
        Holds::Time => "a timestamp",
        Holds::Number => "a number",
        Holds::Anything => "something else",
    };
    Err(Fault::new(
        Code::ConfigInvalid,
        format!(
            "{variable} says {word}={name}, and {relation}.{name} is of the type {}: it has to be {needed}.",
            column.data_type
        ),
    )
    .check_first(variable))
}

impl Layout {
    /// Finds the tables and their columns in what there is, in the order of preference.
    pub(crate) fn find(
        settings: &TableSettings,
        queues: &[FoundTable],
        heartbeats: &[FoundTable],
    ) -> Self {
        let queue = QueueLayout::find(settings, queues);
        let beats = HeartbeatLayout::find(settings, heartbeats);
        let of_queue = queue.as_ref().ok().map(|queue| &queue.table);
        let of_beats = beats.as_ref().ok().map(|beats| &beats.table);
        Self {
            queue_name: name(of_queue, queues, settings.queue.as_ref(), QUEUE_TABLES),
            heartbeats_name: name(
                of_beats,
                heartbeats,
                settings.heartbeats.as_ref(),
                HEARTBEAT_TABLES,
            ),
            queue,
            heartbeats: beats,
        }
    }
}

impl QueueLayout {
    /// The one that our own migrations create.
    pub(crate) fn ours() -> Self {
        use ColumnType::{Number, Text, Time};
        let states = ["completed", "failed", "paused", "pending", "processing"];
        let column = |(name, data_type, holds): &(&str, &str, ColumnType)| ColumnFacts {
            name: (*name).to_owned(),
            data_type: (*data_type).to_owned(),
            holds: *holds,
            may_read: true,
            is_compared_as_type: false,
            is_pinned: false,
            legal: (*name == "status").then(|| states.map(str::to_owned).into()),
            seen: Vec::new(),
        };
        let columns = [
            ("id", "bigint", Number),
            ("job_type", "text", Text),
            ("status", "text", Text),
            ("worker_name", "text", Text),
            ("created_at", "timestamp with time zone", Time),
            ("started_at", "timestamp with time zone", Time),
            ("finished_at", "timestamp with time zone", Time),
        ];
        let table = FoundTable {
            relation: Relation {
                schema: "ops".to_owned(),
                name: "job_queue".to_owned(),
            },
            is_table: true,
            is_ours: true,
            may_use: true,
            role: String::new(),
            columns: columns.iter().map(column).collect(),
            indexes: Vec::new(),
            rows: None,
            bytes: 0,
        };
        Self::find(&TableSettings::default(), &[table])
            .expect("every role that is needed has its column")
    }

    /// One with these columns, each of which can hold what its role needs.
    #[cfg(test)]
    pub(crate) fn of_test(columns: &[&str]) -> Self {
        let kind = |name: &str| {
            if name.ends_with("_at") {
                ColumnType::Time
            } else {
                ColumnType::Text
            }
        };
        let columns: Vec<_> = columns.iter().map(|name| (*name, kind(name))).collect();
        let table = tests::table("ops.job_queue", &columns);
        Self::find(&TableSettings::default(), &[table]).expect("it has what it takes")
    }

    fn find(settings: &TableSettings, found: &[FoundTable]) -> Result<Self, Fault> {
        let (table, roles) = choose(
            settings.queue.as_ref(),
            ("QUEUE_TABLE", QUEUE_TABLES),
            found,
            &settings.queue_columns,
            &[JobRole::State],
        )?;
        require_rights(table, &roles)?;
        let state = roles.get(JobRole::State);
        if let Some(legal) = state.and_then(|state| state.legal.as_ref()) {
            let mut said = settings.queue_states.values().flatten();
            if let Some(word) = said.find(|word| !legal.contains(word)) {
                let relation = &table.relation;
                return Err(Fault::new(
                    Code::ConfigInvalid,
                    format!("QUEUE_STATES names {word}, and no job of {relation} may be that."),
                )
                .check_first("QUEUE_STATES"));
            }
        }
        // Of our own table the words are known, whatever became of its constraint.
        let own = JobState::ALL
            .iter()
            .filter(|state| **state != JobState::Ignored);
        let own: Vec<_> = own.map(|state| state.word().to_owned()).collect();
        let states = state.map_or_else(StateWords::default, |state| {
            let own = table.is_ours.then_some(own.as_slice());
            // What is no text, as a number, is compared with nothing but what is said.
            let is_text = matches!(state.holds, ColumnType::Text | ColumnType::Enum);
            let none = (!is_text).then_some([].as_slice());
            let legal = state.legal.as_deref().or(own).or(none);
            StateWords::of(&settings.queue_states, legal, &state.seen)
        });
        Ok(Self {
            table: table.relation.clone(),
            is_ours: table.is_ours,
            is_table: table.is_table,
            roles,
            states,
            indexes: table.indexes.clone(),
            rows: table.rows,
            bytes: table.bytes,
        })
    }

    /// The name of the column that plays a role.
    pub(crate) fn column(&self, role: JobRole) -> Option<&str> {
        self.roles.get(role).map(|column| column.name.as_str())
    }

    /// The column that says when a finished job was finished: its own, or that of its last change.
    pub(crate) fn finished(&self) -> Option<&ColumnFacts> {
        let own = self.roles.get(JobRole::Finished);
        own.or_else(|| self.roles.get(JobRole::Updated))
    }

    /// The column that says when a failed job failed. One that is called after completion says nothing of
    /// those that failed.
    pub(crate) fn failed(&self) -> Option<&ColumnFacts> {
        let own = self.roles.get(JobRole::Failed);
        let finished = self.roles.get(JobRole::Finished);
        let of_both = finished.filter(|column| column.name != "completed_at");
        own.or(of_both).or_else(|| self.roles.get(JobRole::Updated))
    }

    /// The name of [`Self::finished`].
    pub(crate) fn finished_column(&self) -> Option<&str> {
        self.finished().map(|column| column.name.as_str())
    }

    /// The name of [`Self::failed`].
    pub(crate) fn failed_column(&self) -> Option<&str> {
        self.failed().map(|column| column.name.as_str())
    }

    /// The word that a job can be paused with: what the state may hold, or nothing.
    pub(crate) fn paused_word(&self) -> Option<&str> {
        let state = self.roles.get(JobRole::State)?;
        let word = self.states.paused()?;
        let is_legal = match &state.legal {
            Some(legal) => legal.iter().any(|one| one == word),
            None => true,
        };
        is_legal.then_some(word)
    }

    /// The same once its state may be `paused`.
    pub(crate) fn with_paused(mut self) -> Self {
        let word = JobState::Paused.word();
        self.states = self.states.with(JobState::Paused, word);
        self.roles.allow(JobRole::State, word);
        self
    }

    /// Whether no job can be in a state whose meaning is not known, so that none has to be looked for.
    pub(crate) fn is_pinned(&self) -> bool {
        let state = self.roles.get(JobRole::State);
        state.is_some_and(|state| state.is_pinned) && self.states.unknown.is_empty()
    }

    /// Whether jobs may be in a state that nobody has heard of: any word is legal, and the server has not
    /// looked at those that there are, or it takes hardly any time to look again. It does so itself once a
    /// table has some fifty rows, and then whenever a tenth of them has changed.
    pub(crate) fn has_unseen_words(&self) -> bool {
        let state = self.roles.get(JobRole::State);
        let is_small = self.rows.is_none_or(|rows| rows < SMALL);
        state.is_some_and(|state| state.legal.is_none() && (state.seen.is_empty() || is_small))
    }

    /// Whether it is so small that it is as well read whole.
    pub(crate) const fn is_read_whole(&self) -> bool {
        self.bytes <= READ_WHOLE
    }

    /// Why a question of the report cannot be answered, where that is so.
    pub(crate) fn lacks(&self, role: JobRole) -> bool {
        self.roles.lacks(role)
    }
}

impl HeartbeatLayout {
    /// One whose columns are all called as ours are.
    #[cfg(test)]
    pub(crate) fn of_test() -> Self {
        let columns = [
            ("worker_name", ColumnType::Text),
            ("last_heartbeat", ColumnType::Time),
        ];
        let table = tests::table("ops.worker_heartbeats", &columns);
        Self::find(&TableSettings::default(), &[table]).expect("it has what it takes")
    }

    fn find(settings: &TableSettings, found: &[FoundTable]) -> Result<Self, Fault> {
        let (table, roles) = choose(
            settings.heartbeats.as_ref(),
            ("HEARTBEATS_TABLE", HEARTBEAT_TABLES),
            found,
            &settings.heartbeat_columns,
            &[HeartbeatRole::Name, HeartbeatRole::Beat],
        )?;
        require_rights(table, &roles)?;
        Ok(Self {
            table: table.relation.clone(),
            is_ours: table.is_ours,
            roles,
        })
    }
}

/// That the columns of these roles may be read.
fn require_rights<R: Role>(table: &FoundTable, roles: &Roles<R>) -> Result<(), Fault> {
    let relation = &table.relation;
    let role = quoted(&table.role);
    let name = relation.quoted();
    let is_readable = table.columns.iter().any(|column| column.may_read);
    if !table.may_use || !is_readable {
        let schema = &relation.schema;
        return Err(Fault::new(
                Code::AuthForbidden,
                format!(
                    "The database role may not read {relation}: GRANT USAGE ON SCHEMA {schema} and SELECT ON {relation}."
                ),
            )
            .caused_by(vec![format!(
                "GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT ON {name} TO {role}",
                quoted(schema)
            )]));
    }
    match roles.iter().find(|(_, column)| !column.may_read) {
            None => Ok(()),
            Some((_, column)) => Err(Fault::new(
                Code::AuthForbidden,
                format!(
                    "The database role may read {relation}, but not its column {}: GRANT SELECT ON {relation}.",
                    column.name
                ),
            )
            .caused_by(vec![format!(
                "GRANT SELECT ({}) ON {name} TO {role}",
                column.quoted()
            )])),
        }
}

/// What a table is called, or would be.
fn name(
    chosen: Option<&Relation>,
    found: &[FoundTable],
    said: Option<&Relation>,
    usual: &[(&str, &str)],
) -> String {
    let found = found.first().map(|table| &table.relation);
    let usual = usual
        .first()
        .map(|(schema, name)| format!("{schema}.{name}"));
    let known = chosen.or(found).or(said).map(ToString::to_string);
    known.or(usual).unwrap_or_default()
}

/// The table that is said, or the first that has what it takes.
fn choose<'a, R: Role>(
    said: Option<&Relation>,
    (variable, usual): (&str, &[(&str, &str)]),
    found: &'a [FoundTable],
    columns: &BTreeMap<R, String>,
    needed: &[R],
) -> Result<(&'a FoundTable, Roles<R>), Fault> {
    let mut complaint = None;
    for table in found {
        let roles = Roles::find(table, columns)?;
        match needed.iter().find(|role| roles.get(**role).is_none()) {
            None => return Ok((table, roles)),
            Some(role) => {
                let relation = &table.relation;
                complaint.get_or_insert_with(|| {
                    format!(
                        "{relation} is of another shape: none of its columns is its {} ({}); {} says which one is.",
                        role.word(),
                        role.synonyms().join(", "),
                        R::VARIABLE
                    )
                });
            }
        }
    }
    Err(match (complaint, said, usual) {
        (Some(complaint), _, _) => Fault::new(Code::ValSchema, complaint),
        (None, Some(said), _) => Fault::new(
            Code::ValSchema,
            format!("{said} does not exist ({variable} names it)."),
        ),
        (None, None, usual) => Fault::new(
            Code::ValSchema,
            format!(
                "{} does not exist or is of another shape: run dragonfly-ops migrate, or say in {variable} what it is called.",
                usual
                    .first()
                    .map_or_else(String::new, |(schema, name)| format!("{schema}.{name}"))
            ),
        )
        .of_kind(FaultKind::NoTable),
    })
}

#[cfg(test)]
mod tests;
