//! Forms to say something of an incident. None destroys anything, so they lead straight to the deed; but
//! that it is over, whose boxes are shown first, and that two are one, which are shown.

use maud::{Markup, html};

use crate::domain::incident::{
    AllClear, Severity, ShownIncident, ShownItem, ShownReport, ShownText, State,
};
use crate::domain::order::MAX_REASON;
use crate::domain::taxonomy::Code;
use crate::http::html::all_clear;
use crate::http::html::forms::form_name;
use crate::http::html::time::exact;
use crate::http::link;

/// The longest that a text may be, in characters.
const LONGEST_TEXT: u32 = 20_000;

/// A form of one deed.
pub(super) struct DeedForm<'a> {
    /// What it is called where it is folded away.
    pub(super) summary: &'a str,
    /// The end of the ids of its fields.
    pub(super) id: &'a str,
    /// What the service calls it.
    pub(super) deed: &'a str,
    /// What its button says.
    pub(super) button: &'a str,
    /// What it is about: the name and value of a field.
    pub(super) about: Option<(&'a str, &'a str)>,
}

impl DeedForm<'_> {
    /// With these fields of its own.
    pub(super) fn with(&self, fields: &Markup) -> Markup {
        let by = format!("by-{}", self.id);
        html! {
            details.act {
                summary { (self.summary) }
                form.stack method="post" action=(link::to("/deeds")) {
                    input type="hidden" name="form" value=(form_name());
                    @if let Some((name, value)) = self.about { input type="hidden" name=(name) value=(value); }
                    (fields)
                    label for=(by) { "Your name " span.fine { "(goes on record beside the address)" } }
                    input type="text" id=(by) name="by" maxlength="100" autocomplete="name";
                    p.buttons { button type="submit" name="deed" value=(self.deed) { (self.button) } }
                }
            }
        }
    }
}

/// A field of one line.
pub(super) fn line(id: &str, name: &str, label: &str, longest: usize, value: &str) -> Markup {
    html! {
        label for=(id) { (label) }
        input type="text" id=(id) name=(name) required maxlength=(longest) autocomplete="off" value=(value);
    }
}

/// A field of several lines.
fn area(id: &str, label: &str, value: &str) -> Markup {
    html! {
        label for=(id) { (label) }
        textarea id=(id) name="text" required maxlength=(LONGEST_TEXT) rows="4" { (value) }
    }
}

/// How bad it is; with a choice to leave that open where it may be.
fn severities(id: &str, now: Option<Severity>) -> Markup {
    let all = [
        (Severity::P1, "P1: the service is down, or data is at risk"),
        (
            Severity::P2,
            "P2: core functions are degraded, users notice",
        ),
        (
            Severity::P3,
            "P3: something is broken, there is a way around",
        ),
        (Severity::P4, "P4: nobody notices yet"),
    ];
    html! {
        label for=(id) { "Severity" }
        select id=(id) name="severity" {
            @if now.is_none() { option value="" selected { "by its cause" } }
            @for (severity, label) in all {
                option value=(severity) selected[now == Some(severity)] { (label) }
            }
        }
    }
}

/// To report an incident that the watch does not see.
pub(super) fn open() -> Markup {
    let form = DeedForm {
        summary: "Report an incident that is not listed …",
        id: "open",
        deed: "open",
        button: "Report it",
        about: None,
    };
    form.with(&html! {
        (line("title-open", "title", "What is wrong, in a few words", 200, ""))
        label for="message-open" { "More of it " span.fine { "(may be empty)" } }
        textarea id="message-open" name="message" maxlength="19000" rows="4" {}
        (severities("severity-open", None))
        label for="code-open" { "Cause " span.fine { "(where it is known)" } }
        select id="code-open" name="code" {
            option value="" selected { "not known" }
            @for code in Code::ALL { option value=(code.id()) { (code.id()) " " (code.entry().title) } }
        }
    })
}

