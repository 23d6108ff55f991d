//! UptimeRobot's webhook: `monitorID, alertType` and what stands beside them, as JSON, as a form or in a
//! query, all of it text.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    body.has("alertType") && (body.has("monitorID") || body.has("monitorFriendlyName"))
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let needed = "1 (down), 2 (up) or 3 (a certificate)";
    let kind = body
        .text(&["alertType"])?
        .ok_or_else(|| body.lacks("alertType", needed))?;
    let (is_firing, ends, what) = match kind.as_str() {
        "1" => (true, true, "is down"),
        "2" => (false, true, "is up"),
        "3" => (true, false, "has a certificate that expires"),
        _ => return Err(body.is_unknown("alertType", needed)),
    };
    let name = body.text(&["monitorFriendlyName", "monitorURL", "monitorID"])?;
    let name = name.ok_or_else(|| body.lacks("monitorID", "an id"))?;
    // That a certificate expires is apart from whether its monitor is up.
    let id = body.text(&["monitorID"])?;
    let id = id.map(|id| {
        if ends {
            id
        } else {
            format!("{id}/certificate")
        }
    });
    found.alert(Draft {
        source: found.source("uptimerobot"),
        id,
        is_firing,
        title: format!("{name} {what}"),
        name: Some(format!("{name}{}", if ends { "" } else { " certificate" })),
        message: body.text(&["alertDetails"])?.unwrap_or_default(),
        url: body.text(&["monitorURL"])?,
        started_at: body.time(&["alertDateTime"])?.filter(|_| is_firing),
        ends_by_itself: ends,
        ..Draft::default()
    })
}
