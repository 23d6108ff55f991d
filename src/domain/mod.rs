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
pub mod gate;
pub mod jwt;
pub mod lifecycle;
pub mod locks;
pub mod observation;
pub mod order;
pub mod pause;
pub mod report;
pub mod session;
pub mod smoke;
pub mod target;
pub mod taxonomy;
pub mod trace;
pub mod verdict;
