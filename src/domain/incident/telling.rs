//! Who is told what, and when.
//!
//! # Design notes
//!
//! What is told follows from how it stands, and not from what just happened: each step asks of each
//! incident what is owed. So nothing is lost where a process dies between an entry and its notice, and
//! what a quiet window kept quiet is told at its end without anybody remembering it. That something is
//! told is an entry, too, so it is told once.

use std::time::Duration;

use jiff::Timestamp;

use super::dispatch::{Delivered, Dispatched};
use super::dispatches::Outcome;
use super::entry::{Entry, ITSELF, Known, What};
use super::input::Output;
use super::machine::{Said, Step};
use super::name::Name;
use super::notice::NoticeKind;
use super::reminder::{has_room, may_say_worse, next_reminder};
use super::severity::Severity;
use super::state::{Incident, State};

/// So many are told one by one within `BURST`; more of them are told together.
const ONE_BY_ONE: usize = 5;
const BURST: Duration = Duration::from_secs(5 * 60);
/// For how long those that are told together are waited for.
const GATHERED_FOR: Duration = Duration::from_secs(30);
/// How far apart such messages are where one of their incidents is critical.
const URGENT: Duration = Duration::from_secs(60);

/// What is owed of an incident.
enum Owed {
    Notice(NoticeKind),
    /// To be told together with others.
    Together,
}

