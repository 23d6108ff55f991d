//! An incident as it is shown: one shape for the page, the terminal and whoever asks over HTTP.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::all_clear::AllClear;
use super::budget::{Budget, budgets};
use super::cause::Cause;
use super::entry::{Entry, Known, What};
use super::entry_kind::EntryKind;
use super::machine::Incidents;
use super::name::Name;
use super::notice::CaptureWhen;
use super::piece::{MediaType, Piece};
use super::remedy::ShownRemedy;
use super::severity::Severity;
use super::shown_quiet::ShownQuiet;
use super::shown_report::ShownReport;
use super::state::{Incident, State};
use super::subject::Subject;
use crate::domain::access::Role;
use crate::domain::history::Series;
use crate::domain::last_look::{LastLook, Wrong};
use crate::domain::repository::Repository;
use crate::domain::rfc3339;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShownIncident {
    /// What it is called, such as `DB-17`.
    #[schema(value_type = String)]
    pub name: Name,
    /// The same for people.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// The causes that were seen: first those that it fails with now, then those that have healed.
    pub codes: Vec<ShownCause>,
    /// When it began, as far as that is known.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub began_at: Timestamp,
    /// When it was noticed.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// When somebody first had it.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who has it; for whoever presents a token.
    pub acknowledged_by: Option<String>,
    /// Whether somebody has it: an acknowledgement holds until it expires, and until it is worse.
    #[serde(default)]
    #[schema(required = true)]
    pub is_held: bool,
    /// When it was last good again.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub mitigated_at: Option<Timestamp>,
    /// When it was over.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// How often it came back.
    pub reopened: u32,
    /// Whether nobody is told of it now, on purpose: a quiet window lasts.
    #[serde(default)]
    #[schema(required = true)]
    pub is_quiet: bool,
    /// The incident that it turned out to be.
    #[schema(value_type = Option<String>)]
    pub merged_into: Option<Name>,
    /// For how long all has been good again, of how long it has to be, in seconds; null where it is over.
    pub good_again: Option<ShownDwell>,
    /// The boxes of the all-clear as they were last seen; for whoever presents a token.
    pub all_clear: Option<AllClear>,
    /// When they were seen so; what has been mended since shows at the next look.
    #[serde(default, serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub all_clear_at: Option<Timestamp>,
    /// The steps of the checklist, and the time that each may take.
    pub budgets: Vec<Budget>,
    /// What is written of its report, and what that lacks; for whoever presents a token.
    #[serde(default)]
    pub report: Option<ShownReport>,
    /// What may mend it, by what is seen now, while it goes on; for whoever presents a token.
    pub remedies: Option<Vec<ShownRemedy>>,
    /// What was to be seen in it, for whoever presents a token.
    pub evidence: Option<Vec<ShownEvidence>>,
    /// What happened, for whoever presents a token.
    pub timeline: Option<Vec<ShownEntry>>,
}

/// Incidents as an instance tells of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ToldIncidents {
    /// Whether what the database knows of earlier incidents is among them.
    pub is_whole: bool,
    /// Why it could not be read, where that was tried.
    #[serde(default)]
    pub unread: Option<String>,
    /// The quiet windows that last.
    #[serde(default)]
    pub quiet: Vec<ShownQuiet>,
    /// Each of them, without its timeline.
    pub incidents: Vec<ShownIncident>,
}

/// A cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownCause {
    /// Its code.
    #[schema(value_type = Code)]
    pub code: String,
    /// What it is.
    pub title: String,
    /// The first thing to look at.
    pub first_check: String,
    /// The page of the code.
    pub url: String,
    /// Whether it fails with it now; else that has healed, or the incident is over.
    #[serde(default = "yes")]
    #[schema(required = true)]
    pub is_now: bool,
}

fn yes() -> bool {
    true
}

