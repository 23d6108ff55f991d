//! What is not well, why, and what to do first.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::activity::Judged;
use crate::domain::fault::Fault;
use crate::domain::history::{Memory, Series};
use crate::domain::last_look::LastLook;
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
pub(super) fn of(look: &LastLook, memory: &Memory, role: Role) -> Vec<Cause> {
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
    // Its own sentence, with the code and the advice of its worst row.
    let of_section = |series, judged: Judged<'_>| Cause {
        checks: vec![series],
        verdict: judged.verdict,
        code: judged.code(),
        detail: judged.summary.to_owned(),
        next_step: judged
            .complaints()
            .iter()
            .find_map(|row| row.advice.clone()),
        url: judged.code().map(Code::page),
        since: memory.now(series).map(|now| now.cause_since),
        chain: Vec::new(),
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
            for (series, found) in report.sections() {
                match found {
                    Ok(judged) if judged.verdict == Verdict::Ok => {}
                    Ok(judged) => add(of_section(series, judged)),
                    Err(fault) => add(of_fault(series, Verdict::Unknown, fault)),
                }
            }
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.verdict));
    causes
}
