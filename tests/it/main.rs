//! The service as its users meet it: the real binary, over real sockets, with a real Postgres.

#![expect(
    clippy::disallowed_methods,
    reason = "tests end with what they spawn, and wait on threads of their own"
)]

mod harness;

mod actions;
mod alerts;
mod answers;
mod api;
mod behind;
mod commands;
mod connections;
mod cost;
mod crowd;
mod database;
mod deploy;
mod dev;
mod doctor;
mod edge;
mod end;
mod evidence;
mod export;
mod fleet;
mod fuzz;
mod history;
mod lite;
mod load;
mod locks;
mod log;
mod logs;
mod matrix;
mod metrics;
mod migrations;
mod ops;
mod outage;
mod outage_commands;
mod outage_keeping;
mod outage_report;
mod page;
mod played;
mod pooler;
mod progress;
mod proxy;
mod queue;
mod railway;
mod remedies;
mod rights;
mod runbook;
mod shapes;
mod slots;
mod smoke;
mod soak;
mod sources;
mod standstill;
mod supabase;
mod taxonomy;
mod telling;
mod tls;
mod tokens;
mod triage;
mod visibility;
mod watch;
mod wire;
