//! wip
pub mod adapters;
pub mod domain;
pub mod settings;
