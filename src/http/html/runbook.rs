//! What incidents have taught, beside the code that it is about, and on the page of the incident.

use maud::{Markup, html};

use crate::domain::incident::{ShownIncident, ShownSuggestion};
use crate::domain::order::MAX_REASON;
use crate::domain::taxonomy::Code;
use crate::http::html::incident_forms::{DeedForm, line};
use crate::http::html::time::exact;
use crate::http::link;

/// The longest that a suggestion may be, in characters.
const LONGEST_TEXT: u32 = 2_000;

/// Beside a code.
pub(in crate::http) fn suggestions(all: &[ShownSuggestion]) -> Markup {
    html! {
        @if !all.is_empty() {
            section aria-labelledby="runbook" {
                h2 id="runbook" { "What incidents have taught" }
                @for one in all { article {
                    p.written { (one.text) }
                    p.fine { (one.who) ", " (exact(one.at)) ", in "
                        a href={ (link::to("/incidents/")) (one.incident) } { (one.incident) } }
                } }
            }
        }
    }
}

/// On the page of an incident: what it has taught so far.
pub(super) fn taught(all: &[ShownSuggestion]) -> Markup {
    html! {
        @if !all.is_empty() {
            h3 { "What it has taught" }
            ul.written { @for one in all { li {
                a href={ (link::to("/errors/")) (one.code) } { (one.code) } ": " (one.text) " · " (one.who)
            } } }
        }
    }
}

/// To say what the runbook of a code lacked, and to take that back.
pub(super) fn forms(one: &ShownIncident, all: &[ShownSuggestion]) -> Markup {
    let name = one.name.as_str();
    let first = one.codes.first().map(|cause| cause.code.as_str());
    let form = DeedForm {
        summary: "Update the runbook …",
        id: "runbook",
        deed: "runbook",
        button: "Suggest it",
        about: Some(("incident", name)),
    };
    html! {
        (form.with(&html! {
            label for="code-runbook" { "Code" }
            select id="code-runbook" name="code" required {
                @if first.is_none() { option value="" selected { "choose one" } }
                @for code in Code::ALL {
                    option value=(code.id()) selected[first == Some(code.id())] { (code.id()) " " (code.entry().title) }
                }
            }
            label for="text-runbook" { "What whoever meets it next should know " span.fine { "(shown beside the code from now on)" } }
            textarea id="text-runbook" name="text" required maxlength=(LONGEST_TEXT) rows="4" {}
        }))
        @for (at, suggestion) in (1..).zip(all) { (withdraw(name, at, suggestion)) }
    }
}

fn withdraw(incident: &str, at: u32, one: &ShownSuggestion) -> Markup {
    let id = format!("withdraw-{at}");
    let form = DeedForm {
        summary: &format!("Take back suggestion {at}, for {} …", one.code),
        id: &id,
        deed: "withdraw_runbook",
        button: "Take it back",
        about: Some(("incident", incident)),
    };
    form.with(&html! {
        input type="hidden" name="suggestion" value=(one.id);
        p.written { (one.text) }
        (line(&format!("text-{id}"), "text", "Why", MAX_REASON, ""))
    })
}
