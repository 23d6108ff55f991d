//! `dragonfly-ops queue`

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;

use crate::app::App;
use crate::cli::activity::{ActivityArgs, Part};
use crate::cli::consent::{self, Consent};
use crate::cli::{duration, exit};
use crate::domain::action::Action;

/// What is shown of the queue, and done to it.
#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// The backlog, and the pauses with what each of them holds
    #[command(after_long_help = exit::LOOK_HELP)]
    Status(ActivityArgs),
    /// Hold what is pending, and what arrives while the pause lasts; jobs in processing are left alone
    ///
    /// The pause is on record, with its reason. Two pauses may overlap: a job is pending again when no pause
    /// covers it any more. Jobs that were set to paused by other means are never touched. Workers that claim jobs
    /// with FOR UPDATE SKIP LOCKED are not blocked meanwhile.
    #[command(after_long_help = consent::AFTER_HELP)]
    Pause {
        /// From when on it warns that it was meant to be over, such as 30m; it is never lifted by itself
        #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
        lasts: Option<Duration>,
        /// Jobs of this type only
        #[arg(long = "type", value_name = "TYPE")]
        job_type: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Lift a pause: exactly what it holds is pending again
    #[command(after_long_help = consent::AFTER_HELP)]
    Resume {
        /// The pause, as in queue status; may be left out where there is only one
        #[arg(value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
        pause: Option<i64>,
        #[command(flatten)]
        consent: Consent,
    },
}

impl QueueCommand {
    /// Shows it, or does it.
    pub(super) async fn run(self, app: &App) -> ExitCode {
        let (action, consent) = match self {
            Self::Status(look) => return look.run(app, Part::Queue).await,
            Self::Pause {
                lasts,
                job_type,
                consent,
            } => (Action::PauseQueue { job_type, lasts }, consent),
            Self::Resume { pause, consent } => (Action::ResumeQueue { pause }, consent),
        };
        consent::act(app, action, consent).await
    }
}
