//! dragonfly-ops: the production incident checklist as a health and ops service.
//!
//! - [`settings`]: what the operator decides; read once, all mistakes reported together.
//! - [`domain`]: what we know, pure of HTTP, SQL and the environment: the taxonomy of causes, the
//!   gates that keep probes from amplifying an outage, verdicts, lock trees, actions and their
//!   orders, the target that they act on.
//! - [`reading`]: what foreign text means: logs, messages, workflows, statements; masking, redaction.
//! - [`adapters`]: how we reach Postgres, Supabase and Railway, how what they say becomes a code, and
//!   how an action is carried out and recorded.
//! - [`http`]: the edge towards HTTP: routes, problems, the listener and its drain.
//! - [`app`]: puts it all together.
//! - [`cli`]: the edge towards the terminal, one file per subcommand.
//! - `dev` (feature `dev`): the embedded default of `make run`.
//!
//! - [`telemetry`]: the log and the metrics, which listen to what the gates observe.
//!
//! Arrows point down only: `main -> cli -> app -> {http, adapters}`, `http -> {telemetry, domain}`,
//! `adapters -> telemetry -> settings -> reading -> domain`. `tests/architecture.rs` holds them.

#![cfg_attr(
    test,
    expect(clippy::disallowed_methods, reason = "tests end with what they spawn")
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
