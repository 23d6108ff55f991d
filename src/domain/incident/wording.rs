//! What people are told, in words.
//!
//! # Design notes
//!
//! It is worded when it is said, by what is known then: what is told late says how it stands now, and not
//! how it stood while nobody could be told.

use jiff::Timestamp;

use super::entry::What;
use super::machine::Incidents;
use super::notice::NoticeKind;
use super::owed::Owed;
use super::severity::Severity;
use super::state::Incident;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::message::{DigestLine, Message, MessageCode, MessageLinks};
use crate::domain::taxonomy::Code;

impl Incidents {
    /// What is said of it now; nothing where nothing is known of the incident. `seen` is what the watch last
    /// saw of a series, `links` where more of an incident stands.
    #[must_use]
    pub fn message(
        &self,
        owed: &Owed,
        seen: impl Fn(Series) -> Option<Fault>,
        links: impl Fn(&Incident, Option<Code>) -> MessageLinks,
    ) -> Option<Message> {
        let incident = self.book().incident(&owed.incident)?;
        let kind = owed.dispatch.notice;
        let code = incident.causes().first().copied();
        let of_series = incident.own_series().into_iter().filter_map(&seen);
        let seen = of_series.into_iter().find(|fault| Some(fault.code) == code);
        let seen = seen.filter(|_| incident.is_live());
        let digest: Vec<&Incident> = owed
            .digest
            .iter()
            .filter_map(|name| self.book().incident(name))
            .collect();
        let is_over = !incident.is_live() && digest.iter().all(|one| !one.is_live());
        let holder = incident.acknowledgement.as_ref();
        let holder = holder.filter(|_| digest.is_empty());
        Some(Message {
            incident: incident.name.to_string(),
            generation: incident.reopened,
            kind: kind.as_str().to_owned(),
            title: match digest.len() {
                0 => incident.title.clone(),
                several => format!("{several} incidents"),
            },
            severity: worst(&digest).unwrap_or(incident.severity).to_string(),
            code: code.filter(|_| digest.is_empty()).map(|code| {
                let first_check = seen.as_ref().map(Fault::first_check);
                MessageCode::of(code, first_check)
            }),
            cause: self.cause(incident, kind, seen.as_ref()),
            since: incident.began_at,
            until: incident.resolved_at.filter(|_| is_over),
            holder: holder.map(|held| held.by.clone()),
            next_step: next_step(incident, kind, is_over),
            links: links(incident, code),
            digest: digest.into_iter().map(line).collect(),
        })
    }

    /// What happened, as far as it is known.
    fn cause(&self, incident: &Incident, kind: NoticeKind, seen: Option<&Fault>) -> Option<String> {
        if kind == NoticeKind::Digest {
            return None;
        }
        if let Some(fault) = seen {
            return Some(fault.detail.to_string());
        }
        let timeline = self.book().timeline(&incident.name);
        let said = timeline.iter().rev().find_map(|entry| match &entry.what {
            What::Resolved { .. } if !incident.is_live() => Some(&entry.text),
            What::Joined(_) | What::Opened { .. } => Some(&entry.text),
            _ => None,
        });
        said.cloned()
    }
}

/// The worst of those that go on.
fn worst(digest: &[&Incident]) -> Option<Severity> {
    let live = digest.iter().filter(|one| one.is_live());
    let worst = live.map(|one| one.severity).min();
    worst.or_else(|| digest.iter().map(|one| one.severity).min())
}

fn line(incident: &Incident) -> DigestLine {
    let over: Option<Timestamp> = incident.resolved_at.filter(|_| !incident.is_live());
    DigestLine {
        incident: incident.name.to_string(),
        severity: incident.severity.to_string(),
        title: match over {
            Some(at) => format!(
                "over since {}: {}",
                at.strftime("%H:%M UTC"),
                incident.title
            ),
            None => incident.title.clone(),
        },
    }
}

fn next_step(incident: &Incident, kind: NoticeKind, is_over: bool) -> String {
    let held = incident.acknowledgement.as_ref();
    match (kind, held) {
        (NoticeKind::Report, _) => match incident.report.lacks().join("; ") {
            lacks if lacks.is_empty() => "Close it: the report is complete.".to_owned(),
            lacks => format!("Complete the report; it lacks: {lacks}."),
        },
        _ if is_over => "Nothing: it is over.".to_owned(),
        (NoticeKind::Digest, _) => {
            "Acknowledge each of them on its page, the worst one first.".to_owned()
        }
        (_, Some(held)) => format!("{} has it: help where they ask for it.", held.by),
        (_, None) => "Acknowledge it, then look at the first check.".to_owned(),
    }
}
