//! What the status page shows, from memory: nobody is asked, so it is there when nobody answers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::domain::access::Role;
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Grain, Series};
use crate::domain::order::refuse;
use crate::domain::status::{Frame, Status};

impl App {
    /// Everything at a glance, as `role` may see it.
    #[must_use]
    pub fn status(&self, role: Role) -> Status {
        let look = self.looks.borrow().clone();
        let frame = Frame {
            now: Timestamp::now(),
            interval: u32::try_from(self.settings.watch_interval.as_secs()).unwrap_or(u32::MAX),
            role,
        };
        let status = Status::of(&self.history.memory(), look.as_deref(), frame);
        status.beside(self.vendor_pages.all(), (&self.history.keeping()).into())
    }

    /// The buckets of a series that begin from `from` on and before `to`, in the order of time. There is
    /// none where nobody looked.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where it ends before it begins, or is longer than buckets of this grain are kept; the
    /// classified cause, where the database had to be asked for what is older than memory.
    pub async fn buckets(
        &self,
        series: Series,
        grain: Grain,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<Timestamp, Bucket>, Fault> {
        if from > to {
            return Err(refuse("from is later than to."));
        }
        let days = grain.kept_days();
        if to.duration_since(from) > SignedDuration::from_hours(24 * days) {
            let word = grain.as_str();
            return Err(refuse(format!(
                "Buckets of {word} are kept for {days} days: a longer span needs a coarser grain."
            )));
        }
        self.read_history(series, (grain, from, to)).await
    }
}
