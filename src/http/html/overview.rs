//! The status page. Its first screen answers, in this order: is it well now, since when, what is being
//! done and by whom, how old is what I see.

use maud::{Markup, html};

use crate::domain::access::Role;
use crate::domain::activity::span_of;
use crate::domain::history::Series;
use crate::domain::status::{Cause, CheckStatus, Measure, Share, Status, Watch, WatchState};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::http::html::verdict::{class, pill, shape};
use crate::http::html::{activity, days, forms, incidents, latency, quiet, time};
use crate::http::link;

/// The content of the page.
pub(in crate::http) fn overview(status: &Status, role: Role) -> Markup {
    html! {
        div id="live-top" {
            (hero(status))
            (causes(status, role))
            (measures(status, role))
            (quiet::lasting(&status.quiet, status.timestamp))
            (incidents::live(&status.incidents, status.timestamp))
            @if let Some(unread) = status.unread() { p.banner { (unread) } }
        }
        section aria-labelledby="checks" {
            h2 id="checks" { "Checks" }
            (days::legend())
            div.checks { @for check in &status.checks { (row(check, status)) } }
            p.scale { span.wide { "90 days ago" } span.narrow { "30 days ago" } span { "today" } }
        }
        (activity::workers(status))
        (activity::queue(status, role))
        (vendors(status))
        (kept(status))
        @if role > Role::Anybody { (activity::sessions(status, role)) }
        @if role == Role::Operator { (forms::service()) }
    }
}

/// The first lines: how it is, since when, and how old that is.
fn hero(status: &Status) -> Markup {
    html! {
        section class={ "hero " (class(status.verdict)) } {
            (shape(status.verdict))
            div {
                h1 { (status.headline) }
                p.since { (since(status)) }
                (age(status))
            }
        }
        (banner(&status.watch))
    }
}

fn since(status: &Status) -> Markup {
    let now = status.timestamp;
    html! {
        span class={ "word " (class(status.verdict)) } { (status.verdict.as_str()) }
        @if let Some(since) = status.since {
            @if status.since_is_exact { " since " } @else { " at least since " }
            (time::point(since, now)) ", for " (time::since(since, now))
        }
    }
}

/// How old what is shown is. The script counts on from here.
pub(super) fn age(status: &Status) -> Markup {
    let Watch {
        last_look,
        age_seconds,
        late_after_seconds,
        interval_seconds,
        ..
    } = status.watch;
    html! {
        p.age {
            @match last_look.zip(age_seconds) {
                Some((at, age)) => {
                    span id="age" data-at=(format_args!("{at:.3}")) data-now=(format_args!("{:.3}", status.timestamp))
                        data-late=(late_after_seconds) { "as of " (span_of(age)) " ago" }
                    " · "
                    @if interval_seconds > 0 { "every " (span_of(interval_seconds.into())) " · " }
                }
                None => span id="age" { "nobody has looked yet · " },
            }
            a.reload href="" { "look again" }
        }
    }
}

/// What is wrong with what is shown.
pub(super) fn banner(watch: &Watch) -> Markup {
    let age = watch.age_seconds.map(span_of).unwrap_or_default();
    html! {
        @match watch.state {
            WatchState::OnTime => {}
            WatchState::Starting => p.banner { "The service has just started: the first look is due." }
            WatchState::Late => {
                p.banner { "The watch is late: what stands below is " (age) " old. Ask by hand: "
                    a href=(link::to("/api/health/ready")) { "/api/health/ready" } "." }
            }
            WatchState::Off => {
                p.banner { "The watch is off (WATCH_INTERVAL=0): nothing is looked at by itself. Ask by hand: "
                    a href=(link::to("/api/health/ready")) { "/api/health/ready" } ", "
                    a href=(link::to("/api/health/ops")) { "/api/health/ops" } "." }
            }
        }
        p.banner id="lost" hidden { "The connection to the service is lost: what stands below gets older." }
    }
}

/// What vendors say of themselves.
fn vendors(status: &Status) -> Markup {
    html! {
        @if !status.vendors.is_empty() {
            section aria-labelledby="vendors" {
                h2 id="vendors" { "What vendors say of themselves" }
                @for vendor in &status.vendors {
                    p {
                        strong { (vendor.name) } " " (pill(vendor.verdict)) " " (vendor.summary) " "
                        span.fine { "read " (time::since(vendor.read_at, status.timestamp)) " ago" }
                    }
                }
            }
        }
    }
}

/// Whether what is seen is kept: said only where it is not.
fn kept(status: &Status) -> Markup {
    let kept = &status.kept;
    html! {
        @if let Some(detail) = &kept.detail {
            p.banner {
                "What is seen is not kept in the database: " (detail) (code_of(kept.code))
                @if let Some(oldest) = kept.oldest_pending {
                    " " (kept.pending) " looks wait, the oldest for " (time::since(oldest, status.timestamp)) "."
                }
            }
        }
        @if let Some(detail) = &kept.disk_detail {
            p.banner { (detail) (code_of(kept.disk_code)) " What waits to be shipped is in memory only, and gone with a restart." }
        }
    }
}

