//! What every command takes that only looks.

use clap::Args;

use crate::cli::answer::Output;

/// What every command takes that only looks.
#[derive(Debug, Args)]
pub(super) struct LookArgs {
    /// The environment that this has to be, such as prod; nothing runs where something contradicts
    #[arg(long, value_name = "ENV")]
    pub(super) env: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Output,
}
