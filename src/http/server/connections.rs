//! Who is connected, and who makes room for whom.
//!
//! # Design notes
//!
//! A full house is no reason to shut anybody out: a crowd that asks once and stays would starve the
//! platform's own health check. So a few places are kept free. When they run out, who has been idle
//! for the longest goes, and so does who has not read a byte of an answer for a while. A request that
//! is being served is never cut for it; who listens to what has no end may be, as it comes again.
//!
//! Only answers and progress of writes count as activity. A header that arrives byte by byte does
//! not, or it would be a way to stay.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::telemetry::metrics::Metrics;

/// A peer that has not read anything for so long, or not asked anything since it came, may be let go
/// where room is needed. Before that nobody knows what it is about to do.
const GRACE: Duration = Duration::from_millis(500);
/// How many places are kept free, at most; in a small house one of sixteen.
const SPARE: usize = 64;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct ConnectionActivity {
    epoch: Instant,
    in_flight: AtomicUsize,
    /// Answers that have begun and whose end nobody knows.
    streams: AtomicUsize,
    seen: AtomicUsize,
    /// Bytes have arrived since the last request began.
    has_read: AtomicBool,
    /// Milliseconds from the epoch to the last progress.
    moved: AtomicU64,
    /// An answer waits for the peer to read.
    is_blocked: AtomicBool,
    unblocked: Notify,
    is_leaving: AtomicBool,
    leave: Notify,
    /// The end of a request's body is not going to be read.
    is_unread: AtomicBool,
}

impl ConnectionActivity {
    /// Of a connection that is opened now.
    fn new(epoch: Instant) -> Self {
        let activity = Self {
            epoch,
            in_flight: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
            has_read: AtomicBool::new(false),
            moved: AtomicU64::new(0),
            is_blocked: AtomicBool::new(false),
            unblocked: Notify::new(),
            is_leaving: AtomicBool::new(false),
            leave: Notify::new(),
            is_unread: AtomicBool::new(false),
        };
        activity.moves();
        activity
    }

    /// A request begins. It is served once the answers before it are on their way: who pipelines and
    /// does not read would otherwise have us hold all of them.
    pub(super) async fn begins(&self) {
        // What came before was read to its end, by hyper at last: else nothing could follow.
        self.is_unread.store(false, Ordering::Release);
        self.seen.fetch_add(1, Ordering::AcqRel);
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        if !self.has_read.swap(false, Ordering::AcqRel) {
            // It came in one piece with the one before: first it is everybody else's turn.
            tokio::task::yield_now().await;
        }
        while self.is_blocked.load(Ordering::Acquire) {
            self.unblocked.notified().await;
        }
    }

    /// Bytes have arrived.
    pub(super) fn reads(&self) {
        self.has_read.store(true, Ordering::Release);
    }

