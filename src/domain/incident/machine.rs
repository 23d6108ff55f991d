//! The state machine: what comes in, at a time that is an argument, and what leaves.

use jiff::Timestamp;

use super::all_clear::AllClear;
use super::book::Book;
use super::channel::Channel;
use super::entry::{Entry, ITSELF, Known, What};
use super::input::{Input, Moment, Output};
use super::name::Name;
use super::notice::{Capture, CaptureWhen};
use super::sight::{Change, Sight};
use super::state::Incident;
use super::subject::Subject;
use crate::domain::fault::Fault;
use crate::domain::history::Sample;
use crate::domain::verdict::Verdict;

/// All incidents: what is remembered of them, and what was last seen.
#[derive(Debug, Clone, Default)]
pub struct Incidents {
    pub(super) book: Book,
    pub(super) sight: Sight,
    /// Where people are told.
    channels: Vec<Channel>,
    clock: Option<Timestamp>,
}

/// How long an incident has been good, of how long it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dwell {
    /// So long.
    pub good: std::time::Duration,
    /// Of so long.
    pub of: std::time::Duration,
}

/// One step: what it works on, and what leaves by it.
pub(super) struct Step<'a> {
    pub(super) book: &'a mut Book,
    pub(super) sight: &'a mut Sight,
    pub(super) channels: &'a [Channel],
    pub(super) moment: Moment,
    pub(super) out: Vec<Output>,
}

/// What an entry is to say.
pub(super) struct Said {
    pub(super) id: Option<String>,
    /// When that was; nothing: now.
    pub(super) at: Option<Timestamp>,
    pub(super) who: String,
    pub(super) how: Known,
    pub(super) what: What,
    pub(super) text: String,
}

impl Incidents {
    /// The incidents that these entries add up to: what a process knows when it begins.
    #[must_use]
    pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut incidents = Self::default();
        incidents.absorb(entries);
        incidents
    }

    /// None yet; people will be told of them in these channels.
    #[must_use]
    pub fn telling(channels: Vec<Channel>) -> Self {
        Self {
            channels,
            ..Self::default()
        }
    }

    /// Takes over entries that another replica made, or the database kept. What is known counts once, and
    /// the order in which they come does not matter. Returns the incidents that have changed by it.
    pub fn absorb(&mut self, entries: impl IntoIterator<Item = Entry>) -> Vec<Name> {
        self.book.absorb(entries)
    }

    /// Takes over what incidents have taught that are not remembered any more.
    pub fn learn<'a>(&mut self, entries: impl IntoIterator<Item = &'a Entry>) {
        self.book.learn(entries);
    }

    /// Forgets what is over, and of which nothing was said since then: a process that begins now does not know it,
    /// either.
    pub fn forget(&mut self, before: Timestamp) {
        for name in self.book.forget(before) {
            self.sight.forget(&name);
        }
    }

    /// What is remembered.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// How long an incident has been good.
    #[must_use]
    pub fn dwell(&self, name: &Name) -> Option<Dwell> {
        let incident = self.book.incident(name)?;
        Some(Dwell {
            good: self.sight.good_for(name),
            of: incident.severity.dwell(incident.reopened),
        })
    }

    /// Takes one thing in. What leaves is in the order in which it is to be done.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 or DFE-VAL-003 where a command cannot be done. Then nothing has changed.
    pub fn step(&mut self, moment: Moment, input: Input) -> Result<Vec<Output>, Fault> {
        let before = self.clock;
        // A clock that is set back would count time twice.
        let now = before.map_or(moment.now, |before| before.max(moment.now));
        let mut step = Step {
            book: &mut self.book,
            sight: &mut self.sight,
            channels: &self.channels,
            moment: Moment { now, ..moment },
            out: Vec::new(),
        };
        match input {
            Input::Observed(sample) => step.observe(&sample),
            Input::Alert(alert) => step.alert(&alert),
            Input::AllClear(name, all_clear) => step.see_boxes(&name, all_clear),
            Input::Command(command) => step.command(&command)?,
            Input::Dispatched(dispatched) => step.dispatched(&dispatched),
            Input::Tick => {}
        }
        step.settle();
        let out = step.out;
        self.clock = Some(now);
        Ok(out)
    }
}

