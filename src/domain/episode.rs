//! A state that lasts, such as that no descriptor is left: said when it begins and when it ends, with
//! how often it happened in between, and not once per event.

use std::time::{Duration, Instant};

/// Tells the first event of a state from the others. Time is an argument.
#[derive(Debug)]
pub(crate) struct Episode {
    quiet: Duration,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    began: Instant,
    last: Instant,
    times: u64,
}

/// What there is to say of a state at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Past {
    /// How often it happened.
    pub times: u64,
    /// From its first event to its last.
    pub lasted: Duration,
}

impl Episode {
    /// A state that is over once nothing has happened for `quiet`.
    #[must_use]
    pub(crate) fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            current: None,
        }
    }

    /// It happens. Returns whether the state begins by that.
    pub(crate) fn happens(&mut self, now: Instant) -> bool {
        match &mut self.current {
            Some(current) => {
                current.last = now;
                current.times += 1;
                false
            }
            None => {
                self.current = Some(Current {
                    began: now,
                    last: now,
                    times: 1,
                });
                true
            }
        }
    }

    /// When the state is over, if nothing happens until then.
    #[must_use]
    pub(crate) fn over_at(&self) -> Option<Instant> {
        self.current
            .as_ref()
            .map(|current| current.last + self.quiet)
    }

    /// Ends the state where it is over by now.
    pub(crate) fn end(&mut self, now: Instant) -> Option<Past> {
        let current = self
            .current
            .take_if(|current| now >= current.last + self.quiet)?;
        Some(Past {
            times: current.times,
            lasted: current.last - current.began,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_said_twice_however_often_it_happens() {
        let second = Duration::from_secs(1);
        let mut episode = Episode::new(5 * second);
        let began = Instant::now();
        assert_eq!((episode.over_at(), episode.end(began)), (None, None));
        assert!(episode.happens(began));
        for nth in 1..=4 {
            assert!(!episode.happens(began + nth * second));
        }
        assert_eq!(episode.end(began + 8 * second), None);
        assert_eq!(episode.over_at(), Some(began + 9 * second));
        let past = Past {
            times: 5,
            lasted: 4 * second,
        };
        assert_eq!(episode.end(began + 9 * second), Some(past));
        assert!(episode.happens(began + 10 * second), "another one");
    }

    #[test]
    fn a_state_is_over_once_nothing_has_happened_for_all_of_the_quiet() {
        let millis = Duration::from_millis;
        let mut episode = Episode::new(millis(100));
        let began = Instant::now();
        assert!(episode.happens(began));
        assert_eq!(episode.over_at(), Some(began + millis(100)));
        assert_eq!(episode.end(began + millis(99)), None);
        let past = Past {
            times: 1,
            lasted: Duration::ZERO,
        };
        assert_eq!(episode.end(began + millis(100)), Some(past));
        assert_eq!(
            (episode.over_at(), episode.end(began + millis(300))),
            (None, None)
        );
    }
}
