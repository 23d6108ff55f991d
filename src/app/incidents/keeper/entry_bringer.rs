//! Brings entries to the database, and reads what others have recorded there.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::pending::Pending;
use super::writer::REMEMBERED;
use crate::adapters::postgres::incidents::{Batch, IncidentStore, Wanted};
use crate::app::App;
use crate::app::retry::{Complaint, Retry, about, is_of_what_was_sent};
use crate::domain::fault::Fault;
use crate::domain::incident::Entry;

/// When the database is tried again.
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
/// What others record while this is read has an earlier time than what was read: so much is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// How many entries are brought to the database at once, at most.
const BATCH: usize = 200;
/// So many in a row that are refused are not to blame: somebody has to mend the tables.
const ALL_ARE_REFUSED: usize = 20;

pub(super) struct EntryBringer<'a> {
    app: &'a App,
    pending: &'a Pending,
    store: Result<IncidentStore, Fault>,
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
    /// Why it refuses what it does.
    refusal: Option<Fault>,
    /// When the next one of these is tried again.
    next_refused: Instant,
    retry: Retry,
    /// Of what is not in the database.
    complaint: Complaint,
    /// Of what others have recorded there.
    read_complaint: Complaint,
    /// Whether what earlier incidents have taught was read.
    has_runbook: bool,
    /// Of that.
    runbook_complaint: Complaint,
}

impl<'a> EntryBringer<'a> {
    pub(super) fn new(app: &'a App, pending: &'a Pending) -> Self {
        let now = Instant::now();
        let store = app.database().cloned().map(IncidentStore::new);
        if let Err(fault) = &store {
            // Nor will it ever be read.
            app.incidents
                .change_keeping(|keeping| keeping.unread = Some(fault.clone()));
        }
        Self {
            app,
            pending,
            store,
            next_attempt: now,
            next_read: now,
            last_read: now,
            next_look_for_hidden: now,
            read_to: None,
            batch: BATCH,
            refused: 0,
            refusal: None,
            next_refused: now,
            retry: Retry::new(EVERY, AFTER_MISTAKE),
            complaint: Complaint::new(
                "incidents are not kept in the database",
                "incidents are kept in the database again",
            ),
            read_complaint: Complaint::new(
                "incidents are not read from the database",
                "incidents are read from the database again",
            ),
            has_runbook: false,
            runbook_complaint: Complaint::new(
                "what earlier incidents have taught is not read from the database",
                "what earlier incidents have taught is read from the database",
            ),
        }
    }

    /// Brings what comes, and reads, until the process is on its way out.
    pub(super) async fn run(&mut self) {
        if self.store.is_err() {
            return;
        }
        let incidents = &self.app.incidents;
        loop {
            let has_pending = !self.pending.is_empty();
            let has_refused = self.pending.has_refused();
            tokio::select! {
                biased;
                () = self.app.lifecycle.draining() => break,
                () = incidents.wants_reading.notified() => self.hurry(),
                () = sleep_until(self.next_read) => self.read().await,
                () = sleep_until(self.next_attempt), if has_pending => self.bring().await,
                () = sleep_until(self.next_refused), if has_refused => self.bring_refused().await,
                () = self.pending.came.notified() => {}
            }
        }
    }

    /// Brings what is left, as far as the database takes it.
    pub(super) async fn end(&mut self) {
        while !self.pending.is_empty() && self.store.is_ok() && self.next_attempt <= Instant::now()
        {
            self.bring().await;
        }
    }

    /// Brings some of what the database does not have.
    async fn bring(&mut self) {
        let Ok(store) = &self.store else {
            return;
        };
        let (place, entries) = self.pending.first(self.batch);
        let batch = Batch::of(&entries, self.app.incidents.known().book());
        match store.keep(&batch).await {
            Ok(()) => {
                if let Some(made) = self.pending.remove(place, entries.len()) {
                    self.app.incidents.has_kept(&made);
                }
                self.batch = (self.batch * 2).min(BATCH);
                if self.refused >= ALL_ARE_REFUSED {
                    // The tables were to blame.
                    self.next_refused = Instant::now();
                }
                self.refused = 0;
                self.has_brought();
            }
            Err(fault) => self.not_brought(place, &entries, fault),
        }
        self.pending.show(self.app);
    }

    /// Brings one of those that the database has refused: somebody may have mended what it minds.
    async fn bring_refused(&mut self) {
        let (Ok(store), Some(entry)) = (&self.store, self.pending.first_refused()) else {
            return;
        };
        let entries = std::slice::from_ref(&entry);
        let batch = Batch::of(entries, self.app.incidents.known().book());
        match store.keep(&batch).await {
            Ok(()) => {
                self.pending.accept(&entry.id);
                self.app.incidents.is_accepted(&entry.id);
                self.next_refused = Instant::now();
                self.has_brought();
            }
            Err(fault) if is_of_what_was_sent(&fault) => {
                self.pending.refuse_again(&entry.id);
                self.next_refused = Instant::now() + about(AFTER_MISTAKE);
                self.complain(fault.clone());
                self.refusal = Some(fault);
            }
            Err(fault) => {
                self.next_refused = self.again_after(&fault);
                self.complain(fault);
            }
        }
        self.pending.show(self.app);
    }

    /// The database takes what it does not refuse. As long as it refuses any, it is said so.
    fn has_brought(&mut self) {
        self.retry.end();
        if !self.pending.has_refused() {
            self.refusal = None;
            self.complaint.end();
        }
        let unkept = self.refusal.clone();
        let incidents = &self.app.incidents;
        incidents.change_keeping(|keeping| keeping.unkept = unkept);
    }

    fn complain(&mut self, fault: Fault) {
        self.complaint.say(&fault);
        let incidents = &self.app.incidents;
        incidents.change_keeping(|keeping| keeping.unkept = Some(fault));
    }

    /// What the database refuses for good is found by halves, and holds up nothing else.
    fn not_brought(&mut self, place: usize, brought: &[Entry], fault: Fault) {
        let is_refused = is_of_what_was_sent(&fault);
        self.batch = (brought.len() / 2).max(1);
        if let (true, [entry]) = (is_refused, brought) {
            if let Some(nth) = self.pending.refuse(place) {
                self.app.incidents.is_refused(&entry.id, nth);
            }
            self.refused += 1;
            self.next_refused = Instant::now() + about(AFTER_MISTAKE);
            self.refusal = Some(fault.clone());
        }
        self.next_attempt = match is_refused && self.refused < ALL_ARE_REFUSED {
            true => Instant::now(),
            false => self.again_after(&fault),
        };
        self.complain(fault);
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
                self.retry.end();
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
                self.read_runbook().await;
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
        let again = Instant::now() + self.retry.after(fault);
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

    /// Reads, once, what was taught by incidents that are too old to be remembered; what is taught later is among the
    /// entries. Nothing waits for it, and what goes on is known without it.
    async fn read_runbook(&mut self) {
        let (Ok(store), false) = (&self.store, self.has_runbook) else {
            return;
        };
        match store.read_runbook().await {
            Ok(taught) => {
                self.app.incidents.known().learn(&taught);
                self.has_runbook = true;
                self.runbook_complaint.end();
            }
            Err(fault) => self.runbook_complaint.say(&fault),
        }
    }
}
