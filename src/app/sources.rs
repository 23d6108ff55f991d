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
//! All that reads Railway by itself in a process has one memory of what it has refused: who asks to be left alone is
//! left alone by all, and a token that was not accepted is presented again after a minute, and later and later from
//! then on. Not never: a refusal may be Railway's own fault, and what began an incident has to be seen to end.

mod n8n;
mod railway;
mod round;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as Turn;
use tokio::time::Instant;

use crate::domain::cooldown::Cooldown;
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
    /// The names of the services that were ever seen at Railway, by their ids.
    services: Mutex<BTreeMap<String, String>>,
    /// What the logs say of each crash: what has crashed writes no more.
    crashes: Mutex<BTreeMap<CrashId, Crash>>,
}

/// What the log of a deployment that crashed says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crash {
    /// What was used up, where that is why.
    pub(super) used_up: Option<String>,
}

/// A crash: a deployment that is restarted keeps its id, and may crash again for another cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CrashId {
    /// The id of the deployment.
    pub(super) deployment: String,
    /// Since when it has its status, where that is said.
    pub(super) since: Option<String>,
}

impl KnownSources {
    /// These are all services there, by id and name; those of before that are not among them.
    pub(super) fn miss(&self, listed: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        services.extend(listed.clone());
        let gone = services.iter().filter(|(id, _)| !listed.contains_key(*id));
        gone.map(|(id, name)| (id.clone(), name.clone())).collect()
    }

    /// What the log of a crash says, where it was read.
    pub(super) fn crash(&self, id: &CrashId) -> Option<Crash> {
        self.crashes().get(id).cloned()
    }

    /// The log of a crash was read.
    pub(super) fn remember_crash(&self, id: CrashId, crash: Crash) {
        self.crashes().insert(id, crash);
    }

    /// Forgets all crashes but these, which are there now.
    pub(super) fn keep_crashes(&self, now: &BTreeSet<CrashId>) {
        self.crashes().retain(|crash, _| now.contains(crash));
    }

    fn crashes(&self) -> MutexGuard<'_, BTreeMap<CrashId, Crash>> {
        self.crashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long somebody is left alone, and why.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Refused>);

/// What somebody has refused.
#[derive(Debug, Default)]
struct Refused {
    /// How often in a row it was our settings.
    rejections: u32,
    /// What was said last, and until when nothing is asked.
    last: Option<(Fault, Instant)>,
}

impl Silence {
    /// Why it is not asked now, with how long that is so.
    pub(super) fn fault(&self) -> Option<Fault> {
        let mut refused = self.lock();
        let now = Instant::now();
        refused.last.take_if(|(_, until)| *until <= now);
        let (fault, until) = refused.last.as_ref()?;
        Some(fault.clone().retry_after(until.duration_since(now)))
    }

    /// What a look came to, with how long to wait. What somebody has to mend in our settings is asked for less and
    /// less until it is accepted.
    pub(super) fn hear<T>(&self, found: Result<T, Fault>) -> Result<T, Fault> {
        let mut refused = self.lock();
        let fault = match found {
            Ok(found) => {
                *refused = Refused::default();
                return Ok(found);
            }
            Err(fault) => fault,
        };
        let fault = match fault.code.category().as_str() {
            "CFG" => {
                refused.rejections = refused.rejections.saturating_add(1);
                fault.retry_after(Cooldown::ELSEWHERE.after(refused.rejections))
            }
            _ => fault,
        };
        if let Some(wait) = fault.retry_after {
            refused.last = Some((fault.clone(), Instant::now() + wait));
        }
        Err(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Refused> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::taxonomy::Code;

    #[test]
    fn a_crash_is_known_by_when_it_was_and_forgotten_once_what_crashed_runs() {
        let sources = KnownSources::default();
        let of = |since: Option<&str>| CrashId {
            deployment: "d".to_owned(),
            since: since.map(str::to_owned),
        };
        let memory = Crash {
            used_up: Some("memory is used up".to_owned()),
        };
        for since in [None, Some("2026-11-24T09:58:00Z")] {
            let id = of(since);
            sources.remember_crash(id.clone(), memory.clone());
            sources.keep_crashes(&BTreeSet::from([id.clone()]));
            assert_eq!(sources.crash(&id), Some(memory.clone()));
            // It runs, and crashes again.
            sources.keep_crashes(&BTreeSet::new());
            assert_eq!(sources.crash(&id), None);
        }
        // Nobody has looked while it ran.
        sources.remember_crash(of(Some("2026-11-24T09:58:00Z")), memory);
        assert_eq!(sources.crash(&of(Some("2026-11-24T10:07:00Z"))), None);
    }

    #[test]
    fn a_service_that_is_listed_no_more_is_missed_until_it_is_listed_again() {
        let sources = KnownSources::default();
        let listed = |ids: &[&str]| -> BTreeMap<String, String> {
            let named = ids.iter().map(|id| ((*id).to_owned(), format!("the {id}")));
            named.collect()
        };
        let gone = |ids: &[&str]| sources.miss(&listed(ids)).into_iter().map(|(id, _)| id);
        assert_eq!(gone(&["a", "b"]).count(), 0);
        assert!(gone(&["b"]).eq(["a"]));
        assert!(gone(&[]).eq(["a", "b"]));
        assert!(gone(&["a", "c"]).eq(["b"]));
        let missed = sources.miss(&listed(&["a", "c"]));
        assert_eq!(missed, [("b".to_owned(), "the b".to_owned())]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_it_is_left_alone_for_so_long() {
        let hour = Duration::from_secs(3_600);
        let failed = |code, wait: Option<Duration>| {
            let fault = Fault::new(code, "x");
            match wait {
                Some(wait) => Err::<(), _>(fault.retry_after(wait)),
                None => Err(fault),
            }
        };
        let silence = Silence::default();
        let _ = silence.hear(failed(Code::NetTimeout, None));
        assert_eq!(silence.fault(), None);
        let _ = silence.hear(failed(Code::VendorRateLimited, Some(hour)));
        tokio::time::advance(hour / 4).await;
        let left = silence.fault().and_then(|fault| fault.retry_after);
        assert_eq!(left, Some(hour * 3 / 4));
        tokio::time::advance(hour).await;
        assert_eq!(silence.fault(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rejection_is_asked_for_less_and_less_until_it_is_accepted() {
        let silence = Silence::default();
        let reject = || {
            let rejected = Fault::new(Code::ConfigInvalid, "x");
            let said = silence.hear(Err::<(), _>(rejected));
            said.expect_err("it is rejected").retry_after
        };
        for seconds in [60, 120, 240, 480, 600, 600] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(reject(), Some(wait));
            let left = silence.fault().map(|fault| (fault.code, fault.retry_after));
            assert_eq!(left, Some((Code::ConfigInvalid, Some(wait))));
            tokio::time::advance(wait).await;
            assert_eq!(silence.fault(), None);
            // That it does not answer says nothing of what it accepts.
            let _ = silence.hear(Err::<(), _>(Fault::new(Code::NetTimeout, "x")));
        }
        assert_eq!(silence.hear(Ok(7)), Ok(7));
        assert_eq!(reject(), Some(Duration::from_secs(60)));
    }
}
