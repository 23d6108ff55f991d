//! The report of an incident: a page to read and to print.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::domain::incident::{CaptureWhen, IncidentReport, ShownItem, ShownReport, ShownText};
use crate::http::html::all_clear;
use crate::http::html::outcome::facts;
use crate::http::html::time::exact;
use crate::http::link;
use crate::http::report::{durations, lead, times};

/// The content of the page.
pub(in crate::http) fn report(report: &IncidentReport) -> Markup {
    let one = &report.incident;
    let written = one.report.as_ref();
    let [impact, root_cause, what_worked] = texts(written);
    html! {
        p.crumb { a href=(link::to("/status")) { "Status" } " / " a href=(link::to("/incidents")) { "Incidents" } " / "
            a href={ (link::to("/incidents/")) (one.name) } { (one.name) } " / Report" }
        h1 { (one.name) ": " (one.title) }
        p.lead { (lead(report)) }
        @if let Some(written) = written { (lacks(written)) }
        p.fine.act { "As " a href="report?format=md" { "Markdown" } " or " a href="report?format=json" { "JSON" }
            "; the browser prints this page without its menus." }
        section aria-labelledby="times" {
            h2 id="times" { "Times" }
            dl.facts {
                @for (name, at) in times(report) { dt { (name) } dd { @match at { Some(at) => (exact(at)), None => "not yet" } } }
                @for (name, span) in durations(report) { dt { (name) } dd { (span) } }
            }
        }
        section aria-labelledby="causes" {
            h2 id="causes" { "Causes" }
            @if one.codes.is_empty() { p.calm { "None is known by a code." } } @else {
                ul.written { @for cause in &one.codes { li {
                    a href=(link::to(&cause.url)) { (cause.code) } ": " (cause.title) ". First check: " (cause.first_check)
                } } }
            }
        }
        (impact) (root_cause)
        (timeline(report))
        (done(report))
        (evidence(report))
        (end(report))
        (what_worked)
        (items(written))
        p.fine { "Put together " (exact(report.timestamp)) "." }
    }
}

fn texts(written: Option<&ShownReport>) -> [Markup; 3] {
    let texts = written.map_or(&[][..], |written| &written.texts);
    [0, 1, 2].map(|at| texts.get(at).map_or_else(|| html! {}, text))
}

fn text(one: &ShownText) -> Markup {
    let id = format!("text-{}", one.heading.as_str());
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (one.title) }
            @match &one.text {
                Some(text) => p.written { (text) },
                None => p.banner { "Missing: nobody has written it yet." },
            }
        }
    }
}

fn lacks(written: &ShownReport) -> Markup {
    html! {
        @if !written.lacks.is_empty() {
            p.banner { @if written.is_required { "It cannot be closed yet. " } "The report lacks: " (written.lacks.join("; ")) "." }
        }
    }
}

fn timeline(report: &IncidentReport) -> Markup {
    let kept = |at: Option<Timestamp>| html! { @match at { Some(at) => (exact(at)), None => "not read back yet" } };
    html! {
        section aria-labelledby="timeline" {
            h2 id="timeline" { "Timeline of events" }
            section.scroll tabindex="0" aria-label="The entries" { table {
                thead { tr { th scope="col" { "Happened" } th scope="col" { "In the database" } th scope="col" { "What" }
                    th scope="col" { "Who" } th scope="col" { "How known" } } }
                tbody { @for entry in report.incident.timeline.iter().flatten() { tr {
                    td { (exact(entry.at)) }
                    td { (kept(entry.recorded_at)) }
                    td.written { (entry.text) }
                    td { (entry.who) }
                    td { (entry.how.title()) }
                } } }
            } }
        }
    }
}

fn done(report: &IncidentReport) -> Markup {
    html! {
        section aria-labelledby="done" {
            h2 id="done" { "What was done" }
            @if report.remedies.is_empty() && report.actions.is_empty() && report.actions_missing.is_none() {
                p.calm { "Nothing, through this service." }
            }
            ul.written { @for one in &report.remedies { li { (exact(one.at)) ": " (one.who) " began: " (one.action) } } }
            @for one in &report.actions {
                article {
                    h3 { (one.action) ", " (one.phase) }
                    p { (exact(one.at)) ", by " (one.actor) ": " (one.reason) }
                    div.change {
                        div { h4 { "Before" } (facts(&one.before)) }
                        div { h4 { "After" } (facts(&one.after)) }
                    }
                }
            }
            @if let Some(why) = &report.actions_missing { p.banner { "What was done may be missing here. " (why) } }
        }
    }
}

fn evidence(report: &IncidentReport) -> Markup {
    html! {
        section aria-labelledby="evidence" {
            h2 id="evidence" { "Evidence" }
            @if report.evidence.is_empty() { p.calm { "None was kept." } } @else {
                ul.written { @for one in &report.evidence { li {
                    (exact(one.at)) ": " (one.name) ", " (one.occasion.map_or("attached", CaptureWhen::title))
                    @if let Some(bytes) = one.bytes { ", " (bytes) " bytes" }
                    @if let Some(sha256) = &one.sha256 { ", SHA-256 " code { (sha256) } }
                    @if let Some(why) = &one.failed { ", could not be taken: " (why) }
                } } }
            }
        }
    }
}

fn end(report: &IncidentReport) -> Markup {
    html! {
        @if let Some(end) = &report.end {
            section aria-labelledby="end" {
                h2 id="end" { "How it was found to be over" }
                p { (exact(end.at)) ", by " (end.who)
                    @if let Some(reason) = &end.against { ", against the all-clear: " (reason) } "." }
                @if !end.all_clear.boxes.is_empty() {
                    (all_clear::table("The boxes as they were", &end.all_clear.boxes))
                }
            }
        }
    }
}

fn items(written: Option<&ShownReport>) -> Markup {
    let items = written.map_or(&[][..], |written| &written.action_items);
    html! {
        section aria-labelledby="items" {
            h2 id="items" { "Action items to prevent recurrence" }
            @if items.is_empty() { p.banner { "Missing: nobody has named one yet." } }
            ul.written { @for one in items { li { (item(one)) } } }
        }
    }
}

/// An action item in a line: who, until when, where it is filed or can be, what it lacks.
pub(super) fn item(one: &ShownItem) -> Markup {
    html! {
        (one.title)
        @if let Some(owner) = &one.owner { " · " (owner) }
        @if let Some(due) = one.due { " · until " (due) }
        @if let Some(link) = &one.issue { " · " a href=(link) rel="noreferrer" { (link) } }
        @if let Some(link) = &one.new_issue { " · " a.act href=(link) rel="noreferrer" { "File it as an issue" } }
        @if !one.lacks.is_empty() { " · " strong { "lacks " (one.lacks.join(" and ")) } }
    }
}
