//! How we reach others: one folder or file per neighbour, named after it.

pub mod http_client;
pub mod instance;
pub mod postgres;
pub mod railway;
pub mod supabase;
