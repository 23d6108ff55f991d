//! Incidents: what the watch sees and people say goes in, and what is remembered of it is kept.
//!
//! # Design notes
//!
//! Whoever observes or orders only steps the state machine, and waits for nothing. A task of its own
//! writes the entries down, on disk first, and brings them to the database: a database that is dead is a
//! task that lags, and no other way through the code. All replicas do the same, and what they make by
//! themselves has the same names, so that nobody has to be the one. Only an order and an alert from
//! outside wait until what they led to is kept: what was said to be taken is not forgotten.

mod acknowledging;
pub mod alerts;
mod all_clear;
mod evidence;
mod hearing;
#[cfg(test)]
mod hung;
mod keeper;
mod orders;
mod remedies;
mod report;
mod runbook;
mod taking;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

pub use self::acknowledging::Acknowledged;
pub use self::evidence::{AttachedFile, FileContent};
use self::taking::Taking;
use crate::domain::fault::Fault;
use crate::domain::history::Sample;
use crate::domain::incident::{AllClear, Channel, Entry, Incidents, Input, Moment, Output};
use crate::domain::lifecycle::shutting_down;
use crate::domain::taxonomy::Code;
use crate::telemetry::log::RecentLines;

/// How long whoever says something waits until what came of it is kept.
const KEPT_WITHIN: Duration = Duration::from_secs(5);

/// The incidents that this process knows of. Whoever reads them never waits for a disk or a database.
#[derive(Debug, Default)]
pub struct KnownIncidents {
    machine: Mutex<Incidents>,
    inbox: Mutex<Inbox>,
    has_more: Notify,
    /// How many of the entries that were made here are kept, but for those that the database refuses.
    kept: watch::Sender<u64>,
    /// Which of these are not kept after all, as no disk has them either: each with the how manieth it is of those that
    /// were made here.
    unkept: Mutex<BTreeMap<String, u64>>,
    keeping: Mutex<IncidentKeeping>,
    /// The boxes as they were last seen, where something goes on.
    boxes: Mutex<Option<AllClear>>,
    /// Whether it is known here what processes before this one have written down.
    has_taken_over: watch::Sender<bool>,
    taking: Taking,
    /// Whether somebody waits for what others have recorded.
    wants_reading: Notify,
    readings: watch::Sender<Readings>,
}

/// How often it was read what others have recorded.
#[derive(Debug, Clone, Copy, Default)]
struct Readings {
    /// How often it was begun.
    begun: u64,
    /// How often it came to its end.
    ended: u64,
}

/// What was made here and nobody has taken yet to keep it.
#[derive(Debug, Default)]
struct Inbox {
    entries: Vec<Entry>,
    /// How many there ever were.
    made: u64,
    /// Whether nobody takes anything any more.
    is_closed: bool,
}

/// How it stands with what is kept of incidents.
#[derive(Debug, Clone, Default)]
pub struct IncidentKeeping {
    /// How many entries the database does not have yet.
    pub pending: usize,
    /// Whether so much waits that no alerts are taken.
    pub is_full: bool,
    /// Why it does not, where that is so.
    pub unkept: Option<Fault>,
    /// Why what others have recorded there is not read, where that is so.
    pub unread: Option<Fault>,
    /// Why they are not written down on disk, where that is so.
    pub disk: Option<Fault>,
    /// Why evidence is not in the database, where that is so.
    pub evidence: Option<Fault>,
    /// Whether what the database knows of earlier incidents was read.
    pub has_read: bool,
}

impl IncidentKeeping {
    /// Whether all that the database knows is known here.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.has_read && self.unread.is_none()
    }
}

impl KnownIncidents {
    /// None yet; people are told of them in these channels.
    pub(super) fn new(channels: Vec<Channel>) -> Self {
        Self {
            machine: Mutex::new(Incidents::telling(channels)),
            ..Self::default()
        }
    }

    /// How many of the entries that were made here are kept; whoever waits for more is told.
    pub(super) fn kept(&self) -> watch::Receiver<u64> {
        self.kept.subscribe()
    }

    /// Takes in what a look came to.
    pub(super) fn observe(&self, samples: &[Sample], moment: Moment) {
        for sample in samples {
            // Only what people want can be refused.
            let _ = self.step(moment, Input::Observed(sample.clone()));
        }
    }

    /// Takes one thing in; the entries that it led to, and how many have to be kept until they are. Nothing
    /// any more once the process is on its way out, as nobody would keep it.
    pub(super) fn step(&self, moment: Moment, input: Input) -> Result<(Vec<Entry>, u64), Fault> {
        // The inbox is filled while the machine is held: entries are kept in the order in which they were made.
        let mut machine = lock(&self.machine);
        if lock(&self.inbox).is_closed {
            return Err(shutting_down());
        }
        let outputs = machine.step(moment, input)?;
        if outputs
            .iter()
            .any(|output| matches!(output, Output::Capture(_)))
        {
            self.taking.wanted.notify_one();
        }
        let entries: Vec<Entry> = outputs
            .into_iter()
            .filter_map(|output| match output {
                Output::Entry(entry) => Some(*entry),
                Output::Notice(_) | Output::Capture(_) => None,
            })
            .collect();
        let mut inbox = lock(&self.inbox);
        inbox.made += u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let made = inbox.made;
        inbox.entries.extend(entries.iter().cloned());
        drop(inbox);
        drop(machine);
        if !entries.is_empty() {
            self.has_more.notify_one();
        }
        Ok((entries, made))
    }

