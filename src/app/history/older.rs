//! What was read of the database lately.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::adapters::postgres::history::{HistoryStore, Stretch};
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Series};

/// For how long an answer of the database is shared.
const SHARED_FOR: Duration = Duration::from_secs(30);
/// How many answers are shared.
const SHARED: usize = 32;

/// What was read of the database lately. One question is asked at a time, however many ask.
#[derive(Debug, Default)]
pub(super) struct OlderBuckets(tokio::sync::Mutex<BTreeMap<Question, Known>>);

type Question = (Series, Stretch);
type Known = (Instant, Result<BTreeMap<Timestamp, Bucket>, Fault>);

impl OlderBuckets {
    /// The buckets of a series in a stretch of time, as the database keeps them.
    pub(super) async fn read(
        &self,
        store: &HistoryStore,
        question: Question,
    ) -> Result<BTreeMap<Timestamp, Bucket>, Fault> {
        let mut known = self.0.lock().await;
        known.retain(|_, (read, _)| read.elapsed() < SHARED_FOR);
        if let Some((_, answer)) = known.get(&question) {
            return answer.clone();
        }
        let (series, stretch) = question;
        let answer = store.read(&[stretch], Some(series)).await;
        let answer = answer.map(|buckets| {
            let of_time = |((_, _, start), bucket)| (start, bucket);
            buckets.into_iter().map(of_time).collect()
        });
        if known.len() >= SHARED {
            known.pop_first();
        }
        known.insert(question, (Instant::now(), answer.clone()));
        answer
    }
}
