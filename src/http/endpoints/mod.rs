//! What the service answers: one file per endpoint, with its row, its handler and its bodies.
//!
//! A new endpoint is a file here, and a line in [`ROUTES`].

mod checks;
mod db;
mod error_code;
mod errors;
mod health;
mod index;
mod metrics;
mod openapi;
mod ops;
mod orders;
mod queue_pause;
mod queue_resume;
mod ready;
mod schema_reload;
mod sessions;
mod sessions_cancel;
mod sessions_terminate;
mod supabase;
mod version;
mod workers_restart;

pub(super) use self::checks::SERVER_TIMING;
pub(super) use self::openapi::Description;
use crate::http::route::Route;

/// Every endpoint.
pub const ROUTES: &[Route] = &[
    index::ROUTE,
    health::ROUTE,
    db::ROUTE,
    supabase::ROUTE,
    ready::ROUTE,
    version::ROUTE,
    ops::ROUTE,
    errors::ROUTE,
    error_code::ROUTE,
    openapi::ROUTE,
    metrics::ROUTE,
    queue_pause::ROUTE,
    queue_resume::ROUTE,
    schema_reload::ROUTE,
    workers_restart::ROUTE,
    sessions_cancel::ROUTE,
    sessions_terminate::ROUTE,
];
