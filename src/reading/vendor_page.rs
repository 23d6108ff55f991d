//! What a vendor's status page says, in the shapes in which they say it.
//!
//! Two are understood, told apart by their members: Atlassian's Statuspage (`summary.json`: `page`,
//! `status.indicator`, `components[].status`, `incidents[]`; Supabase's is one) and Railway's
//! (`components[]` in groups, with `status` in capitals, `incidents[]`). A word that is not known makes
//! the page unreadable, and not fine.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::vendor_page::{AffectedPart, VendorIncident, VendorStatus};

/// Up to how many parts are read, in groups of groups.
const MOST_PARTS: usize = 2_000;
/// How much of a name or a title is kept, in characters.
const TITLE_CHARS: usize = 160;

/// The words for a part, of both shapes, in lower case with spaces.
const PART_WORDS: &[&str] = &[
    "operational",
    "degraded performance",
    "partial outage",
    "major outage",
    "under maintenance",
];
/// The word for a part that is well.
const OPERATIONAL: &str = "operational";
/// The words for an incident that is over.
const OVER: &[&str] = &["resolved", "postmortem", "completed"];
/// The words for one that is not.
const OPEN: &[&str] = &[
    "investigating",
    "identified",
    "monitoring",
    "verifying",
    "in progress",
    "scheduled",
];

/// What a page says.
///
/// # Errors
///
/// Why it cannot be read.
pub(crate) fn understand(body: &[u8]) -> Result<VendorStatus, &'static str> {
    let page: Value = serde_json::from_slice(body).map_err(|_| "its answer is no JSON")?;
    let components = page["components"]
        .as_array()
        .ok_or("its answer names no components")?;
    if components.is_empty() {
        return Err("its answer names no components");
    }
    let indicator = &page["status"]["indicator"];
    if !matches!(
        indicator.as_str(),
        None | Some("none" | "minor" | "major" | "critical" | "maintenance")
    ) {
        return Err("its indicator is a word that is not known");
    }
    let mut status = VendorStatus::default();
    for component in components {
        read_part(component, &mut status)?;
    }
    let incidents = page["incidents"]
        .as_array()
        .ok_or("its answer has no list of incidents")?;
    for incident in incidents {
        status.incidents.extend(read_incident(incident)?);
    }
    // It says that something is wrong, and not what.
    let is_troubled = !matches!(indicator.as_str(), None | Some("none"));
    if is_troubled && status.affected.is_empty() && status.incidents.is_empty() {
        let said = page["status"]["description"].as_str().unwrap_or("not well");
        status.affected.push(AffectedPart {
            name: "the whole".to_owned(),
            status: shortened(said),
        });
    }
    Ok(status)
}

/// A part, or those of a group.
fn read_part(part: &Value, status: &mut VendorStatus) -> Result<(), &'static str> {
    let below = ["components", "children"]
        .iter()
        .find_map(|name| part[*name].as_array());
    if let Some(parts) = below.filter(|parts| parts.first().is_some_and(Value::is_object)) {
        for part in parts {
            read_part(part, status)?;
        }
        return Ok(());
    }
    if status.parts == MOST_PARTS {
        return Err("it has too many components");
    }
    let said = part["status"].as_str().ok_or("a component has no status")?;
    let word = plain(said);
    if !PART_WORDS.contains(&word.as_str()) {
        return Err("a component's status is a word that is not known");
    }
    let name = part["name"].as_str().ok_or("a component has no name")?;
    status.parts += 1;
    if word != OPERATIONAL {
        status.affected.push(AffectedPart {
            name: shortened(name),
            status: word,
        });
    }
    Ok(())
}

/// An incident, where it is not over.
fn read_incident(incident: &Value) -> Result<Option<VendorIncident>, &'static str> {
    let said = incident["status"]
        .as_str()
        .ok_or("an incident has no status")?;
    let word = plain(said);
    if OVER.contains(&word.as_str()) {
        return Ok(None);
    }
    if !OPEN.contains(&word.as_str()) {
        return Err("an incident's status is a word that is not known");
    }
    let text = |names: &[&str]| names.iter().find_map(|name| incident[*name].as_str());
    let title = text(&["name", "title"]).ok_or("an incident has no title")?;
    let started = text(&["started_at", "created_at", "createdAt"]);
    Ok(Some(VendorIncident {
        title: shortened(title),
        status: word,
        started_at: started.and_then(|at| at.parse::<Timestamp>().ok()),
    }))
}

