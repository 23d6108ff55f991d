//! Reads the past, as far back as it is asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::adapters::postgres::history::{HistoryStore, Stretch};
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Series};
use crate::domain::taxonomy::Code;

impl App {
    /// The buckets of a series in a stretch of time. What memory holds is answered from there; only what
    /// is older asks the database.
    ///
    /// # Errors
    ///
    /// The classified cause, where the database had to be asked.
    pub(in crate::app) async fn read_history(
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
        let store = HistoryStore::new(database, String::new());
        let mut buckets = self.history.older.read(&store, (series, stretch)).await?;
        for (start, bucket) in seen {
            let known = buckets.get(&start);
            if known.is_none_or(|known| known.looks < bucket.looks) {
                buckets.insert(start, bucket);
            }
        }
        Ok(buckets)
    }
}
