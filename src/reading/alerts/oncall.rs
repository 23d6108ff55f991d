//! The outgoing webhook of Grafana OnCall: `event, alert_group, integration, alert_payload`. Its inbound
//! "formatted" webhook is of the generic form.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::{self, Found};
use crate::reading::alerts::member::Member;
use crate::reading::alerts::words::Standing;

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    body.get("alert_group")
        .is_some_and(|group| group.is_object())
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let group = body
        .object("alert_group")?
        .ok_or_else(|| body.lacks("alert_group", "an object"))?;
    let id = match group.text(&["id"])? {
        Some(id) => Some(id),
        None => body.text(&["alert_group_id"])?,
    };
    let state = group.text(&["state"])?;
    // Silenced means that nobody is to be told by OnCall; it is there all the same.
    let standing = match state.as_deref() {
        Some("silenced") => Standing::Firing,
        _ => found::standing(&group, &["state"])?
            .ok_or_else(|| group.lacks("state", "firing or resolved"))?,
    };
    let title = group
        .text(&["title"])?
        .ok_or_else(|| group.lacks("title", "a title"))?;
    let payload = body.get("alert_payload").filter(Member::is_object);
    let of_payload = |names: &[&str]| match &payload {
        Some(payload) => payload.text(names),
        None => Ok(None),
    };
    let links = group.object("permalinks")?;
    found.stands(
        body,
        standing,
        Draft {
            source: found.source("oncall"),
            id,
            title,
            message: of_payload(&["message"])?.unwrap_or_default(),
            severity: of_payload(&["severity"])?,
            url: match &links {
                Some(links) => links.text(&["web"])?,
                None => None,
            },
            started_at: group.time(&["created_at"])?,
            ends_by_itself: true,
            ..Draft::default()
        },
    )
}
