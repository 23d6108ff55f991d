//! Says what a command acts on, before it does.

use std::process::ExitCode;

use crate::cli::answer::Answer;
use crate::cli::exit::USAGE;
use crate::cli::render::printable;
use crate::domain::fault::Fault;
use crate::domain::target::{Claim, Proven};
use crate::settings::Settings;

/// The target that the settings name, held against `--env`.
pub(super) fn prove(settings: &Settings, asked: Option<&str>) -> Result<Proven, Fault> {
    let asked = asked.map(|environment| Claim::of("--env", environment));
    settings.target.prove(asked.as_ref())
}

/// Writes the target to stderr. Where what names it does not agree, it says so, and the exit code
/// is 2: nothing must run.
pub(super) fn announce(
    answer: &mut Answer,
    settings: &Settings,
    asked: Option<&str>,
) -> Result<Proven, ExitCode> {
    match prove(settings, asked) {
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
