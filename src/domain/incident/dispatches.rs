//! What is said of an incident in which channel, and what became of it.
//!
//! # Design notes
//!
//! A notice names its channels when it becomes due, and what became of it in each of them is an entry. So
//! what is still to be said follows from what is remembered, on disk as in the database: a process that
//! begins while the database is dead knows it, and says it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::channel::Channel;
use super::dispatch::{Delivered, Dispatch};
use super::entry::Entry;
use super::name::Name;
use super::notice::NoticeKind;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was told then.
    Sent(Timestamp),
    /// It was given up then, in these words.
    GivenUp(Timestamp, String),
}

/// Everything that is, or was, to be said of an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dispatches(BTreeMap<Dispatch, Standing>);

/// How it stands with one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Standing {
    /// When it became due; nothing where that was not heard of yet.
    due: Option<Due>,
    outcome: Option<Outcome>,
    /// What the channel calls the message.
    message: Option<String>,
}

/// Since when something is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    /// The place of its entry: two may be due at once.
    pub(super) number: u32,
    /// All incidents of a digest.
    pub(super) digest: Vec<Name>,
}

impl Dispatches {
    pub(super) fn owe(&mut self, entry: &Entry) {
        let Some(notice) = entry.notice() else {
            return;
        };
        for channel in &notice.channels {
            let dispatch = Dispatch {
                notice: notice.kind,
                nth: notice.nth,
                channel: *channel,
            };
            let standing = self.0.entry(dispatch).or_default();
            standing.due.get_or_insert_with(|| Due {
                at: entry.at,
                number: entry.number,
                digest: notice.digest.clone(),
            });
        }
    }

    pub(super) fn deliver(&mut self, delivered: &Delivered, at: Timestamp) {
        self.settle(delivered.dispatch, Outcome::Sent(at));
        let standing = self.0.entry(delivered.dispatch).or_default();
        // Where it was told twice, the first is further up.
        if standing.message.is_none() {
            standing.message.clone_from(&delivered.message);
        }
    }

    /// What was told by one replica was told, whatever became of it elsewhere.
    pub(super) fn settle(&mut self, dispatch: Dispatch, outcome: Outcome) {
        let standing = self.0.entry(dispatch).or_default();
        if !matches!(standing.outcome, Some(Outcome::Sent(_))) {
            standing.outcome = Some(outcome);
        }
    }

    /// What became due, and has not ended.
    pub(super) fn open(&self) -> impl Iterator<Item = (Dispatch, &Due)> {
        self.0.iter().filter_map(|(dispatch, standing)| {
            let due = standing.due.as_ref();
            let due = due.filter(|_| standing.outcome.is_none())?;
            Some((*dispatch, due))
        })
    }

    /// The message that last said in a channel that it is there, where that can be changed.
    #[must_use]
    pub fn opening_message(&self, channel: Channel) -> Option<&str> {
        let told = self.0.iter().rev().find(|(dispatch, standing)| {
            let is_told = dispatch.notice == NoticeKind::Told && dispatch.channel == channel;
            is_told && standing.outcome.is_some()
        });
        told?.1.message.as_deref()
    }

    /// When it became due, and how it ended.
    #[must_use]
    pub fn standing(&self, dispatch: Dispatch) -> (Option<Timestamp>, Option<&Outcome>) {
        let standing = self.0.get(&dispatch);
        let due = standing.and_then(|standing| standing.due.as_ref());
        let outcome = standing.and_then(|standing| standing.outcome.as_ref());
        (due.map(|due| due.at), outcome)
    }
}