impl Step<'_> {
    /// Tells what is owed.
    pub(super) fn tell(&mut self) {
        let names = self
            .book
            .incidents()
            .filter(|one| one.merged_into.is_none());
        let mut names: Vec<_> = names.map(|one| (one.opened_at, one.name.clone())).collect();
        names.sort();
        for (_, name) in names {
            // One thing may lead to the next: after the all-clear the report.
            while let Some(owed) = self.owed(&name) {
                match owed {
                    Owed::Notice(kind) => self.notify(&name, kind, Vec::new()),
                    Owed::Together => {
                        self.rule(&name, What::Held, "It waits to be told with others");
                    }
                }
            }
        }
        self.tell_together();
    }

    fn owed(&self, name: &Name) -> Option<Owed> {
        let now = self.now();
        let incident = self.book.incident(name)?;
        let told = &incident.told;
        let owes = |kind| told.owes.contains(&kind);
        if told.held_since.is_some() || self.book.is_quiet(incident, now) {
            return None;
        }
        if !incident.is_live() {
            return match () {
                () if owes(NoticeKind::AllClear) && told.by_digest => Some(Owed::Together),
                () if owes(NoticeKind::AllClear) => Some(Owed::Notice(NoticeKind::AllClear)),
                () if owes_report(incident) => Some(Owed::Notice(NoticeKind::Report)),
                () => None,
            };
        }
        let has_room = has_room(told, now);
        if told.beginnings <= incident.reopened {
            // What is good again by the time that it could be told is no news.
            let is_news = incident.state != State::Mitigated && (told.beginnings == 0 || has_room);
            return is_news.then(|| match self.told_lately() < ONE_BY_ONE {
                true => Owed::Notice(NoticeKind::Told),
                false => Owed::Together,
            });
        }
        if told
            .severity
            .is_some_and(|told| incident.severity.is_worse_than(told))
            && may_say_worse(told, incident.severity, now)
        {
            return Some(Owed::Notice(NoticeKind::SeverityRaised));
        }
        if owes(NoticeKind::Acknowledged) && has_room {
            return Some(Owed::Notice(NoticeKind::Acknowledged));
        }
        if incident.state == State::Mitigated || !has_room {
            return None;
        }
        let together = |kind| match told.by_digest {
            true => Owed::Together,
            false => Owed::Notice(kind),
        };
        if owes(NoticeKind::Relapsed) {
            return Some(together(NoticeKind::Relapsed));
        }
        // What comes while it begins is waited for, and told in one message.
        if incident.has_untold() && !told.by_digest && !self.is_beginning(incident) {
            return Some(Owed::Notice(NoticeKind::CauseJoined));
        }
        let is_due =
            incident.acknowledgement.is_none() && next_reminder(told).is_some_and(|due| due <= now);
        is_due.then(|| together(NoticeKind::Reminder))
    }

    /// How many incidents were told one by one lately.
    fn told_lately(&self) -> usize {
        let now = self.now();
        let is_one = |(kind, _, at): &&(NoticeKind, u32, Timestamp)| {
            *kind == NoticeKind::Told && is_within(*at, now, BURST)
        };
        let all = self.book.incidents().flat_map(|one| &one.told.notices);
        all.filter(is_one).count()
    }

    /// Those that wait are told in one message.
    fn tell_together(&mut self) {
        let now = self.now();
        let is_held = |one: &&Incident| {
            one.told.held_since.is_some()
                && one.merged_into.is_none()
                && !self.book.is_quiet(one, now)
        };
        let mut held: Vec<_> = self.book.incidents().filter(is_held).collect();
        held.sort_by_key(|one| (one.told.held_since, &one.name));
        let Some(first) = held.first().and_then(|one| one.told.held_since) else {
            return;
        };
        let is_urgent = held.iter().any(|one| one.severity == Severity::P1);
        let is_digest = |(kind, ..): &&(NoticeKind, u32, Timestamp)| *kind == NoticeKind::Digest;
        let all = self.book.incidents().flat_map(|one| &one.told.notices);
        let last = all.filter(is_digest).map(|(_, _, at)| *at).max();
        let apart = if is_urgent { URGENT } else { BURST };
        let is_apart = last.is_none_or(|last| !is_within(last, now, apart));
        if !is_apart || (!is_urgent && is_within(first, now, GATHERED_FOR)) {
            return;
        }
        let names: Vec<_> = held.into_iter().map(|one| one.name.clone()).collect();
        let mut all = names.clone();
        for name in &names {
            // The first of them speaks for all.
            self.notify(name, NoticeKind::Digest, std::mem::take(&mut all));
        }
    }

    /// Remembers that it is told, and tells it.
    fn notify(&mut self, name: &Name, kind: NoticeKind, digest: Vec<Name>) {
        let nth = self.book.incident(name).map_or(0, |one| one.notices(kind)) + 1;
        let what = What::Notified {
            notice: kind,
            nth,
            digest,
            channels: self.channels.to_vec(),
        };
        let said = Said {
            id: None,
            at: None,
            who: ITSELF.to_owned(),
            how: Known::Rule,
            what,
            text: self.due(kind),
        };
        let id = self.write(Some(name), said);
        let entry = id.and_then(|id| self.book.entry(&id));
        if let Some(notice) = entry.and_then(Entry::notice) {
            self.out.push(Output::Notice(notice));
        }
    }

    /// What is due to be told, and where; that nobody is told is said, too.
    fn due(&self, kind: NoticeKind) -> String {
        let what = kind.title();
        if self.channels.is_empty() {
            return format!("Nobody is told {what}: no channel is set");
        }
        let titles: Vec<_> = self.channels.iter().map(|one| one.title()).collect();
        format!("Due to be told in {}: {what}", titles.join(" and "))
    }

    /// Remembers what became of a notice in a channel.
    pub(super) fn dispatched(&mut self, dispatched: &Dispatched) {
        let Dispatched {
            incident: name,
            dispatch,
            is_sent,
            message,
            text,
        } = dispatched;
        let known = self.book.incident(name);
        let outcome = known.map(|one| one.told.dispatches.standing(*dispatch).1);
        let is_news = match outcome {
            None | Some(Some(Outcome::Sent(_))) => false,
            Some(Some(Outcome::GivenUp(..))) => *is_sent,
            Some(None) => true,
        };
        if is_news {
            let what = match is_sent {
                true => What::Delivered(Delivered {
                    dispatch: *dispatch,
                    message: message.clone(),
                }),
                false => What::Undelivered(*dispatch),
            };
            self.note(name, Known::Rule, what, text);
        }
    }
}

/// Whether somebody was told of it, and is to write it up. Once, however often it came back.
fn owes_report(incident: &Incident) -> bool {
    incident.severity.takes_report()
        && incident.state == State::Resolved
        && incident.notices(NoticeKind::AllClear) > 0
        && incident.notices(NoticeKind::Report) == 0
}

fn is_within(from: Timestamp, to: Timestamp, span: Duration) -> bool {
    to.duration_since(from).unsigned_abs() < span
}
