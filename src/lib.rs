//! dragonfly-ops: the production incident checklist as a health and ops service.
//!
//! # The house
//!
//! Arrows point down only; `tests/architecture.rs` holds them, and `make arrows` prints them.
//!
//! - `main`: parse, run, exit code.
//! - [`cli`]: the edge towards the terminal, one file per subcommand.
//! - [`http`]: the edge towards HTTP: a file and a row per endpoint, and what surrounds them.
//! - [`app`]: what the product does. [`App::new`](app::App::new) makes every neighbour and gate; a
//!   file per use case. Both edges are thin over it.
//! - [`adapters`]: how we reach Postgres, Supabase, Railway, Slack, Discord and other instances, and how
//!   what they say becomes a code.
//! - [`telemetry`]: the log and the metrics, which listen to what the gates observe, and the alert rules and the
//!   dashboard that are made of them.
//! - [`settings`]: what the operator decides; one table of variables, all mistakes reported together.
//! - [`reading`]: what foreign text means: logs, messages, workflows, statements, alerts; masking,
//!   redaction; and what a chat is told, in its own shape.
//! - [`domain`]: what we know, pure of HTTP, SQL and the environment; time is an argument.
//! - `dev` (feature `dev`): the embedded default of `make run`, beside `app`.
//!
//! # One request
//!
//! `GET /api/health/db` is accepted by [`http::server`], which bounds what a connection may do. The
//! edge gives it a context (its id, its arrival: the deadline runs from here), and the row of its path
//! leads to its handler in `http/endpoints/db.rs`. An extractor has asked who it is. The handler asks
//! the [gate](domain::gate) of the check: a fresh outcome or a run under way is shared, else the gate
//! begins a run in a task of its own. The probe in [`adapters::postgres`] opens a connection behind a
//! login guard, sends `SELECT 1` with what is left of the deadline, and classifies what goes wrong
//! into a [fault](domain::fault). The gate makes an [observation](domain::observation) of it, tells
//! the log and the metrics, and everybody who waited. What passed is a 200; a fault is a problem
//! (RFC 9457), whose status, headers and body come from one value.
//!
//! # Words
//!
//! - *probe*: an active test of a dependency; *check*: its row in an answer; *observation*: one
//!   finished run of it; *verdict*: `ok`, `warning`, `unknown` or `critical`.
//! - *gate*: what stands between callers and a probe; *listener*: whoever is told of observations.
//! - *fault*: our classified failure; *problem*: its rendering over HTTP; *code*: its stable name.
//! - *activity*: what goes on in the database: workers, queue, connections, long sessions, locks.
//! - *watch*: looks at everything by itself, once an interval; *series*: one of the seven things that it
//!   looks at; *sample*: one look, which stands for a slot of the clock; *bucket*: what samples add up to.
//! - *incident*: something that is not well, from the first sign to its report; *entry*: one thing that
//!   happened in it; *notice*: what is told of it; *all-clear*: what has to be so before it is over.
//! - *action*: what an operator can do; *order*: who wants it, why and how; *plan*: what it would
//!   change; *journal*: where it is on record; *peer*: a neighbour that is asked over HTTP.
//! - *message*: what people are told of an incident; *channel*: where; *delivery*: what became of it.
//! - *deadline*: a point in time; *timeout*: a length of it.
//!
//! # One look
//!
//! [`App::keep_watch`](app::App::keep_watch) asks the three gates, makes a sample of each series, shows them
//! as gauges, and hands them to the [history](app::history), where the page reads them, and to the
//! [incidents](app::incidents). A task of its own for each writes down on disk what came of it and brings it to
//! Postgres; nothing above waits for it. What is due to be told is an entry, too: a task for each channel
//! [tells it](app::telling), and what became of it is the next entry.
//!
//! # To add
//!
//! - a code: a row in [`domain::taxonomy`], a row in the README, a way to cause it in
//!   `tests/it/taxonomy.rs`;
//! - an endpoint: a file in `http/endpoints/` and its line in the list there; a row in the README;
//! - a page: its model in `domain/` or `app/`, its content in `http/html/`, an endpoint; how it looks, in
//!   every situation: `make gallery`;
//! - a metric: a row in [`telemetry::metrics::table`]; an alert that goes by it in [`telemetry::alert_rules`], with a
//!   scenario in which it fires and one in which it does not in `tests/it/export/scenarios.rs`;
//! - a variable: a row in [`settings::variables`] and the field that takes it; the README's table is
//!   written by `UPDATE_README=1 cargo test --test readme`;
//! - an action: a variant of [`domain::action::Action`], its arms in `app/actions.rs` (plan, begin,
//!   carry on), an endpoint or a subcommand;
//! - a row of doctor: its facts in `adapters/postgres/examine.rs`, its judgement in
//!   `domain/doctor/`, with a fixture in which it fires and one in which it does not;
//! - a migration: a file in `migrations/`, a step in `adapters/postgres/migrate.rs`.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "what a test starts ends with its runtime, and nobody waits for it"
    )
)]

pub mod adapters;
pub mod app;
pub mod cli;
#[cfg(feature = "dev")]
pub mod dev;
pub mod domain;
pub mod http;
pub mod reading;
pub mod settings;
pub mod telemetry;
