//! All entries, and the incidents and quiet windows that they add up to.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::entry::{Entry, What};
use super::name::Name;
use super::quiet::QuietWindow;
use super::state::Incident;
use super::subject::Subject;

/// Everything that is remembered. Two of the same entries are equal, however they came to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    /// Each entry by its id.
    entries: BTreeMap<String, Entry>,
    /// The ids of each incident's entries, in order.
    order: BTreeMap<Option<Name>, Vec<String>>,
    incidents: BTreeMap<Name, Incident>,
    windows: BTreeMap<String, QuietWindow>,
}

impl Book {
    /// Adds an entry that was made just now, in the knowledge of all others.
    pub(super) fn append(&mut self, entry: Entry) {
        self.apply(&entry);
        let order = self.order.entry(entry.incident.clone()).or_default();
        order.push(entry.id.clone());
        self.entries.insert(entry.id.clone(), entry);
    }

    /// Takes over entries that were kept, or made elsewhere. What is known counts once. Returns those
    /// incidents that have changed.
    pub(super) fn absorb(&mut self, entries: impl IntoIterator<Item = Entry>) -> Vec<Name> {
        let mut changed = Vec::new();
        for entry in entries {
            let of = entry.incident.clone();
            let is_news = match self.entries.remove(&entry.id) {
                None => {
                    self.entries.insert(entry.id.clone(), entry);
                    true
                }
                Some(known) => {
                    let one = the_one_of(known.clone(), entry);
                    let is_news = one != known;
                    self.entries.insert(one.id.clone(), one);
                    is_news
                }
            };
            if is_news && !changed.contains(&of) {
                changed.push(of);
            }
        }
        for of in &changed {
            self.add_up(of.as_ref());
        }
        changed.into_iter().flatten().collect()
    }

    /// Adds up the entries of one incident, or those of none, from the first on.
    fn add_up(&mut self, of: Option<&Name>) {
        let mine = self.entries.values().filter(|e| e.incident.as_ref() == of);
        let mut mine: Vec<Entry> = mine.cloned().collect();
        mine.sort_by(|a, b| a.place().cmp(&b.place()));
        match of {
            Some(name) => {
                self.incidents.remove(name);
            }
            None => self.windows.clear(),
        }
        for entry in &mine {
            self.apply(entry);
        }
        let ids = mine.into_iter().map(|entry| entry.id).collect();
        self.order.insert(of.cloned(), ids);
    }

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
        self.incidents.get(name)
    }

    /// Each incident, by its name.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
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
        let is_meant = |of: &Option<Name>| {
            let of = of.as_ref().map(|of| self.survivor(of));
            of == Some(survivor)
        };
        let ids = self.order.iter().filter(|(of, _)| is_meant(of));
        let ids = ids.flat_map(|(_, ids)| ids);
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
        let all = self.windows.iter();
        all.map(|(id, window)| (id.as_str(), window))
    }

    /// A quiet window.
    #[must_use]
    pub fn window(&self, id: &str) -> Option<&QuietWindow> {
        self.windows.get(id)
    }

    /// Whether nobody is told of an incident now.
    #[must_use]
    pub fn is_quiet(&self, incident: &Incident, now: Timestamp) -> bool {
        let series = incident.own_series();
        let is_all = incident.own().count() == series.len();
        let on = self.windows.values().filter(|window| window.is_on(now));
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

/// Of two entries with one id, the one that was made first; kept since whoever kept it first.
fn the_one_of(one: Entry, other: Entry) -> Entry {
    let kept = [one.recorded_at, other.recorded_at]
        .into_iter()
        .flatten()
        .min();
    let key = |entry: &Entry| {
        let what = serde_json::to_string(&(&entry.who, &entry.what, &entry.text));
        (entry.number, entry.at, what.unwrap_or_default())
    };
    let mut first = if key(&other) < key(&one) { other } else { one };
    first.recorded_at = kept;
    first
}
