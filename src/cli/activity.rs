//! What goes on in the database: `pg connections`, `pg long`, `pg locks`, `workers`, `queue status`.
//!
//! The same report as `/api/health/ops`, section by section, with who runs what: whoever has the
//! database's password may see that.

mod sessions;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use self::sessions::{connections, locks, long_running};
use crate::app::App;
use crate::cli::answer::{Answer, Output};
use crate::cli::exit::UNCHECKED;
use crate::cli::look_args::LookArgs;
use crate::cli::render::{columns, exit_code, more, printable, span};
use crate::cli::suffix::Suffix;
use crate::cli::via::Via;
use crate::cli::{target, via};
use crate::domain::activity::{Activity, Queue, Section, Workers};
use crate::domain::check::Check;
use crate::domain::pause::{EVERY_TYPE, counted, resume};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::http::SectionFound;

/// Which section is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Connections by state.
    Connections,
    /// Statements and idle transactions that last too long.
    LongRunning,
    /// Who waits for whom.
    Locks,
    /// The workers and their heartbeats.
    Workers,
    /// The job queue and its pauses.
    Queue,
}

impl Part {
    /// The command that shows it.
    const fn command(self) -> &'static str {
        match self {
            Self::Connections => "dragonfly-ops pg connections",
            Self::LongRunning => "dragonfly-ops pg long",
            Self::Locks => "dragonfly-ops pg locks",
            Self::Workers => "dragonfly-ops workers",
            Self::Queue => "dragonfly-ops queue status",
        }
    }
}

/// What every command takes that shows a part of the report on the database's activity.
#[derive(Debug, Args)]
pub(super) struct ActivityArgs {
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    via: Via,
}

impl ActivityArgs {
    /// Shows it.
    pub(super) async fn run(self, app: &App, part: Part) -> ExitCode {
        let LookArgs { env, output } = self.look;
        run(app, env.as_deref(), self.via.url.as_deref(), part, output).await
    }
}

/// Reads the report, from the database or `via` an instance, and shows one section of it.
async fn run(
    app: &App,
    env: Option<&str>,
    via: Option<&str>,
    part: Part,
    output: Output,
) -> ExitCode {
    let mut answer = Answer::new(output);
    let report = match read(&mut answer, app, env, via).await {
        Ok(report) => report,
        Err(code) => return code,
    };
    let suffix = Suffix::new(via, env);
    let form = (part, &answer, &suffix);
    match part {
        Part::Connections => show(report.connections, form, connections),
        Part::LongRunning => show(report.long_running, form, long_running),
        Part::Locks => show(report.locks, form, locks),
        Part::Workers => show(report.workers, form, workers),
        Part::Queue => show(report.queue, form, queue),
    }
}

async fn read(
    answer: &mut Answer,
    app: &App,
    env: Option<&str>,
    via: Option<&str>,
) -> Result<Activity, ExitCode> {
    let settings = &app.settings;
    if let Some(url) = via {
        let neighbour = via::at(answer, settings, url, env).await?;
        let read = neighbour.read_activity().await;
        return read.map_err(|fault| answer.fail(&fault, UNCHECKED));
    }
    let proven = target::announce(answer, settings, env)?;
    let fault = match app.read_activity().await {
        Ok(report) => return Ok(report),
        Err(fault) => fault,
    };
    match via::instead(answer, settings, &proven.environment, &fault).await {
        Some(neighbour) => {
            let read = neighbour.read_activity().await;
            read.map_err(|fault| answer.fail(&fault, UNCHECKED))
        }
        None => {
            let code = answer.fail(&fault, UNCHECKED);
            if fault.code == Code::DbPoolExhausted {
                eprintln!("  --via URL asks a running instance, which may still have its session");
            }
            Err(code)
        }
    }
}

fn show<T: Clone + Serialize>(
    section: Section<T>,
    (part, answer, suffix): (Part, &Answer, &Suffix),
    page: impl FnOnce(&T) -> String,
) -> ExitCode {
    let finding = match section {
        Ok(finding) => finding,
        Err(fault) => return answer.fail(&fault, UNCHECKED),
    };
    answer.give(&SectionFound::of(finding.clone()), || {
        let page = page(&finding.facts);
        let gap = if page.is_empty() { "" } else { "\n" };
        format!(
            "{}: {}\n{gap}{}{}",
            finding.verdict.as_str(),
            printable(&finding.summary),
            suffix.in_text(&page),
            suffix.in_text(&next_steps(&finding.checks, part.command()))
        )
    });
    exit_code(finding.verdict)
}

