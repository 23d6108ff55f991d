//! What an action would change, and what it has changed.

use maud::{Markup, html};
use serde_json::Value;

use crate::domain::action::{ActionName, Done};
use crate::http::link;

/// What has to be sent to have carried out what was shown.
#[derive(Debug)]
pub(in crate::http) struct Confirmation<'a> {
    /// The fields of the form, as they were sent.
    pub(in crate::http) fields: &'a [(String, String)],
    /// Where it would be done.
    pub(in crate::http) environment: &'a str,
    /// Why.
    pub(in crate::http) reason: &'a str,
}

/// What would change, and the button that does it.
pub(in crate::http) fn preview(done: &Done, confirmation: &Confirmation<'_>) -> Markup {
    html! {
        section.narrow-page {
            h1 { "Preview: " (title(done.action)) }
            p.lead { "Nothing has been changed yet. Environment: " strong { (confirmation.environment) } "." }
            p { "Reason: " (confirmation.reason) }
            (change(done, "Now", "It would be"))
            form.stack method="post" action=(link::to("/actions")) {
                @for (name, value) in confirmation.fields { input type="hidden" name=(name) value=(value); }
                p.buttons {
                    button.danger type="submit" name="step" value="confirm" { "Do it in " (confirmation.environment) }
                    a.button href=(link::to("/status")) { "Do not" }
                }
            }
        }
    }
}

/// What was done.
pub(in crate::http) fn outcome(done: &Done) -> Markup {
    let state = match (done.complete, done.verified) {
        (false, _) => "Not all of it is done: reload this page to go on.",
        (true, Some(false)) => "Its effect was not seen.",
        (true, Some(true)) => "Its effect was seen.",
        (true, None) => "That it has had its effect was not seen.",
    };
    html! {
        section.narrow-page {
            h1 { @if done.complete { "Done: " } @else { "Begun: " } (title(done.action)) }
            p.lead role="status" { (state) }
            (change(done, "Before", "After"))
            p.fine {
                @match done.audit_id {
                    Some(id) => { "On record in ops.audit_log as row " (id) "." }
                    None => "In the log only.",
                }
                @if done.replayed { " This is the answer of the same order from before." }
            }
            p.fine { "The status shows it from its next look on." }
            p { a.button href=(link::to("/status")) { "Back to the status" } }
        }
    }
}

fn title(action: ActionName) -> &'static str {
    match action {
        ActionName::QueuePause => "pause the queue",
        ActionName::QueueResume => "resume the queue",
        ActionName::SchemaReload => "reload the schema",
        ActionName::WorkersRestart => "restart workers",
        ActionName::PgCancel => "cancel a statement",
        ActionName::PgTerminate => "end a session",
    }
}

fn change(done: &Done, before: &str, after: &str) -> Markup {
    html! {
        div.change {
            div { h2 { (before) } (facts(&done.before)) }
            div { h2 { (after) } (facts(&done.after)) }
        }
        @if !done.notes.is_empty() {
            h2 { "To know" }
            ul { @for note in &done.notes { li { (note) } } }
        }
    }
}

/// What stands in a JSON object, in words.
pub(super) fn facts(value: &Value) -> Markup {
    html! {
        @match value {
            Value::Object(members) => {
                dl.facts { @for (name, value) in members {
                    dt { (name.replace('_', " ")) } dd { (facts(value)) }
                } }
            }
            Value::Array(items) if items.is_empty() => "none",
            Value::Array(items) => { ul { @for item in items { li { (facts(item)) } } } }
            Value::Null => "none",
            Value::Bool(true) => "yes",
            Value::Bool(false) => "no",
            Value::String(text) => (text),
            Value::Number(number) => (number),
        }
    }
}
