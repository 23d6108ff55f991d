//! How entries add up to how an incident stands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::dispatches::Outcome;
use super::entry::{Absorbed, Entry, Joined, Known, What};
use super::name::Name;
use super::notice::NoticeKind;
use super::report::Report;
use super::severity::Severity;
use super::state::{Acknowledgement, Incident, Member, State, ToldSoFar};
use super::subject::{Part, Subject};

impl Incident {
    /// One whose entries are still to come. What an entry says before `opened` did is kept, too: two
    /// replicas may have sent them in another order.
    pub(super) fn new(name: Name, first: &Entry) -> Self {
        Self {
            title: name.to_string(),
            name,
            state: State::Open,
            severity: Severity::P4,
            began_at: first.at,
            detected_at: first.at,
            opened_at: first.at,
            acknowledged_at: None,
            mitigated_at: None,
            is_good_by_rule: false,
            resolved_at: None,
            closed_at: None,
            reopened: 0,
            acknowledgement: None,
            acknowledgements: 0,
            members: BTreeMap::new(),
            told: ToldSoFar::default(),
            report: Report::default(),
            evidence: 0,
            merged_into: None,
            triaged_at: None,
            remedied_at: None,
            last_remedied_at: None,
            suggested: Severity::P4,
            raise_to: None,
            counts: BTreeMap::new(),
            last_at: first.at,
            last_number: 0,
        }
    }

    /// Goes on by an entry.
    pub(super) fn apply(&mut self, entry: &Entry) {
        let at = entry.at;
        let count = self
            .counts
            .entry(Entry::counted_by(&entry.what))
            .or_default();
        *count += 1;
        self.last_number = self.last_number.max(entry.number);
        self.last_at = self.last_at.max(at);
        match &entry.what {
            What::Opened {
                title,
                severity,
                began_at,
            } => {
                self.title.clone_from(title);
                self.severity = *severity;
                self.suggested = *severity;
                self.began_at = *began_at;
                self.detected_at = at;
                self.opened_at = at;
            }
            What::Joined(joined) => self.join(joined, at),
            What::Ended { subject } => {
                if let Some(member) = self.members.get_mut(subject) {
                    member.is_firing = false;
                }
            }
            What::Mitigated if self.state.is_live() => {
                self.state = State::Mitigated;
                self.mitigated_at = Some(at);
                self.is_good_by_rule = entry.how == Known::Rule;
                // What is good again by the time that it could be told is no news.
                self.told.owes.remove(&NoticeKind::Relapsed);
            }
            What::Relapsed { subject } => self.relapse(subject, at),
            What::Resolved { .. } => {
                if self.merged_into.is_none() {
                    self.state = State::Resolved;
                }
                self.resolved_at = Some(at);
                // Nobody else would say of these that they are over.
                let by_people = self.members.values_mut().filter(|one| !one.ends_by_itself);
                by_people.for_each(|member| member.is_firing = false);
            }
            What::Reopened { subject } => self.reopen(subject.as_ref(), at),
            What::Closed => {
                self.state = State::Closed;
                self.closed_at = Some(at);
            }
            What::Acknowledged => self.acknowledge(entry),
            What::AcknowledgementExpired => self.let_go(),
            What::SeverityRaised { to } => {
                self.severity = *to;
                self.let_go();
            }
            What::SeveritySet { to } => {
                if to.is_worse_than(self.severity) {
                    self.let_go();
                } else {
                    // Were it raised again, that would be news.
                    self.told.severity = self.told.severity.map(|told| told.max(*to));
                }
                self.severity = *to;
                self.raise_to = None;
                self.triaged_at.get_or_insert(at);
            }
            What::Note { .. } => {
                self.triaged_at.get_or_insert(at);
            }
            What::Remedy { .. } => {
                // What is read from a record comes later than what was said meanwhile.
                let first = |known: Option<Timestamp>| known.map_or(at, |known| known.min(at));
                self.triaged_at = Some(first(self.triaged_at));
                self.remedied_at = Some(first(self.remedied_at));
                self.last_remedied_at = self.last_remedied_at.max(Some(at));
            }
            What::Evidence(_) | What::EvidenceFailed { .. } => self.evidence += 1,
            What::ActionItem { item, now } => {
                self.report.items.insert(item.clone(), now.clone());
            }
            What::Written { heading } => {
                self.report.texts.insert(*heading, entry.text.clone());
            }
            What::Merged { into } => {
                self.merged_into = Some(into.clone());
                self.state = State::Closed;
                self.closed_at = Some(at);
            }
            What::Absorbed(absorbed) => self.absorb(absorbed),
            What::Held => self.told.held_since = Some(at),
            What::Notified { notice, nth, .. } => {
                self.is_told(*notice, *nth, at);
                self.told.dispatches.owe(entry);
            }
            What::Delivered(delivered) => self.told.dispatches.deliver(delivered, at),
            What::Undelivered(dispatch) => {
                let outcome = Outcome::GivenUp(at, entry.text.clone());
                self.told.dispatches.settle(*dispatch, outcome);
            }
            What::Mitigated
            | What::RunbookSuggested { .. }
            | What::RunbookWithdrawn { .. }
            | What::QuietAdded { .. }
            | What::QuietEnded { .. } => {}
        }
    }

