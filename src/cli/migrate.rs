//! `dragonfly-ops migrate`

use std::process::ExitCode;

use crate::app::{App, TableOutcome};
use crate::cli::exit::{UNCHECKED, UNHEALTHY};
use crate::cli::render;
use crate::cli::target;

/// Creates the tables that are missing and says what became of each. Exit code 1: a table of
/// another shape exists.
pub(super) async fn run(app: &App, env: Option<&str>) -> ExitCode {
    if let Err(code) = target::announce(&app.settings, env) {
        return code;
    }
    match app.migrate().await {
        Ok(outcomes) => {
            let mut code = ExitCode::SUCCESS;
            for (table, outcome) in outcomes {
                match outcome {
                    TableOutcome::Created => println!("{table}: created"),
                    TableOutcome::Existed => println!("{table}: exists, left as it is"),
                    TableOutcome::Impossible(fault) => {
                        println!("{table}: not created, and not available: {fault}");
                    }
                    TableOutcome::Misshapen(fault) => {
                        println!("{table}: {fault}");
                        code = ExitCode::from(UNHEALTHY);
                    }
                }
            }
            code
        }
        Err(fault) => {
            render::fault(&fault);
            ExitCode::from(UNCHECKED)
        }
    }
}
