//! Says what a command acts on, before it does.

use std::process::ExitCode;

use crate::cli::answer::Answer;
use crate::cli::exit::USAGE;
use crate::cli::render::printable;
use crate::domain::target::Proven;
use crate::settings::Settings;

/// Writes the target to stderr. Where what names it does not agree, it says so, and the exit code
/// is 2: nothing must run.
pub(super) fn announce(
    answer: &mut Answer,
    settings: &Settings,
    asked: Option<&str>,
) -> Result<Proven, ExitCode> {
    match settings.target.prove(asked) {
        Ok(proven) => {
            answer.knows(|looked_at| looked_at.proven(&proven));
            eprintln!("target: {}", printable(&proven.to_string()));
            Ok(proven)
        }
        Err(fault) => {
            let database = settings.target.database.clone();
            answer.knows(|looked_at| looked_at.in_dispute(database));
            let code = answer.fail(&fault, USAGE);
            eprintln!("  nothing was run");
            Err(code)
        }
    }
}
