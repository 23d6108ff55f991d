//! What an incident fails with: now, and before.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::machine::Incidents;
use super::severity::Severity;
use super::sight::Stands;
use super::state::{Incident, Member};
use super::subject::Subject;
use crate::domain::taxonomy::Code;

/// A cause that an incident has, or had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) code: Code,
    /// Whether it fails with it now; else that has healed.
    pub(super) is_now: bool,
}

impl Incidents {
    /// What an incident is about and fails now, and with what, the worst first; of what is as bad, what was last
    /// said to fail.
    pub(super) fn failing<'a>(&self, incident: &'a Incident) -> Vec<(&'a Subject, Option<Code>)> {
        if !incident.is_live() {
            return Vec::new();
        }
        let own = incident.own();
        let failing = own.filter_map(|(subject, member)| {
            let Stands::Failed(code) = self.stands(incident, subject, member) else {
                return None;
            };
            Some((
                severity(subject, code),
                Reverse(member.failed_at),
                subject,
                code,
            ))
        });
        let failing: BTreeSet<_> = failing.collect();
        let failing = failing.into_iter();
        failing.map(|(.., subject, code)| (subject, code)).collect()
    }

    fn stands(&self, incident: &Incident, subject: &Subject, member: &Member) -> Stands {
        match subject {
            Subject::Alert(_) if member.is_firing => Stands::Failed(member.last_code),
            Subject::Alert(_) => Stands::Good,
            Subject::Series(series) => match self.sight.stands(*series) {
                // Who has not looked yet goes by what was said last.
                Stands::Unseen if incident.mitigated_at.is_none() => {
                    Stands::Failed(member.last_code)
                }
                stands => stands,
            },
        }
    }

    /// Each cause that was seen: first what it fails with now, then what has healed, each the worst first. It says
    /// what to do next.
    pub(super) fn causes(&self, incident: &Incident) -> Vec<Cause> {
        let now = self.failing(incident).into_iter();
        let now = now.filter_map(|(_, code)| code);
        let of_member = |(subject, member): (&Subject, &Member)| -> Vec<_> {
            let codes = member.codes.iter();
            codes
                .map(|code| (severity(subject, Some(*code)), *code))
                .collect()
        };
        let before: BTreeSet<_> = incident.own().flat_map(of_member).collect();
        let before = before.into_iter().map(|(_, code)| code);
        let mut known = BTreeSet::new();
        let all = now
            .map(|code| (code, true))
            .chain(before.map(|code| (code, false)));
        all.filter(|(code, _)| known.insert(*code))
            .map(|(code, is_now)| Cause { code, is_now })
            .collect()
    }
}

fn severity(subject: &Subject, code: Option<Code>) -> Severity {
    match subject {
        Subject::Series(series) => Severity::of_series(*series),
        Subject::Alert(_) => Severity::of_code(code),
    }
}
