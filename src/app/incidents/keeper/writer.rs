//! Writes entries down on disk, and lets the clock go on: neither waits for a database.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, sleep_until};

use super::pending::Pending;
use crate::app::App;
use crate::app::disk::{Disk, folder};
use crate::app::pulse::Loop;
use crate::app::retry::Complaint;
use crate::domain::fault::Fault;
use crate::domain::incident::{Entry, Input};
use crate::domain::taxonomy::Code;

/// How often the clock goes on.
const EVERY: Duration = Duration::from_secs(5);
/// How far back incidents are known that are over.
pub(super) const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) struct Writer<'a> {
    app: &'a App,
    pending: &'a Pending,
    disk: Disk<Entry>,
    /// Why what was made last is not written down.
    unwritten: Option<Fault>,
    /// Up to which of the entries that were made here some will never be on disk.
    dropped: u64,
    complaint: Complaint,
    next_tick: Instant,
}

impl<'a> Writer<'a> {
    pub(super) fn new(app: &'a App, pending: &'a Pending) -> Self {
        Self {
            app,
            pending,
            disk: Disk::new(folder(&app.settings)),
            unwritten: None,
            dropped: 0,
            complaint: Complaint::new(
                "incidents are not written down on disk",
                "incidents are written down on disk again",
            ),
            next_tick: Instant::now(),
        }
    }

    /// Takes over what processes before this one have written down. It may not have reached the database.
    pub(super) async fn take_over(&mut self) {
        match self.disk.read().await {
            Ok(entries) => {
                self.app.incidents.known().absorb(entries.iter().cloned());
                self.pending.add(&entries, 0);
                self.pending.show(self.app);
            }
            Err(fault) => {
                self.unwritten = Some(fault);
                self.show_disk();
            }
        }
        self.app.incidents.has_taken_over.send_replace(true);
    }

    /// Writes down what comes until the process is on its way out, and then what is left.
    pub(super) async fn run(&mut self) {
        let incidents = &self.app.incidents;
        loop {
            self.app.pulse.tick(Loop::Incidents);
            tokio::select! {
                biased;
                () = self.app.lifecycle.draining() => break,
                () = incidents.has_more.notified() => {
                    let (entries, made) = incidents.take_inbox();
                    self.keep(entries, made).await;
                }
                () = sleep_until(self.next_tick) => self.tick(),
            }
        }
        let (entries, made) = incidents.close_inbox();
        self.keep(entries, made).await;
    }

    /// Writes down what was made since the last time. Where the disk does not take it, the database may.
    async fn keep(&mut self, entries: Vec<Entry>, made: u64) {
        if entries.is_empty() {
            return;
        }
        for entry in &entries {
            tracing::info!(
                incident = entry.incident.as_ref().map(|name| name.as_str()),
                entry = entry.what.kind(),
                number = entry.number,
                who = entry.who,
                "{}",
                entry.text
            );
        }
        self.pending.add(&entries, made);
        self.unwritten = self.disk.write(&entries).await.err();
        if let Some(later) = self.disk.take_dropped() {
            self.dropped = made.saturating_sub(u64::try_from(later).unwrap_or(u64::MAX));
        }
        if self.unwritten.is_none() {
            self.app.incidents.has_written(&(self.dropped..made));
        }
        self.show_disk();
        self.pending.show(self.app);
    }

    /// Shows why not all is on disk. What is not there is no lack once the database has it.
    fn show_disk(&mut self) {
        let incidents = &self.app.incidents;
        let is_whole = *incidents.kept.borrow() >= self.dropped;
        let fault = self.unwritten.clone();
        let fault = fault.or_else(|| (!is_whole).then(has_a_hole));
        match &fault {
            Some(fault) => self.complaint.say(fault),
            None => self.complaint.end(),
        }
        incidents.change_keeping(|keeping| keeping.disk = fault);
    }

    /// The clock goes on.
    fn tick(&mut self) {
        self.next_tick = Instant::now() + EVERY;
        self.show_disk();
        self.pending.show(self.app);
        let (incidents, moment) = (&self.app.incidents, self.app.moment());
        // Only what people want can be refused.
        let _ = incidents.step(moment, Input::Tick);
        // What is still to be brought is brought with what it adds up to; what is refused holds up nothing.
        if self.pending.is_empty() || self.app.database().is_err() {
            let before = moment.now.saturating_sub(REMEMBERED);
            incidents.known().forget(before.unwrap_or(moment.now));
        }
    }
}

/// There was no room on disk for longer than could be waited for.
fn has_a_hole() -> Fault {
    Fault::new(
        Code::ResourceExhausted,
        "A part of what happened is not in STATE_DIR, as it could not be written for too long, and the database does \
         not have it either: it is forgotten if this process ends now.",
    )
    .check_first("Whether the database answers: what it has is no lack on disk")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::incident::{Known, What};
    use crate::settings::Settings;

    fn entry(nth: u64, long: usize) -> Entry {
        Entry {
            id: nth.to_string(),
            incident: None,
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            recorded_at: None,
            who: "a test".to_owned(),
            how: Known::Rule,
            what: What::Closed,
            text: "x".repeat(long),
        }
    }

    #[tokio::test]
    async fn a_disk_with_a_hole_is_not_said_to_be_well_until_the_database_has_what_it_lacks() {
        let home = tempfile::tempdir().expect("a folder");
        let state = home.path().join("state");
        std::fs::write(&state, "in the way").expect("it writes");
        let state_dir = ("STATE_DIR".to_owned(), state.to_string_lossy().into_owned());
        let app = App::new(Settings::load([state_dir].into(), None));
        let pending = Pending::default();
        let mut writer = Writer::new(&app, &pending);
        let incidents = &app.incidents;
        let code = || incidents.keeping().disk.map(|fault| fault.code);
        for nth in 1..=33 {
            writer.keep(vec![entry(nth, 1024 * 1024)], nth).await;
        }
        assert_eq!(code(), Some(Code::ConfigInvalid));
        std::fs::remove_file(&state).expect("it goes");
        writer.keep(vec![entry(34, 1)], 34).await;
        assert_eq!(code(), Some(Code::ResourceExhausted));
        assert_eq!(*incidents.kept.borrow(), 0, "the first ones are nowhere");
        let again = Disk::<Entry>::new(folder(&app.settings)).read().await;
        let ids = again.expect("it reads").into_iter().map(|entry| entry.id);
        let expected: Vec<_> = (3..=34).map(|nth| nth.to_string()).collect();
        assert_eq!(ids.collect::<Vec<_>>(), expected);
        // As though the database had taken these.
        incidents.has_kept(&(0..10));
        writer.tick();
        assert_eq!(code(), None);
        writer.keep(vec![entry(35, 1)], 35).await;
        assert_eq!((code(), *incidents.kept.borrow()), (None, 35));
    }
}
