//! `dragonfly-ops migrate`

use std::process::ExitCode;

use crate::app::{App, Outcome};
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
                    Outcome::Created => println!("{table}: created"),
                    Outcome::Existed => println!("{table}: exists, left as it is"),
                    Outcome::Impossible(fault) => {
                        println!("{table}: not created, and not available: {fault}");
                    }
                    Outcome::Misshapen(fault) => {
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
