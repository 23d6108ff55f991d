//! What a restart is weighed by, and when the workers of a service are back after it.

use std::time::Duration;

use crate::domain::action::shown::WorkerSeen;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// A service is not restarted more often than this: a restart that did not help will not help
/// again, and each one cuts off the jobs in processing.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(120);

/// A worker of a service.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RestartedWorker {
    /// Its name.
    pub name: String,
    /// Seconds since its last heartbeat.
    pub seconds_since_heartbeat: Option<f64>,
    /// Whether it has sent a heartbeat since the restart.
    pub is_fresh: bool,
    /// Whether its process has started since the restart; nothing where it does not say.
    pub is_new: Option<bool>,
}

/// What the wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Return {
    /// Every worker says that it started after the restart.
    Seen,
    /// Every worker beats, and at least one does not say when it started.
    Beating,
    /// Not every worker beats.
    Missing,
    /// No worker is called like the service.
    Nobody,
    /// The heartbeats could not be read.
    Unseen,
}

impl Return {
    /// What the workers of a service are at.
    #[must_use]
    pub(crate) fn of(workers: &[RestartedWorker]) -> Self {
        let is_each = |is_so: fn(&RestartedWorker) -> bool| workers.iter().all(is_so);
        if workers.is_empty() {
            Self::Nobody
        } else if is_each(|worker| worker.is_fresh && worker.is_new == Some(true)) {
            Self::Seen
        } else if is_each(|worker| worker.is_fresh && worker.is_new != Some(false)) {
            Self::Beating
        } else {
            Self::Missing
        }
    }

    /// Whether the restart was seen to have had its effect; nothing where that cannot be said.
    #[must_use]
    pub(crate) const fn verified(self) -> Option<bool> {
        match self {
            Self::Seen => Some(true),
            Self::Missing => Some(false),
            Self::Beating | Self::Nobody | Self::Unseen => None,
        }
    }

    /// One sentence for people.
    #[must_use]
    pub(crate) const fn note(self) -> &'static str {
        match self {
            Self::Seen => "Every worker of the service has started anew and beats.",
            Self::Beating => {
                "Every worker of the service beats; they do not say when they started (started_at), so it may be the \
                 old processes."
            }
            Self::Missing => "Not every worker of the service has sent a heartbeat of a new start.",
            Self::Nobody => {
                "No worker is called like the service: nothing can be said of heartbeats."
            }
            Self::Unseen => {
                "Railway has begun the restart; whether the workers are back could not be looked at."
            }
        }
    }
}

impl RestartedWorker {
    /// For the record.
    #[must_use]
    pub(crate) fn show(&self) -> WorkerSeen {
        WorkerSeen {
            worker: self.name.clone(),
            seconds_since_heartbeat: self.seconds_since_heartbeat,
        }
    }
}

/// The fault of a restart too soon after the last one, where it is.
///
/// # Errors
///
/// DFE-INT-003 with the time that is left.
pub(crate) fn cool_down(since: Option<Duration>) -> Result<(), Fault> {
    match since.and_then(|since| COOL_DOWN.checked_sub(since)) {
        Some(left) if !left.is_zero() => Err(Fault::new(
            Code::Cancelled,
            "The service was restarted less than two minutes ago; nothing was done.",
        )
        .check_first(
            "Whether the last restart is still under way: workers, and Railway's deployment status",
        )
        .retry_after(left)),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_alone_is_no_new_start() {
        let worker = |is_fresh, is_new| RestartedWorker {
            name: "intake-1".to_owned(),
            seconds_since_heartbeat: Some(1.0),
            is_fresh,
            is_new,
        };
        for (workers, expected) in [
            (vec![], Return::Nobody),
            (vec![worker(true, Some(true))], Return::Seen),
            (vec![worker(true, Some(false))], Return::Missing),
            (vec![worker(false, None)], Return::Missing),
            (vec![worker(true, None)], Return::Beating),
            (
                vec![worker(true, None), worker(true, Some(true))],
                Return::Beating,
            ),
            (
                vec![worker(true, Some(true)), worker(false, Some(false))],
                Return::Missing,
            ),
        ] {
            assert_eq!(Return::of(&workers), expected, "{workers:?}");
        }
    }

    #[test]
    fn two_minutes_lie_between_two_restarts() {
        assert_eq!(cool_down(None), Ok(()));
        assert_eq!(cool_down(Some(Duration::from_secs(120))), Ok(()));
        let fault = cool_down(Some(Duration::from_secs(30))).expect_err("too soon");
        assert_eq!(
            (fault.code, fault.retry_after),
            (Code::Cancelled, Some(Duration::from_secs(90)))
        );
    }
}
