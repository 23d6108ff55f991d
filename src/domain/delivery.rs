//! What became of something that was to be delivered.

use crate::domain::fault::Fault;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is there. Some say under which id, by which it can be changed later.
    Sent {
        /// That id.
        reference: Option<String>,
    },
    /// It is not there, and may be sent again: after [`Fault::retry_after`], where the other side said
    /// when.
    Again(Fault),
    /// It may be there: it was written, and no whole answer came.
    Unsure(Fault),
    /// It is not there, and would not be the next time: somebody has to change something first.
    GivenUp(Fault),
}

impl Delivery {
    /// Why it is not known to be there.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Sent { .. } => None,
            Self::Again(fault) | Self::Unsure(fault) | Self::GivenUp(fault) => Some(fault),
        }
    }
}
