//! What the database does not have yet.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Mutex;

use tokio::sync::Notify;

use crate::adapters::state_dir::Kept as _;
use crate::app::App;
use crate::app::incidents::lock;
use crate::domain::incident::Entry;

/// How many may wait for the database.
const MOST: usize = 50_000;
/// The same in bytes, as they are written: the oldest ones go. So much stands on disk, too.
const MOST_BYTES: usize = Entry::WAITING_BYTES;
/// From so many bytes on no alerts are taken: whoever may report anything pushes out nothing that was seen here.
const MOST_BYTES_OF_ALERTS: usize = MOST_BYTES / 4 * 3;

/// What the database does not have yet: whoever writes it down adds to it, and whoever brings it takes from it.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: Mutex<Waiting>,
    /// Something has come.
    pub(super) came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Each with its length, in the order in which they were made.
    entries: VecDeque<(Entry, usize)>,
    bytes: usize,
    /// What the database refuses, each alone: nothing else waits for that.
    refused: VecDeque<(Entry, usize)>,
    refused_bytes: usize,
    /// How many have left it at the front: the place of the first one.
    first: usize,
    /// How many were made here up to the last one.
    made: u64,
    /// Up to which of these some went that nobody had brought.
    dropped: u64,
}

impl Pending {
    /// Adds what was made since the last time, and how many there ever were. Where it is too much, what is refused
    /// goes, and then the oldest: those that were written down are brought by the next process.
    pub(super) fn add(&self, entries: &[Entry], made: u64) {
        let mut waiting = lock(&self.waiting);
        waiting.made = made;
        for entry in entries {
            // An entry that is no JSON could not be kept anywhere.
            let bytes = entry.line().map_or(0, |line| line.len());
            waiting.bytes += bytes;
            waiting.entries.push_back((entry.clone(), bytes));
        }
        while waiting.is_too_much() {
            waiting.drop_one();
        }
        drop(waiting);
        self.came.notify_one();
    }

    /// The first ones, and the place of the first of them.
    pub(super) fn first(&self, most: usize) -> (usize, Vec<Entry>) {
        let waiting = lock(&self.waiting);
        let first = waiting.entries.iter().take(most);
        let entries = first.map(|(entry, _)| entry.clone()).collect();
        (waiting.first, entries)
    }

    /// The database has so many from a place on. Where nothing waits any more: which of those that were made here
    /// it has, but for what it refuses.
    pub(super) fn remove(&self, place: usize, many: usize) -> Option<Range<u64>> {
        let mut waiting = lock(&self.waiting);
        // Some may have gone meanwhile.
        while waiting.first < place + many && !waiting.entries.is_empty() {
            waiting.pop();
        }
        let waiting = &*waiting;
        let is_empty = waiting.entries.is_empty();
        is_empty.then_some(waiting.dropped..waiting.made)
    }

    /// The database refuses the one at a place, and what comes later does not wait for it. Where it was made here:
    /// the how manieth it is of those.
    pub(super) fn refuse(&self, place: usize) -> Option<u64> {
        let mut waiting = lock(&self.waiting);
        if waiting.first != place {
            return None;
        }
        let (entry, bytes) = waiting.pop()?;
        waiting.refused.push_back((entry, bytes));
        waiting.refused_bytes += bytes;
        Some(waiting.gone()).filter(|nth| *nth > 0)
    }

    /// The one that the database has refused and not been asked for longest.
    pub(super) fn first_refused(&self) -> Option<Entry> {
        let waiting = lock(&self.waiting);
        waiting.refused.front().map(|(entry, _)| entry.clone())
    }

    /// The database refuses that one once more.
    pub(super) fn refuse_again(&self, id: &str) {
        let mut waiting = lock(&self.waiting);
        if waiting.refused.front().is_some_and(|(one, _)| one.id == id) {
            waiting.refused.rotate_left(1);
        }
    }

    /// The database has that one now.
    pub(super) fn accept(&self, id: &str) {
        let mut waiting = lock(&self.waiting);
        if waiting.refused.front().is_some_and(|(one, _)| one.id == id) {
            waiting.pop_refused();
        }
    }