impl Step<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.moment.now
    }

    fn observe(&mut self, sample: &Sample) {
        let now = self.now();
        let change = self.sight.see(sample, now);
        if change == Change::Ended {
            self.release_followers(sample.series);
        }
        if sample.verdict == Verdict::Critical {
            self.name_cause(sample.series, sample.code);
        }
    }

    fn see_boxes(&mut self, name: &Name, all_clear: AllClear) {
        let name = self.book.survivor(name).clone();
        if self.book.incident(&name).is_some_and(Incident::is_live) {
            let now = self.now();
            self.sight.see_boxes(&name, all_clear, now);
        }
    }

    /// Everything that follows from how it stands now, whatever came in.
    fn settle(&mut self) {
        self.find_homes();
        self.complete_merges();
        self.relapse();
        self.raise_severities();
        self.expire_acknowledgements();
        self.recover();
        self.close_what_is_over();
        self.tell();
    }

    /// Writes an entry. Nothing where it is there already.
    pub(super) fn write(&mut self, of: Option<&Name>, said: Said) -> Option<String> {
        let id = said.id.unwrap_or_else(|| {
            let incident = of.and_then(|name| self.book.incident(name));
            let counted_by = Entry::counted_by(&said.what);
            let id = |nth: u32| match of {
                Some(name) => format!("{name}/{counted_by}/{nth}"),
                None => format!("{counted_by}/{nth}"),
            };
            let mut nth = incident.map_or(0, |incident| incident.count(&said.what)) + 1;
            // Of another replica's entries, a later one may be heard of before an earlier one.
            while self.book.has(&id(nth)) {
                nth += 1;
            }
            id(nth)
        });
        if self.book.has(&id) {
            return None;
        }
        let entry = Entry {
            id: id.clone(),
            incident: of.cloned(),
            number: self.book.next_number(of),
            at: said.at.unwrap_or_else(|| self.now()),
            recorded_at: None,
            who: said.who,
            how: said.how,
            what: said.what,
            text: said.text,
        };
        self.book.append(entry.clone());
        self.out.push(Output::Entry(Box::new(entry)));
        Some(id)
    }

    /// Writes what follows from a rule.
    pub(super) fn rule(&mut self, name: &Name, what: What, text: impl Into<String>) {
        self.note(name, Known::Rule, what, text);
    }

    /// Writes what nobody ordered.
    pub(super) fn note(&mut self, name: &Name, how: Known, what: What, text: impl Into<String>) {
        let said = Said {
            id: None,
            at: None,
            who: ITSELF.to_owned(),
            how,
            what,
            text: text.into(),
        };
        self.write(Some(name), said);
    }

    pub(super) fn capture(&mut self, name: &Name, when: CaptureWhen, nth: u32) {
        self.out.push(Output::Capture(Capture {
            incident: name.clone(),
            when,
            nth,
        }));
    }

    /// What something of an incident is called: a series by its title, an alert by what it said last.
    pub(super) fn called(&self, name: &Name, subject: &Subject) -> String {
        match subject {
            Subject::Series(series) => series.title().to_owned(),
            Subject::Alert(_) => {
                let said = self.book.joined(name, subject).map(|entry| &entry.text);
                said.map_or_else(|| subject.to_string(), String::clone)
            }
        }
    }

    /// The first live incident that is so.
    pub(super) fn live(&self, is_meant: impl Fn(&Incident) -> bool) -> Option<Name> {
        let live = self.book.live();
        let found = live.into_iter().find(|incident| is_meant(incident));
        found.map(|incident| incident.name.clone())
    }

    pub(super) fn live_names(&self) -> Vec<Name> {
        let live = self.book.live();
        live.into_iter().map(|one| one.name.clone()).collect()
    }
}
