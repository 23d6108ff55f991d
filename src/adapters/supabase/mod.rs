//! Supabase's REST API: `PostgREST` behind a gateway.

mod classify;
mod connect;
pub(crate) mod probe;
