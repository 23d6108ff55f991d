//! `dragonfly-ops check`: the all-clear, against a running instance.

use std::process::ExitCode;

use crate::app::check::{Expected, Heard, all_clear};
use crate::app::neighbour::Neighbour;
use crate::cli::answer::{Answer, LookedAt, Output};
use crate::cli::exit::{UNHEALTHY, USAGE};
use crate::cli::progress::Progress;
use crate::cli::render;
use crate::domain::check::worst;
use crate::domain::verdict::Verdict;
use crate::settings::Settings;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  all is well, three times over; there may be warnings, unless --strict is given
  1  something is critical, or could not be seen; with --strict: something is not ok
  2  wrong usage";

/// Asks all six endpoints, three times over. A warning is well, unless it `is_strict`.
pub(super) async fn run(
    settings: &Settings,
    url: Option<String>,
    expected: Expected<'_>,
    is_strict: bool,
    output: Output,
) -> ExitCode {
    let url = url.unwrap_or_else(|| Neighbour::url_here(settings));
    let mut answer = Answer::new(output);
    answer.looks_at(LookedAt::default().instance(&url));
    let tolerated = if is_strict {
        Verdict::Ok
    } else {
        Verdict::Warning
    };
    let progress = Progress::begin("asking");
    let is_live = answer.is_live();
    let hear = |heard: Heard<'_>| match heard {
        Heard::Pass { number, of, after } => progress.say(match after.as_secs() {
            0 | 1 => format!("pass {number} of {of}"),
            seconds => {
                format!("pass {number} of {of}, in {seconds} s: so long is shared what was found")
            }
        }),
        Heard::Rows(rows) if is_live => progress.print(&render::rows(rows)),
        Heard::Rows(_) => {}
    };
    let checks = match all_clear(&settings.redactor, &url, expected, tolerated, hear).await {
        Ok(checks) => checks,
        Err(fault) => {
            drop(progress);
            return answer.fail(&fault, USAGE);
        }
    };
    drop(progress);
    let verdict = match is_live {
        // The rows stand there already.
        true => {
            render::print(&render::end(&checks));
            worst(&checks)
        }
        false => answer.rows(&checks),
    };
    // What it could not see is no all-clear: to whoever waits for one, unknown is not well.
    match verdict > tolerated {
        true => ExitCode::from(UNHEALTHY),
        false => ExitCode::SUCCESS,
    }
}
