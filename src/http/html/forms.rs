//! Forms: to sign in, and to act. Each leads to a preview of what would change, never straight to it.

use maud::{Markup, html};
use ulid::Ulid;

use crate::domain::order::MAX_REASON;
use crate::domain::sign_in::LASTS;
use crate::http::link;

/// The form to sign in with, and what was wrong with the last try.
pub(in crate::http) fn sign_in(complaint: Option<&str>, back: Option<&str>) -> Markup {
    html! {
        section.narrow-page {
            h1 { "Sign in" }
            @if let Some(complaint) = complaint { p.banner role="alert" { (complaint) } }
            form.stack method="post" action=(link::to("/session")) {
                @if let Some(back) = back { input type="hidden" name="back" value=(back); }
                label for="token" { "Token" }
                input id="token" name="token" type="password" autocomplete="current-password" required autofocus
                    aria-describedby="token-note";
                p.fine id="token-note" { "The operator's token (OPS_TOKEN) shows causes and queries, and acts; the reader's "
                    "(OPS_READ_TOKEN) shows queries. You stay signed in for " (LASTS.as_hours()) " hours." }
                button type="submit" { "Sign in" }
            }
        }
    }
}

/// Where to say why, and who asks.
fn why(id: &str) -> Markup {
    html! {
        label for={ "reason-" (id) } { "Reason" }
        input type="text" id={ "reason-" (id) } name="reason" required maxlength=(MAX_REASON) autocomplete="off";
        label for={ "by-" (id) } { "Your name " span.fine { "(goes on record beside the address)" } }
        input type="text" id={ "by-" (id) } name="by" maxlength="100" autocomplete="name";
    }
}

/// A name that no other form has: by it, what is sent twice is known to be one order.
pub(in crate::http) fn form_name() -> String {
    Ulid::generate().to_string()
}

/// A form of one action, folded away.
fn action(summary: &str, id: &str, fields: &Markup, buttons: &[(&str, &str)]) -> Markup {
    html! {
        details.act {
            summary { (summary) }
            form.stack method="post" action=(link::to("/actions")) {
                input type="hidden" name="form" value=(form_name());
                (fields)
                (why(id))
                p.buttons { @for (name, label) in buttons {
                    button type="submit" name="action" value=(name) { (label) }
                } }
            }
        }
    }
}

/// To pause the queue.
pub(super) fn pause() -> Markup {
    let fields = html! {
        label for="job-type" { "Jobs of this type only " span.fine { "(empty: all)" } }
        input type="text" id="job-type" name="job_type" maxlength="100" autocomplete="off";
        label for="minutes" { "For how many minutes " span.fine { "(then it warns; it does not end by itself)" } }
        input id="minutes" name="minutes" type="number" min="1" max="43200" value="60";
    };
    action(
        "Pause the queue …",
        "pause",
        &fields,
        &[("queue.pause", "Preview the pause")],
    )
}

/// To lift a pause.
pub(super) fn resume(pause: i64) -> Markup {
    let fields = html! { input type="hidden" name="pause" value=(pause); };
    let id = format!("resume-{pause}");
    action(
        "Resume …",
        &id,
        &fields,
        &[("queue.resume", "Preview the resume")],
    )
}

/// To cancel or end a session of a list: the same one may be in two.
pub(super) fn session(list: &str, pid: i32, backend_start: Option<&str>) -> Markup {
    let fields = html! {
        input type="hidden" name="pid" value=(pid);
        @if let Some(start) = backend_start { input type="hidden" name="backend_start" value=(start); }
    };
    let buttons = [
        ("pg.cancel", "Preview: cancel its statement"),
        ("pg.terminate", "Preview: end the session"),
    ];
    let summary = format!("Act on {pid} …");
    action(&summary, &format!("{list}-{pid}"), &fields, &buttons)
}

/// To reload the schema, and to restart workers.
pub(super) fn service() -> Markup {
    let fields = html! {
        label for="service" { "Service " span.fine { "(its name at Railway)" } }
        input type="text" id="service" name="service" required maxlength="100" autocomplete="off";
    };
    html! {
        section aria-labelledby="act" {
            h2 id="act" { "Act" }
            (action("Restart a service of workers …", "restart", &fields, &[("workers.restart", "Preview the restart")]))
            (action("Reload PostgREST's schema …", "reload", &html! {}, &[("schema.reload", "Preview the reload")]))
        }
    }
}
