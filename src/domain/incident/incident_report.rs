//! The report of an incident: what its timeline adds up to, beside what somebody has written.
//!
//! # Design notes
//!
//! It is made anew each time from the entries, so it is complete whenever it is asked for, and no text
//! of it can contradict the timeline. Markdown, page and JSON are renderings of this one value.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::all_clear::AllClear;
use super::entry::{Entry, What};
use super::machine::Incidents;
use super::name::Name;
use super::notice::CaptureWhen;
use super::shown::ShownIncident;
use super::state::Incident;
use crate::domain::access::Role;
use crate::domain::rfc3339;

/// The report of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct IncidentReport {
    /// When it was put together.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// The environment that it happened in.
    pub environment: String,
    /// How it stands, with its timeline and what is written.
    pub incident: ShownIncident,
    /// How long each step took.
    pub durations: Durations,
    /// What was begun to mend it.
    pub remedies: Vec<ReportedRemedy>,
    /// What was done through this service while it went on.
    pub actions: Vec<ReportedAction>,
    /// Why actions may be missing here; null where all of them are there.
    pub actions_missing: Option<String>,
    /// What was kept of how it looked.
    pub evidence: Vec<ReportedEvidence>,
    /// How it was found to be over; null while it goes on.
    pub end: Option<ReportedEnd>,
}

/// How long each step took, in seconds; null where it was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Durations {
    /// From when it began until it was noticed.
    pub to_detect_seconds: u64,
    /// From then until somebody had it.
    pub to_acknowledge_seconds: Option<u64>,
    /// Until the harm was averted.
    pub to_mitigate_seconds: Option<u64>,
    /// Until it was over.
    pub to_resolve_seconds: Option<u64>,
}

/// That somebody began to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedRemedy {
    /// When.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What was done.
    pub action: String,
    /// Its row of ops.audit_log, where it has one.
    pub audit_id: Option<i64>,
}

/// Something that was done, as it is on record.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportedAction {
    /// When it was begun.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What, such as `queue.pause`.
    pub action: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// `begun`, `done` or `failed`.
    pub phase: String,
    /// What exactly was asked for.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub request: Value,
    /// How it was before.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub before: Value,
    /// How it was after.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub after: Value,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedEvidence {
    /// When it was taken.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it shows.
    pub name: String,
    /// When it was taken, or was to be; null where somebody has attached it.
    pub occasion: Option<CaptureWhen>,
    /// What it was hashed to; null where it could not be taken.
    pub sha256: Option<String>,
    /// How large it is.
    pub bytes: Option<u64>,
    /// Why it could not be taken, where that is so.
    pub failed: Option<String>,
}

/// How it was found to be over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedEnd {
    /// When.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who said so.
    pub who: String,
    /// Why, where it was said against the all-clear.
    pub against: Option<String>,
    /// The boxes of the all-clear, as they were.
    pub all_clear: AllClear,
}

impl Durations {
    fn of(incident: &Incident) -> Self {
        let seconds = |span: Duration| span.as_secs();
        Self {
            to_detect_seconds: seconds(incident.time_to_detect()),
            to_acknowledge_seconds: incident.time_to_acknowledge().map(seconds),
            to_mitigate_seconds: incident.time_to_mitigate().map(seconds),
            to_resolve_seconds: incident.time_to_resolve().map(seconds),
        }
    }
}

impl IncidentReport {
    /// From when to when it went on, or has gone on.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let until = self.incident.resolved_at.unwrap_or(self.timestamp);
        (self.incident.began_at, until)
    }
}

impl Incidents {
    /// The report of an incident, for whoever is let in; nothing where there is none of that name.
    #[must_use]
    pub fn report(&self, name: &Name, environment: &str, now: Timestamp) -> Option<IncidentReport> {
        let name = self.book().survivor(name);
        let incident = self.book().incident(name)?;
        let timeline = self.book().timeline(name);
        let is_over = !incident.is_live();
        Some(IncidentReport {
            timestamp: now,
            environment: environment.to_owned(),
            incident: self.shown(name, Role::Reader, now)?,
            durations: Durations::of(incident),
            remedies: timeline.iter().filter_map(|entry| remedy(entry)).collect(),
            actions: Vec::new(),
            actions_missing: None,
            evidence: timeline
                .iter()
                .filter_map(|entry| evidence(entry))
                .collect(),
            end: timeline
                .iter()
                .rev()
                .find_map(|entry| end(entry))
                .filter(|_| is_over),
        })
    }

    /// Each entry of an incident and of all that were merged into it, as they are kept.
    #[must_use]
    pub fn entries_of(&self, name: &Name) -> Vec<Entry> {
        let timeline = self.book().timeline(name);
        timeline.into_iter().cloned().collect()
    }
}

fn remedy(entry: &Entry) -> Option<ReportedRemedy> {
    let What::Remedy { action, audit_id } = &entry.what else {
        return None;
    };
    Some(ReportedRemedy {
        at: entry.at,
        who: entry.who.clone(),
        action: action.clone(),
        audit_id: *audit_id,
    })
}

fn evidence(entry: &Entry) -> Option<ReportedEvidence> {
    let at = entry.at;
    match &entry.what {
        What::Evidence(piece) => Some(ReportedEvidence {
            at,
            name: piece.name.clone(),
            occasion: piece.occasion,
            sha256: Some(piece.sha256.clone()),
            bytes: Some(piece.bytes),
            failed: None,
        }),
        What::EvidenceFailed { name, occasion } => Some(ReportedEvidence {
            at,
            name: name.clone(),
            occasion: *occasion,
            sha256: None,
            bytes: None,
            failed: Some(reason(&entry.text)),
        }),
        _ => None,
    }
}

/// Why evidence could not be taken, without saying once more that it could not be.
fn reason(text: &str) -> String {
    let reason = text.split_once(": ").map_or(text, |(_, reason)| reason);
    reason.to_owned()
}

fn end(entry: &Entry) -> Option<ReportedEnd> {
    let What::Resolved { against, all_clear } = &entry.what else {
        return None;
    };
    Some(ReportedEnd {
        at: entry.at,
        who: entry.who.clone(),
        against: against.clone(),
        all_clear: all_clear.clone(),
    })
}
