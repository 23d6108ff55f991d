//! What we know: codes, faults, gates, verdicts. Pure of HTTP, SQL, terminals and the environment.

pub(crate) mod access;
pub mod action;
pub mod activity;
pub(crate) mod attempts;
pub(crate) mod check;
pub(crate) mod cooldown;
pub mod deployment;
pub(crate) mod doctor;
pub(crate) mod episode;
pub mod fault;
pub mod gate;
pub(crate) mod jwt;
pub mod key_validity;
pub(crate) mod lifecycle;
pub(crate) mod locks;
pub mod observation;
pub mod order;
pub(crate) mod pause;
pub(crate) mod restart;
pub(crate) mod session;
pub(crate) mod smoke;
pub mod tables;
pub(crate) mod target;
pub mod taxonomy;
pub mod trace;
pub(crate) mod verdict;
