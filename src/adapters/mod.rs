//! How we reach others: one folder or file per neighbour, named after it.

pub mod actions;
pub mod instance;
mod peer;
pub mod postgres;
pub mod railway;
pub mod supabase;
