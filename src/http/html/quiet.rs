//! Quiet windows: what is kept quiet, and the forms for it.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::app::incidents::IncidentKeeping;
use crate::domain::access::Role;
use crate::domain::activity::span_of;
use crate::domain::history::Series;
use crate::domain::incident::{QuietState, ShownQuiet};
use crate::domain::order::MAX_REASON;
use crate::http::html::incident_forms::{DeedForm, line};
use crate::http::html::keeping::kept;
use crate::http::html::time;
use crate::http::link;

/// How the names of the boxes to choose series begin.
pub(in crate::http) const SERIES_FIELD: &str = "series.";

/// The content of the page.
pub(in crate::http) fn quiet(
    windows: &[ShownQuiet],
    keeping: &IncidentKeeping,
    role: Role,
    now: Timestamp,
) -> Markup {
    let lasting = windows.iter().filter(|one| one.state == QuietState::On);
    html! {
        p.crumb { a href=(link::to("/status")) { "Status" } " / " a href=(link::to("/incidents")) { "Incidents" } " / Quiet windows" }
        h1 { @match lasting.count() {
            0 => "Nothing is kept quiet",
            1 => "A quiet window lasts",
            many => { (many) " quiet windows last" }
        } }
        p { "While one lasts nobody is told, and everything is watched. Each ends by itself; what still fails is told then." }
        (kept(keeping))
        @if role == Role::Operator { (add(now)) }
        section aria-labelledby="windows" {
            h2 id="windows" { "Windows" }
            @if windows.is_empty() { p.calm { "There is none." } } @else {
                ul.sessions { @for one in windows { li { (window(one, role, now)) } } }
            }
        }
        @if role == Role::Anybody { p.fine { "Why, and who wanted it, is shown to whoever signs in." } }
    }
}

fn window(one: &ShownQuiet, role: Role, now: Timestamp) -> Markup {
    let is_over = one.state == QuietState::Over;
    html! {
        p { strong { (one.state.title()) } ": " (one.about()) }
        p { "From " (one.local(one.begin)) " to " (one.local(one.end)) ", by the clocks of " (one.zone) "; ends "
            (time::point(one.ended.unwrap_or(one.end), now)) @if one.ended.is_some() { ", before its time" } "." }
        @if let Some(reason) = &one.reason { p { "Why: " (reason) } }
        @if let Some(by) = &one.by { p.fine { "Wanted by " (by) } }
        @if role == Role::Operator && !is_over {
            (DeedForm {
                summary: "End it now …",
                id: &format!("end-{}", one.id),
                deed: "quiet_end",
                button: "End it now",
                about: Some(("quiet", &one.id)),
            }.with(&html! {}))
        }
    }
}

/// The windows that last, in a line each: on the pages whose readers wonder why nobody was told.
pub(super) fn lasting(windows: &[ShownQuiet], now: Timestamp) -> Markup {
    html! {
        @for one in windows {
            p.banner {
                "Nobody is told until " (time::point(one.end, now)) ": " a href=(link::to("/quiet")) { "a quiet window" } " lasts, of "
                (one.about()) @if let Some(reason) = &one.reason { " (" (reason) ")" } "."
            }
        }
    }
}

fn add(now: Timestamp) -> Markup {
    let clock = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M").to_string();
    let hour = SignedDuration::from_hours(1);
    let form = DeedForm {
        summary: "Have nobody told for a while …",
        id: "quiet",
        deed: "quiet_add",
        button: "Preview the window",
        about: None,
    };
    html! {
        section aria-labelledby="act" {
            h2 id="act" { "Act" }
            (form.with(&html! {
                (line("reason-quiet", "reason", "Why", MAX_REASON, ""))
                label for="zone-quiet" { "Time zone " span.fine { "(such as Europe/Berlin)" } }
                input type="text" id="zone-quiet" name="zone" required maxlength="60" autocomplete="off" value="UTC";
                label for="begin-quiet" { "From, by its clocks" }
                input type="datetime-local" id="begin-quiet" name="begin" required value=(clock(now));
                label for="end-quiet" { "To, by its clocks " span.fine { "(at most seven days later)" } }
                input type="datetime-local" id="end-quiet" name="end" required value=(clock(now + hour));
                fieldset {
                    legend { "What is kept quiet " span.fine { "(nothing chosen: everything)" } }
                    @for series in Series::ALL { p {
                        input type="checkbox" id={ "series-" (series) } name={ (SERIES_FIELD) (series) } value="quiet";
                        label for={ "series-" (series) } { (series.title()) }
                    } }
                }
            }))
        }
    }
}

/// When that is, by whose clocks, before it is so.
pub(in crate::http) fn quiet_preview(one: &ShownQuiet, sent: &[(&str, &str)]) -> Markup {
    let lasts = one.end.duration_since(one.begin).as_secs();
    let utc = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! {
        section.narrow-page {
            h1 { "Preview: a quiet window" }
            p.lead { "Nothing has been changed yet." }
            dl.facts {
                dt { "From" } dd { (one.local(one.begin)) ", which is " (utc(one.begin)) }
                dt { "To" } dd { (one.local(one.end)) ", which is " (utc(one.end)) }
                dt { "Lasts" } dd { (span_of(lasts)) }
                dt { "Keeps quiet" } dd { (one.about()) }
                dt { "Why" } dd { (one.reason.as_deref().unwrap_or_default()) }
            }
            form.stack method="post" action=(link::to("/deeds")) {
                @for (name, value) in sent { input type="hidden" name=(name) value=(value); }
                p.buttons {
                    button.danger type="submit" name="step" value="confirm" { "Have nobody told" }
                    a.button href=(link::to("/quiet")) { "Do not" }
                }
            }
        }
    }
}
