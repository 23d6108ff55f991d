//! What the service answers: one file per endpoint, with its row, its handler and its bodies.
//!
//! A new endpoint is a file here, and a line in [`ROUTES`].

mod acknowledge;
mod actions;
mod alert_hook;
mod alerts;
mod assets;
mod badge;
mod checks;
mod db;
mod deeds;
mod error_code;
mod errors;
mod events;
mod feed;
mod health;
mod history;
mod incident;
mod incident_attach;
mod incident_evidence;
mod incident_export;
mod incident_open;
mod incident_order;
mod incident_report;
mod incident_upload;
mod incidents;
mod index;
mod metrics;
mod openapi;
mod ops;
mod orders;
mod queue_pause;
mod queue_resume;
mod quiet;
mod quiet_add;
mod quiet_end;
mod ready;
mod schema_reload;
mod session_begin;
mod session_end;
mod sessions;
mod sessions_cancel;
mod sessions_terminate;
mod sign_in;
mod slack_hook;
mod status;
mod status_check;
mod status_json;
mod summary;
mod supabase;
mod version;
mod workers_restart;

pub(super) use self::checks::SERVER_TIMING;
pub(crate) use self::error_code::CodeRow;
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
    status::ROUTE,
    status_check::ROUTE,
    status_json::ROUTE,
    events::ROUTE,
    history::ROUTE,
    badge::ROUTE,
    incidents::ROUTE,
    incident::ROUTE,
    incident_evidence::ROUTE,
    incident_report::ROUTE,
    incident_export::ROUTE,
    quiet::ROUTE,
    feed::ROUTE,
    summary::ROUTE,
    assets::ROUTE,
    sign_in::ROUTE,
    session_begin::ROUTE,
    session_end::ROUTE,
    actions::ROUTE,
    deeds::ROUTE,
    queue_pause::ROUTE,
    queue_resume::ROUTE,
    schema_reload::ROUTE,
    workers_restart::ROUTE,
    sessions_cancel::ROUTE,
    sessions_terminate::ROUTE,
    incident_open::ROUTE,
    incident_order::ROUTE,
    incident_attach::ROUTE,
    incident_upload::ROUTE,
    alerts::ROUTE,
    alert_hook::ROUTE,
    quiet_add::ROUTE,
    quiet_end::ROUTE,
    acknowledge::ROUTE,
    slack_hook::ROUTE,
];
