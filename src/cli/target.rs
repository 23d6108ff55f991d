//! Says what a command acts on, before it does.

use std::process::ExitCode;

use crate::cli::exit::USAGE;
use crate::cli::render::{self, printable};
use crate::domain::target::Proven;
use crate::settings::Settings;

/// Writes the target to stderr. Where what names it does not agree, it says so, and the exit code
/// is 2: nothing must run.
pub(super) fn announce(settings: &Settings, asked: Option<&str>) -> Result<Proven, ExitCode> {
    match settings.target.prove(asked) {
        Ok(proven) => {
            eprintln!("target: {}", printable(&proven.to_string()));
            Ok(proven)
        }
        Err(fault) => {
            render::fault(&fault);
            eprintln!("  nothing was run");
            Err(ExitCode::from(USAGE))
        }
    }
}