    /// A request is answered.
    pub(super) fn ends(&self) {
        self.moves();
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    /// An answer has begun whose end nobody knows.
    pub(super) fn streams(&self) {
        self.streams.fetch_add(1, Ordering::AcqRel);
    }

    /// It is over.
    pub(super) fn streamed(&self) {
        self.moves();
        self.streams.fetch_sub(1, Ordering::AcqRel);
    }

    /// Resolves when it has sent no first request for so long, or no other for as long as that may take.
    pub(super) async fn falls_silent(&self, first: Duration, next: Duration) {
        loop {
            let patience = if self.has_asked() { next } else { first };
            let left = patience.saturating_sub(self.idle());
            if left.is_zero() {
                return;
            }
            // It may have asked by then, and that counts for less.
            tokio::time::sleep(left.min(next)).await;
        }
    }

    /// For how long nothing has been asked, answered or taken.
    fn idle(&self) -> Duration {
        if !self.is_quiet()
            || self.streams.load(Ordering::Acquire) > 0
            || self.is_blocked.load(Ordering::Acquire)
        {
            return Duration::ZERO;
        }
        let moved = Duration::from_millis(self.moved.load(Ordering::Acquire));
        self.epoch.elapsed().saturating_sub(moved)
    }

    /// Bytes of an answer were taken.
    pub(super) fn wrote(&self) {
        self.moves();
        if self.is_blocked.swap(false, Ordering::AcqRel) {
            self.unblocked.notify_one();
        }
    }

    /// The peer takes no bytes for now.
    pub(super) fn blocks(&self) {
        self.is_blocked.store(true, Ordering::Release);
    }

    /// A request is answered and its body was not read to its end, or what was sent is no request.
    pub(super) fn leaves_unread(&self) {
        self.is_unread.store(true, Ordering::Release);
    }

    /// Whether the peer may still be sending what nobody reads.
    pub(super) fn is_unread(&self) -> bool {
        self.is_unread.load(Ordering::Acquire)
    }

    /// Whether no request is in the app.
    pub(super) fn is_quiet(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// Whether there has been a request.
    pub(super) fn has_asked(&self) -> bool {
        self.seen.load(Ordering::Acquire) > 0
    }

    fn moves(&self) {
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Release);
    }

    /// Since when it has done nothing that would be missed, in milliseconds from the epoch.
    fn spare_since(&self) -> Option<u64> {
        let moved = self.moved.load(Ordering::Acquire);
        if self.is_blocked.load(Ordering::Acquire) || !self.has_asked() {
            let idle = self
                .epoch
                .elapsed()
                .saturating_sub(Duration::from_millis(moved));
            return (idle >= GRACE).then_some(moved);
        }
        self.is_quiet().then_some(moved)
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct OpenConnections {
    limit: usize,
    spare: usize,
    epoch: Instant,
    metrics: Metrics,
    table: Mutex<SlotTable>,
    left: Notify,
}

#[derive(Debug, Default)]
struct SlotTable {
    next: u64,
    open: BTreeMap<u64, Arc<ConnectionActivity>>,
    leaving: usize,
}

impl SlotTable {
    /// Tells at most so many of them to go.
    fn dismiss(&mut self, wanted: usize) -> usize {
        if wanted == 0 {
            return 0;
        }
        let mut spare: Vec<_> = self
            .open
            .iter()
            .filter(|(_, activity)| !activity.is_leaving.load(Ordering::Acquire))
            .filter_map(|(id, activity)| Some((activity.spare_since()?, *id)))
            .collect();
        if spare.len() > wanted {
            spare.select_nth_unstable(wanted);
            spare.truncate(wanted);
        }
        for (_, id) in &spare {
            if let Some(activity) = self.open.get(id) {
                activity.is_leaving.store(true, Ordering::Release);
                activity.leave.notify_one();
            }
        }
        self.leaving += spare.len();
        spare.len()
    }
}

impl OpenConnections {
    /// At most `limit` of them.
    pub(super) fn new(limit: usize, metrics: Metrics) -> Arc<Self> {
        Arc::new(Self {
            limit,
            spare: (limit / 16).clamp(1, SPARE),
            epoch: Instant::now(),
            metrics,
            table: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// Gives a new connection its place.
    pub(super) fn enter(self: &Arc<Self>) -> Slot {
        let activity = Arc::new(ConnectionActivity::new(self.epoch));
        let mut table = self.lock();
        let id = table.next;
        table.next += 1;
        table.open.insert(id, Arc::clone(&activity));
        drop(table);
        self.metrics.open_connections().inc();
        Slot {
            id,
            activity,
            connections: Arc::clone(self),
        }
    }

    /// Whether there is no place left.
    pub(super) fn is_full(&self) -> bool {
        self.lock().open.len() >= self.limit
    }

    /// Whether the places that are kept free are running out.
    pub(super) fn is_crowded(&self) -> bool {
        self.free(&self.lock()) < self.spare.div_ceil(2)
    }

    /// Tells those who can be spared to go, the longest idle first. Returns how many.
    pub(super) fn make_room(&self) -> usize {
        let mut table = self.lock();
        let wanted = self.spare.saturating_sub(self.free(&table));
        table.dismiss(wanted)
    }

    /// The same where something else is used up than places.
    pub(super) fn make_some_room(&self) -> usize {
        let mut table = self.lock();
        let wanted = self.spare.saturating_sub(table.leaving);
        table.dismiss(wanted)
    }

    /// Waits until somebody has left, but not for longer than this: meanwhile others may have become
    /// idle.
    pub(super) async fn somebody_leaves(&self, patience: Duration) {
        let _ = tokio::time::timeout(patience, self.left.notified()).await;
    }

    fn free(&self, table: &SlotTable) -> usize {
        self.limit
            .saturating_sub(table.open.len().saturating_sub(table.leaving))
    }

    fn lock(&self) -> MutexGuard<'_, SlotTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place, held while it is open.
#[derive(Debug)]
pub(super) struct Slot {
    id: u64,
    activity: Arc<ConnectionActivity>,
    connections: Arc<OpenConnections>,
}

impl Slot {
    /// What the connection is doing.
    pub(super) fn activity(&self) -> &Arc<ConnectionActivity> {
        &self.activity
    }

    /// Resolves when the place is needed, and nothing would be missed by giving it up.
    pub(super) async fn is_needed(&self) {
        loop {
            self.activity.leave.notified().await;
            if self.activity.spare_since().is_some() {
                self.connections.metrics.let_go("room");
                return;
            }
            // A request was quicker.
            let mut table = self.connections.lock();
            self.activity.is_leaving.store(false, Ordering::Release);
            table.leaving = table.leaving.saturating_sub(1);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut table = self.connections.lock();
        table.open.remove(&self.id);
        if self.activity.is_leaving.load(Ordering::Acquire) {
            table.leaving = table.leaving.saturating_sub(1);
        }
        drop(table);
        self.connections.metrics.open_connections().dec();
        self.connections.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn at(place: &Slot, moved: u64) {
        place.activity.moved.store(moved, Ordering::Release);
    }

    fn asks(place: &Slot) -> bool {
        place.activity.reads();
        place.activity.begins().now_or_never().is_some()
    }

    fn has_asked(place: &Slot) {
        assert!(asks(place));
        place.activity.ends();
    }

    fn is_told(place: &Slot) -> bool {
        place.is_needed().now_or_never().is_some()
    }

    #[test]
    fn the_longest_idle_make_room_and_who_is_served_stays() {
        let connections = OpenConnections::new(32, Metrics::new());
        let places: Vec<_> = (0..31).map(|_| connections.enter()).collect();
        for (nth, place) in (0..).zip(&places) {
            has_asked(place);
            at(place, 1_000 - nth);
        }
        assert!(!connections.is_full() && !connections.is_crowded());
        let last = connections.enter();
        has_asked(&last);
        at(&last, 2_000);
        assert!(connections.is_full() && connections.is_crowded());
        // The longest idle has a request in flight; the next one asks before it is told.
        assert!(asks(&places[30]));
        at(&places[30], 0);
        assert_eq!(connections.make_room(), 2);
        assert_eq!(connections.make_room(), 0, "they are on their way");
        assert!(asks(&places[29]));
        assert!(!is_told(&places[30]) && !is_told(&places[29]) && !is_told(&last));
        assert!(is_told(&places[28]) && !is_told(&places[27]));
        assert_eq!(connections.make_room(), 1, "in place of the one that asked");
        assert!(is_told(&places[27]));
        drop(places);
        assert!(!connections.is_full());
        assert_eq!(connections.lock().leaving, 0);
    }

    #[test]
    fn who_has_only_just_come_is_not_sent_away() {
        let connections = OpenConnections::new(16, Metrics::new());
        let places: Vec<_> = (0..16).map(|_| connections.enter()).collect();
        assert_eq!(connections.make_room(), 0);
        has_asked(&places[3]);
        assert_eq!(connections.make_room(), 1, "it has had its answer");
        assert!(is_told(&places[3]));
    }

    #[test]
    fn who_does_not_read_is_spared_for_a_moment_only() {
        let connections = OpenConnections::new(16, Metrics::new());
        let places: Vec<_> = (0..16).map(|_| connections.enter()).collect();
        for place in &places {
            assert!(asks(place));
            place.activity.blocks();
        }
        assert_eq!(connections.make_room(), 0);
        assert!(!asks(&places[0]), "nothing more is served before it reads");
        places[0].activity.wrote();
        let mut deaf = ConnectionActivity::new(Instant::now());
        deaf.epoch = Instant::now()
            .checked_sub(2 * GRACE)
            .expect("it is up for a second");
        deaf.blocks();
        assert_eq!(deaf.spare_since(), Some(0));
    }
}
