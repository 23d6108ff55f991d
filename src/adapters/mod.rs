//! How we reach others: one folder or file per neighbour, named after it.

mod delivery;
pub mod discord;
pub(crate) mod evidence_dir;
pub mod heartbeat;
pub(crate) mod instance;
pub(crate) mod n8n;
mod peer;
pub mod postgres;
pub(crate) mod railway;
pub mod slack;
pub(crate) mod state_dir;
pub(crate) mod supabase;
mod trust;
pub(crate) mod vendor_page;
