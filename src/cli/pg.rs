//! `dragonfly-ops pg`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app::App;
use crate::cli::activity::{ActivityArgs, Part};
use crate::cli::consent::{self, Consent};
use crate::cli::exit;
use crate::cli::via::Via;
use crate::domain::action::{Action, BackendId};

/// What is shown of Postgres, and done to its sessions.
#[derive(Debug, Subcommand)]
pub(super) enum PgCommand {
    /// How many connections there are, by state, of how many there can be, and who holds them
    #[command(after_long_help = exit::LOOK_HELP)]
    Connections(ActivityArgs),
    /// Statements and idle transactions that last for over a minute
    #[command(after_long_help = exit::LOOK_HELP)]
    Long(ActivityArgs),
    /// Who waits for whose lock, as a tree: whoever stands at the left blocks the others
    #[command(after_long_help = exit::LOOK_HELP)]
    Locks(ActivityArgs),
    /// Cancel what a session is doing; the session stays
    #[command(after_long_help = consent::AFTER_HELP)]
    Cancel {
        #[command(flatten)]
        session: SessionArgs,
        #[command(flatten)]
        consent: Consent,
    },
    /// End a session; its transaction is rolled back
    #[command(after_long_help = consent::AFTER_HELP)]
    Terminate {
        #[command(flatten)]
        session: SessionArgs,
        #[command(flatten)]
        consent: Consent,
    },
}

/// Which session.
#[derive(Debug, Args)]
pub(super) struct SessionArgs {
    /// The process id, as in pg long and pg locks
    #[arg(value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pid: i32,
    /// When its backend started, as in pg long: refuses where the process id is another session's by now
    #[arg(long, value_name = "TIME")]
    backend_start: Option<String>,
    #[command(flatten)]
    via: Via,
}

impl SessionArgs {
    async fn act(self, app: &App, action: fn(BackendId) -> Action, consent: Consent) -> ExitCode {
        let Self {
            pid,
            backend_start,
            via,
        } = self;
        let action = action(BackendId { pid, backend_start });
        consent::act_via(app, via.url.as_deref(), action, consent).await
    }
}

impl PgCommand {
    /// Shows it, or does it.
    pub(super) async fn run(self, app: &App) -> ExitCode {
        match self {
            Self::Connections(look) => look.run(app, Part::Connections).await,
            Self::Long(look) => look.run(app, Part::LongRunning).await,
            Self::Locks(look) => look.run(app, Part::Locks).await,
            Self::Cancel { session, consent } => {
                session.act(app, Action::CancelSession, consent).await
            }
            Self::Terminate { session, consent } => {
                session.act(app, Action::TerminateSession, consent).await
            }
        }
    }
}
