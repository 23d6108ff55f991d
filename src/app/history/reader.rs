//! Reads the past, as far back as it is asked for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::adapters::postgres::history::{HistoryStore, Stretch};
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Grain, Series, keep_fuller};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;

impl App {
    /// The buckets of a series that begin from `from` on and before `to`, in the order of time. There is
    /// none where nobody looked.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where it ends before it begins, or is longer than one answer is; the classified cause,
    /// where the database had to be asked for what is older than memory.
    pub async fn buckets(
        &self,
        series: Series,
        grain: Grain,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<Timestamp, Bucket>, Fault> {
        if from > to {
            return Err(refuse("from is later than to."));
        }
        let (kept, days) = (grain.kept_days(), grain.answered_days());
        if to.duration_since(from) > SignedDuration::from_hours(24 * days) {
            let word = grain.as_str();
            return Err(refuse(format!(
                "Buckets of {word} are kept for {kept} days, and an answer holds {days}: a longer span needs a coarser grain."
            )));
        }
        self.read_history(series, (grain, from, to)).await
    }

    /// What memory holds is answered from there; only what is older asks the database.
    async fn read_history(
        &self,
        series: Series,
        stretch: Stretch,
    ) -> Result<BTreeMap<Timestamp, Bucket>, Fault> {
        let (grain, from, to) = stretch;
        // The same buckets begin in it: who asks once more a moment later asks the same.
        let (from, to) = (grain.next_start(from), grain.next_start(to));
        let stretch = (grain, from, to);
        let seen = self.history.memory().buckets(series, grain, (from, to));
        let remembered = Timestamp::now().saturating_sub(grain.remembered());
        if remembered.is_ok_and(|remembered| from >= remembered) {
            return Ok(seen);
        }
        let database = match self.database() {
            Ok(database) => database.clone(),
            // Nothing is kept anywhere.
            Err(fault) if fault.code == Code::ConfigMissing => return Ok(seen),
            Err(fault) => return Err(fault),
        };
        let store = HistoryStore::new(database);
        let mut buckets = self.history.older.read(&store, (series, stretch)).await?;
        for (start, bucket) in seen {
            keep_fuller(&mut buckets, start, &bucket);
        }
        Ok(buckets)
    }
}
