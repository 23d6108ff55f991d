//! All entries, and the incidents and quiet windows that they add up to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::entry::{Entry, What};
use super::name::Name;
use super::quiet::QuietWindow;
use super::runbook::Runbook;
use super::state::Incident;
use super::subject::Subject;

/// Everything that is remembered. Two of the same entries are equal, however they came to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    /// Each entry by its id.
    entries: BTreeMap<String, Entry>,
    /// The ids of each incident's entries, in order.
    order: BTreeMap<Option<Name>, Vec<String>>,
    sums: Sums,
    /// What incidents have taught, be they remembered or not.
    runbook: Runbook,
    /// The names of those that are remembered no more: they are not given again.
    past: BTreeSet<Name>,
}

/// What entries add up to.
#[derive(Debug, Clone, PartialEq, Default)]
struct Sums {
    incidents: BTreeMap<Name, Incident>,
    /// Those of them that were merged into another one.
    merged: BTreeSet<Name>,
    windows: BTreeMap<String, QuietWindow>,
}

impl Book {
    /// Adds an entry that was made just now, in the knowledge of all others.
    pub(super) fn append(&mut self, entry: Entry) {
        self.sums.apply(&entry);
        self.runbook.take(&entry);
        let order = self.order.entry(entry.incident.clone()).or_default();
        order.push(entry.id.clone());
        self.entries.insert(entry.id.clone(), entry);
    }

    /// Takes over entries that were kept, or made elsewhere. What is known counts once, and what is remembered no
    /// more does not come back. Returns those incidents that have changed.
    pub(super) fn absorb(&mut self, entries: impl IntoIterator<Item = Entry>) -> Vec<Name> {
        let mut changed = BTreeSet::new();
        for entry in entries {
            let of = entry.incident.clone();
            if of.as_ref().is_some_and(|of| self.past.contains(of)) {
                continue;
            }
            if let Some(known) = self.entries.get_mut(&entry.id) {
                let before = known.clone();
                take_in(known, entry);
                if *known == before {
                    continue;
                }
                let (id, now) = (before.id, known.incident.clone());
                self.runbook.forget(&id);
                if before.incident != now {
                    let order = self.order.entry(before.incident.clone()).or_default();
                    order.retain(|one| *one != id);
                    self.order.entry(now.clone()).or_default().push(id);
                    changed.insert(before.incident);
                }
                changed.insert(now);
            } else {
                let order = self.order.entry(of.clone()).or_default();
                order.push(entry.id.clone());
                self.entries.insert(entry.id.clone(), entry);
                changed.insert(of);
            }
        }
        for of in &changed {
            self.add_up(of.as_ref());
        }
        changed.into_iter().flatten().collect()
    }

    /// Adds up the entries of one incident, or those of none, from the first on.
    fn add_up(&mut self, of: Option<&Name>) {
        let of = of.cloned();
        let ids = self.order.remove(&of).unwrap_or_default();
        let mut mine: Vec<_> = ids.iter().filter_map(|id| self.entries.get(id)).collect();
        mine.sort_by(|a, b| a.place().cmp(&b.place()));
        match &of {
            Some(name) => self.sums.remove(name),
            None => self.sums.windows.clear(),
        }
        for entry in &mine {
            self.sums.apply(entry);
            self.runbook.take(entry);
        }
        let ids: Vec<_> = mine.into_iter().map(|entry| entry.id.clone()).collect();
        if !ids.is_empty() {
            self.order.insert(of, ids);
        }
    }

    /// Forgets what is over, and of which nothing was said since then, with all that is the same. Returns the
    /// incidents.
    pub(super) fn forget(&mut self, before: Timestamp) -> Vec<Name> {
        let is_remembered = |one: &&Incident| one.is_live() || one.last_at >= before;
        let remembered = self.incidents().filter(is_remembered);
        let remembered: BTreeSet<_> = remembered.map(|one| self.survivor(&one.name)).collect();
        let gone = self.sums.incidents.keys();
        let gone = gone.filter(|name| !remembered.contains(self.survivor(name)));
        let gone: Vec<_> = gone.cloned().collect();
        for name in &gone {
            self.sums.remove(name);
            for id in self.order.remove(&Some(name.clone())).unwrap_or_default() {
                self.entries.remove(&id);
            }
            self.past.insert(name.clone());
        }
        let windows = self.sums.windows.iter();
        let over = windows.filter(|(_, window)| window.end < before);
        let over: BTreeSet<_> = over.map(|(id, _)| id.clone()).collect();
        if !over.is_empty() {
            let entries = &mut self.entries;
            let order = self.order.entry(None).or_default();
            order.retain(|id| {
                let of = entries.get(id).map(|entry| match &entry.what {
                    What::QuietEnded { window } => window,
                    _ => &entry.id,
                });
                let is_over = of.is_none_or(|of| over.contains(of));
                if is_over {
                    entries.remove(id);
                }
                !is_over
            });
            self.add_up(None);
        }
        gone
    }

