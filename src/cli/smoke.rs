//! `dragonfly-ops smoke`: whether what the business works with can be read.

use std::process::ExitCode;

use crate::adapters::postgres::session::Database;
use crate::adapters::postgres::smoke;
use crate::cli::render::{self, Output, printable};
use crate::cli::target;
use crate::domain::check::Check;
use crate::domain::doctor::database::judge_reach;
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::Fault;
use crate::domain::smoke::{Relation, judge, not_looked_at};
use crate::settings::Settings;

const REACH: &str = "smoke.reach";

/// Reads every relation of the settings.
pub(super) async fn run(settings: &Settings, env: Option<&str>, output: Output) -> ExitCode {
    if let Err(code) = target::announce(settings, env) {
        return code;
    }
    let relations = match &settings.smoke {
        Ok(relations) => relations,
        Err(fault) => {
            let check = Check::of_fault("smoke.relations", fault);
            return render::checks(output, &[check]);
        }
    };
    let database = settings
        .database
        .clone()
        .and_then(|database| Database::new(&database, settings.redactor.clone()));
    let checks = match database {
        Ok(database) => read(settings, &database, relations).await,
        Err(fault) => {
            let mut checks = vec![Missed::Failed(fault).row(REACH)];
            checks.extend(unreached(relations));
            checks
        }
    };
    render::checks(output, &checks)
}

async fn read(settings: &Settings, database: &Database, relations: &[Relation]) -> Vec<Check> {
    let readings = smoke::read(database, relations, settings.health.db_timeout).await;
    let mut checks = vec![judge_reach(REACH, &readings.reach)];
    if let Look {
        found: Err(Missed::Failed(fault)),
        ..
    } = &readings.reach
    {
        explain(REACH, fault);
        checks.extend(unreached(relations));
        return checks;
    }
    for sight in &readings.sights {
        if let Err(fault) = &sight.rows {
            explain(&sight.relation.to_string(), fault);
        }
        checks.push(judge(sight));
    }
    let lost = &relations[readings.sights.len()..];
    checks.extend(lost.iter().map(|relation| {
        not_looked_at(
            relation,
            "Not looked at, because the session was lost before.",
        )
    }));
    checks
}

fn unreached(relations: &[Relation]) -> impl Iterator<Item = Check> {
    relations
        .iter()
        .map(|relation| not_looked_at(relation, "Not looked at, because smoke.reach failed."))
}

/// What Postgres itself said goes where the answer does not.
fn explain(subject: &str, fault: &Fault) {
    for cause in &fault.causes {
        eprintln!("{subject}: {}", printable(cause));
    }
}