/// A word as both shapes have it.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', " ")
}

fn shortened(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain.clone().take(TITLE_CHARS).collect();
    if plain.count() > TITLE_CHARS {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(page: &Value) -> Result<VendorStatus, &'static str> {
        understand(page.to_string().as_bytes())
    }

    fn statuspage(indicator: &str, part: &str, incidents: &Value) -> Value {
        json!({
            "page": { "id": "p", "name": "Vendor", "url": "https://status.example.com" },
            "status": { "indicator": indicator, "description": "Partial System Outage" },
            "components": [
                { "id": "a", "name": "Auth", "status": part, "components": ["b"] },
                { "id": "b", "name": "Storage", "status": "operational", "group": false },
            ],
            "incidents": incidents, "scheduled_maintenances": [],
        })
    }

    fn railway(part: &str, incident: &str) -> Value {
        json!({
            "components": [
                { "id": "g", "name": "EU West", "status": "OPERATIONAL", "type": "group", "components": [
                    { "id": "c", "name": "Compute", "status": part, "position": 1 },
                    { "id": "s", "name": "Storage", "status": "OPERATIONAL", "position": 2 },
                ] },
                { "id": "a", "name": "API", "status": "OPERATIONAL", "children": [] },
            ],
            "incidents": [
                { "id": "i", "slug": "x", "title": "Builds are slow", "status": incident,
                    "worstImpact": "DEGRADED_PERFORMANCE", "createdAt": "2026-11-24T10:00:00.123Z", "resolvedAt": null },
            ],
            "maintenances": [],
        })
    }

    #[test]
    fn both_shapes_are_read_and_what_is_over_is_left_out() {
        let over = json!([{ "name": "old", "status": "resolved" }, { "name": "x", "status": "postmortem" }]);
        let well = read(&statuspage("none", "operational", &over)).expect("it is read");
        assert_eq!(
            (well.parts, well.affected.len(), well.incidents.len()),
            (2, 0, 0)
        );
        let open = json!([{ "name": "Logins fail", "status": "identified", "started_at": "2026-11-24T10:00:00Z" }]);
        let troubled = read(&statuspage("major", "partial_outage", &open)).expect("it is read");
        assert_eq!(
            troubled.summary(),
            "Not operational: Auth (partial outage). Not resolved: Logins fail (identified since 2026-11-24T10:00:00Z)."
        );
        let well = read(&railway("OPERATIONAL", "RESOLVED")).expect("it is read");
        assert_eq!(
            (well.parts, well.affected.len(), well.incidents.len()),
            (3, 0, 0)
        );
        let troubled = read(&railway("MAJOR_OUTAGE", "INVESTIGATING")).expect("it is read");
        assert_eq!(
            troubled.summary(),
            "Not operational: Compute (major outage). Not resolved: Builds are slow (investigating since \
             2026-11-24T10:00:00Z)."
        );
        let vague = read(&statuspage("minor", "operational", &json!([]))).expect("it is read");
        assert_eq!(
            vague.summary(),
            "Not operational: the whole (Partial System Outage)."
        );
    }

    #[test]
    fn what_is_not_understood_is_unreadable_and_never_fine() {
        for page in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "status": "ok" }),
            json!({ "components": [], "incidents": [] }),
            json!({ "components": [{ "name": "a", "status": "operational" }] }),
            json!({ "components": [{ "name": "a" }], "incidents": [] }),
            json!({ "components": [{ "status": "operational" }], "incidents": [] }),
            statuspage("purple", "operational", &json!([])),
            statuspage("none", "glowing", &json!([])),
            statuspage(
                "none",
                "operational",
                &json!([{ "name": "x", "status": "simmering" }]),
            ),
            statuspage(
                "none",
                "operational",
                &json!([{ "status": "investigating" }]),
            ),
            railway("WOBBLY", "RESOLVED"),
        ] {
            assert!(read(&page).is_err(), "{page}");
        }
        assert!(understand(b"<!doctype html><title>Status</title>").is_err());
        let long = "x".repeat(500);
        let open = json!([{ "name": format!("a\u{1b}[31m{long}"), "status": "monitoring" }]);
        let status = read(&statuspage("minor", "operational", &open)).expect("it is read");
        let title = &status.incidents[0].title;
        assert!(
            title.chars().count() == TITLE_CHARS + 1 && !title.contains('\u{1b}'),
            "{title}"
        );
    }
}
