//! What is still to be said.

use jiff::{SignedDuration, Timestamp};

use super::book::Book;
use super::channel::Channel;
use super::dispatch::Dispatch;
use super::name::Name;

/// For how long it is tried to say something.
pub const LONGEST_TRIED: SignedDuration = SignedDuration::from_hours(24);
/// What is older than this was told by nobody, and is not looked at any more.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(25);

/// Something that is still to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The incident.
    pub incident: Name,
    /// Which notice, and where.
    pub dispatch: Dispatch,
    /// Since when.
    pub at: Timestamp,
    /// All incidents of a digest.
    pub digest: Vec<Name>,
}

impl Owed {
    /// Its name among all of them.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.incident, self.dispatch)
    }
}

impl Book {
    /// What is still to be said in a channel, the first one first.
    #[must_use]
    pub fn owed(&self, channel: Channel, now: Timestamp) -> Vec<Owed> {
        let mut owed = Vec::new();
        for incident in self.incidents() {
            for (dispatch, due) in incident.told.dispatches.open() {
                if dispatch.channel != channel || now.duration_since(due.at) > REMEMBERED {
                    continue;
                }
                let one = Owed {
                    incident: incident.name.clone(),
                    dispatch,
                    at: due.at,
                    digest: due.digest.clone(),
                };
                owed.push((due.number, one));
            }
        }
        owed.sort_by(|(a, one), (b, other)| {
            (one.at, &one.incident, a).cmp(&(other.at, &other.incident, b))
        });
        owed.into_iter().map(|(_, one)| one).collect()
    }
}
