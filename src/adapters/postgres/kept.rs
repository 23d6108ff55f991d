//! The sessions that checks keep between two runs, and who may take one where no new one is to be had.
//!
//! # Design notes
//!
//! When all slots of the server are taken, the sessions that we still have are the only way to say who
//! holds the others, and to end one of those. So each is kept in a slot that all clones of a database
//! know: the report on activity and the operator's orders may take one, and bring it back to where it
//! was. A check of whether one can log in never does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use sqlx::postgres::PgConnection;
use tokio::time::Instant;

/// A session in use.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: PgConnection,
    /// When it was opened, which tells it from others.
    pub(super) opened: Instant,
    /// Where it is brought back to; nothing: nowhere.
    home: Option<Slot>,
}

impl Lease {
    /// A session that was opened just now.
    pub(super) fn new(connection: PgConnection, home: Option<Slot>) -> Self {
        Self {
            connection,
            opened: Instant::now(),
            home,
        }
    }

    /// Brings it back. It must not be inside a transaction.
    pub(super) fn give_back(mut self) {
        // A session that is at home does not hold its home: that would be a circle.
        if let Some(home) = self.home.take() {
            *home.lock() = Some(self);
        }
    }
}

/// Where one session is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot(Arc<Place>);

/// What a slot is made of.
type Place = Mutex<Option<Lease>>;

impl Slot {
    /// Takes out what is kept.
    pub(super) fn take(&self) -> Option<Lease> {
        let mut lease = self.lock().take()?;
        lease.home = Some(self.clone());
        Some(lease)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All slots of a database.
#[derive(Debug, Clone, Default)]
pub(super) struct Reserve(Arc<Mutex<Vec<Weak<Place>>>>);

impl Reserve {
    /// One more slot.
    pub(super) fn slot(&self) -> Slot {
        let slot = Slot::default();
        let mut slots = self.lock();
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot.0));
        slot
    }

    /// A session that nobody uses now.
    pub(super) fn take(&self) -> Option<Lease> {
        let slots = self.lock();
        let mut slots = slots.iter().filter_map(Weak::upgrade).map(Slot);
        slots.find_map(|slot| slot.take())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Place>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
