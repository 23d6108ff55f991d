//! `--via`: a running instance is asked instead of the database.

use std::process::ExitCode;

use crate::app::neighbour::Neighbour;
use crate::cli::answer::{Answer, LookedAt};
use crate::cli::exit::{UNCHECKED, USAGE};
use crate::cli::render::printable;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// Whom to ask instead of the database.
#[derive(Debug, clap::Args)]
pub(super) struct Via {
    /// Ask a running instance, which may still have its session; shows it DRAGONFLY_TOKEN
    ///
    /// Where the database has no session left (DFE-DB-004), the instance on this machine is asked by itself.
    #[arg(long = "via", value_name = "URL")]
    pub(super) url: Option<String>,
}

/// The instance at `url`; says on stderr which one it is, or why it cannot be asked.
pub(super) async fn at(
    answer: &mut Answer,
    settings: &Settings,
    url: &str,
    env: Option<&str>,
) -> Result<Neighbour, ExitCode> {
    answer.looks_at(LookedAt::default().instance(url));
    let found = Neighbour::at(settings, url, env).await;
    let neighbour = found.map_err(|fault| {
        let code = match fault.code {
            Code::ConfigInvalid => USAGE,
            _ => UNCHECKED,
        };
        answer.fail(&fault, code)
    })?;
    announce(answer, &neighbour);
    Ok(neighbour)
}

/// The instance on this machine, where the database has no session left for us and one answers; says so
/// on stderr.
pub(super) async fn instead(
    answer: &mut Answer,
    settings: &Settings,
    environment: &str,
    fault: &Fault,
) -> Option<Neighbour> {
    if fault.code != Code::DbPoolExhausted {
        return None;
    }
    let neighbour = Neighbour::here(settings, environment).await?;
    eprintln!("dragonfly-ops: {}", printable(&fault.to_string()));
    eprintln!("  the instance on this machine is asked instead: it may still have its session");
    answer.looks_at(LookedAt::default());
    announce(answer, &neighbour);
    Some(neighbour)
}

/// Says on stderr, and in the answer, which instance is asked.
pub(super) fn announce(answer: &mut Answer, neighbour: &Neighbour) {
    let (address, environment) = (neighbour.address(), &neighbour.environment);
    answer.knows(|looked_at| looked_at.instance(&address).of_environment(environment));
    eprintln!(
        "target: environment {}, by the instance at {}",
        printable(environment),
        printable(&address)
    );
    if !neighbour.is_shown_a_token() {
        eprintln!("  DRAGONFLY_TOKEN is not set: the instance says of nobody who they are");
    }
}
