//! Keeps the entries of incidents: on disk first, then in the database.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use crate::adapters::postgres::incidents::{Batch, IncidentStore, Wanted};
use crate::app::App;
use crate::app::disk::{Disk, folder};
use crate::app::pulse::Loop;
use crate::app::retry::{Complaint, about, wait_after};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::{Entry, Input};
use crate::domain::taxonomy::Code;

/// How often the clock goes on, and when the database is tried again.
const EVERY: Duration = Duration::from_secs(5);
/// When it is tried again after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);
/// About how often it is read what others have written, while something goes on.
const READ_EVERY: Duration = Duration::from_secs(30);
/// The same while nothing does.
const READ_EVERY_AT_REST: Duration = Duration::from_secs(60);
/// How soon it is read again for those who ask for what is not known here.
const READ_APART: Duration = Duration::from_millis(500);
/// How often it is asked whether row level security hides anything.
const LOOK_FOR_HIDDEN_EVERY: Duration = Duration::from_secs(300);
/// How far back incidents are known that are over.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What others record while this is read has an earlier time than what was read: so much is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// How many entries are brought to the database at once, at most.
const BATCH: usize = 200;
/// So many in a row that are refused are not to blame: somebody has to mend the tables.
const ALL_ARE_REFUSED: usize = 20;
/// How many may wait for a disk or the database.
const MOST_PENDING: usize = 50_000;

impl App {
    /// Keeps incidents until the process is on its way out; not at all where nothing watches.
    pub async fn keep_incidents(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let mut keeper = Keeper::new(&self);
        keeper.take_over().await;
        loop {
            self.pulse.tick(Loop::Incidents);
            let (has_store, has_pending) = (keeper.store.is_ok(), !keeper.pending.is_empty());
            tokio::select! {
                biased;
                () = self.lifecycle.draining() => break,
                // Somebody waits for it to be on disk, however much has to be brought to the database.
                () = self.incidents.has_more.notified() => keeper.write_down().await,
                () = sleep_until(keeper.next_tick) => keeper.tick(),
                () = self.incidents.wants_reading.notified(), if has_store => keeper.hurry(),
                () = sleep_until(keeper.next_read), if has_store => keeper.read().await,
                () = sleep_until(keeper.next_attempt), if has_store && has_pending => keeper.bring().await,
            }
        }
        keeper.end().await;
    }
}

struct Keeper<'a> {
    app: &'a App,
    store: Result<IncidentStore, Fault>,
    disk: Disk<Entry>,
    /// What the database does not have yet.
    pending: VecDeque<Entry>,
    next_tick: Instant,
    next_attempt: Instant,
    next_read: Instant,
    last_read: Instant,
    next_look_for_hidden: Instant,
    /// Up to when it was read what others have recorded, by the database's clock.
    read_to: Option<Timestamp>,
    /// How many entries are brought at once now: half as many after each failure, twice as many after a
    /// success. So what takes too long gets through in the end, and one that is refused is found.
    batch: usize,
    /// How many in a row the database has refused, each of them alone.
    refused: usize,
    /// Of what is not in the database.
    complaint: Complaint,
    /// Of what others have recorded there.
    read_complaint: Complaint,
    /// Of what is not on disk.
    disk_complaint: Complaint,
    /// How many entries were made here and are on disk, or in the database.
    kept: u64,
    /// How many were made here before the oldest one that waits.
    made: u64,
}

impl<'a> Keeper<'a> {
    fn new(app: &'a App) -> Self {
        let now = Instant::now();
        let store = app.database().cloned().map(IncidentStore::new);
        if let Err(fault) = &store {
            // Nor will it ever be read.
            app.incidents
                .change_keeping(|keeping| keeping.unread = Some(fault.clone()));
        }
        Self {
            app,
            store,
            disk: Disk::new(folder(&app.settings), MOST_PENDING),
            pending: VecDeque::new(),
            next_tick: now,
            next_attempt: now,
            next_read: now,
            last_read: now,
            next_look_for_hidden: now,
            read_to: None,
            batch: BATCH,
            refused: 0,
            complaint: Complaint::new(
                "incidents are not kept in the database",
                "incidents are kept in the database again",
            ),
            read_complaint: Complaint::new(
                "incidents are not read from the database",
                "incidents are read from the database again",
            ),
            disk_complaint: Complaint::new(
                "incidents are not written down on disk",
                "incidents are written down on disk again",
            ),
            kept: 0,
            made: 0,
        }
    }

    /// Takes over what processes before this one have written down. It may not have reached the database.
    async fn take_over(&mut self) {
        match self.disk.read().await {
            Ok(entries) => {
                self.app.incidents.known().absorb(entries.iter().cloned());
                self.pending.extend(entries);
                self.show_pending();
            }
            Err(fault) => self.without_disk(fault),
        }
        self.app.incidents.has_taken_over.send_replace(true);
    }

    fn without_disk(&mut self, fault: Fault) {
        self.disk_complaint.say(&fault);
        self.app
            .incidents
            .change_keeping(|keeping| keeping.disk = Some(fault));
    }

