//! Uptime Kuma's webhook: `heartbeat, monitor, msg`, as JSON, as the form field `data`, or in a query.
//!
//! Both are null where it tests its notification, and where a certificate is about to expire: a test says
//! so in its last word. `important` tells a change from a reminder, and both mean the same here.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// The last word of what it sends to test a notification.
const TEST: &str = "Testing";

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    let is_free = |name| body.get(name).is_none_or(|member| member.is_object());
    let is_alone = body.names().eq(["msg"]);
    body.has("msg")
        && (body.has("heartbeat") || body.has("monitor") || is_alone)
        && is_free("heartbeat")
        && is_free("monitor")
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let said = body.text(&["msg"])?.unwrap_or_default();
    let source = found.source("uptime-kuma");
    let monitor = body.object("monitor")?;
    let Some(heartbeat) = body.object("heartbeat")? else {
        if said.ends_with(TEST) {
            return found.set_aside(body, "It is a test of its sender, and was understood.");
        }
        if said.is_empty() {
            return Err(body.lacks("msg", "a text, as there is no heartbeat"));
        }
        let name = match &monitor {
            Some(monitor) => monitor.text(&["name"])?,
            None => None,
        };
        // That a certificate expires is said again and again, and never that it does not.
        return found.alert(Draft {
            source,
            id: Some(without_numbers(&said)),
            service: name,
            is_firing: true,
            title: said,
            ..Draft::default()
        });
    };
    let status = heartbeat.text(&["status"])?;
    let is_firing = match status.as_deref() {
        Some("0") => true,
        Some("1") => false,
        Some("2") => return found.set_aside(body, "Its monitor is pending: it is tried again."),
        Some("3") => return found.set_aside(body, "Its monitor is under maintenance."),
        Some(_) => return Err(heartbeat.is_unknown("status", "0, 1, 2 or 3")),
        None => return Err(heartbeat.lacks("status", "0, 1, 2 or 3")),
    };
    let of = |names: &[&str]| match &monitor {
        Some(monitor) => monitor.text(names),
        None => Ok(None),
    };
    let id = match heartbeat.text(&["monitorID", "monitor_id"])? {
        Some(id) => Some(id),
        None => of(&["id"])?,
    };
    let name = of(&["name", "hostname", "url"])?;
    let subject = name
        .clone()
        .or_else(|| id.as_ref().map(|id| format!("monitor {id}")));
    let subject = subject.ok_or_else(|| body.lacks("monitor", "a monitor with a name or an id"))?;
    found.alert(Draft {
        source,
        id,
        is_firing,
        title: format!("{subject} is {}", if is_firing { "down" } else { "up" }),
        message: heartbeat.text(&["msg"])?.unwrap_or(said),
        name,
        url: of(&["url"])?,
        started_at: began(&heartbeat, is_firing)?,
        ends_by_itself: true,
        ..Draft::default()
    })
}

/// `time` is in UTC and has no zone. An old version has the local time alone, with its offset beside it.
fn began(heartbeat: &Member<'_>, is_firing: bool) -> Result<Option<jiff::Timestamp>, Fault> {
    if !is_firing {
        return heartbeat.time(&["lastDownTime"]);
    }
    if let Some(at) = heartbeat.time(&["time"])? {
        return Ok(Some(at));
    }
    let local = heartbeat.text(&["localDateTime"])?;
    let offset = heartbeat.text(&["timezoneOffset"])?;
    let (Some(local), Some(offset)) = (local, offset) else {
        return Ok(None);
    };
    let local = local.replacen(' ', "T", 1);
    Ok(format!("{local}{offset}").parse().ok())
}

/// In how many days it expires changes every day.
fn without_numbers(said: &str) -> String {
    said.split_whitespace()
        .filter(|word| !word.bytes().all(|b| b.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(" ")
}
