//! What goes on in the database: `pg connections`, `pg long`, `pg locks`, `workers`, `queue status`.
//!
//! The same report as `/api/health/ops`, section by section, with who runs what: whoever has the
//! database's password may see that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::ExitCode;

use crate::app::App;
use crate::cli::exit::UNCHECKED;
use crate::cli::render::{self, Output, columns, exit_code, printable};
use crate::cli::{target, via};
use crate::domain::activity::{
    Activity, Connections, Finding, Holder, LongRunning, LongSession, Queue, Section, Workers,
};
use crate::domain::fault::Fault;
use crate::domain::locks::{LockEdge, LockForest, RootBlocker, RootKind};
use crate::domain::pause::{EVERY_TYPE, counted, resume};
use crate::domain::session::SessionIdentity;
use serde::Serialize;

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

/// Reads the report, from the database or `via` an instance, and shows one section of it.
pub(super) async fn run(
    app: &App,
    env: Option<&str>,
    via: Option<&str>,
    part: Part,
    output: Output,
) -> ExitCode {
    let report = match read(app, env, via).await {
        Ok(report) => report,
        Err(code) => return code,
    };
    match part {
        Part::Connections => show(&report.connections, output, connections),
        Part::LongRunning => show(&report.long_running, output, long_running),
        Part::Locks => show(&report.locks, output, locks),
        Part::Workers => show(&report.workers, output, workers),
        Part::Queue => show(&report.queue, output, queue),
    }
}

async fn read(app: &App, env: Option<&str>, via: Option<&str>) -> Result<Activity, ExitCode> {
    let settings = &app.settings;
    if let Some(url) = via {
        let neighbour = via::at(settings, url, env).await?;
        return neighbour
            .read_activity()
            .await
            .map_err(|fault| complain(&fault));
    }
    let proven = target::announce(settings, env)?;
    let fault = match app.read_activity().await {
        Ok(report) => return Ok(report),
        Err(fault) => fault,
    };
    match via::instead(settings, &proven.environment, &fault).await {
        Some(neighbour) => neighbour
            .read_activity()
            .await
            .map_err(|fault| complain(&fault)),
        None => Err(complain(&fault)),
    }
}

fn complain(fault: &Fault) -> ExitCode {
    render::fault(fault);
    ExitCode::from(UNCHECKED)
}

fn show<T: Serialize>(
    section: &Section<T>,
    output: Output,
    page: impl FnOnce(&T) -> String,
) -> ExitCode {
    let Finding {
        verdict,
        summary,
        checks,
        facts,
    } = match section {
        Ok(finding) => finding,
        Err(fault) => return complain(fault),
    };
    match output {
        Output::Json => render::json(&serde_json::json!({
            "verdict": verdict, "summary": summary, "checks": checks, "facts": facts,
        })),
        Output::Table => {
            let page = page(facts);
            let gap = if page.is_empty() { "" } else { "\n" };
            render::print(&format!(
                "{}: {}\n{gap}{page}",
                verdict.as_str(),
                printable(summary)
            ));
        }
    }
    exit_code(*verdict)
}

fn connections(facts: &Connections) -> String {
    let mut rows: Vec<[String; 2]> = facts
        .by_state
        .iter()
        .map(|(state, count)| [state.clone(), count.to_string()])
        .collect();
    if facts.hidden > 0 {
        rows.push([UNSEEN_STATE.to_owned(), facts.hidden.to_string()]);
    }
    rows.push([
        "all, of those that there can be".to_owned(),
        format!("{} of {}", facts.used, facts.ceiling),
    ]);
    let mut text = columns(&["state", "connections"], &rows);
    let holders = facts.holders.as_deref().unwrap_or_default();
    if holders.is_empty() {
        return text;
    }
    let rows: Vec<_> = holders.iter().map(holder).collect();
    let headings = [
        "application",
        "user",
        "client",
        "state",
        "sessions",
        "oldest",
        "its pid",
        "its backend start",
    ];
    text.push('\n');
    text.push_str(&columns(&headings, &rows));
    text.push_str(&more(facts.truncated));
    let first = holders
        .iter()
        .find_map(|holder| Some((holder.oldest_pid?, holder.oldest_backend_start.as_deref())));
    text.push_str(&first.map_or_else(String::new, |(pid, start)| ending(pid, start)));
    text
}

