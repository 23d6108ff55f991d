//! Supabase's REST API: `PostgREST` behind a gateway.

pub mod classify;
mod connect;
pub mod probe;
