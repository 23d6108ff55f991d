//! `dragonfly-ops smoke`: whether what the business works with can be read.

use std::process::ExitCode;

use crate::app::App;
use crate::cli::answer::{Answer, Output};
use crate::cli::progress::Progress;
use crate::cli::render::printable;
use crate::cli::target;

/// Reads every relation of the settings.
pub(super) async fn run(app: &App, env: Option<&str>, output: Output) -> ExitCode {
    let mut answer = Answer::new(output);
    if let Err(code) = target::announce(&mut answer, &app.settings, env) {
        return code;
    }
    let progress = Progress::begin("reading the relations in SMOKE_RELATIONS");
    let smoke = app.smoke().await;
    drop(progress);
    // What Postgres itself said goes where the answer does not.
    for (subject, causes) in &smoke.said {
        for cause in causes {
            eprintln!("{subject}: {}", printable(cause));
        }
    }
    answer.checks(&smoke.checks)
}
