//! Alerts from outside, as their senders put them: bytes in, alerts or a refusal out.
//!
//! # Design notes
//!
//! Two forms are read, told apart by their members: `alerts[]`, as Alertmanager and Grafana have it
//! (`group`), and one alert with the usual names (`generic`). What cannot be templated has a thin reader
//! of its own, which says nothing but what its members mean. Everything that a text, a key, a time or a
//! code needs is done once, in `draft`.
//!
//! A body is read as a whole or refused as a whole, with the place of the fault: its sender is set up once,
//! and what is wrong shows at the first test. A word that is not known for how an alert stands is refused
//! and not guessed, since either guess would be wrong for ever: told without end, or never. A word that is
//! not known for how bad it is, or a time that cannot be, is only left out.

mod alert;
mod better_stack;
mod body;
mod draft;
mod found;
mod generic;
mod group;
mod member;
mod n8n;
mod oncall;
mod railway;
mod refusal;
mod seen;
mod text;
mod uptime_kuma;
mod uptime_robot;
mod words;

use serde_json::Value;

pub use self::alert::{AlertContext, ReadAlert, ReadAlerts, SetAside};
pub use self::refusal::{MAX_ALERTS, MAX_BYTES};
pub use self::seen::{GoneDeployment, Seen, SeenDeployment, read_seen};
pub(crate) use self::text::clean;
use crate::domain::fault::Fault;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// The alerts of a body: JSON, or a form of one of the two kinds.
///
/// # Errors
///
/// Why it is refused: DFE-VAL-001 where it is no JSON, DFE-VAL-002 where its shape is not known, each with the
/// place; of the kind [`TooLarge`](crate::domain::fault::FaultKind::TooLarge) over 256 kB or 100 alerts.
pub fn read(
    body: &[u8],
    content_type: Option<&str>,
    context: &AlertContext<'_>,
) -> Result<ReadAlerts, Fault> {
    read_value(&body::value(body, content_type)?, context)
}

/// The alert of a query, for senders that only GET.
///
/// # Errors
///
/// As of [`read`].
pub fn read_query(query: &str, context: &AlertContext<'_>) -> Result<ReadAlerts, Fault> {
    read_value(&body::query(query)?, context)
}

fn read_value(value: &Value, context: &AlertContext<'_>) -> Result<ReadAlerts, Fault> {
    let mut found = Found::new(context);
    let body = Member::root(value);
    let Some(items) = body.items() else {
        read_object(&body, &mut found)?;
        return Ok(found.finish());
    };
    // n8n hands on a list of items, mostly of one.
    let mut is_empty = true;
    for item in items {
        is_empty = false;
        read_object(&item, &mut found)?;
    }
    if is_empty {
        return Err(refusal::wrong(body.place(), "an empty list", "an alert"));
    }
    Ok(found.finish())
}

/// One object, by the members that its sender's shape is known by.
fn read_object(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    if !body.is_object() {
        return Err(body.wrong_kind("an object"));
    }
    match () {
        () if body.has("alerts") => group::read(body, found),
        () if uptime_kuma::is(body) => uptime_kuma::read(body, found),
        () if better_stack::is(body) => better_stack::read(body, found),
        () if uptime_robot::is(body) => uptime_robot::read(body, found),
        () if n8n::is(body) => n8n::read(body, found),
        () if oncall::is(body) => oncall::read(body, found),
        () if railway::is(body) => railway::read(body, found),
        () => generic::read(body, found),
    }
}

#[cfg(test)]
mod tests;
