//! Whether everything that goes round by itself still does.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::app::sources::Source;
use crate::domain::incident::Channel;

/// What goes round by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loop {
    /// The watch.
    Watch,
    /// Whoever keeps the history.
    History,
    /// Whoever keeps incidents.
    Incidents,
    /// Whoever looks at a source of alerts.
    Source(Source),
    /// Whoever tells people in a channel.
    Telling(Channel),
}

/// When each of them last came round.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<BTreeMap<Loop, Instant>>);

impl Pulse {
    /// It comes round now.
    pub(super) fn tick(&self, of: Loop) {
        let mut ticks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ticks.insert(of, Instant::now());
    }

    /// Whether it came round within so long.
    pub(super) fn is_in_time(&self, of: Loop, within: Duration) -> bool {
        let ticks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ticks.get(&of).is_some_and(|last| last.elapsed() <= within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_has_stopped_or_never_began_is_not_in_time() {
        let pulse = Pulse::default();
        let minute = Duration::from_secs(60);
        assert!(!pulse.is_in_time(Loop::Watch, minute));
        pulse.tick(Loop::Watch);
        pulse.tick(Loop::Telling(Channel::Slack));
        tokio::time::advance(minute).await;
        pulse.tick(Loop::Telling(Channel::Slack));
        assert!(pulse.is_in_time(Loop::Watch, minute));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!pulse.is_in_time(Loop::Watch, minute));
        assert!(pulse.is_in_time(Loop::Telling(Channel::Slack), minute));
        assert!(!pulse.is_in_time(Loop::Telling(Channel::Discord), minute));
    }
}