/// What to do about each row that is not well. The command that has just been run is no step.
fn next_steps(checks: &[Check], command: &str) -> String {
    let steps = checks
        .iter()
        .filter(|check| check.verdict != Verdict::Ok)
        .filter_map(|check| Some((check, check.advice.as_deref()?)))
        .filter(|(_, advice)| !advice.ends_with(command));
    let mut text = String::new();
    for (check, advice) in steps {
        let about = match (check.code, &check.subject) {
            (Some(code), Some(subject)) => format!("{code}, {}", printable(subject)),
            (Some(code), None) => code.to_string(),
            (None, subject) => subject
                .as_deref()
                .map_or_else(|| check.id.to_string(), printable),
        };
        let _ = writeln!(text, "\n{about}: {}", printable(advice));
    }
    text
}

fn workers(facts: &Workers) -> String {
    let has_kinds = facts.kinds.is_some();
    let rows: Vec<Vec<String>> = facts
        .items
        .iter()
        .map(|worker| {
            let number = |count: Option<i64>| count.map(|n| n.to_string()).unwrap_or_default();
            let word = |text: &Option<String>| text.clone().unwrap_or_default();
            let mut row = vec![word(&worker.name)];
            row.extend(has_kinds.then(|| word(&worker.kind)));
            row.extend([
                worker.state.as_str().replace('_', " "),
                span(worker.seconds_since_heartbeat),
                word(&worker.status),
                number(worker.jobs_processed),
                number(worker.error_count),
            ]);
            row
        })
        .collect();
    let mut headings = vec!["worker"];
    headings.extend(has_kinds.then_some("kind"));
    headings.extend(["state", "heartbeat", "says", "jobs", "errors"]);
    let mut text = if rows.is_empty() {
        String::new()
    } else {
        columns(&headings, &rows) + &more(facts.truncated)
    };
    if facts.gone > 0 {
        let _ = writeln!(
            text,
            "{} more were replaced or stopped over a day ago",
            facts.gone
        );
    }
    text + &read_from(&facts.table)
}

/// Which table it was read from.
fn read_from(table: &str) -> String {
    format!("\nRead from {table}.\n")
}

fn queue(facts: &Queue) -> String {
    let known = |count: Option<i64>| count.map_or_else(|| "not known".to_owned(), counted);
    let mut rows = vec![[
        "pending".to_owned(),
        counted(facts.pending),
        span(facts.oldest_pending_seconds),
    ]];
    let mut add = |what: &str, count: String| rows.push([what.to_owned(), count, String::new()]);
    if let Some(scheduled) = facts.scheduled {
        add("not due yet", counted(scheduled));
    }
    add("paused", counted(facts.paused));
    add("processing", counted(facts.processing));
    add("  of them stuck", known(facts.stuck_processing));
    add("failed in 24 h", known(facts.failed_24h));
    let mut text = columns(&["jobs", "", "oldest"], &rows);
    text.push_str(&read_from(&facts.table));
    if facts.pauses.is_empty() {
        return text;
    }
    let rows: Vec<_> = facts
        .pauses
        .iter()
        .map(|pause| {
            let (reason, by) = pause.order.as_ref().map_or(("", ""), |order| {
                (order.reason.as_str(), order.paused_by.as_str())
            });
            let expires = match pause.seconds_until_expiry {
                _ if !pause.active => "lifted".to_owned(),
                None => "never".to_owned(),
                Some(left) if left < 0.0 => format!("EXPIRED {} ago", span(Some(-left))),
                Some(left) => format!("in {}", span(Some(left))),
            };
            [
                pause.id.to_string(),
                pause
                    .job_type
                    .clone()
                    .unwrap_or_else(|| EVERY_TYPE.to_owned()),
                pause.held(),
                span(Some(pause.seconds_since_paused)),
                expires,
                by.to_owned(),
                reason.to_owned(),
            ]
        })
        .collect();
    text.push('\n');
    let headings = ["pause", "holds", "jobs", "for", "expires", "by", "reason"];
    text.push_str(&columns(&headings, &rows));
    let first = facts.pauses.first().map(|pause| resume(pause.id));
    let _ = writeln!(text, "\nTo lift the first: {}", first.unwrap_or_default());
    text
}
