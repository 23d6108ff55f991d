//! Keeps the entries of incidents: on disk first, then in the database.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::adapters::postgres::incidents::{IncidentStore, Wanted};
use crate::app::App;
use crate::app::disk::{Disk, folder};
use crate::domain::fault::Fault;
use crate::domain::incident::{Entry, Input};
use crate::domain::taxonomy::Code;

/// How often the clock goes on, and the database is tried.
const EVERY: Duration = Duration::from_secs(5);
/// When it is tried again after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);
/// How often it is read what others have written.
const READ_EVERY: Duration = Duration::from_secs(15);
/// How far back incidents are known that are over.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What others record while this is read has an earlier time than what was read: so much is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// How many entries are brought to the database at once.
const BATCH: usize = 200;
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
            tokio::select! {
                () = self.incidents.has_more.notified() => keeper.write_down().await,
                () = tokio::time::sleep_until(keeper.next_tick) => keeper.tick().await,
                () = self.lifecycle.draining() => break,
            }
        }
        keeper.write_down().await;
        keeper.bring().await;
    }
}

struct Keeper<'a> {
    app: &'a App,
    store: Result<IncidentStore, Fault>,
    disk: Disk<Entry>,
    /// What the database does not have yet.
    pending: VecDeque<Entry>,
    next_tick: Instant,
    next_keep: Instant,
    next_read: Instant,
    /// Up to when it was read what others have recorded.
    read_to: Option<Timestamp>,
    /// What the log has said last of why nothing is kept, and of why nothing is read.
    complained_of: [Option<Code>; 2],
    /// How many entries were made here and are on disk, or in the database.
    kept: u64,
    /// How many were made here before the oldest one that waits.
    made: u64,
}

impl<'a> Keeper<'a> {
    fn new(app: &'a App) -> Self {
        let now = Instant::now();
        let database = app.database().cloned();
        Self {
            app,
            store: database.map(IncidentStore::new),
            disk: Disk::new(folder(&app.settings), MOST_PENDING),
            pending: VecDeque::new(),
            next_tick: now,
            next_keep: now,
            next_read: now,
            read_to: None,
            complained_of: [None; 2],
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
            }
            Err(fault) => self.without_disk(fault),
        }
    }

    fn without_disk(&self, fault: Fault) {
        self.app
            .incidents
            .change_keeping(|keeping| keeping.disk = Some(fault));
    }

    /// Writes down what was made since the last time. Where the disk does not take it, the database may.
    async fn write_down(&mut self) {
        let (entries, made) = self.app.incidents.take_inbox();
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
        let excess = self.pending.len().saturating_sub(MOST_PENDING);
        self.pending.drain(..excess);
        self.made = made;
        match self.disk.write(entries).await {
            Ok(()) => {
                self.app
                    .incidents
                    .change_keeping(|keeping| keeping.disk = None);
                self.has_kept();
            }
            Err(fault) => self.without_disk(fault),
        }
        self.bring().await;
    }

    fn has_kept(&mut self) {
        self.kept = self.made;
        self.app.incidents.kept.send_replace(self.kept);
    }

    /// The clock goes on.
    async fn tick(&mut self) {
        self.next_tick = Instant::now() + EVERY;
        // Only what people want can be refused.
        let _ = self.app.incidents.step(self.app.moment(), Input::Tick);
        self.bring().await;
        self.read().await;
    }

    /// Brings to the database what it does not have.
    async fn bring(&mut self) {
        while !self.pending.is_empty() && Instant::now() >= self.next_keep {
            let Ok(store) = &self.store else {
                break;
            };
            let batch: Vec<_> = self.pending.iter().take(BATCH).cloned().collect();
            let book = self.app.incidents.known().book().clone();
            match store.keep(&batch, &book).await {
                Ok(()) => {
                    self.pending.drain(..batch.len());
                    if self.pending.is_empty() {
                        self.has_kept();
                    }
                    self.went_well(Way::Keep);
                }
                Err(fault) => {
                    self.next_keep = self.failed(Way::Keep, fault);
                }
            }
        }
        let pending = self.pending.len();
        self.app
            .incidents
            .change_keeping(|keeping| keeping.pending = pending);
    }

    /// Reads what others have recorded, and at first what there was before this process. A role that may not
    /// write may read.
    async fn read(&mut self) {
        let now = Instant::now();
        let (Ok(store), true) = (&self.store, now >= self.next_read) else {
            return;
        };
        let read_at = Timestamp::now();
        let since = match self.read_to {
            Some(read_to) => read_to.saturating_sub(OVERLAP),
            None => read_at.saturating_sub(REMEMBERED),
        };
        let wanted = Wanted {
            since: since.unwrap_or(Timestamp::UNIX_EPOCH),
            whole: self.read_to.is_none(),
        };
        match store.read(wanted).await {
            Ok(entries) => {
                // By the database's own clock, where it has said what time it is.
                let latest = entries.iter().filter_map(|entry| entry.recorded_at).max();
                self.read_to = Some(latest.or(self.read_to).unwrap_or(read_at));
                self.app.incidents.known().absorb(entries);
                self.app
                    .incidents
                    .change_keeping(|keeping| keeping.has_read = true);
                self.next_read = now + READ_EVERY;
                self.went_well(Way::Read);
            }
            Err(fault) => self.next_read = self.failed(Way::Read, fault),
        }
    }

    fn went_well(&mut self, way: Way) {
        if let Some(code) = self.complained_of[way as usize].take() {
            match way {
                Way::Keep => {
                    tracing::info!(code = %code, "incidents are kept in the database again");
                }
                Way::Read => {
                    tracing::info!(code = %code, "incidents are read from the database again");
                }
            }
        }
        self.is_so(way, None);
    }

    /// Says so once, and again where it is for another code; when it is tried again.
    fn failed(&mut self, way: Way, fault: Fault) -> Instant {
        if self.complained_of[way as usize].replace(fault.code) != Some(fault.code) {
            let what = match way {
                Way::Keep => "kept in",
                Way::Read => "read from",
            };
            tracing::warn!(
                code = %fault.code,
                cause = (!fault.causes.is_empty()).then(|| fault.causes.join(": ")),
                "incidents are not {what} the database: {}",
                fault.detail
            );
        }
        let wait = match fault.retry().is_retryable() {
            true => EVERY,
            false => AFTER_MISTAKE,
        };
        let wait = fault
            .retry_after
            .map_or(wait, |left_alone| wait.max(left_alone));
        self.is_so(way, Some(fault));
        Instant::now() + wait
    }

    fn is_so(&self, way: Way, fault: Option<Fault>) {
        self.app.incidents.change_keeping(|keeping| match way {
            Way::Keep => keeping.unkept = fault,
            Way::Read => keeping.unread = fault,
        });
    }
}

/// Which way something goes between here and the database.
#[derive(Debug, Clone, Copy)]
enum Way {
    Keep,
    Read,
}