/// A code behind the sentence that it belongs to, and the way to its page.
fn code_of(code: Option<Code>) -> Markup {
    html! { @if let Some(code) = code { " (" a href=(link::to(&code.page())) { (code) } ")" } }
}

/// Whatever is not well: its code, and the next step.
fn causes(status: &Status, role: Role) -> Markup {
    html! {
        @if !status.causes.is_empty() {
            section aria-labelledby="causes" {
                h2 id="causes" { "What is wrong" }
                div.causes { @for one in &status.causes { (cause(one, status, &further(one, role))) } }
            }
        }
    }
}

/// Where to go on from a cause: the check close up where no code says more, and to the operator the place
/// to act.
fn further(cause: &Cause, role: Role) -> Markup {
    let act = match cause.checks.first() {
        Some(Series::LongRunning | Series::Locks) => Some("#sessions"),
        Some(Series::Workers) => Some("#act"),
        Some(Series::Queue) => Some("#queue"),
        Some(Series::Db | Series::Supabase | Series::Connections) | None => None,
    };
    html! {
        @if let (None, Some(check)) = (cause.code, cause.checks.first()) {
            " · " a href={ (link::to("/status/")) (check) } { (check.title()) " close up" }
        }
        @if let (Some(place), Role::Operator) = (act, role) {
            " · " a href=(place) { "act on it" }
        }
    }
}

/// One thing that is not well, and where to go on from it.
pub(super) fn cause(cause: &Cause, status: &Status, further: &Markup) -> Markup {
    let title = cause.code.map(|code| code.entry().title);
    let names = names(&cause.checks);
    html! {
        article class={ "cause " (class(cause.verdict)) } {
            h3 {
                (shape(cause.verdict))
                span { @match title { Some(title) => (title), None => (names) } }
            }
            p { (cause.detail) }
            @if let Some(next) = &cause.next_step {
                p.next { strong { "Next: " } (next) }
            }
            p.fine {
                (cause.verdict.as_str())
                @if let Some(since) = cause.since {
                    " for " (time::since(since, status.timestamp))
                }
                @if title.is_some() { ", shows in " (names) }
                @if let (Some(code), Some(url)) = (cause.code, &cause.url) {
                    " · " a href=(link::to(url)) { (code) ": what it means, and what mends it" }
                }
                (further)
            }
            @if !cause.chain.is_empty() {
                details { summary { "The chain of causes" } ol.chain { @for text in &cause.chain { li { code { (text) } } } } }
            }
        }
    }
}

fn names(checks: &[Series]) -> String {
    let names: Vec<_> = checks.iter().map(|check| check.title()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn measures(status: &Status, role: Role) -> Markup {
    html! {
        section aria-labelledby="measures" {
            h2 id="measures" { "What is being done" }
            @if !status.measures.is_empty() {
                ul.measures { @for one in &status.measures { (measure(one, role)) } }
            } @else if status.measures_are_known {
                p.calm { "Nothing: no pause lasts, and nothing is left alone, as of the last look." }
            }
            @if !status.measures_are_known { p.calm { "Whether the queue is paused is not known." } }
        }
    }
}

fn measure(measure: &Measure, role: Role) -> Markup {
    html! {
        li {
            p { (measure.summary) }
            @if let (Some(by), Some(reason)) = (&measure.by, &measure.reason) {
                p.fine { "By " (by) ": " (reason) }
            }
            @if let (Some(pause), Role::Operator) = (measure.pause, role) {
                (forms::resume(pause))
            }
        }
    }
}

/// One check: how it is now, the last day, the last ninety.
fn row(check: &CheckStatus, status: &Status) -> Markup {
    let id = check.check.as_str();
    html! {
        article.check {
            div.now id={ "live-" (id) } {
                h3 { a href={ (link::to("/status/")) (id) } { (check.title) } }
                (pill(check.verdict))
                p { (check.summary)
                    @if check.verdict != Verdict::Ok && let Some(since) = check.since {
                        " For " (time::since(since, status.timestamp)) "."
                    }
                }
            }
            div.day24 id={ "live-" (id) "-24h" } {
                (latency::chart(&check.points, "small"))
                p.fine {
                    "24 h"
                    @if let Some(latency) = check.latency_ms { " · now " (time::millis(latency)) }
                }
            }
            div.day90 id={ "live-" (id) "-90d" } {
                (days::row(check.check, &check.days))
                p.fine.tip { (shares(check)) }
            }
        }
    }
}

/// Uptime with what is known of the time beside it, and today apart from now.
pub(super) fn shares(check: &CheckStatus) -> Markup {
    let today = check.today();
    html! {
        "90 days: " (check.last_90d.told()) " · today: " (today.told())
        @if let Some(worst) = worse(check.verdict, &today) { ", " (worst.as_str()) " at some time" }
    }
}

/// What today had that is over.
fn worse(now: Verdict, today: &Share) -> Option<Verdict> {
    today.worst.filter(|worst| *worst > now)
}
