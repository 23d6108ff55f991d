//! The embedded default of `make run`, and the private Postgres of the tests. Never part of the
//! production binary.

pub mod cluster;
pub mod stand_in;

/// A small believable situation: five workers of which one is stale, and jobs in every state.
pub const SEED: &str = include_str!("seed.sql");

/// What a demo worker does every few seconds: one heartbeat, one job.
pub const WORK: &str = include_str!("work.sql");
