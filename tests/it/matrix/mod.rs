//! The fault matrix: what can break, how it shows, how soon, and what is left when it has passed.
//!
//! Each row is made for real. After each that can be undone, the check is green again within two
//! seconds, and the service holds no more descriptors, tasks and backends than before.

mod configuration;
mod login;
mod named;
mod postgres;
mod supabase;

use std::time::{Duration, Instant};

use crate::harness::{Instance, Reply};

/// How long the checks may take in these tests.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);
/// A recovery must not take longer than this.
const RECOVERY: Duration = Duration::from_secs(2);

/// How soon an answer comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Within {
    /// Without waiting for anything: nowhere near the deadline, however busy the machine is.
    AtOnce,
    /// When the deadline has passed, and not before.
    Deadline,
    /// Some time before the deadline.
    Time,
}

impl Within {
    #[track_caller]
    pub(crate) fn assert(self, fault: &str, reply: &Reply) {
        let took = reply.took;
        let holds = match self {
            Self::AtOnce => took < TIMEOUT / 2,
            // Room above for a busy machine; below for a timer's granularity.
            Self::Deadline => {
                took + Duration::from_millis(20) >= TIMEOUT && took < TIMEOUT + TIMEOUT / 2
            }
            Self::Time => took < TIMEOUT,
        };
        assert!(
            holds,
            "{fault}: {self:?}, but it took {took:?}: {}",
            reply.body
        );
    }
}

/// What the service holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Holdings {
    pub(crate) descriptors: i64,
    pub(crate) tasks: i64,
}

pub(crate) async fn holdings(service: &Instance) -> Holdings {
    let metrics = service.metrics().await;
    Holdings {
        descriptors: metrics.value("process_open_fds", &[]),
        tasks: metrics.value("dragonfly_tasks", &[]),
    }
}

/// Waits until the check passes; fails if that takes longer than it may.
pub(crate) async fn assert_recovers(fault: &str, service: &Instance, path: &str) {
    let began = Instant::now();
    loop {
        let reply = service.get(path).await;
        if reply.status == 200 {
            return;
        }
        assert!(
            began.elapsed() < RECOVERY,
            "{fault}: not green again: {}",
            reply.body
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the service holds no more than before; fails if it keeps something.
pub(crate) async fn assert_holds_no_more(fault: &str, service: &Instance, before: Holdings) {
    let began = Instant::now();
    loop {
        let now = holdings(service).await;
        if now.descriptors <= before.descriptors && now.tasks <= before.tasks {
            return;
        }
        assert!(
            began.elapsed() < RECOVERY,
            "{fault}: {before:?} has become {now:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