    /// Whether the database has all, but for what it refuses.
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.waiting).entries.is_empty()
    }

    /// Whether it refuses any.
    pub(super) fn has_refused(&self) -> bool {
        !lock(&self.waiting).refused.is_empty()
    }

    /// Shows how much waits.
    pub(super) fn show(&self, app: &App) {
        let (pending, bytes) = {
            let waiting = lock(&self.waiting);
            let pending = waiting.entries.len() + waiting.refused.len();
            (pending, waiting.bytes)
        };
        let incidents = &app.incidents;
        let is_on_disk = incidents.keeping().disk.is_none();
        app.metrics.incidents().show_keeping(pending, is_on_disk);
        // Where there is no database nothing is ever taken from it.
        let is_full = app.database().is_ok() && bytes >= MOST_BYTES_OF_ALERTS;
        incidents.change_keeping(|keeping| {
            keeping.pending = pending;
            keeping.is_full = is_full;
        });
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<(Entry, usize)> {
        let (entry, bytes) = self.entries.pop_front()?;
        self.bytes -= bytes;
        self.first += 1;
        Some((entry, bytes))
    }

    fn pop_refused(&mut self) -> Option<(Entry, usize)> {
        let (entry, bytes) = self.refused.pop_front()?;
        self.refused_bytes -= bytes;
        Some((entry, bytes))
    }

    fn is_too_much(&self) -> bool {
        self.entries.len() + self.refused.len() > MOST
            || self.bytes + self.refused_bytes > MOST_BYTES
    }

    fn drop_one(&mut self) {
        if self.pop_refused().is_none() {
            self.pop();
            self.dropped = self.gone();
        }
    }

    /// How many of those that were made here have left.
    fn gone(&self) -> u64 {
        let left = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        self.made.saturating_sub(left)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::incident::{Known, What};
    use crate::domain::taxonomy::Code;
    use crate::settings::Settings;

    fn entry(nth: usize, long: usize) -> Entry {
        Entry {
            id: nth.to_string(),
            incident: None,
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            recorded_at: None,
            who: "a test".to_owned(),
            how: Known::Alert,
            what: What::Closed,
            text: "x".repeat(long),
        }
    }

    fn ids(pending: &Pending) -> Vec<String> {
        let (_, entries) = pending.first(usize::MAX);
        entries.into_iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn what_is_brought_goes_whatever_came_or_went_meanwhile() {
        let pending = Pending::default();
        pending.add(&[0, 1, 2].map(|nth| entry(nth, 1)), 3);
        let (place, brought) = pending.first(1);
        pending.add(&[entry(3, 1)], 4);
        assert_eq!(pending.remove(place, brought.len()), None);
        assert_eq!(ids(&pending), ["1", "2", "3"]);
        let (place, brought) = pending.first(2);
        let small = entry(0, 1).line().expect("it is JSON").len();
        let large = [entry(4, MOST_BYTES - 5 * small + 2), entry(5, 1)];
        pending.add(&large, 6);
        // One of those that are being brought had to go.
        assert_eq!(ids(&pending), ["2", "3", "4", "5"]);
        assert_eq!(pending.remove(place, brought.len()), None);
        assert_eq!(ids(&pending), ["3", "4", "5"]);
        let (place, brought) = pending.first(3);
        // What went has not been brought as far as is known here.
        assert_eq!(pending.remove(place, brought.len()), Some(2..6));
    }

    #[test]
    fn what_is_refused_is_in_nobodys_way() {
        let pending = Pending::default();
        let taken_over = [entry(0, 1), entry(1, 1)];
        pending.add(&taken_over, 0);
        pending.add(&[entry(2, 1), entry(3, 1)], 2);
        let refuse_first = || pending.refuse(pending.first(1).0);
        assert_eq!(refuse_first(), None, "it is on disk");
        let (place, _) = pending.first(1);
        assert_eq!(pending.remove(place, 1), None);
        assert_eq!(refuse_first(), Some(1));
        assert_eq!(ids(&pending), ["3"]);
        let (place, _) = pending.first(1);
        assert_eq!(pending.remove(place, 1), Some(0..2));
        assert!(pending.is_empty() && pending.has_refused());
        // They take turns.
        let first = || pending.first_refused().map(|entry| entry.id);
        assert_eq!(first().as_deref(), Some("0"));
        pending.refuse_again("0");
        assert_eq!(first().as_deref(), Some("2"));
        pending.accept("2");
        assert_eq!(first().as_deref(), Some("0"));
        // It goes before anything does that may be brought.
        let small = entry(0, 1).line().expect("it is JSON").len();
        pending.add(&[entry(4, MOST_BYTES - small)], 3);
        assert_eq!(ids(&pending), ["4"]);
        assert!(!pending.has_refused());
    }

    #[test]
    fn alerts_are_refused_before_they_push_out_what_was_seen_here() {
        let with = |url: Option<&str>| {
            let settings = url.map(|url| ("DATABASE_URL".to_owned(), url.to_owned()));
            App::new(Settings::load(settings.into_iter().collect(), None))
        };
        let app = with(Some("postgres://u:p@127.0.0.1:1/postgres"));
        let pending = Pending::default();
        let megabyte = 1024 * 1024;
        for nth in 0..23 {
            pending.add(&[entry(nth, megabyte)], 1);
        }
        pending.show(&app);
        app.admit_alerts().expect("there is room");
        pending.add(&[entry(23, megabyte)], 1);
        pending.show(&app);
        let fault = app.admit_alerts().expect_err("there is none");
        assert_eq!(fault.code, Code::ResourceExhausted);
        assert!(fault.retry_after.is_some());
        let nowhere = with(None);
        pending.show(&nowhere);
        nowhere.admit_alerts().expect("nothing is waited for");
        let (place, _) = pending.first(1);
        pending.remove(place, 1);
        pending.show(&app);
        app.admit_alerts().expect("there is room again");
        for nth in 0..40 {
            pending.add(&[entry(nth, megabyte)], 1);
        }
        assert_eq!(ids(&pending).len(), 31);
    }
}
