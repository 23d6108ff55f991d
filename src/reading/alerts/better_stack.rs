//! Better Stack's webhook: an incident as its API has it, `data.attributes`.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    let data = body.get("data").filter(Member::is_object);
    data.is_some_and(|data| data.has("attributes"))
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let data = body
        .object("data")?
        .ok_or_else(|| body.lacks("data", "an object"))?;
    let incident = data
        .object("attributes")?
        .ok_or_else(|| data.lacks("attributes", "an object"))?;
    let status = incident
        .text(&["status"])?
        .unwrap_or_default()
        .to_lowercase();
    let is_over = incident.get("resolved_at").is_some();
    let is_firing = match status.as_str() {
        "unconfirmed" => {
            return found.set_aside(body, "It is not confirmed yet: its sender tries again.");
        }
        "resolved" => false,
        // It seems to be over, which is being made sure of.
        "" | "started" | "acknowledged" | "validating" => !is_over,
        _ => {
            return Err(incident.is_unknown(
                "status",
                "Unconfirmed, Started, Acknowledged, Validating or Resolved",
            ));
        }
    };
    let name = incident.text(&["name", "url"])?;
    let cause = incident.text(&["cause"])?;
    let title = name.clone().or_else(|| cause.clone());
    let title = title.ok_or_else(|| incident.lacks("name", "a name or a cause"))?;
    found.alert(Draft {
        source: found.source("better-stack"),
        id: data.text(&["id"])?,
        name,
        is_firing,
        message: cause.filter(|cause| *cause != title).unwrap_or_default(),
        title,
        url: incident.text(&["url"])?,
        started_at: incident.time(&["started_at"])?,
        ends_by_itself: true,
        ..Draft::default()
    })
}
