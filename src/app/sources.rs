//! Sources of alerts that nobody sends: Railway and n8n are looked at once a minute, where they are set.
//!
//! # Design notes
//!
//! What is seen there takes the same way as an alert from outside, under the key that a webhook of the same would
//! have: whatever comes both ways is one. Only what is news is handed on.
//!
//! Whoever writes the history looks for all replicas: one asks, however many there are. Where nobody knows who that
//! is, as the database is away, each looks: n8n's readiness is made to be asked, and of Railway, which counts
//! requests by the hour, each takes its turn: one that has as many instances as it says looks that much less often.
//!
//! All that reads Railway in a process has one memory of what it has refused: a token that was not accepted is not
//! presented again, and who asks to be left alone is left alone by all.

mod n8n;
mod railway;
mod round;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as Turn;
use tokio::time::Instant;

use crate::domain::fault::Fault;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// What runs at Railway.
    Railway,
    /// Whether n8n is ready.
    N8n,
}

impl Source {
    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Railway => "Railway",
            Self::N8n => "n8n",
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Railway => "railway",
            Self::N8n => "n8n",
        }
    }
}

/// What this process remembers of the sources.
#[derive(Debug, Default)]
pub struct KnownSources {
    /// Whose turn it is to read Railway: one at a time, so that the next one knows what it refused.
    pub(super) railway_turn: Turn<()>,
    /// What Railway has refused.
    pub(super) railway: Silence,
    /// What n8n has.
    pub(super) n8n: Silence,
    /// What the logs of crashed deployments say, by their ids: what has crashed writes no more.
    crashes: Mutex<BTreeMap<String, Crash>>,
}

/// What the log of a deployment that crashed says.
#[derive(Debug, Clone, Default)]
pub(super) struct Crash {
    /// What was used up, where that is why.
    pub(super) used_up: Option<String>,
}

impl KnownSources {
    /// What the log of a crashed deployment says, where it was read.
    pub(super) fn crash(&self, deployment: &str) -> Option<Crash> {
        self.crashes().get(deployment).cloned()
    }

    /// The log of a crashed deployment was read.
    pub(super) fn remember_crash(&self, deployment: &str, crash: Crash) {
        self.crashes().insert(deployment.to_owned(), crash);
    }

    /// Forgets all but these.
    pub(super) fn forget_crashes(&self, but: impl Fn(&str) -> bool) {
        self.crashes().retain(|deployment, _| but(deployment));
    }

    fn crashes(&self) -> MutexGuard<'_, BTreeMap<String, Crash>> {
        self.crashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody has said who is to be left alone.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Option<(Fault, Option<Instant>)>>);

impl Silence {
    /// Why it is not asked now, with how long that is so; without that it is for good.
    pub(super) fn fault(&self) -> Option<Fault> {
        let mut said = self.lock();
        let now = Instant::now();
        said.take_if(|(_, until)| until.is_some_and(|until| until <= now));
        let (fault, until) = said.as_ref()?;
        let fault = fault.clone();
        Some(match until {
            Some(until) => fault.retry_after(until.duration_since(now)),
            None => fault,
        })
    }

    /// What a look came to. What somebody has to mend in our settings is for good: with new ones a new process
    /// begins.
    pub(super) fn hear<T>(&self, found: &Result<T, Fault>) {
        let Err(fault) = found else {
            return;
        };
        let until = match fault.retry_after {
            _ if fault.code.category() == "CFG" => None,
            Some(wait) => Some(Instant::now() + wait),
            None => return,
        };
        *self.lock() = Some((fault.clone(), until));
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Fault, Option<Instant>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::taxonomy::Code;

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_it_is_left_alone_for_so_long_and_after_a_rejection_for_good() {
        let hour = Duration::from_secs(3_600);
        let failed = |code, wait: Option<Duration>| {
            let fault = Fault::new(code, "x");
            match wait {
                Some(wait) => Err::<(), _>(fault.retry_after(wait)),
                None => Err(fault),
            }
        };
        let silence = Silence::default();
        silence.hear(&failed(Code::NetTimeout, None));
        silence.hear(&Ok(()));
        assert_eq!(silence.fault(), None);
        silence.hear(&failed(Code::VendorRateLimited, Some(hour)));
        tokio::time::advance(hour / 4).await;
        let left = silence.fault().and_then(|fault| fault.retry_after);
        assert_eq!(left, Some(hour * 3 / 4));
        tokio::time::advance(hour).await;
        assert_eq!(silence.fault(), None);
        silence.hear(&failed(Code::ConfigInvalid, None));
        tokio::time::advance(1_000 * hour).await;
        let code = silence.fault().map(|fault| fault.code);
        assert_eq!(code, Some(Code::ConfigInvalid));
    }
}