/// For how long all has been good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownDwell {
    /// So long, in seconds.
    pub good_seconds: u64,
    /// Of so long.
    pub of_seconds: u64,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownEvidence {
    /// That of its entry.
    pub id: String,
    /// What it shows.
    pub name: String,
    /// When it was taken; null where somebody has attached it.
    pub occasion: Option<CaptureWhen>,
    /// When that was.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who has taken or attached it.
    pub who: String,
    /// How it is to be read.
    pub media_type: MediaType,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// What its content was hashed to, in hexadecimal.
    pub sha256: String,
    /// Whether it is only a part of what there was.
    pub is_cut: bool,
    /// Where its content is, for whoever presents the operator's token.
    pub url: String,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownEntry {
    /// Its name among all entries.
    pub id: String,
    /// Its place in the incident.
    pub number: u32,
    /// When it happened.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the database kept it; null where that is not known here.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recorded_at: Option<Timestamp>,
    /// Who.
    pub who: String,
    /// How it is known.
    pub how: Known,
    /// What kind of thing, such as `acknowledged`.
    #[schema(value_type = EntryKind)]
    pub kind: String,
    /// What, in words.
    pub text: String,
}

impl ShownIncident {
    /// Says first of what it fails with now what is to be looked at by what was seen at a look: that knows the
    /// cause, and not only its code.
    pub fn look(&mut self, look: &LastLook) {
        let wrong: Vec<_> = Series::ALL
            .into_iter()
            .filter_map(|series| look.wrong(series))
            .collect();
        for cause in self.codes.iter_mut().filter(|cause| cause.is_now) {
            let is_it = |one: &&Wrong| one.code.is_some_and(|code| code.id() == cause.code);
            let found = wrong.iter().find(is_it);
            if let Some(first_check) = found.and_then(|one| one.first_check.clone()) {
                cause.first_check = first_check;
            }
        }
    }

    /// Offers to file its action items in this repository.
    pub fn offer_issues(&mut self, repository: &Repository) {
        if let Some(report) = &mut self.report {
            report.offer_issues(&self.name, repository);
        }
    }

    /// When it last came to stand otherwise.
    #[must_use]
    pub fn changed_at(&self) -> Timestamp {
        let later = [
            self.acknowledged_at,
            self.mitigated_at,
            self.resolved_at,
            self.closed_at,
        ];
        let latest = later.into_iter().flatten().max();
        latest.map_or(self.detected_at, |at| at.max(self.detected_at))
    }

    /// How bad it is now: what is over is well, and what is averted or small is a warning.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match (self.state, self.severity) {
            (State::Resolved | State::Closed, _) => Verdict::Ok,
            (State::Mitigated, _) | (_, Severity::P3 | Severity::P4) => Verdict::Warning,
            (State::Open | State::Acknowledged, _) => Verdict::Critical,
        }
    }

    /// For how long it went on, or has gone on until `now`, in seconds.
    #[must_use]
    pub fn took(&self, now: Timestamp) -> f64 {
        let until = self.resolved_at.unwrap_or(now);
        until.duration_since(self.detected_at).as_secs_f64()
    }
}

impl From<&Entry> for ShownEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.clone(),
            number: entry.number,
            at: entry.at,
            recorded_at: entry.recorded_at,
            who: entry.who.clone(),
            how: entry.how,
            kind: entry.what.kind().to_owned(),
            text: entry.text.clone(),
        }
    }
}

/// A timeline without what only says again why an incident was opened, or is there again.
fn said_once(timeline: Vec<&Entry>) -> Vec<&Entry> {
    let mut begun: BTreeMap<Option<&Name>, &Entry> = BTreeMap::new();
    let mut said = Vec::new();
    for entry in timeline {
        let of = entry.incident.as_ref();
        let is_said = begun
            .get(&of)
            .is_some_and(|begun| begun.at == entry.at && begun.text.ends_with(&entry.text));
        match &entry.what {
            What::Joined(_) if is_said => continue,
            What::Opened { .. } | What::Reopened { .. } => _ = begun.insert(of, entry),
            _ => {}
        }
        said.push(entry);
    }
    said
}

