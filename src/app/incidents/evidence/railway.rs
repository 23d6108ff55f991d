//! What runs at Railway, and the last lines of its logs.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::adapters::postgres::classify::meaning_of;
use crate::adapters::railway::{LogLine, Railway};
use crate::app::App;
use crate::app::incidents::evidence::pieces::Seen;
use crate::domain::doctor::Missed;
use crate::domain::doctor::railway::{DeploymentFacts, RailwayFacts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::MOST_CAPTURED;
use crate::domain::long_work::on_a_thread;
use crate::domain::taxonomy::Code;
use crate::reading::alerts::clean;
use crate::reading::records::Level;
use crate::reading::redact::Redactor;
use crate::reading::triage::{Certainty, triage};

/// How long all of it may take: less than whoever waits for the piece does, so that what is there is kept.
const WITHIN: Duration = Duration::from_secs(9);
/// Of how many services the log is read, and how much of it, in lines.
const LOGS: usize = 5;
const LINES: u32 = 200;
/// How long a line may be, in characters.
const LONGEST_LINE: usize = 1_000;
/// How much all lines may take, in bytes: the deployments stand beside them.
const MOST_OF_LINES: usize = MOST_CAPTURED * 3 / 4;

/// A log, as it was read.
struct ReadLog {
    /// Of what.
    title: String,
    lines: Result<Vec<LogLine>, Fault>,
}

impl App {
    /// What runs there: the latest deployment of each service, and how the logs end, of those first that do not run.
    pub(super) async fn see_railway(&self) -> Result<Seen, String> {
        let until = Instant::now() + WITHIN;
        let railway = match self.railway() {
            Ok(railway) => railway,
            Err(fault) if fault.kind == Some(FaultKind::NotAsked) => {
                let unset = "Not asked: neither RAILWAY_TOKEN nor RAILWAY_API_TOKEN is set.\n";
                return Ok(Seen::text(unset.to_owned()));
            }
            Err(fault) => return Err(fault.to_string()),
        };
        let proven = self.settings.target.prove(None);
        let proven = proven.map_err(|fault| fault.to_string())?;
        let looking = timeout_at(until, self.look_at_railway(&proven.environment)).await;
        let look = looking.map_err(|_| too_late().to_string())?;
        let facts = match look.map(|look| look.found) {
            Some(Ok(facts)) => facts,
            Some(Err(Missed::Failed(fault))) => return Err(fault.to_string()),
            Some(Err(Missed::After(_))) | None => return Err("the settings are wrong".to_owned()),
        };
        let logs = read_logs(railway, &facts, until).await;
        let redactor = self.settings.redactor.clone();
        let text = on_a_thread(move || Ok(show(&facts, logs, &redactor))).await;
        text.map(Seen::text).map_err(|fault| fault.to_string())
    }
}

/// How the logs end.
async fn read_logs(railway: &Railway, facts: &RailwayFacts, until: Instant) -> Vec<ReadLog> {
    let services = facts.services.iter();
    let mut deployed: Vec<_> = services
        .filter_map(|service| Some((service.name.as_str(), service.deployment.as_ref()?)))
        .collect();
    deployed.sort_by_key(|(_, deployment)| Reverse(trouble(deployment)));
    deployed.truncate(LOGS);
    let reads = deployed.into_iter().map(async |(name, deployment)| {
        let id = &deployment.id;
        let mut logs = vec![ReadLog {
            title: format!("Log of {name}"),
            lines: in_time(until, railway.logs(id, LINES)).await,
        }];
        // Why it never ran may stand in how it was built.
        if deployment.status == "FAILED" {
            logs.push(ReadLog {
                title: format!("Build of {name}"),
                lines: in_time(until, railway.build_logs(id, LINES)).await,
            });
        }
        logs
    });
    join_all(reads).await.into_iter().flatten().collect()
}

async fn in_time<T>(
    until: Instant,
    asked: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let answered = timeout_at(until, asked).await;
    answered.unwrap_or_else(|_| Err(too_late()))
}

fn too_late() -> Fault {
    let seconds = WITHIN.as_secs();
    let detail = format!("Railway's API did not answer within {seconds} s.");
    Fault::new(Code::NetTimeout, detail)
}

/// How much there may be to read in its log.
fn trouble(deployment: &DeploymentFacts) -> u8 {
    match deployment.standing() {
        Some("CRASHED" | "FAILED") => 2,
        None => 1,
        Some(_) => 0,
    }
}

fn show(facts: &RailwayFacts, logs: Vec<ReadLog>, redactor: &Redactor) -> String {
    let name = |name: &str| clean(name, LONGEST_LINE, redactor);
    let mut text = format!("Environment {}\n", name(&facts.environment));
    for service in &facts.services {
        // Writing into a string cannot fail.
        let _ = match &service.deployment {
            Some(deployment) => writeln!(
                text,
                "{}: deployment {}. {}",
                name(&service.name),
                name(&deployment.id),
                name(&deployment.summary())
            ),
            None => writeln!(text, "{}: nothing was ever deployed.", name(&service.name)),
        };
    }
    let room = MOST_OF_LINES / logs.len().max(1);
    for log in logs {
        let _ = writeln!(text, "\n{}", name(&log.title));
        match log.lines {
            Ok(lines) => text.push_str(&last(&lines, room, redactor)),
            Err(fault) => {
                let _ = writeln!(text, "could not be read: {fault}");
            }
        }
    }
    text
}

/// As many of the last lines as there is room for.
fn last(lines: &[LogLine], room: usize, redactor: &Redactor) -> String {
    let mut shown = Vec::new();
    let mut left = room;
    for line in lines.iter().rev() {
        let line = show_line(line, redactor);
        let Some(rest) = left.checked_sub(line.len()) else {
            break;
        };
        left = rest;
        shown.push(line);
    }
    let earlier = lines.len() - shown.len();
    let before = match (lines.len(), earlier) {
        (0, _) => "has no line.\n".to_owned(),
        (_, 0) => String::new(),
        (_, earlier) => format!("({earlier} lines before these)\n"),
    };
    let lines = shown.into_iter().rev();
    std::iter::once(before).chain(lines).collect()
}

/// When, how bad, which code where it is an error, what.
fn show_line(line: &LogLine, redactor: &Redactor) -> String {
    let message = clean(&line.message, LONGEST_LINE, redactor);
    let level = line.severity.as_deref().and_then(Level::of_word);
    let is_error = level.is_none_or(|level| level >= Level::Error);
    let code = is_error.then(|| code_of(&message, redactor)).flatten();
    let code = code.map_or_else(String::new, |code| format!("{code} "));
    let level = line.severity.as_deref().unwrap_or("-");
    let level = clean(level, 20, redactor);
    format!("{:.3} {level:7} {code}{message}\n", line.timestamp)
}

/// The code that a text states, or that triage gives it.
fn code_of(text: &str, redactor: &Redactor) -> Option<Code> {
    let first = triage(text, meaning_of, redactor).into_iter().next()?;
    (first.certainty == Certainty::Likely).then_some(first.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::doctor::railway::ServiceFacts;

    fn line(severity: Option<&str>, message: &str) -> LogLine {
        LogLine {
            timestamp: "2026-11-24T10:00:00Z".parse().expect("a time"),
            message: message.to_owned(),
            severity: severity.map(str::to_owned),
        }
    }

    #[test]
    fn errors_have_their_code_and_no_line_has_a_secret() {
        let redactor = Redactor::new(["hunter2hunter2".to_owned()]);
        let refused = "could not connect: connection to server at \"10.0.0.1\", port 5432 failed: Connection refused";
        for (line, shown) in [
            (
                line(Some("error"), refused),
                format!("2026-11-24T10:00:00.000Z error   DFE-DB-001 {refused}\n"),
            ),
            (
                line(Some("info"), refused),
                format!("2026-11-24T10:00:00.000Z info    {refused}\n"),
            ),
            (
                line(None, "job 7 done, key hunter2hunter2"),
                "2026-11-24T10:00:00.000Z -       job 7 done, key [redacted]\n".to_owned(),
            ),
        ] {
            assert_eq!(show_line(&line, &redactor), shown);
        }
    }

    #[test]
    fn what_was_written_last_is_kept_and_all_of_it_fits() {
        let redactor = Redactor::default();
        let lines: Vec<_> = (0..200)
            .map(|n| line(Some("info"), &format!("line {n} {}", "x".repeat(900))))
            .collect();
        let service = |name: &str| ServiceFacts {
            name: name.to_owned(),
            deployment: Some(DeploymentFacts::default()),
            ..ServiceFacts::default()
        };
        let facts = RailwayFacts {
            services: ["a", "b", "c"].map(service).into(),
            ..RailwayFacts::default()
        };
        let log = |lines| ReadLog {
            title: "Log of a".to_owned(),
            lines,
        };
        let logs = vec![log(Ok(lines)), log(Ok(Vec::new())), log(Err(too_late()))];
        let text = show(&facts, logs, &redactor);
        assert!(text.len() < MOST_CAPTURED, "{}", text.len());
        assert!(text.contains("line 199 ") && !text.contains("line 0 "));
        assert!(text.contains(" lines before these)"), "{text}");
        assert!(text.contains("has no line.") && text.contains("DFE-NET-001"));
    }
}
