//! A table as it was found.

use crate::domain::smoke::Relation;
use crate::domain::tables::index::{IndexFacts, quoted};
use crate::domain::tables::roles::Holds;

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// Text of any length.
    Text,
    /// One of a list of words.
    Enum,
    /// A point in time.
    Time,
    /// A time without a zone; it is taken for UTC.
    LocalTime,
    /// A number.
    Number,
    /// Anything else.
    Other,
}

/// A column as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnFacts {
    /// Its name.
    pub(crate) name: String,
    /// Its type as it is written in a cast, with its schema.
    pub(crate) data_type: String,
    /// What it can hold; of a domain, what is below it.
    pub(crate) holds: ColumnType,
    /// Whether it has to be cast to that type to be compared: it is a domain over an enum, for which there
    /// are no operators.
    pub(crate) is_compared_as_type: bool,
    /// Whether our role may read it.
    pub(crate) may_read: bool,
    /// Whether it holds one of the words below for certain: it may not be null, and rows of before were
    /// looked at, too.
    pub(crate) is_pinned: bool,
    /// The words that it may hold, where its type or a constraint lists them.
    pub(crate) legal: Option<Vec<String>>,
    /// Some of the words that it does hold, where the server's statistics know.
    pub(crate) seen: Vec<String>,
}

/// A table as it was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FoundTable {
    /// Its name.
    pub(crate) relation: Relation,
    /// Whether rows can be held by triggers: it is a table, and no view.
    pub(crate) is_table: bool,
    /// Whether our own migrations have created it.
    pub(crate) is_ours: bool,
    /// Whether our role may use its schema.
    pub(crate) may_use: bool,
    /// The role that we are.
    pub(crate) role: String,
    /// Its columns in their order.
    pub(crate) columns: Vec<ColumnFacts>,
    /// Its indexes that can be used.
    pub(crate) indexes: Vec<IndexFacts>,
    /// How many rows it has, as the server last estimated; nothing where it never did.
    pub(crate) rows: Option<i64>,
    /// Its size, in bytes.
    pub(crate) bytes: i64,
}

impl ColumnFacts {
    /// Whether it can hold that.
    pub(crate) fn fits(&self, holds: Holds) -> bool {
        match holds {
            Holds::Anything => true,
            Holds::Time => matches!(self.holds, ColumnType::Time | ColumnType::LocalTime),
            Holds::Number => self.holds == ColumnType::Number,
        }
    }

    /// As it stands in a statement.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// As it is compared in a statement.
    pub(crate) fn compared(&self) -> String {
        let name = self.quoted();
        if self.is_compared_as_type {
            format!("{name}::{}", self.data_type)
        } else {
            name
        }
    }
}

impl FoundTable {
    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name == name)
    }
}
