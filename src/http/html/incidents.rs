//! Incidents: all of them, and one close up.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::app::incidents::IncidentKeeping;
use crate::app::telling::ChannelState;
use crate::domain::access::Role;
use crate::domain::activity::many;
use crate::domain::incident::{
    Budget, CaptureWhen, Channel, ShownCause, ShownEntry, ShownIncident, ShownQuiet, ShownReport,
    size,
};
use crate::domain::verdict::Verdict;
use crate::http::html::keeping::kept;
use crate::http::html::quiet::lasting;
use crate::http::html::report::item;
use crate::http::html::runbook;
use crate::http::html::verdict::{class, shape};
use crate::http::html::{all_clear, incident_forms as forms, time};
use crate::http::link;

/// The content of the list.
pub(in crate::http) fn incidents(
    all: &[ShownIncident],
    quiet: &[ShownQuiet],
    keeping: &IncidentKeeping,
    channels: &BTreeMap<Channel, ChannelState>,
    role: Role,
    now: Timestamp,
) -> Markup {
    let (live, over): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.state.is_live());
    html! {
        p.crumb { a href=(link::to("/status")) { "Status" } " / Incidents" }
        h1 { @match live.len() {
            0 if !keeping.is_whole() => "Nothing goes on that is known here",
            0 => "Nothing goes on",
            1 => "One incident goes on",
            many => { (many) " incidents go on" }
        } }
        (kept(keeping))
        (lasting(quiet, now))
        (untold(channels))
        @if !live.is_empty() {
            section aria-labelledby="live" {
                h2 id="live" { "What goes on" }
                div.causes { @for one in live { (card(one, now)) } }
            }
        }
        @if role == Role::Operator { section aria-labelledby="act" { h2 id="act" { "Act" } (forms::open()) } }
        section aria-labelledby="past" {
            h2 id="past" { "The last 30 days" }
            @if over.is_empty() {
                p.calm { "None that is over." }
            } @else {
                section.scroll tabindex="0" aria-label="Those that are over" { table {
                    thead { tr { th scope="col" { "Incident" } th scope="col" { "What" } th scope="col" { "Severity" }
                        th scope="col" { "Noticed" } th scope="col" { "Took" } th scope="col" { "State" } } }
                    tbody { @for one in over { tr {
                        th scope="row" { a href={ (link::to("/incidents/")) (one.name) } { (one.name) } }
                        td { (one.title) }
                        td { (one.severity) }
                        td { (time::point(one.detected_at, now)) }
                        td { (took(one)) }
                        td { (one.state.as_str()) }
                    } } }
                } }
            }
        }
        p.fine { a href=(link::to("/quiet")) { "Quiet windows" } ": when nobody is told, on purpose" }
        @if role == Role::Anybody {
            p.fine { "Who has it, and what happened when, is shown to whoever signs in." }
        }
    }
}

/// On the status page: a card for each that goes on, and the way to the others.
pub(super) fn live(all: &[ShownIncident], now: Timestamp) -> Markup {
    let (live, over): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.state.is_live());
    html! {
        @if !all.is_empty() {
            section aria-labelledby="incidents" {
                h2 id="incidents" { "Incidents" }
                div.causes { @for one in live { (card(one, now)) } }
                @if let Some(last) = over.first() {
                    p.calm { "The last one that is over: "
                        a href={ (link::to("/incidents/")) (last.name) } { (last.name) } ", " (last.title) ", "
                        (time::point(last.detected_at, now)) ", took " (took(last)) "." }
                }
                p.fine { a href=(link::to("/incidents")) { "All incidents" } }
            }
        }
    }
}

/// An incident in a few lines.
fn card(one: &ShownIncident, now: Timestamp) -> Markup {
    let verdict = one.verdict();
    html! {
        article class={ "cause " (class(verdict)) } {
            h3 { (shape(verdict)) span { a href={ (link::to("/incidents/")) (one.name) } { (one.name) } ": " (one.title) } }
            p {
                strong { (one.severity) } ", " (one.state.as_str()) ", noticed " (time::point(one.detected_at, now))
                ", " (time::since(one.detected_at, now)) " ago"
                @match &one.acknowledged_by {
                    Some(who) => { ". " (who) " has it." }
                    None if !one.state.is_live() => ".",
                    None if one.is_held => ". Somebody has it.",
                    None => ". Nobody has it.",
                }
            }
            @if let Some(cause) = one.codes.first().filter(|cause| cause.is_now) {
                p.next { strong { "Next: " } (cause.first_check) " · " a href=(link::to(&cause.url)) { (cause.code) } }
            }
        }
    }
}

