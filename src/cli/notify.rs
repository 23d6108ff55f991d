//! `dragonfly-ops notify`: whether people can be told.

use std::process::ExitCode;

use clap::Subcommand;

use crate::app::App;
use crate::cli::answer::Answer;
use crate::cli::look_args::LookArgs;
use crate::cli::target;

/// What stands below the options in the help.
const AFTER_HELP: &str = "\
Exit codes:
  0  each channel that is set has taken the message
  1  one has not
  2  wrong usage, or what names the target does not agree; nothing was sent
  3  no channel is set";

#[derive(Debug, Subcommand)]
pub(super) enum NotifyCommand {
    /// Send one message that says that it is a test to each channel that is set
    ///
    /// Says of each what came of it. It mentions nobody, and no incident is made of it.
    #[command(after_long_help = AFTER_HELP)]
    Test(LookArgs),
}

impl NotifyCommand {
    pub(super) async fn run(self, app: &App) -> ExitCode {
        let Self::Test(LookArgs { env, output }) = self;
        let mut answer = Answer::new(output);
        if let Err(code) = target::announce(&mut answer, &app.settings, env.as_deref()) {
            return code;
        }
        answer.checks(&app.send_test_notice().await)
    }
}
