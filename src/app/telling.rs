//! Telling people of incidents, and how it stands with that.
//!
//! # Design notes
//!
//! A task for each channel, so that one that hangs or is broken holds up no other. What is owed follows
//! from what is remembered; what became of it is an entry, and is kept as all entries are. The outbox in
//! the database agrees who of several replicas sends; where it does not answer, whoever knows of a notice
//! sends it: told twice rather than not at all.

mod edits;
mod messenger;
mod reply;
mod teller;
mod test_notice;
mod words;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::fault::Fault;
use crate::domain::incident::Channel;

/// How it stands with each channel that is set.
#[derive(Debug, Default)]
pub struct Telling(Mutex<BTreeMap<Channel, ChannelState>>);

/// How it stands with a channel.
#[derive(Debug, Clone, Default)]
pub struct ChannelState {
    /// Why the last message was not taken; nothing where it was.
    pub fault: Option<Fault>,
    /// How many notices wait.
    pub waiting: usize,
    /// How many of them should have been told by now.
    pub overdue: usize,
}

impl ChannelState {
    /// Whether people are told there in time.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        let passes = |fault: &Fault| fault.retry().is_retryable();
        self.overdue == 0 && self.fault.as_ref().is_none_or(passes)
    }
}

impl Telling {
    /// How it stands with each channel that is set.
    pub fn states(&self) -> BTreeMap<Channel, ChannelState> {
        self.lock().clone()
    }

    fn change(&self, channel: Channel, change: impl FnOnce(&mut ChannelState)) {
        change(self.lock().entry(channel).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Channel, ChannelState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
