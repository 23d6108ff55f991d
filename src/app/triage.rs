//! Which of the causes that a text may mean are so now.

use tokio::time::Instant;
use ulid::Ulid;

use crate::adapters::postgres::classify::meaning_of;
use crate::app::App;
use crate::domain::activity::{Activity, Judged};
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::triage::{Candidate, Found, ProbeResult, triage};

/// What keeps a table from being read.
const UNREADABLE: &[Code] = &[Code::AuthForbidden, Code::ValSchema];

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
        let mut looks = vec![
            ProbeResult {
                what: "the configuration",
                covers: &[
                    Code::ConfigMissing,
                    Code::ConfigInvalid,
                    Code::ConfigFileMissing,
                ],
                found: self.settings.faults.iter().map(Found::from).collect(),
            },
            ProbeResult {
                what: "SELECT 1 on Postgres",
                covers: &[
                    Code::ConfigInvalid,
                    Code::DbConnection,
                    Code::DbTimeout,
                    Code::DbPoolExhausted,
                ],
                found: failed(select.outcome.result.as_ref().err()),
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
                found: failed(rest.outcome.result.as_ref().err()),
            },
        ];
        looks.extend(match &activity.outcome.result {
            Ok(report) => sections(report),
            Err(fault) => vec![ProbeResult {
                what: "the report of the database's activity",
                covers: &[
                    Code::DbTimeout,
                    Code::DbTransaction,
                    Code::DbPoolExhausted,
                    Code::AuthForbidden,
                    Code::ValSchema,
                ],
                found: failed(Some(fault)),
            }],
        });
        looks
    }
}

fn failed(fault: Option<&Fault>) -> Vec<Found> {
    fault.map(Found::from).into_iter().collect()
}

/// Each section by itself: that something waits for a lock does not mean that a statement is slow.
fn sections(report: &Activity) -> Vec<ProbeResult> {
    let sections = report.sections().into_iter();
    sections
        .map(|(series, judged)| {
            let (what, covers): (_, &[Code]) = match series {
                Series::Connections => ("the look at the connections", &[Code::DbPoolExhausted]),
                Series::LongRunning => ("the look at what runs long", &[Code::DbTimeout]),
                Series::Locks => ("the look at the locks", &[Code::DbTransaction]),
                Series::Workers => ("the look at the workers", UNREADABLE),
                _ => ("the look at the job queue", UNREADABLE),
            };
            let found = match judged {
                Ok(judged) => complaints(judged, covers),
                Err(fault) => failed(Some(fault)),
            };
            ProbeResult {
                what,
                covers,
                found,
            }
        })
        .collect()
}

/// What a section complains of. A row without a code speaks of what its section is about; where that
/// has no code, no text can mean it.
fn complaints(section: Judged<'_>, covers: &[Code]) -> Vec<Found> {
    if !matches!(section.verdict, Verdict::Warning | Verdict::Critical) {
        return Vec::new();
    }
    let about = covers.iter().find(|code| !UNREADABLE.contains(code));
    let rows = section.complaints().into_iter();
    rows.filter_map(|row| Some(Found::of_row(row, row.code.or(about.copied())?)))
        .collect()
}

#[cfg(test)]
mod tests;
