//! Workers, queue and sessions, as the watch last saw them.

use maud::{Markup, html};

use crate::domain::access::Role;
use crate::domain::activity::{LongSession, Queue, Worker, span};
use crate::domain::locks::RootBlocker;
use crate::domain::pause::counted;
use crate::domain::session::SessionIdentity;
use crate::domain::status::Status;
use crate::domain::verdict::Verdict;
use crate::http::html::{forms, verdict};

/// So many workers that are well are listed; of more than that there is only the number.
const LISTED: usize = 12;

/// The workers: those that are not well first.
pub(super) fn workers(status: &Status) -> Markup {
    html! {
        section id="live-worker-list" aria-labelledby="workers" {
            h2 id="workers" { "Workers" }
            @match &status.workers {
                None => p.calm { "Not known." },
                Some(workers) if workers.items.is_empty() => p.calm { "No worker has sent a heartbeat." },
                Some(workers) => {
                    @let (well, ill): (Vec<_>, Vec<_>) = workers.items.iter().partition(|worker| worker.state.verdict() == Verdict::Ok);
                    dl.figures {
                        @for (state, count) in &workers.by_state {
                            div { dt { (state.replace('_', " ")) } dd { (count) } }
                        }
                    }
                    @if !ill.is_empty() { (table("Workers that are not well", &ill)) }
                    @if !well.is_empty() && well.len() <= LISTED && ill.is_empty() {
                        (table("Workers that are well", &well))
                    } @else if !well.is_empty() {
                        details { summary { (well.len()) @if well.len() == 1 { " worker that is well" } @else { " workers that are well" } }
                            (table("Workers that are well", &well)) }
                    }
                    @if workers.truncated { p.fine { "More exist than are listed." } }
                }
            }
        }
    }
}

fn table(caption: &str, workers: &[&Worker]) -> Markup {
    html! {
        section.scroll tabindex="0" aria-label=(caption) {
            table {
                caption.hidden { (caption) }
                thead { tr { th scope="col" { "Worker" } th scope="col" { "State" } th scope="col" { "Heartbeat" }
                    th scope="col" { "Last job" } } }
                tbody {
                    @for worker in workers {
                        tr {
                            th scope="row" { (worker.name.as_deref().unwrap_or("without a name")) }
                            td { (verdict::pill_of(worker.state.verdict(), &worker.state.as_str().replace('_', " "))) }
                            td { (ago(worker.seconds_since_heartbeat)) }
                            td { (ago(worker.seconds_since_finished_job)) }
                        }
                    }
                }
            }
        }
    }
}

fn ago(seconds: Option<f64>) -> String {
    seconds.map_or_else(
        || "not known".to_owned(),
        |seconds| format!("{} ago", round(seconds)),
    )
}

fn round(seconds: f64) -> String {
    span(seconds.max(0.0).trunc())
}

/// The queue in figures.
pub(super) fn queue(status: &Status, role: Role) -> Markup {
    html! {
        section aria-labelledby="queue" {
            div id="live-queue-figures" {
                h2 id="queue" { "Job queue" }
                @match &status.queue {
                    None => p.calm { "Not known." },
                    Some(queue) => (figures(queue)),
                }
            }
            @if role == Role::Operator { (forms::pause()) }
        }
    }
}

fn figures(queue: &Queue) -> Markup {
    let rows = [
        ("pending", Some(counted(queue.pending))),
        ("oldest waits", queue.oldest_pending_seconds.map(round)),
        ("processing", Some(counted(queue.processing))),
        ("stuck", queue.stuck_processing.map(counted)),
        ("paused", Some(counted(queue.paused))),
        ("not due yet", queue.scheduled.map(counted)),
        ("failed in 24 h", queue.failed_24h.map(counted)),
    ];
    html! {
        dl.figures {
            @for (what, figure) in rows {
                @if let Some(figure) = figure { div { dt { (what) } dd { (figure) } } }
            }
        }
        @if let Some(waiting) = &queue.waiting_types {
            p.fine { "Waiting: "
                @for (nth, one) in waiting.iter().enumerate() { @if nth > 0 { ", " } (one.job_type.as_deref().unwrap_or("without a type")) " " (one.jobs) } }
        }
    }
}

/// Who runs what, who waits for whom, who holds the connections: for a token's holder.
pub(super) fn sessions(status: &Status, role: Role) -> Markup {
    html! {
        section aria-labelledby="sessions" {
            h2 id="sessions" { "Sessions of the database" }
            @match &status.long_running {
                None => p.calm { "Long-running sessions: not known." },
                Some(long) => {
                    @let all: Vec<_> = long.active.iter().chain(&long.idle_in_transaction).collect();
                    h3 { "Long-running" }
                    @if all.is_empty() { p.calm { "None lasts for over a minute." } }
                    @else { ul.sessions { @for session in all { (long_session(session, role)) } } }
                }
            }
            @match &status.locks {
                None => p.calm { "Locks: not known." },
                Some(locks) => {
                    h3 { "Root blockers" }
                    @if locks.roots.is_empty() { p.calm { "No session waits for a lock." } }
                    @else { ul.sessions { @for root in &locks.roots { (blocker(root, role)) } } }
                }
            }
            @if let Some(holders) = status.connections.as_ref().and_then(|connections| connections.holders.as_ref()) {
                details {
                    summary { "Who holds the connections" }
                    section.scroll tabindex="0" aria-label="Who holds the connections" {
                        table {
                            thead { tr { th scope="col" { "Application" } th scope="col" { "User" } th scope="col" { "Client" }
                                th scope="col" { "State" } th scope="col" { "Sessions" } } }
                            tbody { @for holder in holders { tr {
                                td { (text(holder.application.as_deref())) } td { (text(holder.user.as_deref())) } td { (text(holder.client.as_deref())) }
                                td { (text(holder.state.as_deref())) } td { (holder.sessions) }
                            } } }
                        }
                    }
                }
            }
        }
    }
}

fn text(value: Option<&str>) -> &str {
    value.filter(|text| !text.is_empty()).unwrap_or("–")
}

fn long_session(session: &LongSession, role: Role) -> Markup {
    html! {
        li {
            p { strong { "pid " (session.pid) } ", " (session.state) " for " (round(session.seconds)) }
            (who(session.identity.as_ref()))
            @if role == Role::Operator { (forms::session("long", session.pid, session.backend_start.as_deref())) }
        }
    }
}

fn blocker(root: &RootBlocker, role: Role) -> Markup {
    let behind = match root.waiting {
        1 => "1 session waits behind it".to_owned(),
        waiting => format!("{waiting} sessions wait behind it"),
    };
    html! {
        li {
            p {
                strong { (root.kind.as_str().replace('_', " ")) @if root.pid > 0 { " " (root.pid) } } ": " (behind)
                @if let Some(longest) = root.longest_wait_seconds { ", the longest for " (round(longest)) }
            }
            (who(root.identity.as_ref()))
            @if role == Role::Operator && root.pid > 0 { (forms::session("root", root.pid, root.backend_start.as_deref())) }
        }
    }
}

fn who(identity: Option<&SessionIdentity>) -> Markup {
    html! {
        @if let Some(identity) = identity {
            p.fine { (text(identity.application.as_deref())) " as " (text(identity.user.as_deref())) " from " (text(identity.client.as_deref())) }
            @if let Some(query) = &identity.query { pre.query { (query) } }
        }
    }
}
