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
use super::subject::{Part, Subject};
use crate::domain::history::Series;
use crate::domain::last_look::Wrong;
use crate::domain::message::{DigestLine, Message, MessageCode, MessageLinks};
use crate::domain::taxonomy::Code;

/// Of so many that have joined it is said what they say.
const NAMED: usize = 3;

/// What is said to be wrong.
#[derive(Default)]
struct Said {
    code: Option<Code>,
    text: Option<String>,
    first_check: Option<String>,
}

impl Incidents {
    /// What is said of it now; nothing where nothing is known of the incident. `seen` is what the watch last
    /// saw to be wrong with a series, `links` where more of an incident stands.
    #[must_use]
    pub fn message(
        &self,
        owed: &Owed,
        seen: impl Fn(Series) -> Option<Wrong>,
        links: impl Fn(&Incident, Option<Code>) -> MessageLinks,
    ) -> Option<Message> {
        let incident = self.book().incident(&owed.incident)?;
        let kind = owed.dispatch.notice;
        let digest: Vec<&Incident> = owed
            .digest
            .iter()
            .filter_map(|name| self.book().incident(name))
            .collect();
        let is_over = !incident.is_live() && digest.iter().all(|one| !one.is_live());
        let said = match kind {
            NoticeKind::Digest => Said::default(),
            _ => self.said(incident, owed, &seen),
        };
        let code = said.code;
        let holder = incident.acknowledgement.as_ref();
        let holder = holder.filter(|_| digest.is_empty());
        let has_first_check = code.is_some() || said.first_check.is_some();
        Some(Message {
            incident: incident.name.to_string(),
            generation: incident.reopened,
            kind: kind.as_str().to_owned(),
            title: match digest.len() {
                0 => incident.title.clone(),
                several => format!("{several} incidents"),
            },
            severity: worst(&digest).unwrap_or(incident.severity).to_string(),
            code: code.map(|code| MessageCode::of(code, said.first_check.as_deref())),
            cause: said.text,
            advice: said.first_check.filter(|_| code.is_none()),
            since: incident.began_at,
            until: incident.resolved_at.filter(|_| is_over),
            holder: holder.map(|held| held.by.clone()),
            next_step: next_step(incident, kind, is_over, has_first_check),
            links: links(incident, code),
            digest: digest.into_iter().map(line).collect(),
        })
    }

    /// What is wrong, as far as it is known: what is news, or else what fails now.
    fn said(
        &self,
        incident: &Incident,
        owed: &Owed,
        seen: &impl Fn(Series) -> Option<Wrong>,
    ) -> Said {
        if !incident.is_live() {
            return Said {
                code: self.causes(incident).first().map(|cause| cause.code),
                text: self.last_text(incident),
                first_check: None,
            };
        }
        let news = self.news(incident, owed);
        let failing = self.failing(incident);
        let code_now = |subject: &Subject| {
            let mut failing = failing.iter();
            failing
                .find(|(of, _)| *of == subject)
                .map(|(_, code)| *code)
        };
        let (lead, code) = match (news.first(), failing.first()) {
            (Some((subject, code, _)), _) => (*subject, code_now(subject).unwrap_or(*code)),
            (None, Some((subject, code))) => (*subject, *code),
            (None, None) => {
                return Said {
                    code: self.causes(incident).first().map(|cause| cause.code),
                    text: self.last_text(incident),
                    first_check: None,
                };
            }
        };
        let wrong = match lead {
            Subject::Series(series) => seen(*series).filter(|wrong| wrong.code == code),
            Subject::Alert(_) => None,
        };
        let joined = self.book().joined(&incident.name, lead);
        let joined = joined.map(|entry| entry.text.clone());
        let text = match (news.as_slice(), &wrong) {
            ([_, _, ..], _) => {
                let texts: Vec<_> = news.iter().map(|(.., text)| *text).take(NAMED).collect();
                let more = match news.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    more => format!("; and {more} more"),
                };
                Some(format!("Also: {}{more}", texts.join("; ")))
            }
            ([_], Some(wrong)) => Some(format!("Also: {}", wrong.detail)),
            ([(.., text)], None) => Some(format!("Also: {text}")),
            ([], Some(wrong)) => Some(wrong.detail.clone()),
            ([], None) => joined,
        };
        Said {
            code,
            text,
            first_check: wrong.and_then(|wrong| wrong.first_check),
        }
    }

    /// What has joined or fails again since people were told before: what they are told of now.
    fn news<'a>(
        &'a self,
        incident: &Incident,
        owed: &Owed,
    ) -> Vec<(&'a Subject, Option<Code>, &'a str)> {
        let kind = owed.dispatch.notice;
        if !matches!(
            kind,
            NoticeKind::CauseJoined | NoticeKind::SeverityRaised | NoticeKind::Relapsed
        ) {
            return Vec::new();
        }
        let timeline = self.book().timeline(&incident.name);
        let is_this = |what: &What| matches!(what, What::Notified { notice, nth, .. } if *notice == kind && *nth == owed.dispatch.nth);
        let is_trouble =
            |what: &What| matches!(what, What::Notified { notice, .. } if notice.says_trouble());
        let before = timeline.iter().take_while(|entry| !is_this(&entry.what));
        let mut news: Vec<(&Subject, Option<Code>, &str)> = Vec::new();
        for entry in before {
            match &entry.what {
                what if is_trouble(what) => news.clear(),
                What::Joined(joined) if joined.part == Part::Own && !joined.is_told_with_it => {
                    news.retain(|(subject, ..)| *subject != &joined.subject);
                    news.push((&joined.subject, joined.code, &entry.text));
                }
                What::Relapsed { subject } => {
                    let known = news.iter().find(|(of, ..)| *of == subject);
                    let code = known.and_then(|(_, code, _)| *code);
                    news.retain(|(of, ..)| *of != subject);
                    news.push((subject, code, &entry.text));
                }
                _ => {}
            }
        }
        news
    }

    /// What was last said to have happened.
    fn last_text(&self, incident: &Incident) -> Option<String> {
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

fn next_step(
    incident: &Incident,
    kind: NoticeKind,
    is_over: bool,
    has_first_check: bool,
) -> String {
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
        (_, None) if has_first_check => "Acknowledge it, then look at the first check.".to_owned(),
        (_, None) => {
            let incident = &incident.name;
            format!(
                "Acknowledge it, then look at what is known of it: dragonfly-ops incident show {incident}"
            )
        }
    }
}
