//! What became of an alert from outside: what its sender is answered.

use serde::Serialize;
use utoipa::ToSchema;

use super::book::Book;
use super::entry::{Entry, What};
use super::input::Alert;
use super::name::Name;
use super::state::{Incident, Member};
use super::subject::Subject;

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// An incident of its own.
    Opened,
    /// The incident that it had before, which goes on again.
    Reopened,
    /// A part of an incident that went on already.
    Joined,
    /// It is over, and its incident knows.
    Ended,
    /// It was known: nothing has changed.
    Known,
    /// It is over, and no incident was about it.
    Nothing,
}

impl Taken {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Joined => "joined",
            Self::Ended => "ended",
            Self::Known => "known",
            Self::Nothing => "nothing",
        }
    }
}

impl Book {
    /// What became of the alert of this key, by the entries that it led to, and the incident that it concerns.
    #[must_use]
    pub fn taken(&self, key: &str, entries: &[Entry]) -> (Taken, Option<Name>) {
        let subject = Subject::Alert(key.to_owned());
        let said = entries.iter().rev().find_map(|entry| {
            let taken = match &entry.what {
                What::Joined(joined) if joined.subject == subject => Taken::Joined,
                What::Reopened { subject: Some(of) } if *of == subject => Taken::Reopened,
                What::Ended { subject: of } if *of == subject => Taken::Ended,
                _ => return None,
            };
            Some((taken, entry.incident.clone()?))
        });
        let Some((taken, name)) = said else {
            return match self.incident_of(&subject) {
                Some(name) => (Taken::Known, Some(name)),
                None => (Taken::Nothing, None),
            };
        };
        let of_it = |is_it: fn(&What) -> bool| {
            let mut of_it = entries.iter();
            of_it.any(|entry| entry.incident.as_ref() == Some(&name) && is_it(&entry.what))
        };
        let taken = match taken {
            Taken::Joined if of_it(|what| matches!(what, What::Opened { .. })) => Taken::Opened,
            Taken::Joined if of_it(|what| matches!(what, What::Reopened { .. })) => Taken::Reopened,
            taken => taken,
        };
        // By now, it may have been merged into another one.
        let name = self.survivor(&name).clone();
        (taken, Some(name))
    }

    /// Whether an alert says what is not known yet, where whoever says it looks again and again: that it is there
    /// where it was not, or has another cause, or that it is over. What somebody has declared over although it is
    /// there is news only once it has begun anew.
    #[must_use]
    pub fn is_news(&self, alert: &Alert) -> bool {
        let subject = Subject::Alert(alert.key.clone());
        let said = self.incidents().filter(|one| one.merged_into.is_none());
        let mut said = said.filter_map(|one| Some((one, one.members.get(&subject)?)));
        if !alert.is_firing {
            return said.any(|(_, member)| member.is_firing);
        }
        let is_known = |incident: &Incident, member: &Member| {
            let has_cause = alert.code.is_none_or(|code| member.codes.contains(&code));
            match incident.resolved_at.filter(|_| !incident.is_live()) {
                None => member.is_firing && has_cause,
                Some(over) => member.is_firing && !alert.began_after(over),
            }
        };
        !said.any(|(incident, member)| is_known(incident, member))
    }

    /// The incident that a subject is part of: one that goes on before one that does not, the latest first.
    fn incident_of(&self, subject: &Subject) -> Option<Name> {
        let about = self
            .incidents()
            .filter(|one| one.members.contains_key(subject));
        let found = about.max_by_key(|one| (one.is_live(), one.opened_at, &one.name));
        found.map(|one| self.survivor(&one.name).clone())
    }
}