fn holder(holder: &Holder) -> [String; 8] {
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        word(&holder.application),
        word(&holder.user),
        word(&holder.client),
        holder
            .state
            .clone()
            .unwrap_or_else(|| UNSEEN_STATE.to_owned()),
        holder.sessions.to_string(),
        span(holder.oldest_seconds),
        holder
            .oldest_pid
            .map(|pid| pid.to_string())
            .unwrap_or_default(),
        word(&holder.oldest_backend_start),
    ]
}

/// What stands for a state that the role may not see.
const UNSEEN_STATE: &str = "(not to be seen)";

fn long_running(facts: &LongRunning) -> String {
    let rows: Vec<_> = facts
        .active
        .iter()
        .chain(&facts.idle_in_transaction)
        .map(long_session)
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let headings = [
        "pid",
        "state",
        "for",
        "user",
        "client",
        "backend start",
        "query",
    ];
    let mut text = columns(&headings, &rows);
    text.push_str(&more(facts.truncated));
    let mut sessions = facts.active.iter().chain(&facts.idle_in_transaction);
    let first = sessions.next();
    text.push_str(&first.map_or_else(String::new, |session| {
        ending(session.pid, session.backend_start.as_deref())
    }));
    text
}

/// What can be done about the session that is listed first.
fn ending(pid: i32, backend_start: Option<&str>) -> String {
    let start = backend_start.map_or_else(String::new, |start| {
        format!(" --backend-start \"{}\"", printable(start))
    });
    format!(
        "\nTo cancel the statement of the first one, or to end its session:\n  \
         dragonfly-ops pg cancel {pid}{start} --reason \"it is in the way\"\n  \
         dragonfly-ops pg terminate {pid}{start} --reason \"it is in the way\"\n"
    )
}

fn long_session(session: &LongSession) -> [String; 7] {
    let (user, client, query) = who(session.identity.as_ref());
    [
        session.pid.to_string(),
        session.state.clone(),
        span(Some(session.seconds)),
        user,
        client,
        session.backend_start.clone().unwrap_or_default(),
        query,
    ]
}

