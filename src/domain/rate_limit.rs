//! How many of something are taken within a while.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets so many pass within any such span, and says how long the next one has to wait.
#[derive(Debug)]
pub struct RateLimit {
    most: usize,
    within: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When those passed that count, the oldest first.
    passed: VecDeque<Instant>,
    /// How many were refused since one last passed.
    refused: u64,
}

/// What becomes of one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It passes, after so many were refused.
    Passes {
        /// How many, since one last passed.
        after: u64,
    },
    /// It is one too many.
    Refused {
        /// When there is room for one again.
        wait: Duration,
        /// Whether it is the first one since one passed.
        is_first: bool,
    },
}

impl RateLimit {
    /// Lets `most` pass within any span that is as long as `within`.
    #[must_use]
    pub fn new(most: usize, within: Duration) -> Self {
        Self {
            most,
            within,
            seen: Mutex::default(),
        }
    }

    /// One more, now.
    pub fn admit(&self, now: Instant) -> Admission {
        let mut seen = self.lock();
        let is_over = |at: &Instant| now.saturating_duration_since(*at) >= self.within;
        while seen.passed.front().is_some_and(is_over) {
            seen.passed.pop_front();
        }
        let oldest = seen.passed.front().copied();
        if let Some(oldest) = oldest
            && seen.passed.len() >= self.most
        {
            seen.refused = seen.refused.saturating_add(1);
            return Admission::Refused {
                wait: (oldest + self.within).saturating_duration_since(now),
                is_first: seen.refused == 1,
            };
        }
        seen.passed.push_back(now);
        Admission::Passes {
            after: std::mem::take(&mut seen.refused),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Whole after each statement.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_within_any_span_and_the_next_one_knows_when() {
        let limit = RateLimit::new(2, Duration::from_secs(60));
        let start = Instant::now();
        let passes = |after| Admission::Passes { after };
        let refused = |seconds, is_first| Admission::Refused {
            wait: Duration::from_secs(seconds),
            is_first,
        };
        for (second, expected) in [
            (0, passes(0)),
            (10, passes(0)),
            (20, refused(40, true)),
            (59, refused(1, false)),
            (60, passes(2)),
            (60, refused(10, true)),
            (70, passes(1)),
            (200, passes(0)),
            (200, passes(0)),
            (200, refused(60, true)),
        ] {
            let now = start + Duration::from_secs(second);
            assert_eq!(limit.admit(now), expected, "{second}");
        }
    }
}
