//! `dragonfly-ops migrate`

use std::process::ExitCode;

use crate::adapters::postgres::migrate::{Outcome, migrate};
use crate::adapters::postgres::session::Database;
use crate::cli::{UNCHECKED, UNHEALTHY, render, target};
use crate::settings::Settings;

/// Creates the tables that are missing and says what became of each. Exit code 1: a table of
/// another shape exists.
pub(super) async fn run(settings: &Settings, env: Option<&str>) -> ExitCode {
    if let Err(code) = target::announce(settings, env) {
        return code;
    }
    let database = settings
        .migration
        .clone()
        .and_then(|database| Database::new(&database, settings.redactor.clone()));
    let outcomes = match database {
        Ok(database) => migrate(&database).await,
        Err(fault) => Err(fault),
    };
    match outcomes {
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
