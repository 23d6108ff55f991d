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

/// How often the clock goes on.
const EVERY: Duration = Duration::from_secs(5);
/// How far back incidents are known that are over.
pub(super) const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) struct Writer<'a> {
    app: &'a App,
    pending: &'a Pending,
    disk: Disk<Entry>,
    complaint: Complaint,
    next_tick: Instant,
}

impl<'a> Writer<'a> {
    pub(super) fn new(app: &'a App, pending: &'a Pending) -> Self {
        Self {
            app,
            pending,
            disk: Disk::new(folder(&app.settings)),
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
            Err(fault) => self.without_disk(fault),
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
        match self.disk.write(&entries).await {
            Ok(()) => {
                self.complaint.end();
                let incidents = &self.app.incidents;
                incidents.change_keeping(|keeping| keeping.disk = None);
                incidents.has_kept(made);
            }
            Err(fault) => self.without_disk(fault),
        }
        self.pending.show(self.app);
    }

    fn without_disk(&mut self, fault: Fault) {
        self.complaint.say(&fault);
        let incidents = &self.app.incidents;
        incidents.change_keeping(|keeping| keeping.disk = Some(fault));
    }

    /// The clock goes on.
    fn tick(&mut self) {
        self.next_tick = Instant::now() + EVERY;
        self.pending.show(self.app);
        let (incidents, moment) = (&self.app.incidents, self.app.moment());
        // Only what people want can be refused.
        let _ = incidents.step(moment, Input::Tick);
        // What is still to be brought is brought with what it adds up to.
        if self.pending.is_empty() || self.app.database().is_err() {
            let before = moment.now.saturating_sub(REMEMBERED);
            incidents.known().forget(before.unwrap_or(moment.now));
        }
    }
}
