//! Writes down what was seen, and ships it to the database.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use ulid::Ulid;

use crate::adapters::postgres::history::{HistoryStore, LEASE_LASTS, Shipped, Stretch};
use crate::app::App;
use crate::app::disk::{Disk, folder};
use crate::app::pulse::Loop;
use crate::app::retry::{Complaint, Retry, about, up_to};
use crate::domain::fault::Fault;
use crate::domain::history::{Grain, Sample};

/// How often the lease is renewed, and what was seen is shipped.
const EVERY: Duration = Duration::from_secs(15);
/// When it is tried again after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(120);
/// How soon it is tried again where somebody else has the lease, who may give it up before it runs out.
const CONTEND_EVERY: Duration = Duration::from_secs(30);
/// How much longer one waits where somebody else has the lease, at most: not all try at once.
const SPREAD: Duration = Duration::from_secs(10);
/// How many samples are shipped at once.
const BATCH: usize = 700;
/// How many may wait: about a day of them.
const MOST_PENDING: usize = 20_160;
/// How often it is read what others have written.
const READ_EVERY: Duration = Duration::from_secs(300);
/// How often it is looked for what is older than it is kept.
const FORGET_EVERY: Duration = Duration::from_secs(600);

impl App {
    /// Keeps what is seen until the process is on its way out: on disk, and in the database. Not at all
    /// where nothing watches.
    pub async fn keep_history(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let mut shipper = Shipper::new(&self);
        shipper.open_disk().await;
        loop {
            self.pulse.tick(Loop::History);
            tokio::select! {
                () = self.history.has_more.notified() => shipper.write_down().await,
                () = tokio::time::sleep_until(shipper.next_attempt) => shipper.ship().await,
                () = self.lifecycle.draining() => break,
            }
        }
        shipper.end().await;
    }
}

struct Shipper<'a> {
    app: &'a App,
    store: Result<HistoryStore, Fault>,
    /// Under which name the lease is held.
    holder: String,
    disk: Disk<Sample>,
    pending: VecDeque<Sample>,
    next_attempt: Instant,
    next_read: Instant,
    next_forget: Instant,
    /// Until when the lease is ours for certain, by a clock that does not jump.
    ours_until: Option<Instant>,
    retry: Retry,
    /// Of what is not shipped.
    complaint: Complaint,
    /// Of what is not written down.
    disk_complaint: Complaint,
    /// Whether nothing has been shipped yet: the first look is, at once.
    is_new: bool,
}

impl<'a> Shipper<'a> {
    fn new(app: &'a App) -> Self {
        let replica = app.settings.deployment.replica_id.as_deref();
        let holder = format!("{} {}", replica.unwrap_or("replica"), Ulid::generate());
        let database = app.database().cloned();
        let now = Instant::now();
        Self {
            app,
            store: database.map(HistoryStore::new),
            holder,
            disk: Disk::new(folder(&app.settings)),
            pending: VecDeque::new(),
            next_attempt: now,
            next_read: now,
            next_forget: now + FORGET_EVERY,
            ours_until: None,
            retry: Retry::new(EVERY, AFTER_MISTAKE),
            complaint: Complaint::new("the history is not shipped", "the history is shipped again"),
            disk_complaint: Complaint::new(
                "what the watch sees is kept in memory only, until it is shipped",
                "STATE_DIR can be written again",
            ),
            is_new: true,
        }
    }

    /// Takes over what was written down before.
    async fn open_disk(&mut self) {
        match self.disk.read().await {
            Ok(samples) => {
                self.app.history.memory().restore(&samples);
                self.pending.extend(samples);
                self.bound();
            }
            Err(fault) => self.without_disk(fault),
        }
    }

    fn without_disk(&mut self, fault: Fault) {
        self.disk_complaint.say(&fault);
        self.app
            .history
            .change_keeping(|keeping| keeping.disk = Some(fault));
    }

    /// Writes down what was seen since the last time.
    async fn write_down(&mut self) {
        let samples = self.app.history.take_inbox();
        if samples.is_empty() {
            return;
        }
        self.pending.extend(samples.iter().cloned());
        self.bound();
        if std::mem::take(&mut self.is_new) {
            self.next_attempt = Instant::now();
        }
        match self.disk.write(&samples).await {
            Ok(()) => {
                self.disk_complaint.end();
                self.app
                    .history
                    .change_keeping(|keeping| keeping.disk = None);
            }
            Err(fault) => self.without_disk(fault),
        }
        self.show();
    }

    /// Ships what waits, or finds out who does.
    async fn ship(&mut self) {
        let began = Instant::now();
        let batch: Vec<_> = self.pending.iter().take(BATCH).cloned().collect();
        let shipped = match &self.store {
            Ok(store) => store.ship(&self.holder, &batch).await,
            Err(fault) => Err(fault.clone()),
        };
        let now = Instant::now();
        self.next_attempt = match shipped {
            Ok(Shipped::Ours { term }) => {
                self.ours_until = Some(began + LEASE_LASTS - Duration::from_secs(1));
                self.took_part(true, Some(term));
                self.pending.drain(..batch.len());
                if self.pending.is_empty() {
                    now + EVERY
                } else {
                    now
                }
            }
            Ok(Shipped::Others { left, term }) => {
                self.ours_until = None;
                self.took_part(false, term);
                now + left.map_or(EVERY, |left| left.min(CONTEND_EVERY)) + up_to(SPREAD)
            }
            Err(fault) => now + self.failed(fault),
        };
        self.read_what_is_kept().await;
        self.forget().await;
        self.show();
    }