impl ShownEvidence {
    fn of(incident: &Name, entry: &Entry, piece: &Piece) -> Self {
        Self {
            id: entry.id.clone(),
            name: piece.name.clone(),
            occasion: piece.occasion,
            at: entry.at,
            who: entry.who.clone(),
            media_type: piece.media_type,
            bytes: piece.bytes,
            sha256: piece.sha256.clone(),
            is_cut: piece.is_cut,
            url: format!("/incidents/{incident}/evidence/{}", entry.id),
        }
    }
}

impl Incidents {
    /// An incident as this role may see it; nothing where there is none of that name.
    #[must_use]
    pub fn shown(&self, name: &Name, role: Role, now: Timestamp) -> Option<ShownIncident> {
        let incident = self.book().incident(name)?;
        let mut shown = self.show(incident, role, now);
        if role != Role::Anybody {
            let is_it = |of: &Name| self.book().survivor(of) == name;
            let runbook = self.book().runbook().of_incident(is_it);
            shown.report = Some(ShownReport::of(incident, runbook));
            let timeline = said_once(self.book().timeline(name));
            shown.timeline = Some(timeline.into_iter().map(ShownEntry::from).collect());
            let evidence = self.evidence(name).into_iter();
            let evidence = evidence.map(|(entry, piece)| ShownEvidence::of(name, entry, piece));
            shown.evidence = Some(evidence.collect());
        }
        Some(shown)
    }

    /// All incidents as this role may see them, without their timelines: first what goes on, and of that what is
    /// not averted, then what is worst, then what was noticed last. Of what is over only the last counts.
    #[must_use]
    pub fn all_shown(&self, role: Role, now: Timestamp) -> Vec<ShownIncident> {
        let mut all: Vec<_> = self.book().incidents().collect();
        all.sort_by_key(|one| {
            let urgency = one
                .is_live()
                .then_some((one.state == State::Mitigated, one.severity));
            let noticed = Reverse(one.detected_at);
            (urgency.is_none(), urgency, noticed, &one.name)
        });
        all.into_iter()
            .map(|one| self.show(one, role, now))
            .collect()
    }

    fn show(&self, incident: &Incident, role: Role, now: Timestamp) -> ShownIncident {
        let is_live = incident.is_live();
        // What somebody wrote is for those who are let in; what we called it by ourselves is for anybody.
        let is_ours = incident
            .members
            .keys()
            .all(|subject| matches!(subject, Subject::Series(_)));
        let is_let_in = role != Role::Anybody;
        let dwell = self.dwell(&incident.name).filter(|_| is_live);
        ShownIncident {
            name: incident.name.clone(),
            title: match is_ours || is_let_in {
                true => incident.title.clone(),
                false => "Reported from outside".to_owned(),
            },
            state: incident.state,
            severity: incident.severity,
            codes: self
                .causes(incident)
                .into_iter()
                .map(|Cause { code, is_now }| ShownCause {
                    code: code.id().to_owned(),
                    title: code.entry().title.to_owned(),
                    first_check: code.entry().first_check.to_owned(),
                    url: code.page(),
                    is_now,
                })
                .collect(),
            began_at: incident.began_at,
            detected_at: incident.detected_at,
            acknowledged_at: incident.acknowledged_at,
            acknowledged_by: incident
                .acknowledgement
                .as_ref()
                .filter(|_| is_let_in)
                .map(|held| held.by.clone()),
            is_held: incident.acknowledgement.is_some(),
            mitigated_at: incident.mitigated_at,
            resolved_at: incident.resolved_at,
            closed_at: incident.closed_at,
            reopened: incident.reopened,
            is_quiet: is_live && self.book().is_quiet(incident, now),
            merged_into: incident.merged_into.clone(),
            good_again: dwell.map(|dwell| ShownDwell {
                good_seconds: dwell.good.as_secs(),
                of_seconds: dwell.of.as_secs(),
            }),
            all_clear: (is_live && is_let_in).then(|| self.sight.last_boxes(&incident.name)),
            all_clear_at: (is_live && is_let_in)
                .then(|| self.sight.boxes_at(&incident.name))
                .flatten(),
            budgets: budgets(incident, now),
            report: None,
            remedies: None,
            evidence: None,
            timeline: None,
        }
    }
}
