//! The memory of rejected logins, shared by all who log in to the same database.
//!
//! # Design notes
//!
//! There is one such memory per database and not one per connection: ten thousand requests over all
//! endpoints with a wrong password must make one attempt. For the same reason logins happen one
//! after the other: two at the same time would both be rejected before either could warn the other,
//! and two in a row is what gets an address banned. A login that hangs thereby delays the other
//! one, but only until its own deadline.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::domain::cooldown::Cooldown;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// Where logins queue up, and what is known of the last one.
#[derive(Debug)]
pub(super) struct LoginGuard {
    cooldown: Cooldown,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    rejections: u32,
    /// Until when nobody may log in, and why.
    blocked: Option<(Instant, Fault)>,
}

/// The permit to log in; whoever holds it is the only one.
#[derive(Debug)]
pub(super) struct LoginPermit<'a> {
    cooldown: Cooldown,
    memory: MutexGuard<'a, Memory>,
}

impl LoginGuard {
    /// A memory without any rejection.
    #[must_use]
    pub(super) fn new(cooldown: Cooldown) -> Self {
        Self {
            cooldown,
            memory: Mutex::new(Memory::default()),
        }
    }

    /// Waits until nobody else logs in.
    ///
    /// # Errors
    ///
    /// The last rejection, until its cool-down has passed.
    pub(super) async fn permit(&self) -> Result<LoginPermit<'_>, Fault> {
        let memory = self.memory.lock().await;
        if let Some((until, fault)) = &memory.blocked {
            let left = until.saturating_duration_since(Instant::now());
            if left > Duration::ZERO {
                return Err(fault.clone().retry_after(left));
            }
        }
        Ok(LoginPermit {
            cooldown: self.cooldown,
            memory,
        })
    }
}

impl LoginPermit<'_> {
    /// The login succeeded: forget the past.
    pub(super) fn accepted(mut self) {
        *self.memory = Memory::default();
    }

    /// The credential was rejected: nobody may log in until its cool-down has passed.
    #[must_use]
    pub(super) fn rejected(mut self, fault: Fault) -> Fault {
        self.memory.rejections = self.memory.rejections.saturating_add(1);
        self.back_off(fault)
    }

    /// The connection was refused. Right after a rejection that is probably a ban, and asking again
    /// would extend it.
    #[must_use]
    pub(super) fn refused(self, fault: Fault) -> Fault {
        if self.memory.rejections == 0 || fault.code != Code::DbConnection {
            return fault;
        }
        let causes = fault.causes;
        self.back_off(
            Fault::new(
                Code::DbConnection,
                "Postgres refused the connection right after it had rejected a login: probably the address of this \
                 service is banned for a while.",
            )
            .check_first("User and password in DATABASE_URL, then network bans in the Supabase dashboard")
            .caused_by(causes),
        )
    }

    fn back_off(mut self, fault: Fault) -> Fault {
        let wait = self.cooldown.after(self.memory.rejections);
        let fault = fault.retry_after(wait);
        self.memory.blocked = Some((Instant::now() + wait, fault.clone()));
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection() -> Fault {
        Fault::new(Code::ConfigInvalid, "rejected")
    }

    fn refusal() -> Fault {
        Fault::new(Code::DbConnection, "refused")
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_rejection_there_is_a_cool_down_and_it_doubles() {
        let guard = LoginGuard::new(Cooldown::ELSEWHERE);
        let _ = guard
            .permit()
            .await
            .expect("nothing happened yet")
            .rejected(rejection());
        tokio::time::advance(Duration::from_secs(59)).await;
        let held = guard.permit().await.expect_err("it is blocked for 60 s");
        assert_eq!(
            (held.code, held.retry_after),
            (Code::ConfigInvalid, Some(Duration::from_secs(1)))
        );
        tokio::time::advance(Duration::from_secs(1)).await;
        let _ = guard
            .permit()
            .await
            .expect("the cool-down has passed")
            .rejected(rejection());
        tokio::time::advance(Duration::from_secs(119)).await;
        assert!(guard.permit().await.is_err(), "the second lasts 120 s");
        tokio::time::advance(Duration::from_secs(1)).await;
        guard
            .permit()
            .await
            .expect("the cool-down has passed")
            .accepted();
        let _ = guard
            .permit()
            .await
            .expect("a success forgets")
            .rejected(rejection());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(guard.permit().await.is_ok(), "the count began anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_right_after_a_rejection_is_probably_a_ban() {
        let guard = LoginGuard::new(Cooldown::DIRECT_HOST);
        let fault = guard.permit().await.expect("open").refused(refusal());
        assert_eq!(
            (fault.detail.as_ref(), fault.retry_after),
            ("refused", None)
        );
        let _ = guard
            .permit()
            .await
            .expect("a refusal alone closes nothing")
            .rejected(rejection());
        tokio::time::advance(Duration::from_secs(35 * 60)).await;
        let fault = guard
            .permit()
            .await
            .expect("the cool-down has passed")
            .refused(refusal());
        assert!(fault.detail.contains("banned"), "{fault}");
        assert!(guard.permit().await.is_err(), "a ban is waited out too");
    }
}