fn who(identity: Option<&SessionIdentity>) -> (String, String, String) {
    let Some(identity) = identity else {
        return Default::default();
    };
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let client = match (text(&identity.application), text(&identity.client)) {
        (application, client) if client.is_empty() => application,
        (application, client) => format!("{application} {client}"),
    };
    (
        text(&identity.user),
        client.trim().to_owned(),
        text(&identity.query),
    )
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

fn locks(facts: &LockForest) -> String {
    let mut behind: BTreeMap<i32, Vec<&LockEdge>> = BTreeMap::new();
    for edge in &facts.edges {
        behind.entry(edge.blocking_pid).or_default().push(edge);
    }
    let mut text = String::new();
    for root in &facts.roots {
        let mut seen = BTreeSet::from([root.pid]);
        text.push_str(&root_line(root));
        branches(root.pid, &behind, "", &mut seen, &mut text);
    }
    if !facts.roots.is_empty() {
        text.push_str(&more(facts.truncated));
        let first = facts
            .roots
            .iter()
            .find(|root| root.kind != RootKind::PreparedTransaction);
        text.push_str(&first.map_or_else(String::new, |root| {
            ending(root.pid, root.backend_start.as_deref())
        }));
    }
    text
}

fn root_line(root: &RootBlocker) -> String {
    let (user, client, query) = who(root.identity.as_ref());
    let what = match root.kind {
        RootKind::PreparedTransaction => {
            "a prepared transaction: no session to end, see pg_prepared_xacts"
        }
        RootKind::Cycle => "sessions that wait for each other",
        RootKind::Session => root
            .state
            .as_deref()
            .unwrap_or("a state that this role may not see"),
    };
    let about = [user, client, query]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let since = span(root.transaction_seconds);
    let since = if since.is_empty() {
        since
    } else {
        format!(" for {since}")
    };
    format!(
        "{} {}{since}, {} behind it{}{}\n",
        root.pid,
        printable(what),
        root.waiting,
        if about.is_empty() { "" } else { ": " },
        printable(&about)
    )
}

fn branches(
    pid: i32,
    behind: &BTreeMap<i32, Vec<&LockEdge>>,
    indent: &str,
    seen: &mut BTreeSet<i32>,
    text: &mut String,
) {
    let edges = behind.get(&pid).map(Vec::as_slice).unwrap_or_default();
    for (at, edge) in edges.iter().enumerate() {
        let is_last = at + 1 == edges.len();
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let word = |part: &Option<String>| part.clone().unwrap_or_default();
        let what = match word(&edge.relation) {
            relation if relation.is_empty() => word(&edge.lock_type),
            relation => relation,
        };
        // Who stands elsewhere in the tree is named again, and not followed again.
        let is_new = seen.insert(edge.waiting_pid);
        let _ = writeln!(
            text,
            "{indent}{branch}{} waits {} for {} on {}{}",
            edge.waiting_pid,
            span(edge.wait_seconds),
            printable(&word(&edge.mode)),
            printable(&what),
            if is_new { "" } else { " (see above)" }
        );
        if is_new {
            branches(
                edge.waiting_pid,
                behind,
                &format!("{indent}{below}"),
                seen,
                text,
            );
        }
    }
}

fn more(truncated: bool) -> String {
    if truncated {
        "... and more that are not listed\n".to_owned()
    } else {
        String::new()
    }
}

/// Seconds for people: `35 s`, `12 min`, `3.5 h`, `2 d`.
fn span(seconds: Option<f64>) -> String {
    match seconds {
        None => String::new(),
        Some(s) if s < 0.0 => "in the future".to_owned(),
        Some(s) if s < 120.0 => format!("{s:.0} s"),
        Some(s) if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        Some(s) if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        Some(s) => format!("{:.0} d", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(waiting_pid: i32, blocking_pid: i32) -> LockEdge {
        LockEdge {
            waiting_pid,
            blocking_pid,
            wait_seconds: Some(7.0),
            lock_type: Some("relation".to_owned()),
            mode: Some("AccessExclusiveLock".to_owned()),
            relation: Some("public.t".to_owned()),
        }
    }

    fn tree(edges: &[(i32, i32)]) -> String {
        let edges = edges.iter().map(|(a, b)| edge(*a, *b)).collect();
        locks(&LockForest::grow(edges, &BTreeMap::new(), false))
    }

    #[test]
    fn locks_are_a_tree() {
        let text = tree(&[(2, 1), (3, 2), (4, 1)]);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("1 "), "{text}");
        assert_eq!(
            lines[1..4],
            [
                "├─ 2 waits 7 s for AccessExclusiveLock on public.t",
                "│  └─ 3 waits 7 s for AccessExclusiveLock on public.t",
                "└─ 4 waits 7 s for AccessExclusiveLock on public.t",
            ]
        );
        assert_eq!(tree(&[]), "");
    }

    #[test]
    fn a_ring_ends() {
        let text = tree(&[(5, 6), (6, 5)]);
        assert!(
            text.contains("5 waits") && text.contains("see above"),
            "{text}"
        );
    }

    #[test]
    fn spans_are_for_people() {
        let spans = [0.4, 119.0, 600.0, 12_600.0, 172_801.0, -5.0].map(|s| span(Some(s)));
        let expected = ["0 s", "119 s", "10 min", "3.5 h", "2 d", "in the future"];
        assert_eq!(spans, expected);
    }
}
