//! What becomes of something that fails: an incident, or a part of one.
//!
//! # Design notes
//!
//! Roots suppress creation only. What follows from a root that fails becomes a part of its incident, and
//! does not keep it open; as soon as the root is well again, it counts three failures of its own. While a
//! root has failed at its last look, and not often enough yet, what follows from it waits: else an outage
//! would be named after whatever was looked at first.

use std::time::Duration;

use jiff::Timestamp;

use super::entry::{Joined, Known, What};
use super::input::Alert;
use super::machine::Step;
use super::name::{Given, Name};
use super::notice::CaptureWhen;
use super::severity::Severity;
use super::state::Incident;
use super::subject::{Part, Subject, root_of_code, root_of_series};
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;

/// What comes so soon after an incident has begun is a part of it.
const JOINS_WITHIN: Duration = Duration::from_secs(30);

/// Something that needs an incident.
struct Trouble {
    title: String,
    text: String,
    how: Known,
    began_at: Timestamp,
    severity: Severity,
    joined: Joined,
}

impl Step<'_> {
    /// Finds an incident for each series that fails and has none.
    pub(super) fn find_homes(&mut self) {
        for series in self.sight.homeless() {
            if self.find_home(series) {
                self.sight.place(series);
            }
        }
    }

    /// Whether there is one for it now.
    fn find_home(&mut self, series: Series) -> bool {
        let subject = Subject::Series(series);
        if self.live(|one| one.owns(&subject)).is_some() {
            self.name_cause(series, self.sight.code(series));
            return true;
        }
        if let Some(root) = root_of_series(series) {
            if self.sight.is_failing(root) {
                let root = Subject::Series(root);
                let Some(name) = self.live(|one| one.owns(&root)) else {
                    // Somebody says of the root that it is over although it fails.
                    return false;
                };
                self.follow(&name, series);
                return true;
            }
            if self.sight.has_failed(root) {
                return false;
            }
        }
        let is_over = |one: &Incident| {
            let mut own = one.own();
            own.any(|(_, member)| member.is_firing && member.over.contains(&series))
        };
        if let Some(name) = self.live(is_over) {
            self.follow(&name, series);
            return true;
        }
        let code = self.sight.code(series);
        let now = self.now();
        let cause = code.map_or("failing", |code| code.entry().title);
        self.house(Trouble {
            title: format!("{}: {cause}", series.title()),
            text: format!("{}: {cause}", series.title()),
            how: Known::Observed,
            began_at: self.sight.began(series).unwrap_or(now).min(now),
            severity: Severity::of_series(series),
            joined: joined(series, code, Part::Own),
        });
        true
    }

    fn follow(&mut self, name: &Name, series: Series) {
        let subject = Subject::Series(series);
        let incident = self.book.incident(name);
        if incident.is_some_and(|one| one.members.contains_key(&subject)) {
            return;
        }
        let code = self.sight.code(series);
        let what = What::Joined(Joined {
            is_told_with_it: true,
            ..joined(series, code, Part::Follows)
        });
        let text = format!("{}: failing, too, which follows from it", series.title());
        self.note(name, Known::Observed, what, text);
    }

    /// A look at a series that has an incident says why it fails: perhaps for another cause than before.
    pub(super) fn name_cause(&mut self, series: Series, code: Option<Code>) {
        let Some(code) = code.filter(|_| self.sight.is_failing(series)) else {
            return;
        };
        let subject = Subject::Series(series);
        let Some(name) = self.live(|one| one.owns(&subject)) else {
            return;
        };
        let text = format!(
            "{}: now for another cause, {}",
            series.title(),
            code.entry().title
        );
        let joined = joined(series, Some(code), Part::Own);
        self.add_cause(&name, Known::Observed, joined, text);
    }

    /// Adds a cause that an incident does not have yet.
    fn add_cause(&mut self, name: &Name, how: Known, joined: Joined, text: String) {
        let Some(incident) = self.book.incident(name) else {
            return;
        };
        if let Some(member) = incident.members.get(&joined.subject) {
            let is_known = joined.code.is_none_or(|code| member.codes.contains(&code));
            let fires = member.is_firing || matches!(joined.subject, Subject::Series(_));
            if is_known && fires && member.part == joined.part {
                return;
            }
        }
        self.note(name, how, What::Joined(joined), text);
    }

    /// Whether what comes now is a part of it, whatever it is.
    pub(super) fn is_beginning(&self, incident: &Incident) -> bool {
        let since = self.now().duration_since(incident.opened_at);
        since.unsigned_abs() <= JOINS_WITHIN
    }

    /// Gives something an incident: the one that it was part of, that it belongs to, or one of its own.
    fn house(&mut self, trouble: Trouble) {
        let now = self.now();
        let subject = &trouble.joined.subject;
        let resolved = self.book.incidents().filter(|one| one.may_come_back(now));
        let again = resolved.filter(|one| one.owns(subject));
        let again = again.max_by_key(|one| (one.resolved_at, one.name.clone()));
        if let Some(name) = again.map(|one| one.name.clone()) {
            self.reopen(&name, &trouble);
            return;
        }
        let part_of = self.live(|one| {
            self.is_beginning(one)
                || self.follows_from(one, &trouble)
                || self.is_root(one, &trouble.joined)
        });
        if let Some(name) = part_of {
            self.add_cause(&name, trouble.how, trouble.joined, trouble.text);
            return;
        }
        self.open(trouble);
    }

    /// Whether an alert speaks of what the incident is about.
    fn follows_from(&self, incident: &Incident, trouble: &Trouble) -> bool {
        let Subject::Alert(_) = trouble.joined.subject else {
            return false;
        };
        let root = root_of_code(trouble.joined.code);
        root.is_some_and(|root| {
            incident.owns(&Subject::Series(root)) && self.sight.is_failing(root)
        })
    }

    /// Whether what the incident is about follows from it: a root may be noticed later than what follows.
    fn is_root(&self, incident: &Incident, joined: &Joined) -> bool {
        let follows = |series: &Series| match &joined.subject {
            Subject::Series(root) => root_of_series(*series) == Some(*root),
            Subject::Alert(_) => joined.over.contains(series),
        };
        let series = incident.own_series();
        series
            .iter()
            .any(|one| follows(one) && self.sight.is_failing(*one))
    }

    pub(super) fn given(&self) -> Given {
        Given {
            term: self.moment.term,
            at: self.now(),
        }
    }

    fn open(&mut self, trouble: Trouble) {
        let is_taken = |name: &Name| self.book.is_taken(name);
        let name = match &trouble.joined.subject {
            Subject::Series(series) => Name::of_series(*series, self.given(), is_taken),
            Subject::Alert(key) => {
                let code = trouble.joined.code;
                let word = code.map_or("ALERT", |code| code.category().as_str());
                let seed = format!("{key} {}", trouble.began_at);
                Name::of_told(word, &seed, self.given(), is_taken)
            }
        };
        let what = What::Opened {
            title: trouble.title,
            severity: trouble.severity,
            began_at: trouble.began_at,
        };
        self.note(&name, trouble.how, what, trouble.text.clone());
        self.begin(&name, trouble.how, trouble.joined, trouble.text);
    }

    /// What follows from that an incident was opened: what it is about, and evidence.
    pub(super) fn begin(&mut self, name: &Name, how: Known, joined: Joined, text: String) {
        let joined = Joined {
            is_told_with_it: true,
            ..joined
        };
        self.note(name, how, What::Joined(joined), text);
        self.capture(name, CaptureWhen::Opening, 1);
    }

    fn reopen(&mut self, name: &Name, trouble: &Trouble) {
        let what = What::Reopened {
            subject: Some(trouble.joined.subject.clone()),
        };
        let text = format!("It is there again: {}", trouble.text);
        self.note(name, trouble.how, what, text);
        self.add_cause(
            name,
            trouble.how,
            trouble.joined.clone(),
            trouble.text.clone(),
        );
        self.begin_anew(name);
    }

    /// What follows from that an incident was reopened.
    pub(super) fn begin_anew(&mut self, name: &Name) {
        self.sight.forget(name);
        let reopened = self.book.incident(name).map_or(0, |one| one.reopened);
        self.capture(name, CaptureWhen::Opening, reopened + 1);
    }

    /// An alert from outside.
    pub(super) fn alert(&mut self, alert: &Alert) {
        let subject = Subject::Alert(alert.key.clone());
        let fires = |one: &Incident| {
            let member = one.members.get(&subject);
            one.merged_into.is_none() && member.is_some_and(|member| member.is_firing)
        };
        if !alert.is_firing {
            let names = self.book.incidents().filter(|one| fires(one));
            let names: Vec<_> = names.map(|one| one.name.clone()).collect();
            for name in names {
                self.end(
                    &name,
                    &subject,
                    &format!("{} says that it is over", alert.source),
                );
            }
            return;
        }
        let now = self.now();
        let known = self.live(|one| one.owns(&subject));
        // Somebody has said that it is over although its sender does not: they know, but of what has begun since.
        let is_over = |one: &Incident| {
            let is_anew = one.resolved_at.is_some_and(|over| alert.began_after(over));
            one.may_come_back(now) && fires(one) && !is_anew
        };
        if known.is_none() && self.book.incidents().any(is_over) {
            return;
        }
        let text = match alert.message.trim() {
            "" => alert.title.clone(),
            message => format!("{}: {message}", alert.title),
        };
        let by_code = || Severity::of_code(alert.code);
        let severity = alert.severity.unwrap_or_else(by_code);
        let trouble = Trouble {
            title: alert.title.clone(),
            text: format!("{} says: {text}", alert.source),
            how: Known::Alert,
            began_at: alert.started_at.unwrap_or(now).min(now),
            severity,
            joined: Joined {
                subject: subject.clone(),
                code: alert.code,
                severity,
                part: Part::Own,
                is_told_with_it: false,
                ends_by_itself: alert.ends_by_itself,
                over: alert.over.iter().copied().collect(),
            },
        };
        match known {
            Some(name) => self.add_cause(&name, trouble.how, trouble.joined, trouble.text),
            None => self.house(trouble),
        }
    }

    /// An alert is over. What followed from it is on its own from now on.
    pub(super) fn end(&mut self, name: &Name, subject: &Subject, text: &str) {
        let over = self
            .book
            .incident(name)
            .and_then(|one| one.members.get(subject));
        let over: Vec<_> = over
            .into_iter()
            .flat_map(|member| member.over.clone())
            .collect();
        let what = What::Ended {
            subject: subject.clone(),
        };
        self.note(name, Known::Alert, what, text);
        self.release(name, over);
    }

    /// A root is well again. What followed from it is on its own, and what waited for it counts anew.
    pub(super) fn release_followers(&mut self, root: Series) {
        for series in Series::ALL {
            if root_of_series(series) != Some(root) {
                continue;
            }
            let subject = Subject::Series(series);
            let follows = |one: &Incident| {
                let member = one.members.get(&subject);
                member.is_some_and(|member| member.part == Part::Follows)
            };
            if !self.sight.is_placed(series) || self.live(follows).is_some() {
                self.sight.release(series);
            }
        }
    }

    /// What was only part of an incident is on its own.
    pub(super) fn release(&mut self, name: &Name, series: Vec<Series>) {
        let follows = |series: &Series| {
            let member = self
                .book
                .incident(name)
                .and_then(|one| one.members.get(&Subject::Series(*series)));
            member.is_some_and(|member| member.part == Part::Follows)
        };
        let released: Vec<_> = series.into_iter().filter(follows).collect();
        for series in released {
            self.sight.release(series);
        }
    }
}

fn joined(series: Series, code: Option<Code>, part: Part) -> Joined {
    Joined {
        subject: Subject::Series(series),
        code,
        severity: Severity::of_series(series),
        part,
        is_told_with_it: false,
        ends_by_itself: true,
        over: Vec::new(),
    }
}