/// The content of the page of one incident.
pub(in crate::http) fn incident(one: &ShownIncident, role: Role, now: Timestamp) -> Markup {
    let verdict = one.verdict();
    html! {
        p.crumb { a href=(link::to("/status")) { "Status" } " / " a href=(link::to("/incidents")) { "Incidents" } " / " (one.name) }
        section class={ "hero " (class(verdict)) } {
            (shape(verdict))
            div {
                h1 { (one.name) ": " (one.title) }
                p.since {
                    span class={ "word " (class(verdict)) } { (one.severity) ", " (one.state.as_str()) }
                    " · noticed " (time::point(one.detected_at, now))
                    @if one.state.is_live() { ", for " } @else { ", took " } (took_so_far(one, now))
                }
            }
        }
        @if let Some(other) = &one.merged_into {
            p.banner { "It turned out to be " a href={ (link::to("/incidents/")) (other) } { (other) } "." }
        }
        @if one.is_quiet { p.banner { "Nobody is told of it: " a href=(link::to("/quiet")) { "a quiet window" } " lasts." } }
        @if !one.codes.is_empty() {
            section aria-labelledby="causes" {
                h2 id="causes" { "Causes" }
                div.causes { @for cause in &one.codes { article class={ "cause " (class(of_cause(one, cause))) } {
                    h3 { span { (cause.title) @if has_healed(one, cause) { ", which has healed" } } }
                    @if !has_healed(one, cause) { p.next { strong { "Next: " } (cause.first_check) } }
                    p.fine { a href=(link::to(&cause.url)) { (cause.code) ": what it means, and what mends it" } }
                } } }
            }
        }
        @if role == Role::Operator { (forms::deeds(one)) }
        section aria-labelledby="times" {
            h2 id="times" { "Times" }
            dl.facts {
                dt { "Began" } dd { (time::point(one.began_at, now)) }
                dt { "Noticed" } dd { (time::point(one.detected_at, now)) }
                dt { "Acknowledged" } dd { (at(one.acknowledged_at, now))
                    @if let Some(who) = &one.acknowledged_by { ", by " (who) } }
                dt { "Good again" } dd { (at(one.mitigated_at, now))
                    @if let Some(dwell) = one.good_again {
                        " · good for " (minutes(dwell.good_seconds)) " of " (minutes(dwell.of_seconds))
                    } }
                dt { "Over" } dd { (at(one.resolved_at, now)) }
                dt { "Closed" } dd { (at(one.closed_at, now)) }
                @if one.reopened > 0 { dt { "Came back" } dd { (one.reopened) " " (many(one.reopened, "time", "times")) } }
            }
        }
        @if !one.budgets.is_empty() {
            section aria-labelledby="budgets" {
                h2 id="budgets" { "The checklist's time" }
                section.scroll tabindex="0" aria-label="The steps and their times" { table {
                    thead { tr { th scope="col" { "Step" } th scope="col" { "Until" } th scope="col" { "How it stands" } } }
                    tbody { @for budget in &one.budgets { tr {
                        th scope="row" { (budget.step.title()) }
                        td { (time::point(budget.due, now)) }
                        td { (stands(budget, now)) }
                    } } }
                } }
            }
        }
        (boxes(one, now))
        (remedies(one))
        (evidence(one, role, now))
        @if let Some(report) = &one.report { (written(one, report, role)) }
        @if let Some(timeline) = &one.timeline { (told(timeline, now)) } @else {
            p.fine { "What happened when is shown to whoever signs in." }
        }
    }
}

/// Whether an incident that goes on does so for another cause.
fn has_healed(one: &ShownIncident, cause: &ShownCause) -> bool {
    one.state.is_live() && !cause.is_now
}

fn of_cause(one: &ShownIncident, cause: &ShownCause) -> Verdict {
    match has_healed(one, cause) {
        true => Verdict::Ok,
        false => one.verdict(),
    }
}

fn boxes(one: &ShownIncident, now: Timestamp) -> Markup {
    html! {
        @if let Some(seen) = &one.all_clear {
            section aria-labelledby="clear" {
                h2 id="clear" { "The all-clear, box by box" }
                @if let Some(at) = one.all_clear_at {
                    p.age { "as of " (time::since(at, now)) " ago; what has been mended since shows at the next look" }
                }
                @if seen.boxes.is_empty() { p.calm { "Nobody has looked at the boxes yet." } }
                @else { (all_clear::table("The boxes", &seen.boxes)) }
            }
        }
    }
}

