//! Where the link of a message leads.

use jiff::Timestamp;
use maud::{Markup, html};

use super::time;
use crate::domain::incident::ShownIncident;
use crate::http::link;

/// The form that acknowledges an incident.
pub(in crate::http) fn acknowledge(incident: &ShownIncident, now: Timestamp) -> Markup {
    html! {
        section.narrow-page {
            h1 { (incident.name) ": " (incident.title) }
            p.lead { (incident.severity) ", " (incident.state.as_str()) ", since " (time::point(incident.began_at, now)) }
            @match (&incident.acknowledged_by, incident.state.is_live()) {
                (_, false) => p { "It does not go on any more: there is nothing to acknowledge." },
                (Some(who), true) => p { (who) " has it." },
                (None, true) => {
                    form.stack method="post" {
                        label for="by" { "Your name " span.fine { "(goes on record beside the address)" } }
                        input type="text" id="by" name="by" maxlength="100" autocomplete="name";
                        button type="submit" { "Acknowledge " (incident.name) }
                    }
                    p.fine { "Nobody is reminded of it then, until it is worse or the acknowledgement expires." }
                }
            }
            (to_page(incident))
        }
    }
}

/// That somebody has it.
pub(in crate::http) fn acknowledged(incident: &ShownIncident, before: Option<&str>) -> Markup {
    html! {
        section.narrow-page {
            h1 { (incident.name) " is acknowledged" }
            @match before {
                Some(who) => p.lead { (who) " has it already." },
                None => p.lead role="status" { "You have it now." },
            }
            @if let Some(cause) = incident.codes.first().filter(|cause| cause.is_now) {
                p.next { strong { "First check: " } (cause.first_check) }
            }
            (to_page(incident))
        }
    }
}

fn to_page(incident: &ShownIncident) -> Markup {
    html! {
        p.buttons { a.button href={ (link::to("/incidents/")) (incident.name) } { "The incident" } }
    }
}
