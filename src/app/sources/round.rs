//! Going round: looking in turns, and letting it be known meanwhile that one goes round.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::app::pulse::Loop;
use crate::app::retry::{Complaint, up_to};
use crate::app::sources::Source;
use crate::domain::fault::Fault;
use crate::reading::alerts::Seen;

/// How often it is let known while nothing is looked at.
const GLANCE: Duration = Duration::from_secs(15);

impl App {
    /// What is looked at by itself.
    pub(in crate::app) fn watched_sources(&self) -> Vec<Source> {
        let settings = &self.settings;
        if settings.sources_interval.is_zero() || settings.watch_interval.is_zero() {
            return Vec::new();
        }
        let is_set = |source: &Source| match source {
            Source::Railway => settings.railway.is_ok(),
            Source::N8n => settings.n8n.as_ref().is_ok_and(Option::is_some),
        };
        let all = [Source::Railway, Source::N8n];
        all.into_iter().filter(is_set).collect()
    }

    /// About the time to the next look, give or take a tenth.
    pub(super) fn until_next_look(&self) -> Duration {
        let interval = self.settings.sources_interval;
        interval * 9 / 10 + up_to(interval / 5)
    }
}

/// How long it is until the next look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// For whoever looks for all replicas.
    for_all: Duration,
    /// For one of those that take turns.
    in_turns: Duration,
}

impl Wait {
    /// So long between two looks, whoever of so many takes them; and no look within so long.
    pub(super) fn new(pause: Duration, replicas: u32, left_alone: Duration) -> Self {
        Self {
            for_all: pause.max(left_alone),
            in_turns: (pause * replicas).max(left_alone),
        }
    }

    /// Who takes turns and becomes the one who looks for all does not wait for its turn.
    fn ends(self, looked: Instant, is_for_all: bool) -> Instant {
        let wait = match is_for_all {
            true => self.for_all,
            false => self.in_turns,
        };
        looked + wait
    }
}

impl From<Duration> for Wait {
    fn from(wait: Duration) -> Self {
        Self::new(wait, 1, Duration::ZERO)
    }
}

/// When a source is looked at.
pub(super) struct Rounds<'a> {
    app: &'a App,
    source: Source,
    looked: Instant,
    wait: Wait,
}

impl<'a> Rounds<'a> {
    /// Of a source; nothing where it is not set.
    pub(super) fn of(app: &'a App, source: Source) -> Option<Self> {
        let is_watched = app.watched_sources().contains(&source);
        is_watched.then(|| Self {
            app,
            source,
            // Replicas that start together do not look together.
            looked: Instant::now(),
            wait: up_to(app.settings.sources_interval).into(),
        })
    }

    fn next(&self) -> Instant {
        let is_for_all = self.app.history.keeping().is_writer;
        self.wait.ends(self.looked, is_for_all)
    }

    /// Waits until it is time to look; false once the process is on its way out.
    pub(super) async fn is_due(&self) -> bool {
        loop {
            self.app.pulse.tick(Loop::Source(self.source));
            if self.app.lifecycle.is_draining() {
                return false;
            }
            let (next, now) = (self.next(), Instant::now());
            if next <= now {
                return true;
            }
            tokio::select! {
                () = tokio::time::sleep_until(next.min(now + GLANCE)) => {}
                () = self.app.lifecycle.draining() => {}
            }
        }
    }

    /// Looks, and waits for as long as that says before the next look.
    pub(super) async fn look(&mut self, look: impl Future<Output = Wait>) {
        tokio::select! {
            wait = look => (self.looked, self.wait) = (Instant::now(), wait),
            () = self.app.lifecycle.draining() => {}
        }
    }
}

/// What a source that is looked at does not let us know.
pub(super) struct Complaints {
    /// That it cannot be read.
    pub(super) unread: Complaint,
    /// That what was seen is not taken.
    untaken: Complaint,
}

impl Complaints {
    pub(super) const fn new(unread: Complaint) -> Self {
        let untaken = Complaint::new(
            "what was seen at a source of alerts is not taken",
            "what is seen at the source of alerts is taken again",
        );
        Self { unread, untaken }
    }

    /// Hands on what was seen.
    pub(super) async fn hand_on(&mut self, app: &Arc<App>, seen: Vec<Seen>) {
        match app.take_seen(seen).await {
            Ok(()) => self.untaken.end(),
            Err(fault) => self.untaken.say(&fault),
        }
    }

    /// It could not be read.
    pub(super) fn unread(&mut self, fault: &Fault) {
        self.unread.say(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_no_longer_a_wait_than_was_asked_for_and_not_waited_for_by_who_looks_for_all()
    {
        let seconds = Duration::from_secs;
        let looked = Instant::now();
        for (replicas, left_alone, for_all, in_turns) in [
            (1, 0, 60, 60),
            (50, 0, 60, 3_000),
            (50, 7, 60, 3_000),
            (3, 600, 600, 600),
            (50, 3_600, 3_600, 3_600),
        ] {
            let wait = Wait::new(seconds(60), replicas, seconds(left_alone));
            assert_eq!(wait.ends(looked, true), looked + seconds(for_all));
            assert_eq!(wait.ends(looked, false), looked + seconds(in_turns));
        }
    }
}