    /// Takes over what incidents have taught that are not remembered any more.
    pub(super) fn learn<'a>(&mut self, entries: impl IntoIterator<Item = &'a Entry>) {
        for entry in entries {
            self.runbook.take(entry);
        }
    }

    /// What incidents have taught.
    #[must_use]
    pub fn runbook(&self) -> &Runbook {
        &self.runbook
    }

    /// Whether there is, or was, an incident of this name.
    pub(super) fn is_taken(&self, name: &Name) -> bool {
        self.incident(name).is_some() || self.past.contains(name)
    }

    /// Whether there is such an entry.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.entries.contains_key(id)
    }

    /// An entry.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Each entry, by its id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// An incident.
    #[must_use]
    pub fn incident(&self, name: &Name) -> Option<&Incident> {
        self.sums.incidents.get(name)
    }

    /// Each incident, by its name.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.sums.incidents.values()
    }

    /// Whether an alert of this key was ever taken.
    #[must_use]
    pub fn has_alert(&self, key: &str) -> bool {
        let subject = Subject::Alert(key.to_owned());
        self.incidents()
            .any(|one| one.members.contains_key(&subject))
    }

    /// Those that go on, the first one first.
    #[must_use]
    pub fn live(&self) -> Vec<&Incident> {
        let mut live: Vec<_> = self.incidents().filter(|one| one.is_live()).collect();
        live.sort_by_key(|one| (one.opened_at, &one.name));
        live
    }

    /// The incident that another one was merged into in the end, or itself.
    #[must_use]
    pub fn survivor<'a>(&'a self, name: &'a Name) -> &'a Name {
        let mut seen = vec![name];
        let mut at = name;
        while let Some(next) = self.incident(at).and_then(|one| one.merged_into.as_ref()) {
            if seen.contains(&next) {
                // Two replicas merged it both ways.
                return seen.into_iter().min().unwrap_or(name);
            }
            seen.push(next);
            at = next;
        }
        at
    }

    /// The entries of an incident and of all that were merged into it, in the order of time.
    #[must_use]
    pub fn timeline(&self, name: &Name) -> Vec<&Entry> {
        let survivor = self.survivor(name);
        let merged = self.sums.merged.iter();
        let merged = merged.filter(|of| *of != survivor && self.survivor(of) == survivor);
        let all = std::iter::once(survivor).chain(merged);
        let ids = all.filter_map(|of| self.order.get(&Some(of.clone())));
        let ids = ids.flatten();
        let mut entries: Vec<_> = ids.filter_map(|id| self.entries.get(id)).collect();
        entries.sort_by_key(|entry| (entry.at, entry.place()));
        entries
    }

    /// The last entry that says of a subject that it is part of an incident.
    pub(super) fn joined(&self, name: &Name, subject: &Subject) -> Option<&Entry> {
        let mut timeline = self.timeline(name).into_iter().rev();
        timeline.find(|entry| matches!(&entry.what, What::Joined(one) if one.subject == *subject))
    }

    /// Each quiet window by its id.
    pub fn windows(&self) -> impl Iterator<Item = (&str, &QuietWindow)> {
        let all = self.sums.windows.iter();
        all.map(|(id, window)| (id.as_str(), window))
    }

    /// A quiet window.
    #[must_use]
    pub fn window(&self, id: &str) -> Option<&QuietWindow> {
        self.sums.windows.get(id)
    }

    /// Whether nobody is told of an incident now.
    #[must_use]
    pub fn is_quiet(&self, incident: &Incident, now: Timestamp) -> bool {
        let series = incident.own_series();
        let is_all = incident.own().count() == series.len();
        let on = self
            .sums
            .windows
            .values()
            .filter(|window| window.is_on(now));
        on.into_iter().any(|window| window.covers(&series, is_all))
    }

    /// The number of the next entry of an incident, or of none.
    pub(super) fn next_number(&self, of: Option<&Name>) -> u32 {
        match of {
            Some(name) => self.incident(name).map_or(1, |one| one.last_number + 1),
            None => {
                let ids = self.order.get(&None).into_iter().flatten();
                let numbers = ids.filter_map(|id| Some(self.entries.get(id)?.number));
                numbers.max().unwrap_or(0) + 1
            }
        }
    }
}

impl Sums {
    fn apply(&mut self, entry: &Entry) {
        let Some(name) = &entry.incident else {
            match &entry.what {
                What::QuietAdded { window } => {
                    self.windows.insert(entry.id.clone(), window.clone());
                }
                What::QuietEnded { window } => {
                    if let Some(window) = self.windows.get_mut(window) {
                        let first = window.ended.map_or(entry.at, |at| at.min(entry.at));
                        window.ended = Some(first);
                    }
                }
                _ => {}
            }
            return;
        };
        let incident = self
            .incidents
            .entry(name.clone())
            .or_insert_with(|| Incident::new(name.clone(), entry));
        incident.apply(entry);
        if incident.merged_into.is_some() {
            self.merged.insert(name.clone());
        }
    }

    fn remove(&mut self, name: &Name) {
        self.incidents.remove(name);
        self.merged.remove(name);
    }
}

/// Of two entries with one id the one stays that was made first; kept since whoever kept it first.
fn take_in(known: &mut Entry, other: Entry) {
    let kept = [known.recorded_at, other.recorded_at];
    let is_same = (known.number, known.at) == (other.number, other.at)
        && (&known.who, &known.what, &known.text) == (&other.who, &other.what, &other.text);
    if !is_same {
        let key = |entry: &Entry| {
            let what = serde_json::to_string(&(&entry.who, &entry.what, &entry.text));
            (entry.number, entry.at, what.unwrap_or_default())
        };
        if key(&other) < key(known) {
            *known = other;
        }
    }
    known.recorded_at = kept.into_iter().flatten().min();
}
