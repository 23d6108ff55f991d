//! How we reach others: one folder or file per neighbour, named after it.

pub(crate) mod evidence_dir;
pub(crate) mod instance;
pub(crate) mod n8n;
mod peer;
pub mod postgres;
pub(crate) mod railway;
pub(crate) mod state_dir;
pub(crate) mod supabase;
pub(crate) mod vendor_page;
