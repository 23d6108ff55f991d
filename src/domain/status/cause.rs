//! What is not well, why, and what to do first.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::activity::Section;
use crate::domain::fault::Fault;
use crate::domain::history::{Memory, Series};
use crate::domain::look::Look;
use crate::domain::rfc3339;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// One thing that is not well.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cause {
    /// The checks that it shows in.
    pub checks: Vec<Series>,
    /// How bad it is.
    pub verdict: Verdict,
    /// Its code, where it has one.
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    /// What happened.
    pub detail: String,
    /// The first thing to look at, or to do.
    pub next_step: Option<String>,
    /// The page of the code.
    pub url: Option<String>,
    /// Since when it is so.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// The chain of causes, redacted: for the operator only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

/// What is not well at a look, the worst first. What shows in several checks is said once.
pub(super) fn of(look: &Look, memory: &Memory, role: Role) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let mut add = |cause: Cause| {
        let same = |known: &&mut Cause| {
            known.code.is_some() && known.code == cause.code && known.detail == cause.detail
        };
        match causes.iter_mut().find(same) {
            Some(known) => {
                known.verdict = known.verdict.max(cause.verdict);
                known.since = known.since.into_iter().chain(cause.since).min();
                known.checks.extend(cause.checks);
            }
            None => causes.push(cause),
        }
    };
    let of_fault = |series, verdict, fault: &Fault| Cause {
        checks: vec![series],
        verdict,
        code: Some(fault.code),
        detail: fault.detail.clone().into_owned(),
        next_step: Some(fault.first_check().to_owned()),
        url: Some(fault.code.page()),
        since: memory.now(series).map(|now| now.cause_since),
        chain: match role {
            Role::Operator => fault.causes.clone(),
            Role::Anybody | Role::Reader => Vec::new(),
        },
    };
    for (series, seen) in [(Series::Db, &look.db), (Series::Supabase, &look.supabase)] {
        if let Err(fault) = seen {
            add(of_fault(series, Verdict::Critical, fault));
        }
    }
    match &look.activity {
        Err(fault) => Series::OF_ACTIVITY
            .map(|series| of_fault(series, Verdict::Unknown, fault))
            .into_iter()
            .for_each(add),
        Ok(report) => {
            let sections = [
                (Series::Workers, complaint(&report.workers)),
                (Series::Queue, complaint(&report.queue)),
                (Series::Connections, complaint(&report.connections)),
                (Series::LongRunning, complaint(&report.long_running)),
                (Series::Locks, complaint(&report.locks)),
            ];
            for (series, found) in sections {
                match found {
                    Some(Ok(cause)) => add(Cause {
                        checks: vec![series],
                        since: memory.now(series).map(|now| now.cause_since),
                        ..cause
                    }),
                    Some(Err(fault)) => add(of_fault(series, Verdict::Unknown, fault)),
                    None => {}
                }
            }
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.verdict));
    causes
}

/// What is wrong with a section: its own sentence, with the code and the advice of its worst row.
fn complaint<T>(section: &Section<T>) -> Option<Result<Cause, &Fault>> {
    let finding = match section {
        Ok(finding) if finding.verdict == Verdict::Ok => return None,
        Ok(finding) => finding,
        Err(fault) => return Some(Err(fault)),
    };
    let mut rows: Vec<_> = finding.complaints().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.verdict, row.code.is_some())));
    let code = rows.iter().find_map(|row| row.code);
    Some(Ok(Cause {
        checks: Vec::new(),
        verdict: finding.verdict,
        code,
        detail: finding.summary.clone(),
        next_step: rows.iter().find_map(|row| row.advice.clone()),
        url: code.map(Code::page),
        since: None,
        chain: Vec::new(),
    }))
}