/// What can be done about an incident as it stands.
pub(super) fn deeds(one: &ShownIncident) -> Markup {
    let name = one.name.as_str();
    let form = |summary, id, deed, button, fields: Markup| {
        let about = Some(("incident", name));
        DeedForm {
            summary,
            id,
            deed,
            button,
            about,
        }
        .with(&fields)
    };
    let reason = |id: &str, label: &str| line(id, "text", label, MAX_REASON, "");
    html! {
        section aria-labelledby="act" {
            h2 id="act" { "Act" }
            @if one.state.is_live() {
                (form("Say that you have it …", "acknowledge", "acknowledge", "I have it", html! {}))
            }
            (form("Write down what is seen, done or known …", "note", "note", "Write it down",
                area("text-note", "What", "")))
            (form("Say how bad it is …", "severity", "severity", "Set the severity", html! {
                (severities("severity-severity", Some(one.severity)))
                (reason("text-severity", "Why"))
            }))
            @if matches!(one.state, State::Open | State::Acknowledged) {
                (form("Say that the harm is averted …", "mitigate", "mitigate", "It is averted",
                    area("text-mitigate", "How", "")))
            }
            @if one.state.is_live() {
                (form("Say that it is over …", "resolve", "resolve", "Look at the boxes first", html! {}))
            } @else if one.merged_into.is_none() {
                (form("Say that it is not over …", "reopen", "reopen", "Reopen it", reason("text-reopen", "Why")))
            }
            @if one.merged_into.is_none() {
                (form("Say that it is the same as another one …", "merge", "merge", "Look at both first",
                    line("other-merge", "other", "The other one, such as DB-17", 40, "")))
            }
            (attach(name))
            @if one.state == State::Resolved {
                (form("Close it: it is written up …", "close", "close", "Close it", html! {}))
            }
        }
    }
}

/// To attach a file. A browser sends one as it is, and to an address of its own.
fn attach(incident: &str) -> Markup {
    html! {
        details.act {
            summary { "Attach a file …" }
            form.stack method="post" action={ (link::to("/incidents/")) (incident) "/attach" } enctype="multipart/form-data" {
                input type="hidden" name="form" value=(form_name());
                label for="file-attach" { "File " span.fine { "(a png, jpeg, webp or pdf, JSON or text; at most 10 MB)" } }
                input type="file" id="file-attach" name="file" required
                    accept="image/png,image/jpeg,image/webp,application/pdf,application/json,text/*,.log";
                label for="by-attach" { "Your name " span.fine { "(goes on record beside the address)" } }
                input type="text" id="by-attach" name="by" maxlength="100" autocomplete="name";
                p.buttons { button type="submit" { "Attach it" } }
            }
        }
    }
}

/// Both, and which of them stays, before they are one.
pub(in crate::http) fn merge_preview(
    into: &ShownIncident,
    from: &ShownIncident,
    sent: &[(&str, &str)],
) -> Markup {
    let back = sent.iter().find(|(name, _)| *name == "incident");
    let back = back.map_or(into.name.as_str(), |(_, name)| name);
    html! {
        section.narrow-page {
            h1 { (into.name) " and " (from.name) " are one?" }
            p.lead { "Nothing has been changed yet." }
            section.scroll tabindex="0" aria-label="Both" { table {
                thead { tr { th scope="col" { "Incident" } th scope="col" { "What" } th scope="col" { "Severity" }
                    th scope="col" { "State" } th scope="col" { "Noticed" } th scope="col" { "Then" } } }
                tbody { @for (one, then) in [(into, "stays"), (from, "leads to the other one")] { tr {
                    th scope="row" { a href={ (link::to("/incidents/")) (one.name) } { (one.name) } }
                    td { (one.title) }
                    td { (one.severity) }
                    td { (one.state.as_str()) }
                    td { (exact(one.detected_at)) }
                    td { (then) }
                } } }
            } }
            p { (into.name) " takes over what " (from.name) " is about, and shows the entries of both. They cannot be parted again." }
            form.stack method="post" action=(link::to("/deeds")) {
                @for (name, value) in sent { input type="hidden" name=(name) value=(value); }
                p.buttons {
                    button.danger type="submit" name="step" value="confirm" { "They are one" }
                    a.button href={ (link::to("/incidents/")) (back) } { "They are not" }
                }
            }
        }
    }
}

