//! Says what a command acts on, before it does.

use std::process::ExitCode;

use crate::cli::USAGE;
use crate::cli::render::printable;
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
            eprintln!("dragonfly-ops: {}", printable(&fault.to_string()));
            eprintln!("  first check: {}", fault.first_check());
            eprintln!("  nothing was run");
            Err(ExitCode::from(USAGE))
        }
    }
}
