//! The sections of the activity report, as answers say them: what each came to, or why it could not be read.

use std::fmt::Write as _;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::activity::{
    Activity, Connections, Finding, LongRunning, Queue, Section, Workers,
};
use crate::domain::check::Check;
use crate::domain::locks::LockForest;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::http::run::FailureRow;

/// The sections of the report.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Sections)]
pub(super) struct SectionBodies {
    /// Who works.
    workers: SectionBody<Workers>,
    /// What there is to do.
    queue: SectionBody<Queue>,
    /// Who is connected.
    connections: SectionBody<Connections>,
    /// What takes long.
    long_running: SectionBody<LongRunning>,
    /// Who waits for whom.
    locks: SectionBody<LockForest>,
}

/// A section: what it came to, or the problem of reading it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum SectionBody<T> {
    /// It was read.
    Found(SectionFound<T>),
    /// It could not be read.
    Unread(SectionUnread),
}

/// A section that was read: its verdict, with what it rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SectionFound<T> {
    /// What it came to.
    verdict: Verdict,
    /// One sentence for people.
    summary: String,
    /// What is not well, one by one: the rows that `doctor` shows, too.
    complaints: Vec<Complaint>,
    /// What was found.
    #[serde(flatten)]
    facts: T,
}

impl<T> SectionFound<T> {
    /// What was found, as everybody is told of it.
    pub(crate) fn of(finding: Finding<T>) -> Self {
        Self {
            verdict: finding.verdict,
            complaints: finding.complaints().map(Complaint::of).collect(),
            summary: finding.summary,
            facts: finding.facts,
        }
    }
}

/// One thing that is not well.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Complaint {
    /// What was looked at, stable, as in `doctor`.
    id: &'static str,
    /// Which one of several, such as a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject: Option<String>,
    /// The judgement.
    verdict: Verdict,
    /// The cause, where it has a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<Code>,
    /// One sentence for people.
    summary: String,
    /// What to look at, or to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    advice: Option<String>,
}

impl Complaint {
    fn of(check: &Check) -> Self {
        Self {
            id: check.id,
            subject: check.subject.clone(),
            verdict: check.verdict,
            code: check.code,
            summary: check.summary.clone(),
            advice: check.advice.clone(),
        }
    }
}

/// What is known of a section that could not be read.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum UnreadVerdict {
    /// Nothing.
    Unknown,
}

/// A section that could not be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct SectionUnread {
    /// A section that was read may be so, too, but has no `problem`.
    verdict: UnreadVerdict,
    /// One sentence for people.
    summary: String,
    /// Why it could not be read.
    problem: FailureRow,
}

impl SectionBodies {
    /// The report as `role` may see it.
    pub(super) fn of(report: &Activity, role: Role) -> Self {
        let report = report.clone().shown_to(role);
        Self {
            workers: section(report.workers, role),
            queue: section(report.queue, role),
            connections: section(report.connections, role),
            long_running: section(report.long_running, role),
            locks: section(report.locks, role),
        }
    }

    /// The sentences of the sections that are not well.
    pub(super) fn complaints(&self) -> String {
        let sentences = [
            ("workers", self.workers.said()),
            ("queue", self.queue.said()),
            ("connections", self.connections.said()),
            ("long_running", self.long_running.said()),
            ("locks", self.locks.said()),
        ];
        let mut text = String::new();
        for (name, (_, summary)) in sentences
            .iter()
            .filter(|(_, (verdict, _))| *verdict > Verdict::Ok)
        {
            // Writing into a string cannot fail.
            let _ = write!(text, "{name}: {summary} ");
        }
        text
    }
}

impl<T> SectionBody<T> {
    fn said(&self) -> (Verdict, &str) {
        match self {
            Self::Found(found) => (found.verdict, &found.summary),
            Self::Unread(unread) => (Verdict::Unknown, &unread.summary),
        }
    }
}

fn section<T>(section: Section<T>, role: Role) -> SectionBody<T> {
    match section {
        Ok(finding) => SectionBody::Found(SectionFound::of(finding)),
        Err(fault) => SectionBody::Unread(SectionUnread {
            verdict: UnreadVerdict::Unknown,
            summary: fault.detail.clone().into_owned(),
            problem: FailureRow::of(&fault, role),
        }),
    }
}
