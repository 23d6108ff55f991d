//! What is to be changed of what was said.
//!
//! # Design notes
//!
//! It is remembered by the process that said what is new, and nowhere else: a change that is lost leaves a message that
//! was true when it was sent, above one that says what is so now.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::incident::Name;
use crate::domain::message::Message;

/// How often it is tried to change a message.
const MOST_TRIES: u32 = 5;
/// Between the first two; then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The first messages of incidents that are not as they should be.
#[derive(Debug, Default)]
pub(super) struct Edits(BTreeMap<Name, Edit>);

/// What a message is to be changed to.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) message: Message,
    next: Instant,
    failed: u32,
}

impl Edits {
    /// The first message of this incident is to be as this one.
    pub(super) fn add(&mut self, incident: &Name, message: Message) {
        let edit = Edit {
            message,
            next: Instant::now(),
            failed: 0,
        };
        self.0.insert(incident.clone(), edit);
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(|edit| edit.next).min()
    }

    /// The one that is due first.
    pub(super) fn take(&mut self) -> Option<(Name, Edit)> {
        let first = self.0.iter().min_by_key(|(_, edit)| edit.next);
        let name = first?.0.clone();
        self.0.remove_entry(&name)
    }

    /// It did not come about: it is tried again, after this time at least, but not for ever.
    pub(super) fn again(&mut self, incident: Name, mut edit: Edit, wait: Duration) {
        edit.failed += 1;
        if edit.failed < MOST_TRIES {
            let doubled = FIRST_WAIT * 2_u32.pow(edit.failed - 1);
            edit.next = Instant::now() + wait.max(doubled);
            self.0.insert(incident, edit);
        }
    }
}
