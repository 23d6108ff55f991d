//! Which of the causes that a text may mean are so now.

use tokio::time::Instant;
use ulid::Ulid;

use crate::adapters::postgres::classify::meaning_of;
use crate::app::App;
use crate::domain::activity::{Activity, Section};
use crate::domain::observation::Observation;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::triage::{Candidate, ProbeResult, triage};

impl App {
    /// What a text may mean, the likeliest first.
    #[must_use]
    pub(crate) fn triage(&self, text: &str) -> Vec<Candidate> {
        triage(text, meaning_of, &self.settings.redactor)
    }

    /// The first checks that only look, at the same time, each within its deadline.
    pub(crate) async fn looks(&self) -> Vec<ProbeResult> {
        let id = Ulid::generate().to_string();
        let now = Instant::now();
        let (select, rest, activity) = tokio::join!(
            self.db.check(now, &id),
            self.supabase.check(now, &id),
            self.activity.check(now, &id)
        );
        let found = |observation: &Observation| observation.code().into_iter().collect();
        vec![
            ProbeResult {
                what: "the configuration",
                covers: &[
                    Code::ConfigMissing,
                    Code::ConfigInvalid,
                    Code::ConfigFileMissing,
                ],
                found: self
                    .settings
                    .faults
                    .iter()
                    .map(|fault| fault.code)
                    .collect(),
            },
            ProbeResult {
                what: "SELECT 1 on Postgres",
                covers: &[
                    Code::ConfigInvalid,
                    Code::DbConnection,
                    Code::DbTimeout,
                    Code::DbPoolExhausted,
                ],
                found: found(&select.outcome.observation),
            },
            ProbeResult {
                what: "a row through Supabase's REST API",
                covers: &[
                    Code::NetTimeout,
                    Code::NetRefused,
                    Code::NetDns,
                    Code::NetTls,
                    Code::VendorSupabase,
                    Code::VendorRateLimited,
                    Code::AuthInvalid,
                    Code::AuthForbidden,
                    Code::ValSchema,
                ],
                found: found(&rest.outcome.observation),
            },
            ProbeResult {
                what: "the report of the database's activity",
                covers: &[
                    Code::DbTimeout,
                    Code::DbTransaction,
                    Code::DbPoolExhausted,
                    Code::AuthForbidden,
                    Code::ValSchema,
                ],
                found: match &activity.outcome.result {
                    Ok(report) => shown(report),
                    Err(fault) => vec![fault.code],
                },
            },
        ]
    }
}

/// The codes that a report shows: what is long, what waits, what is nearly used up, what could not
/// be read.
fn shown(report: &Activity) -> Vec<Code> {
    fn of<T>(section: &Section<T>, code: Code) -> Option<Code> {
        match section {
            Err(fault) => Some(fault.code),
            Ok(finding) if matches!(finding.verdict, Verdict::Warning | Verdict::Critical) => {
                Some(code)
            }
            Ok(_) => None,
        }
    }
    let mut codes: Vec<Code> = [
        of(&report.connections, Code::DbPoolExhausted),
        of(&report.long_running, Code::DbTimeout),
        of(&report.locks, Code::DbTransaction),
        report.workers.as_ref().err().map(|fault| fault.code),
        report.queue.as_ref().err().map(|fault| fault.code),
    ]
    .into_iter()
    .flatten()
    .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests;
