//! What we know: codes, faults, gates, verdicts. Pure of HTTP, SQL, terminals and the environment.

pub mod access;
pub mod action;
pub mod attempts;
pub mod check;
pub mod cooldown;
pub mod deployment;
pub mod doctor;
pub mod episode;
pub mod fault;
pub mod flows;
pub mod gate;
pub mod jwt;
pub mod lifecycle;
pub mod locks;
pub mod logs;
pub mod metrics;
pub mod pause;
pub mod redact;
pub mod report;
pub mod smoke;
pub mod sql_mask;
pub mod target;
pub mod taxonomy;
pub mod trace;
pub mod triage;
pub mod verdict;
