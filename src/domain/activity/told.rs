//! The report as another instance tells it.
//!
//! # Design notes
//!
//! Verdicts and sentences are those of the instance: it has judged what it saw, and nobody judges
//! again. It tells only the rows that are not well, and of a section that has none of its own it is
//! said again what its sentence says.

use serde::Deserialize;

use crate::domain::activity::rows::{RowId, row_id};
use crate::domain::activity::{
    Activity, Connections, Finding, LongRunning, Queue, Section, Workers,
};
use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::locks::LockForest;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The body of an answer.
#[derive(Debug, Deserialize)]
pub struct ToldActivity {
    sections: ToldSections,
}

#[derive(Debug, Deserialize)]
struct ToldSections {
    workers: ToldSection<Workers>,
    queue: ToldSection<Queue>,
    connections: ToldSection<Connections>,
    long_running: ToldSection<LongRunning>,
    locks: ToldSection<LockForest>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ToldSection<T> {
    Found {
        verdict: Verdict,
        summary: String,
        complaints: Vec<ToldRow>,
        #[serde(flatten)]
        facts: T,
    },
    Unread {
        problem: ToldFault,
    },
}

#[derive(Debug, Deserialize)]
struct ToldRow {
    #[serde(deserialize_with = "row_id")]
    id: RowId,
    subject: Option<String>,
    verdict: Verdict,
    code: Option<String>,
    summary: String,
    advice: Option<String>,
}

/// A problem that was told, or the part of it that a section has.
#[derive(Debug, Deserialize)]
pub struct ToldFault {
    code: String,
    detail: String,
    first_check: Option<String>,
    #[serde(default)]
    cause: Vec<String>,
}

impl From<ToldFault> for Fault {
    fn from(told: ToldFault) -> Self {
        let code = told.code.parse().unwrap_or(Code::Internal);
        let fault = Self::new(code, told.detail).caused_by(told.cause);
        match told.first_check {
            Some(first_check) => fault.check_first(first_check),
            None => fault,
        }
    }
}

impl From<ToldRow> for Check {
    fn from(told: ToldRow) -> Self {
        Self {
            subject: told.subject,
            code: told.code.and_then(|code| code.parse().ok()),
            advice: told.advice,
            ..Self::new(told.id, told.verdict, told.summary)
        }
    }
}

impl From<ToldActivity> for Activity {
    fn from(ToldActivity { sections }: ToldActivity) -> Self {
        Self {
            workers: sections.workers.understand("workers.summary"),
            queue: sections.queue.understand("queue.backlog"),
            connections: sections.connections.understand("connections.used"),
            long_running: sections.long_running.understand("connections.long-running"),
            locks: sections.locks.understand("locks.waiting"),
        }
    }
}

impl<T> ToldSection<T> {
    /// The section, whose own row is `id`.
    fn understand(self, id: RowId) -> Section<T> {
        match self {
            Self::Found {
                verdict,
                summary,
                complaints,
                facts,
            } => {
                let mut checks: Vec<Check> = complaints.into_iter().map(Check::from).collect();
                if checks.iter().all(|check| check.id != id) {
                    checks.insert(0, Check::new(id, Verdict::Ok, summary.clone()));
                }
                Ok(Finding {
                    verdict,
                    summary,
                    checks,
                    facts,
                })
            }
            Self::Unread { problem } => Err(problem.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told() -> serde_json::Value {
        json!({
            "status": "ok",
            "sections": {
                "workers": { "verdict": "warning", "summary": "1 of 2.", "complaints": [
                    { "id": "workers.summary", "verdict": "warning", "summary": "1 of 2.", "advice": "look" },
                    { "id": "workers.worker", "subject": "a", "verdict": "warning", "summary": "Late." },
                ], "table": "ops.worker_heartbeats", "total": 1, "by_state": { "late": 1 }, "kinds": null, "gone": 0,
                    "truncated": false, "unanswered": [], "items": [
                    { "name": "a", "kind": null, "state": "late", "status": null, "seconds_since_heartbeat": 100.0,
                        "seconds_since_finished_job": null, "has_recent_job": null, "jobs_processed": 3,
                        "error_count": null },
                ] },
                "queue": { "verdict": "unknown", "summary": "no table",
                    "problem": { "type": "/errors/DFE-VAL-002", "code": "DFE-VAL-002", "title": "x",
                        "detail": "no table", "retryable": false, "first_check": "y" } },
                "connections": { "verdict": "critical", "summary": "9 of 9.", "complaints": [
                    { "id": "connections.newer", "verdict": "critical", "code": "DFE-DB-004", "summary": "9 of 9." },
                ], "used": 9, "ceiling": 9, "ratio": 1.0, "by_state": { "idle": 9 }, "hidden": 0 },
                "long_running": { "verdict": "warning", "summary": "1.", "complaints": [], "active": [
                    { "pid": 7, "state": "active", "seconds": 61.0, "backend_start": null,
                        "transaction_seconds": null },
                ], "idle_in_transaction": [], "hidden": 0, "truncated": false },
                "locks": { "verdict": "ok", "summary": "None.", "complaints": [], "waiting": 1,
                    "longest_wait_seconds": 1.0, "edges": [], "truncated": false, "roots": [
                    { "pid": 7, "kind": "cycle", "waiting": 1, "longest_wait_seconds": 1.0, "waiting_pids": [7],
                        "state": null, "backend_start": null, "transaction_seconds": null, "user": "u",
                        "client": null, "application": "a", "query": null },
                ] },
            },
        })
    }

    #[test]
    fn a_report_is_understood_as_it_was_told() {
        let told: ToldActivity = serde_json::from_value(told()).expect("it is understood");
        let report = Activity::from(told);
        let workers = report.workers.as_ref().expect("it was read");
        let rows: Vec<_> = workers.checks.iter().map(|check| check.id).collect();
        assert_eq!(rows, ["workers.summary", "workers.worker"]);
        assert_eq!(workers.checks[1].subject.as_deref(), Some("a"));
        assert_eq!(
            (workers.verdict, workers.facts.items[0].jobs_processed),
            (Verdict::Warning, Some(3))
        );
        let fault = report.queue.as_ref().expect_err("it was not");
        assert_eq!((fault.code, &*fault.detail), (Code::ValSchema, "no table"));
        let connections = report.connections.as_ref().expect("it was read");
        let rows: Vec<_> = connections
            .checks
            .iter()
            .map(|check| (check.id, check.code))
            .collect();
        let expected = [
            ("connections.used", None),
            ("activity.other", Some(Code::DbPoolExhausted)),
        ];
        assert_eq!(rows, expected);
        assert_eq!(connections.facts.holders, None);
        let long = report.long_running.as_ref().expect("it was read");
        assert!(long.facts.active[0].identity.is_none(), "nobody told it");
        let locks = report.locks.as_ref().expect("it was read");
        let root = &locks.facts.roots[0];
        let user = root.identity.as_ref().and_then(|who| who.user.as_deref());
        assert_eq!((root.kind.as_str(), user), ("cycle", Some("u")));
        assert_eq!(report.verdict(), Verdict::Critical);
    }

    #[test]
    fn what_is_no_report_is_not_understood() {
        for other in [json!({}), json!([]), json!({ "sections": {} })] {
            assert!(serde_json::from_value::<ToldActivity>(other).is_err());
        }
    }
}