    fn join(&mut self, joined: &Joined, at: Timestamp) {
        let is_new_subject = !self.members.contains_key(&joined.subject);
        let member = self
            .members
            .entry(joined.subject.clone())
            .or_insert(Member {
                part: joined.part,
                codes: BTreeSet::new(),
                last_code: None,
                is_firing: false,
                failed_at: at,
                ends_by_itself: joined.ends_by_itself,
                over: BTreeSet::new(),
            });
        if joined.part == Part::Own {
            member.part = Part::Own;
        }
        member.is_firing = true;
        member.failed_at = member.failed_at.max(at);
        member.last_code = joined.code.or(member.last_code);
        member.over.extend(&joined.over);
        let is_new = match joined.code {
            Some(code) => member.codes.insert(code) && !self.told.codes.contains(&code),
            None => is_new_subject,
        };
        if joined.severity.is_worse_than(self.suggested) {
            self.suggested = joined.severity;
            self.raise_to = Some(joined.severity);
        }
        if joined.is_told_with_it {
            self.told.codes.extend(joined.code);
            self.told.subjects.insert(joined.subject.clone());
        } else if is_new {
            // Whoever has it has not heard of this yet.
            self.let_go();
        }
    }

    /// What was also this one began when the first of them did, and who had it still has it.
    fn absorb(&mut self, other: &Absorbed) {
        self.began_at = self.began_at.min(other.began_at);
        self.detected_at = self.detected_at.min(other.detected_at);
        let first = [self.acknowledged_at, other.acknowledged_at];
        self.acknowledged_at = first.into_iter().flatten().min();
        if let (Some(by), None, State::Open) = (&other.held_by, &self.acknowledgement, self.state) {
            self.state = State::Acknowledged;
            self.acknowledgement = Some(Acknowledgement {
                by: by.clone(),
                until: other.held_until,
            });
        }
    }

    fn acknowledge(&mut self, entry: &Entry) {
        self.acknowledgements += 1;
        if self.acknowledgement.is_none() {
            self.told.owes.insert(NoticeKind::Acknowledged);
        }
        let holds = self.severity.acknowledged_for();
        self.acknowledgement = Some(Acknowledgement {
            by: entry.who.clone(),
            until: holds.map(|holds| entry.at + holds),
        });
        self.acknowledged_at.get_or_insert(entry.at);
        if self.state == State::Open {
            self.state = State::Acknowledged;
        }
    }

    /// Nobody has it any more.
    fn let_go(&mut self) {
        self.acknowledgement = None;
        self.told.owes.remove(&NoticeKind::Acknowledged);
        if self.state == State::Acknowledged {
            self.state = State::Open;
        }
    }

    fn relapse(&mut self, subject: &Subject, at: Timestamp) {
        if let Some(member) = self.members.get_mut(subject) {
            member.failed_at = member.failed_at.max(at);
        }
        if self.state == State::Mitigated {
            self.mitigated_at = None;
            self.state = self.by_acknowledgement();
            self.told.owes.insert(NoticeKind::Relapsed);
        }
    }

    fn by_acknowledgement(&self) -> State {
        match self.acknowledgement {
            Some(_) => State::Acknowledged,
            None => State::Open,
        }
    }

    fn reopen(&mut self, subject: Option<&Subject>, at: Timestamp) {
        if self.merged_into.is_some() {
            return;
        }
        // Whoever says that it is not over says so of all of it.
        let failed = self.members.iter_mut();
        let failed = failed.filter(|(of, _)| subject.is_none_or(|subject| subject == *of));
        failed.for_each(|(_, member)| member.failed_at = member.failed_at.max(at));
        self.state = State::Open;
        self.acknowledgement = None;
        self.told.owes.remove(&NoticeKind::Acknowledged);
        self.told.owes.remove(&NoticeKind::Relapsed);
        // That it was over waited to be told: that it is there again asks anew whether it may be.
        self.told.held_since = None;
        self.reopened += 1;
        self.opened_at = at;
        self.mitigated_at = None;
        self.resolved_at = None;
        self.closed_at = None;
    }

    fn is_told(&mut self, kind: NoticeKind, nth: u32, at: Timestamp) {
        let told = &mut self.told;
        told.notices.push((kind, nth, at));
        told.owes.remove(&kind);
        if kind.says_trouble() {
            told.owes.remove(&NoticeKind::Relapsed);
            match self.state.is_live() {
                true => told.owes.insert(NoticeKind::AllClear),
                false => told.owes.remove(&NoticeKind::AllClear),
            };
            told.severity = Some(self.severity);
            if self.severity == Severity::P1 {
                told.critical_at = Some(at);
            }
            let own = self.members.iter();
            for (subject, member) in own.filter(|(_, one)| one.part == Part::Own) {
                told.subjects.insert(subject.clone());
                told.codes.extend(&member.codes);
            }
        }
        if matches!(kind, NoticeKind::Told | NoticeKind::Digest) {
            told.beginnings = self.reopened + 1;
            told.held_since = None;
            told.by_digest = kind == NoticeKind::Digest;
        }
    }
}
