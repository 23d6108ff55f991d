//! How we reach others: one folder or file per neighbour, named after it.

pub mod postgres;
pub mod supabase;