    /// Waits until so many of the entries that were made here are kept, on disk or in the database, and these among
    /// them.
    ///
    /// # Errors
    ///
    /// DFE-INT-002 where that takes too long, or the database refuses one of these: this process alone knows of it.
    async fn until_kept(&self, made: u64, ids: &[String], within: Duration) -> Result<(), Fault> {
        let is_kept = self.has_kept_all(made, within).await && {
            let unkept = lock(&self.unkept);
            !ids.iter().any(|id| unkept.contains_key(id))
        };
        match is_kept {
            true => Ok(()),
            false => Err(Fault::new(
                Code::ResourceExhausted,
                "It was done, and could neither be written down in STATE_DIR nor be brought to the database: it is \
                 forgotten if this process ends now.",
            )
            .check_first("Whether STATE_DIR can be written, and whether the database answers")),
        }
    }

    /// Whether so many are kept before that takes too long.
    async fn has_kept_all(&self, made: u64, within: Duration) -> bool {
        let mut kept = self.kept.subscribe();
        let is_kept = kept.wait_for(|kept| *kept >= made);
        matches!(tokio::time::timeout(within, is_kept).await, Ok(Ok(_)))
    }

    /// Of the entries that were made here these are kept, as they were counted. They count once those before them are.
    fn has_kept(&self, these: &Range<u64>) {
        self.kept.send_if_modified(|kept| {
            let is_more = these.start <= *kept && *kept < these.end;
            if is_more {
                *kept = these.end;
            }
            is_more
        });
    }

    /// The same, and on disk, which refuses none.
    fn has_written(&self, these: &Range<u64>) {
        let mut unkept = lock(&self.unkept);
        unkept.retain(|_, nth| *nth <= these.start || *nth > these.end);
        self.has_kept(these);
    }

    /// The database refuses an entry, the how manieth of those that were made here.
    fn is_refused(&self, id: &str, nth: u64) {
        let mut unkept = lock(&self.unkept);
        if nth > *self.kept.borrow() {
            unkept.insert(id.to_owned(), nth);
        }
    }

    /// The database has an entry after all.
    fn is_accepted(&self, id: &str) {
        lock(&self.unkept).remove(id);
    }

    /// Has the last lines of the log for evidence.
    pub fn show_log(&self, log: RecentLines) {
        // A process has one log.
        let _ = self.taking.log.set(log);
    }

    /// Waits until it is known what processes before this one have written down.
    async fn has_taken_over(&self) {
        // The sender is ours, and lives as long.
        let _ = self.has_taken_over.subscribe().wait_for(|has| *has).await;
    }

    /// How many entries were made here so far.
    fn made(&self) -> u64 {
        lock(&self.inbox).made
    }

    /// Waits until all that were made here so far are kept, but for what the database refuses, and no longer than
    /// that.
    pub(super) async fn until_all_kept(&self, within: Duration) {
        self.has_kept_all(self.made(), within).await;
    }

    /// What is known. It is never held over an await.
    pub fn known(&self) -> MutexGuard<'_, Incidents> {
        lock(&self.machine)
    }

    /// The boxes of the all-clear as they were last seen; nothing where nothing goes on.
    pub fn boxes(&self) -> Option<AllClear> {
        lock(&self.boxes).clone()
    }

    /// How it stands with what is kept.
    pub fn keeping(&self) -> IncidentKeeping {
        lock(&self.keeping).clone()
    }

    fn show_boxes(&self, boxes: Option<AllClear>) {
        *lock(&self.boxes) = boxes;
    }

    fn change_keeping(&self, change: impl FnOnce(&mut IncidentKeeping)) {
        change(&mut lock(&self.keeping));
    }

    /// The same for the last time.
    fn close_inbox(&self) -> (Vec<Entry>, u64) {
        // While the machine is held, so that none is in the middle of a step.
        let machine = lock(&self.machine);
        lock(&self.inbox).is_closed = true;
        drop(machine);
        self.take_inbox()
    }

    /// What was made since the last time, and how many there ever were.
    fn take_inbox(&self) -> (Vec<Entry>, u64) {
        let mut inbox = lock(&self.inbox);
        (std::mem::take(&mut inbox.entries), inbox.made)
    }
}

/// Now, as finely as it is kept: what comes back from the database is the same.
fn now() -> Timestamp {
    let now = Timestamp::now().as_millisecond();
    Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What is in it is whole after each statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