    /// Writes down what was made since the last time. Where the disk does not take it, the database may.
    async fn write_down(&mut self) {
        let (entries, made) = self.app.incidents.take_inbox();
        self.keep(entries, made).await;
    }

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
        self.pending.extend(entries.iter().cloned());
        // Those that were written down are brought by the next process.
        let excess = self.pending.len().saturating_sub(MOST_PENDING);
        self.pending.drain(..excess);
        self.made = made;
        match self.disk.write(entries).await {
            Ok(()) => {
                self.disk_complaint.end();
                self.app
                    .incidents
                    .change_keeping(|keeping| keeping.disk = None);
                self.has_kept();
            }
            Err(fault) => self.without_disk(fault),
        }
        self.show_pending();
    }

    fn has_kept(&mut self) {
        self.kept = self.made;
        self.app.incidents.kept.send_replace(self.kept);
    }

    fn show_pending(&self) {
        let pending = self.pending.len();
        let is_on_disk = self.app.incidents.keeping().disk.is_none();
        self.app
            .metrics
            .incidents()
            .show_keeping(pending, is_on_disk);
        self.app
            .incidents
            .change_keeping(|keeping| keeping.pending = pending);
    }

    /// The clock goes on.
    fn tick(&mut self) {
        self.next_tick = Instant::now() + EVERY;
        self.show_pending();
        // Only what people want can be refused.
        let _ = self.app.incidents.step(self.app.moment(), Input::Tick);
    }

    /// Brings some of what the database does not have.
    async fn bring(&mut self) {
        let Ok(store) = &self.store else {
            return;
        };
        let entries: Vec<_> = self.pending.iter().take(self.batch).cloned().collect();
        let batch = Batch::of(&entries, self.app.incidents.known().book());
        match store.keep(&batch).await {
            Ok(()) => {
                self.pending.drain(..entries.len());
                if self.pending.is_empty() {
                    self.has_kept();
                }
                self.batch = (self.batch * 2).min(BATCH);
                self.refused = 0;
                self.complaint.end();
                self.app
                    .incidents
                    .change_keeping(|keeping| keeping.unkept = None);
            }
            Err(fault) => self.not_brought(entries.len(), fault),
        }
        self.show_pending();
    }

    /// What the database refuses for good is found by halves, and holds up nothing else.
    fn not_brought(&mut self, brought: usize, fault: Fault) {
        let is_refused = is_of_what_was_sent(&fault);
        self.batch = (brought / 2).max(1);
        if is_refused && brought == 1 {
            self.pending.rotate_left(1);
            self.refused += 1;
        }
        let may_be_another = self.refused < self.pending.len().min(ALL_ARE_REFUSED);
        self.complaint.say(&fault);
        self.next_attempt = match is_refused && may_be_another {
            true => Instant::now(),
            false => self.again_after(&fault),
        };
        self.app
            .incidents
            .change_keeping(|keeping| keeping.unkept = Some(fault));
    }

    /// Reads what others have recorded, and at first what there was before this process. A role that may
    /// not write may read.
    async fn read(&mut self) {
        self.last_read = Instant::now();
        let readings = &self.app.incidents.readings;
        readings.send_modify(|readings| readings.begun += 1);
        let outcome = self.read_from().await;
        readings.send_modify(|readings| readings.ended += 1);
        match outcome {
            Ok(()) => {
                self.read_complaint.end();
                self.app.incidents.change_keeping(|keeping| {
                    keeping.has_read = true;
                    keeping.unread = None;
                });
                let at_rest = self.app.incidents.known().book().live().is_empty();
                let every = if at_rest {
                    READ_EVERY_AT_REST
                } else {
                    READ_EVERY
                };
                self.next_read = Instant::now() + about(every);
            }
            Err(fault) => {
                self.read_complaint.say(&fault);
                self.next_look_for_hidden = Instant::now();
                self.next_read = self.again_after(&fault);
                self.app
                    .incidents
                    .change_keeping(|keeping| keeping.unread = Some(fault));
            }
        }
    }

    /// Reads soon, as somebody asks for what is not known here; not where it cannot be read anyway.
    fn hurry(&mut self) {
        if self.app.incidents.keeping().unread.is_none() {
            self.next_read = self.next_read.min(self.last_read + READ_APART);
        }
    }

    /// When what has failed is tried again, and the other with it where nobody has answered.
    fn again_after(&mut self, fault: &Fault) -> Instant {
        let again = Instant::now() + wait_after(fault, EVERY, AFTER_MISTAKE);
        if fault.retry().is_retryable() {
            self.next_attempt = self.next_attempt.max(again);
            self.next_read = self.next_read.max(again);
        }
        again
    }

    async fn read_from(&mut self) -> Result<(), Fault> {
        let Ok(store) = &self.store else {
            return Ok(());
        };
        let now = Instant::now();
        if now >= self.next_look_for_hidden {
            store.refuse_hidden().await?;
            self.next_look_for_hidden = now + LOOK_FOR_HIDDEN_EVERY;
        }
        let since = match self.read_to {
            Some(read_to) => read_to.saturating_sub(OVERLAP),
            None => Timestamp::now().saturating_sub(REMEMBERED),
        };
        let wanted = Wanted {
            since: since.unwrap_or(Timestamp::UNIX_EPOCH),
            whole: self.read_to.is_none(),
        };
        let entries = store.read(wanted).await?;
        // Nothing, where there is none yet: whose clock is ahead of the database's would miss the first.
        let latest = entries.iter().filter_map(|entry| entry.recorded_at).max();
        self.read_to = latest.or(self.read_to);
        self.app.incidents.known().absorb(entries);
        Ok(())
    }

    /// Takes nothing any more, and keeps what is left.
    async fn end(&mut self) {
        let (entries, made) = self.app.incidents.close_inbox();
        self.keep(entries, made).await;
        while !self.pending.is_empty() && self.store.is_ok() && self.next_attempt <= Instant::now()
        {
            self.bring().await;
        }
    }
}

/// Whether it is a row that is refused, and not all of them.
fn is_of_what_was_sent(fault: &Fault) -> bool {
    let is_of_rows = matches!(
        fault.code,
        Code::ValSchema | Code::ValData | Code::DbIntegrity
    );
    is_of_rows && fault.kind != Some(FaultKind::NoTable)
}