/// What the report lacks, and where to write it.
pub(super) fn writing(one: &ShownIncident, report: &ShownReport) -> Markup {
    let name = one.name.as_str();
    let new = ShownItem {
        id: String::new(),
        title: String::new(),
        owner: None,
        due: None,
        issue: None,
        lacks: Vec::new(),
        new_issue: None,
    };
    html! {
        @for text in &report.texts { (heading(name, text)) }
        @for (at, item) in (1..).zip(&report.action_items) { (action_item(name, &at.to_string(), item)) }
        (action_item(name, "new", &new))
    }
}

fn heading(incident: &str, one: &ShownText) -> Markup {
    let heading = one.heading.as_str();
    let form = DeedForm {
        summary: &format!("Write: {} …", one.title),
        id: heading,
        deed: "write",
        button: "Write it",
        about: Some(("incident", incident)),
    };
    form.with(&html! {
        input type="hidden" name="heading" value=(heading);
        (area(&format!("text-{heading}"), &one.title, one.text.as_deref().unwrap_or_default()))
    })
}

/// To name an action item, or to change one.
fn action_item(incident: &str, id: &str, item: &ShownItem) -> Markup {
    let is_new = item.id.is_empty();
    let summary = match is_new {
        true => "Name an action item …".to_owned(),
        false => format!("Change the action item {} …", item.title),
    };
    let form = DeedForm {
        summary: &summary,
        id: &format!("item-{id}"),
        deed: "action_item",
        button: if is_new { "Add it" } else { "Change it" },
        about: Some(("incident", incident)),
    };
    let field = |name: &str| format!("{name}-item-{id}");
    form.with(&html! {
        @if !is_new { input type="hidden" name="item" value=(item.id); }
        (line(&field("title"), "title", "What is to be done", 200, &item.title))
        label for=(field("owner")) { "Who does it" }
        input type="text" id=(field("owner")) name="owner" maxlength="200" autocomplete="off" value=[item.owner.as_deref()];
        label for=(field("due")) { "Until when" }
        input type="date" id=(field("due")) name="due" value=[item.due];
        label for=(field("issue")) { "Address of its issue" }
        input type="url" id=(field("issue")) name="issue" maxlength="2000" autocomplete="off" value=[item.issue.as_deref()];
    })
}

/// How the boxes stand before somebody says that it is over, and where to say why it is all the same.
pub(in crate::http) fn resolve_preview(one: &ShownIncident, sent: &[(&str, &str)]) -> Markup {
    let all_clear = one.all_clear.as_ref();
    let boxes = all_clear.map_or(&[][..], |all_clear| &all_clear.boxes);
    let open = all_clear.map(AllClear::open);
    let is_given = match (&open, one.good_again) {
        (Some(open), Some(good)) => {
            !boxes.is_empty() && open.is_empty() && good.good_seconds >= good.of_seconds
        }
        _ => false,
    };
    html! {
        section.narrow-page {
            h1 { (one.name) " is over?" }
            p.lead { "Nothing has been changed yet." }
            @if boxes.is_empty() { p.banner { "Nobody has looked at the boxes yet." } } @else {
                (all_clear::table("The boxes", boxes))
            }
            @if let Some(good) = one.good_again {
                p { "All of it has been good for " (good.good_seconds / 60) " of " (good.of_seconds / 60) " min." }
            }
            form.stack method="post" action=(link::to("/deeds")) {
                @for (name, value) in sent.iter().filter(|(name, _)| *name != "text") {
                    input type="hidden" name=(name) value=(value);
                }
                @if !is_given {
                    p.banner { "The all-clear is not given: without a reason this is refused." }
                    label for="text-over" { "Why it is over all the same " span.fine { "(goes on record)" } }
                    input type="text" id="text-over" name="text" required maxlength=(MAX_REASON) autocomplete="off";
                }
                p.buttons {
                    button.danger type="submit" name="step" value="confirm" { "It is over" }
                    a.button href={ (link::to("/incidents/")) (one.name) } { "Not yet" }
                }
            }
        }
    }
}
