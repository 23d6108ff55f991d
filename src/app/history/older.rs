//! What was read of the database lately.
//!
//! # Design notes
//!
//! Anybody may ask for the past, and each stretch of it is another question. So one question is asked at
//! a time, the database has a pause of as many times as long as it took to answer as checks leave it, and
//! whoever cannot be answered soon is told when to come back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::adapters::postgres::history::{HistoryStore, Stretch};
use crate::domain::fault::Fault;
use crate::domain::history::{Bucket, Series};
use crate::domain::taxonomy::Code;

/// For how long an answer of the database is shared.
const SHARED_FOR: Duration = Duration::from_secs(30);
/// How many answers are shared.
const SHARED: usize = 32;
/// The database is busy with such questions for a twentieth of the time, at most.
const PAUSES: u32 = 19;
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one may wait for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(4);

/// What was read of the database lately. One question is asked at a time, however many ask.
#[derive(Debug, Default)]
pub(super) struct OlderBuckets {
    answers: Mutex<BTreeMap<Question, Known>>,
    /// When the next question may be asked. Whoever holds it asks.
    turn: tokio::sync::Mutex<Option<Instant>>,
}

type Question = (Series, Stretch);
type Known = (Instant, Result<BTreeMap<Timestamp, Bucket>, Fault>);

impl OlderBuckets {
    /// The buckets of a series in a stretch of time, as the database keeps them.
    ///
    /// # Errors
    ///
    /// DFE-INT-002 where too many other questions are being asked; else the classified cause.
    pub(super) async fn read(
        &self,
        store: &HistoryStore,
        question: Question,
    ) -> Result<BTreeMap<Timestamp, Bucket>, Fault> {
        if let Some(answer) = self.known(&question) {
            return answer;
        }
        let deadline = Instant::now() + TURN_WITHIN;
        let turn = tokio::time::timeout_at(deadline, self.turn.lock()).await;
        let mut turn = turn.map_err(|_| too_many())?;
        // Whoever had the turn before may have asked the same.
        if let Some(answer) = self.known(&question) {
            return answer;
        }
        match *turn {
            Some(next) if next > deadline => return Err(too_many()),
            Some(next) => tokio::time::sleep_until(next).await,
            None => {}
        }
        let (series, stretch) = question;
        let began = Instant::now();
        let answer = store.read(&[stretch], Some(series)).await;
        let answer = answer.map(|buckets| {
            let of_time = |((_, _, start), bucket)| (start, bucket);
            buckets.into_iter().map(of_time).collect()
        });
        let ended = Instant::now();
        let pause = ended.duration_since(began).saturating_mul(PAUSES);
        *turn = Some(ended + pause.min(LONGEST_PAUSE));
        let mut answers = self.answers();
        if answers.len() >= SHARED {
            let oldest = answers.iter().min_by_key(|(_, (read, _))| *read);
            let oldest = oldest.map(|(question, _)| *question);
            oldest.and_then(|question| answers.remove(&question));
        }
        answers.insert(question, (ended, answer.clone()));
        answer
    }

    fn known(&self, question: &Question) -> Option<Result<BTreeMap<Timestamp, Bucket>, Fault>> {
        let mut answers = self.answers();
        answers.retain(|_, (read, _)| read.elapsed() < SHARED_FOR);
        answers.get(question).map(|(_, answer)| answer.clone())
    }

    fn answers(&self) -> MutexGuard<'_, BTreeMap<Question, Known>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many() -> Fault {
    Fault::new(
        Code::ResourceExhausted,
        "Too many other stretches of the history are being asked for.",
    )
    .check_first("Ask again in a moment, for fewer stretches at once")
    .retry_after(LONGEST_PAUSE)
}
