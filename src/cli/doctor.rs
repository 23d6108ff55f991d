//! `dragonfly-ops doctor`: looks at everything that the service rests on, and changes nothing.

use std::process::ExitCode;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::app::doctor::Doctor;
use crate::cli::answer::{Answer, Output};
use crate::cli::progress::Progress;
use crate::cli::render::printable;
use crate::cli::target;
use crate::domain::doctor::{self, Look, Missed};

/// What it is at.
const LOOKING: &str = "looking at settings, database, schema, REST and work";
/// Between two looks while it waits.
const PAUSE: Duration = Duration::from_secs(2);

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
It sends SELECT and GET only, in read-only transactions.

Exit codes:
  0  all is well; there may be warnings, so read them
  1  something is critical
  2  wrong usage, or what names the target does not agree; nothing was asked
  3  nothing critical, but not all could be looked at";

/// Looks at everything, and with `wait` again until what may pass has passed or the time is over.
pub(super) async fn run(
    app: &App,
    env: Option<&str>,
    wait: Option<Duration>,
    only_problems: bool,
    output: Output,
) -> ExitCode {
    let mut answer = Answer::new(output);
    let proven = match target::announce(&mut answer, &app.settings, env) {
        Ok(proven) => proven,
        Err(code) => return code,
    };
    let until = wait.map(|wait| Instant::now() + wait);
    let mut doctor = Doctor::new(app, proven);
    let progress = Progress::begin(LOOKING);
    loop {
        let facts = doctor.look().await;
        let checks = doctor::judge(&facts);
        let passing = until.map(|until| doctor.passing(&checks, until));
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        match (passing, left) {
            (Some(passing), Some(left)) if !passing.is_empty() && left > PAUSE => {
                let waiting = format!(
                    "waiting for {}; {} s left",
                    passing.join(", "),
                    left.as_secs()
                );
                match progress.is_seen() {
                    true => progress.say(waiting),
                    false => eprintln!("{waiting}"),
                }
            }
            _ => {
                drop(progress);
                explain("database.reach", &facts.database.reach);
                explain("postgrest.reach", &facts.rest.reach);
                if let Some(railway) = &facts.railway {
                    explain("railway.reach", railway);
                }
                if let Some(n8n) = &facts.n8n {
                    explain("n8n.ready", n8n);
                }
                return match only_problems {
                    true => answer.problems(&checks),
                    false => answer.checks(&checks),
                };
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the other side itself said goes where the answer does not.
fn explain<T>(id: &str, look: &Look<T>) {
    if let Err(Missed::Failed(fault)) = &look.found {
        for cause in &fault.causes {
            eprintln!("{id}: {}", printable(cause));
        }
    }
}