/// The report: what it lacks, and where to write that.
fn written(one: &ShownIncident, report: &ShownReport, role: Role) -> Markup {
    html! {
        section aria-labelledby="report" {
            h2 id="report" { "Report" }
            p { a href={ (link::to("/incidents/")) (one.name) "/report" } { "The report as it stands" } ", to read and to print" }
            @if report.lacks.is_empty() { p.calm { "It is complete." } } @else {
                p { @if report.is_required { "It can be closed once its report is complete. " } "The report lacks: "
                    (report.lacks.join("; ")) "." }
            }
            @if !report.action_items.is_empty() {
                ul.written { @for one in &report.action_items { li { (item(one)) } } }
            }
            (runbook::taught(&report.runbook))
            @if role == Role::Operator {
                (forms::writing(one, report))
                (runbook::forms(one, &report.runbook))
            }
        }
    }
}

fn remedies(one: &ShownIncident) -> Markup {
    let all = one.remedies.as_deref().unwrap_or_default();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="remedies" {
                h2 id="remedies" { "What may mend it" }
                section.scroll tabindex="0" aria-label="The remedies" { table {
                    thead { tr { th scope="col" { "What" } th scope="col" { "Look first" } th scope="col" { "Preview" }
                        th scope="col" { "Do it" } } }
                    tbody { @for remedy in all { tr {
                        th scope="row" { (remedy.title) }
                        td { code { (remedy.look) } }
                        @match (&remedy.preview, &remedy.command) {
                            (Some(preview), Some(command)) => {
                                td { code { (preview) } }
                                td { code { (command) } }
                            }
                            _ => td colspan="2" { "It is not seen now to what it would be done." }
                        }
                    } } }
                } }
                p.fine { "Evidence is taken before each, and what was done stands in the timeline." }
            }
        }
    }
}

fn evidence(one: &ShownIncident, role: Role, now: Timestamp) -> Markup {
    let all = one.evidence.as_deref().unwrap_or_default();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="evidence" {
                h2 id="evidence" { "Evidence" }
                section.scroll tabindex="0" aria-label="The pieces" { table {
                    thead { tr { th scope="col" { "What" } th scope="col" { "Taken" } th scope="col" { "Size" }
                        th scope="col" { "SHA-256" } } }
                    tbody { @for piece in all { tr {
                        th scope="row" {
                            @if role == Role::Operator { a href=(link::to(&piece.url)) download { (piece.name) } }
                            @else { (piece.name) }
                        }
                        td { (time::point(piece.at, now))
                            span.fine { " " (piece.occasion.map_or("attached", CaptureWhen::title)) } }
                        td { (size(piece.bytes)) @if piece.is_cut { ", cut" } }
                        td { code { (piece.sha256) } }
                    } } }
                } }
                @if role != Role::Operator { p.fine { "What they hold is shown to the operator." } }
            }
        }
    }
}

fn told(timeline: &[ShownEntry], now: Timestamp) -> Markup {
    html! {
        section aria-labelledby="timeline" {
            h2 id="timeline" { "Timeline" }
            section.scroll tabindex="0" aria-label="The entries" { table.told {
                thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Who" } } }
                tbody { @for entry in timeline { tr {
                    td { (time::point(entry.at, now)) }
                    td.what.written { (entry.text) " " span.fine { (entry.kind.replace('_', " ")) } }
                    td { (entry.who) }
                } } }
            } }
        }
    }
}

/// Which channels nobody can be told in, and why: said only where there are any.
fn untold(channels: &BTreeMap<Channel, ChannelState>) -> Markup {
    html! {
        @for (channel, state) in channels {
            @if let Some(fault) = &state.fault {
                p.banner { "Nobody can be told in " (channel.title()) ": " (fault.detail) " " (state.waiting) " notices wait." }
            }
        }
    }
}

fn at(at: Option<Timestamp>, now: Timestamp) -> Markup {
    html! { @match at { Some(at) => (time::point(at, now)), None => "not yet" } }
}

fn took(one: &ShownIncident) -> String {
    one.resolved_at.map_or_else(
        || "not known".to_owned(),
        |over| time::since(one.detected_at, over),
    )
}

fn took_so_far(one: &ShownIncident, now: Timestamp) -> String {
    time::since(one.detected_at, one.resolved_at.unwrap_or(now))
}

fn minutes(seconds: u64) -> String {
    format!("{} min", seconds / 60)
}

fn stands(budget: &Budget, now: Timestamp) -> Markup {
    html! {
        @match (budget.done, budget.is_late) {
            (Some(done), false) => { "done " (time::point(done, now)) }
            (Some(done), true) => { "done late, " (time::point(done, now)) }
            (None, true) => strong { "late by " (time::since(budget.due, now)) },
            (None, false) => { (time::since(now, budget.due)) " left" }
        }
    }
}
