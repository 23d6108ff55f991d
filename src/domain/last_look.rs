//! The last look of the watch at everything: what those see who watch along.

use jiff::Timestamp;

use crate::domain::activity::Activity;
use crate::domain::fault::Fault;
use crate::domain::history::Series;

/// What the watch saw when it last looked.
#[derive(Debug, Clone)]
pub struct LastLook {
    /// When it had seen everything.
    pub at: Timestamp,
    /// Whether Postgres answered.
    pub db: Result<(), Fault>,
    /// Whether Supabase answered.
    pub supabase: Result<(), Fault>,
    /// What went on in the database.
    pub activity: Result<Activity, Fault>,
    /// What was left alone, and until when.
    pub left_alone: Vec<(Series, Timestamp)>,
}
