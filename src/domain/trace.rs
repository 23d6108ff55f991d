//! Where the time of one run went: the phases that it entered, and the one that it was in when it
//! was given up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A phase has only just begun where another one took so many times as long.
const JUST_BEGUN: u32 = 10;

/// A finished part of a run, such as `login`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// The name, as in `Server-Timing`: an HTTP token.
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// Records the phases of one run. Cheap to clone; the run writes, the gate reads, even after it
/// aborted the run.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    done: Vec<Phase>,
    current: Option<(&'static str, Instant)>,
}

impl Trace {
    /// Ends the phase under way, if any, and begins the next one.
    pub fn enter(&self, name: &'static str) {
        let mut inner = self.lock();
        inner.close();
        inner.current = Some((name, Instant::now()));
    }

    /// Ends the phase under way.
    pub fn leave(&self) {
        self.lock().close();
    }

    /// The phase under way.
    #[must_use]
    pub fn current(&self) -> Option<&'static str> {
        self.lock().current.map(|(name, _)| name)
    }

    /// The phase that held up a run that was given up: the one under way, or, where that had only just
    /// begun, the one that took the time. A login that has waited for another one all the while, and
    /// gets its turn at the last moment, was not held up by its own connection.
    #[must_use]
    pub fn held_up(&self) -> Option<&'static str> {
        let inner = self.lock();
        let (current, since) = inner.current?;
        let took = since.elapsed();
        let longest = inner.done.iter().max_by_key(|phase| phase.took);
        let longest = longest.filter(|phase| phase.took > took.saturating_mul(JUST_BEGUN));
        Some(longest.map_or(current, |phase| phase.name))
    }

    /// The phases so far, the one under way included. A phase entered twice stands once, with the
    /// sum.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        let mut inner = self.lock();
        inner.close();
        inner.done.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn close(&mut self) {
        if let Some((name, since)) = self.current.take() {
            let took = since.elapsed();
            match self.done.iter_mut().find(|phase| phase.name == name) {
                Some(phase) => phase.took += took,
                None => self.done.push(Phase { name, took }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(trace: &Trace) -> Vec<(&'static str, u128)> {
        let phases = trace.phases();
        phases
            .iter()
            .map(|phase| (phase.name, phase.took.as_millis()))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_phase_ends_where_the_next_begins_and_one_entered_twice_is_summed_up() {
        let trace = Trace::default();
        let pass = |millis| tokio::time::advance(Duration::from_millis(millis));
        assert_eq!((trace.current(), phases(&trace)), (None, vec![]));
        trace.enter("connect");
        assert_eq!(trace.current(), Some("connect"));
        pass(3).await;
        trace.enter("query");
        assert_eq!(trace.current(), Some("query"));
        pass(5).await;
        trace.enter("connect");
        pass(7).await;
        trace.leave();
        assert_eq!(trace.current(), None);
        pass(100).await;
        assert_eq!(phases(&trace), [("connect", 10), ("query", 5)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_only_just_begun_held_nobody_up() {
        let trace = Trace::default();
        let pass = |millis| tokio::time::advance(Duration::from_millis(millis));
        assert_eq!(trace.held_up(), None);
        trace.enter("wait");
        pass(4_990).await;
        assert_eq!(trace.held_up(), Some("wait"));
        trace.enter("connect");
        pass(5).await;
        assert_eq!(trace.held_up(), Some("wait"));
        pass(600).await;
        assert_eq!(trace.held_up(), Some("connect"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_phase_under_way_counts_up_to_now() {
        let trace = Trace::default();
        trace.clone().enter("login");
        tokio::time::advance(Duration::from_millis(4)).await;
        assert_eq!(phases(&trace), [("login", 4)]);
    }
}