    fn took_part(&mut self, is_writer: bool, term: Option<i64>) {
        self.complaint.end();
        self.retry.end();
        self.app.history.change_keeping(|keeping| {
            if keeping.is_writer != is_writer {
                tracing::info!(is_writer, term, "who writes the history has changed");
            }
            keeping.took_part(is_writer, term, Timestamp::now());
        });
    }

    /// Says so; when it is tried again.
    fn failed(&mut self, fault: Fault) -> Duration {
        self.complaint.say(&fault);
        let wait = self.retry.after(&fault);
        self.app.history.change_keeping(|keeping| {
            keeping.fault = Some(fault);
        });
        wait
    }

    /// Reads what others have written, and what there was before this process.
    async fn read_what_is_kept(&mut self) {
        let history = &self.app.history;
        let now = Instant::now();
        let (Ok(store), None) = (&self.store, history.keeping().fault) else {
            return;
        };
        if now < self.next_read {
            return;
        }
        match store.read(&stretches(Timestamp::now()), None).await {
            Ok(kept) => {
                history.memory().replace_kept(kept);
                self.next_read = now + about(READ_EVERY);
            }
            Err(fault) => history.change_keeping(|keeping| keeping.fault = Some(fault)),
        }
    }

    /// Deletes what is older than it is kept, where that is this process's part.
    async fn forget(&mut self) {
        let (Ok(store), true) = (&self.store, self.app.history.keeping().is_writer) else {
            return;
        };
        let now = Instant::now();
        if now < self.next_forget {
            return;
        }
        self.next_forget = now + FORGET_EVERY;
        match store.forget().await {
            // There may be more.
            Ok(deleted) if deleted > 0 => self.next_forget = now + EVERY,
            Ok(_) => {}
            Err(fault) => tracing::warn!(
                code = %fault.code,
                cause = (!fault.causes.is_empty()).then(|| fault.causes.join(": ")),
                "what is old in the history could not be deleted: {}",
                fault.detail
            ),
        }
    }

    /// Whether nobody else can be the one who writes.
    fn is_ours(&self) -> bool {
        self.ours_until.is_some_and(|until| Instant::now() < until)
    }

    /// What waits is bounded.
    fn bound(&mut self) {
        let excess = self.pending.len().saturating_sub(MOST_PENDING);
        self.pending.drain(..excess);
    }

    fn show(&self) {
        let (pending, oldest) = (self.pending.len(), self.pending.front());
        let oldest = oldest.map(|sample| sample.at);
        let is_ours = self.is_ours();
        self.app.history.change_keeping(|keeping| {
            // The lease runs out also while nothing is tried, and then somebody else is the one.
            keeping.is_writer &= is_ours;
            keeping.pending = pending;
            keeping.oldest_pending = oldest;
        });
        let keeping = self.app.history.keeping();
        self.app.metrics.watch().show_keeping(&keeping);
    }

    /// Ships what is left, and lets somebody else be the one.
    async fn end(&mut self) {
        self.write_down().await;
        let Ok(store) = &self.store else {
            return;
        };
        let batch: Vec<_> = self.pending.iter().cloned().collect();
        if self.is_ours() && store.ship(&self.holder, &batch).await.is_ok() {
            // Else it runs out by itself.
            let _ = store.yield_lease(&self.holder).await;
        }
    }
}

/// What a page shows.
fn stretches(now: Timestamp) -> Vec<Stretch> {
    let ends = now.saturating_add(SignedDuration::from_hours(1));
    let ends = ends.unwrap_or(Timestamp::MAX);
    let of = |grain: Grain| {
        let from = now.saturating_sub(grain.remembered());
        (grain, from.unwrap_or(Timestamp::MIN), ends)
    };
    Grain::ALL.map(of).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[tokio::test(start_paused = true)]
    async fn who_cannot_ship_writes_no_more_and_shows_when_it_last_did() {
        let app = App::new(Settings::load([].into(), None));
        let shown = |name: &str| {
            let text = app.metrics.render(0).expect("it renders");
            let text = String::from_utf8(text).expect("text");
            let of = format!("dragonfly_history_{name} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&of));
            line.map(str::to_owned)
        };
        let mut shipper = Shipper::new(&app);
        shipper.ours_until = Some(Instant::now() + LEASE_LASTS);
        shipper.took_part(true, Some(1));
        shipper.show();
        let last = shown("shipped_timestamp_seconds");
        assert!(last.is_some());
        assert_eq!(shown("writer").as_deref(), Some("1"));
        tokio::time::advance(LEASE_LASTS).await;
        // There is no database.
        shipper.ship().await;
        assert_eq!(shown("writer").as_deref(), Some("0"));
        assert_eq!(shown("shipped_timestamp_seconds"), last);
    }
}
