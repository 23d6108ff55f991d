//! The tables of the queue and of the heartbeats, read by what their columns are.
//!
//! # Design notes
//!
//! Everybody keeps jobs and heartbeats in a table of another shape. So nothing here knows a column
//! by its name alone: a table has *roles* (of a job its state, when it is due, who has it), and which
//! column plays a role is found by the names in use, or said by the operator. A role that no column
//! plays makes its question unknown; it is never guessed, and never answered by zero.
//!
//! What is found is a layout. It decides once what the statements are filled with, what the report
//! can answer, how a pause can hold jobs, and what the doctor says of it.

pub(crate) mod found;
pub(crate) mod index;
pub(crate) mod layout;
pub(crate) mod questions;
pub(crate) mod roles;
pub(crate) mod states;

use std::collections::BTreeMap;

use crate::domain::smoke::Relation;

pub(crate) use self::found::{ColumnFacts, ColumnType, FoundTable};
pub(crate) use self::index::IndexFacts;
pub(crate) use self::layout::{HeartbeatLayout, Layout, QueueLayout};
pub(crate) use self::questions::QueueQuestion;
pub use self::roles::{HeartbeatRole, JobRole};
pub use self::states::JobState;

/// Where the queue is looked for, the first that is there.
pub(crate) const QUEUE_TABLES: &[(&str, &str)] = &[
    ("ops", "job_queue"),
    ("ops", "jobs"),
    ("public", "job_queue"),
];
/// Where the heartbeats are looked for, the first that is there.
pub(crate) const HEARTBEAT_TABLES: &[(&str, &str)] = &[
    ("ops", "worker_heartbeats"),
    ("ops", "heartbeats"),
    ("public", "worker_heartbeats"),
];

/// What the operator says of the tables. What is not said is found by the names in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSettings {
    /// The queue.
    pub queue: Option<Relation>,
    /// The heartbeats.
    pub heartbeats: Option<Relation>,
    /// Columns of the queue.
    pub queue_columns: BTreeMap<JobRole, String>,
    /// Columns of the heartbeats.
    pub heartbeat_columns: BTreeMap<HeartbeatRole, String>,
    /// Which words in the queue mean which state.
    pub queue_states: BTreeMap<JobState, Vec<String>>,
    /// Whether whoever claims a job leaves those alone that are not due yet; nothing: the functions of
    /// the database are read.
    pub claims_heed_due: Option<bool>,
}
