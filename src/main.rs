//! Parse, run, exit code; nothing else.

use std::process::ExitCode;

use clap::Parser;
use dragonfly_ops::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
