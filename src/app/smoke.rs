//! Whether what the business works with can be read.

use std::time::Duration;

use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::smoke;
use crate::app::App;
use crate::domain::check::Check;
use crate::domain::doctor::database::judge_reach;
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::Fault;
use crate::domain::smoke::{Relation, judge, not_looked_at};

const REACH: &str = "smoke.reach";

/// What a look at all relations came to.
#[derive(Debug, Default)]
pub struct Smoke {
    /// A row for each.
    pub checks: Vec<Check>,
    /// What Postgres itself said, by what it said it of. For whoever may read more than the answer.
    pub said: Vec<(String, Vec<String>)>,
}

impl App {
    /// Reads every relation of the settings.
    pub async fn smoke(&self) -> Smoke {
        let mut smoke = Smoke::default();
        let relations = match &self.settings.smoke {
            Ok(relations) => relations,
            Err(fault) => {
                smoke.checks.push(Check::of_fault("smoke.relations", fault));
                return smoke;
            }
        };
        match self.database() {
            Ok(database) => {
                let timeout = self.settings.health.db_timeout;
                smoke.read(database, relations, timeout).await;
            }
            Err(fault) => {
                smoke.checks.push(Missed::Failed(fault).row(REACH));
                smoke.unreached(relations);
            }
        }
        smoke
    }
}

impl Smoke {
    async fn read(&mut self, database: &Database, relations: &[Relation], timeout: Duration) {
        let readings = smoke::read(database, relations, timeout).await;
        self.checks.push(judge_reach(REACH, &readings.reach));
        if let Look {
            found: Err(Missed::Failed(fault)),
            ..
        } = &readings.reach
        {
            self.explain(REACH, fault);
            self.unreached(relations);
            return;
        }
        for sight in &readings.sights {
            if let Err(fault) = &sight.rows {
                self.explain(&sight.relation.to_string(), fault);
            }
            self.checks.push(judge(sight));
        }
        let lost = &relations[readings.sights.len()..];
        self.not_looked_at(lost, "Not looked at, because the session was lost before.");
    }

    fn unreached(&mut self, relations: &[Relation]) {
        self.not_looked_at(relations, "Not looked at, because smoke.reach failed.");
    }

    fn not_looked_at(&mut self, relations: &[Relation], why: &'static str) {
        let rows = relations
            .iter()
            .map(|relation| not_looked_at(relation, why));
        self.checks.extend(rows);
    }

    fn explain(&mut self, subject: &str, fault: &Fault) {
        self.said.push((subject.to_owned(), fault.causes.clone()));
    }
}
