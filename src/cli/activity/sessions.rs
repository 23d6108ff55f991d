//! The sessions of the database: who holds connections, what lasts too long, who waits for whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::cli::render::{columns, more, printable, span};
use crate::domain::activity::{Connections, Holder, LongRunning, LongSession};
use crate::domain::locks::{LockEdge, LockForest, RootBlocker, RootKind};
use crate::domain::session::{ACTIVE, SessionIdentity};

pub(super) fn connections(facts: &Connections) -> String {
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
        .find_map(|holder| Some((holder.oldest_pid?, holder)));
    text.push_str(&first.map_or_else(String::new, |(pid, holder)| {
        let start = holder.oldest_backend_start.as_deref();
        ending(pid, start, holder.state.as_deref())
    }));
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

pub(super) fn long_running(facts: &LongRunning) -> String {
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
        let start = session.backend_start.as_deref();
        ending(session.pid, start, Some(&session.state))
    }));
    text
}

/// What can be done about the session that is listed first. One that runs no statement has none to cancel.
fn ending(pid: i32, backend_start: Option<&str>, state: Option<&str>) -> String {
    let start = backend_start.map_or_else(String::new, |start| {
        format!(" --backend-start \"{}\"", printable(start))
    });
    let end = format!("dragonfly-ops pg terminate {pid}{start} --reason \"it is in the way\"\n");
    if state.is_some_and(|state| state != ACTIVE) {
        return format!("\nTo end the session of the first one, which runs no statement:\n  {end}");
    }
    format!(
        "\nTo cancel the statement of the first one, or to end its session:\n  \
         dragonfly-ops pg cancel {pid}{start} --reason \"it is in the way\"\n  {end}"
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

pub(super) fn locks(facts: &LockForest) -> String {
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
            ending(
                root.pid,
                root.backend_start.as_deref(),
                root.state.as_deref(),
            )
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

/// So many that wait alike have a row of their own each; of more the first ones are named in one row.
const NAMED: usize = 3;

/// Those behind one session, in their order: each by itself, or many that wait alike and have nobody behind them.
fn rows<'a>(
    edges: &[&'a LockEdge],
    behind: &BTreeMap<i32, Vec<&LockEdge>>,
    seen: &BTreeSet<i32>,
) -> Vec<Vec<&'a LockEdge>> {
    let is_end = |edge: &LockEdge| {
        !behind.contains_key(&edge.waiting_pid) && !seen.contains(&edge.waiting_pid)
    };
    let alike = |one: &LockEdge, other: &LockEdge| {
        is_end(other) && one.mode == other.mode && target(one) == target(other)
    };
    let mut rows: Vec<Vec<&LockEdge>> = Vec::new();
    for (at, edge) in edges.iter().enumerate() {
        if !is_end(edge) {
            rows.push(vec![edge]);
            continue;
        }
        if edges[..at].iter().any(|before| alike(edge, before)) {
            continue;
        }
        let all = edges[at..].iter().copied();
        let all: Vec<_> = all.filter(|other| alike(edge, other)).collect();
        if all.len() > NAMED {
            rows.push(all);
        } else {
            rows.extend(all.into_iter().map(|edge| vec![edge]));
        }
    }
    rows
}

/// What is waited for.
fn target(edge: &LockEdge) -> &str {
    let relation = edge.relation.as_deref().filter(|name| !name.is_empty());
    relation.or(edge.lock_type.as_deref()).unwrap_or_default()
}

fn branches(
    pid: i32,
    behind: &BTreeMap<i32, Vec<&LockEdge>>,
    indent: &str,
    seen: &mut BTreeSet<i32>,
    text: &mut String,
) {
    let edges = behind.get(&pid).map(Vec::as_slice).unwrap_or_default();
    let rows = rows(edges, behind, seen);
    for (at, row) in rows.iter().enumerate() {
        let is_last = at + 1 == rows.len();
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let edge = row[0];
        let mode = printable(edge.mode.as_deref().unwrap_or_default());
        let what = printable(target(edge));
        if row.len() > 1 {
            let longest = row.iter().filter_map(|edge| edge.wait_seconds);
            let longest = longest.max_by(f64::total_cmp);
            let first: Vec<_> = row[..NAMED]
                .iter()
                .map(|edge| edge.waiting_pid.to_string())
                .collect();
            let _ = writeln!(
                text,
                "{indent}{branch}{} sessions wait, the longest {}, for {mode} on {what}: {} and {} more",
                row.len(),
                span(longest),
                first.join(", "),
                row.len() - NAMED
            );
            seen.extend(row.iter().map(|edge| edge.waiting_pid));
            continue;
        }
        // Who stands elsewhere in the tree is named again, and not followed again.
        let is_new = seen.insert(edge.waiting_pid);
        let _ = writeln!(
            text,
            "{indent}{branch}{} waits {} for {mode} on {what}{}",
            edge.waiting_pid,
            span(edge.wait_seconds),
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
    fn many_that_wait_alike_are_one_row() {
        let mut edges: Vec<_> = (10..31).map(|pid| (pid, 1)).collect();
        // Somebody waits behind one of them, who has a row of his own.
        edges.push((40, 12));
        let text = tree(&edges);
        let lines: Vec<_> = text.lines().skip(1).take(4).collect();
        assert_eq!(
            lines,
            [
                "├─ 20 sessions wait, the longest 7 s, for AccessExclusiveLock on public.t: 10, 11, 13 and 17 more",
                "└─ 12 waits 7 s for AccessExclusiveLock on public.t",
                "   └─ 40 waits 7 s for AccessExclusiveLock on public.t",
                "",
            ]
        );
    }

    #[test]
    fn few_that_wait_alike_have_a_row_each_and_so_has_who_waits_for_something_else() {
        let few = tree(&[(2, 1), (3, 1), (4, 1)]);
        assert_eq!(few.matches(" waits 7 s for ").count(), 3, "{few}");
        let mut edges: Vec<_> = (10..15).map(|pid| edge(pid, 1)).collect();
        edges[2].mode = Some("RowShareLock".to_owned());
        edges[4].wait_seconds = Some(90.0);
        let text = locks(&LockForest::grow(edges, &BTreeMap::new(), false));
        assert!(
            text.contains("4 sessions wait, the longest 90 s, for AccessExclusiveLock"),
            "{text}"
        );
        assert!(text.contains(": 10, 11, 13 and 1 more"), "{text}");
        assert!(text.contains("12 waits 7 s for RowShareLock"), "{text}");
    }

    #[test]
    fn a_ring_ends() {
        let text = tree(&[(5, 6), (6, 5)]);
        assert!(
            text.contains("5 waits") && text.contains("see above"),
            "{text}"
        );
    }
}
