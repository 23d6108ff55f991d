//! Wrong tokens, counted by whoever presents them.
//!
//! # Design notes
//!
//! A token of sixteen characters is not guessed in a lifetime, but who tries should not get a
//! million tries either. Who has presented ten wrong ones within a minute is not listened to for
//! the rest of it, with a right one either: else the answer would still tell right from wrong. The
//! count is per address, so that nobody can lock the operator out from elsewhere.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// How many wrong tokens are too many.
const LIMIT: u32 = 10;
/// Within which time.
const WINDOW: Duration = Duration::from_secs(60);
/// How many addresses are remembered. Beyond them all others count as one.
const ADDRESSES: usize = 1_024;

/// The memory of wrong tokens.
#[derive(Debug, Default)]
pub struct Attempts {
    windows: Mutex<HashMap<Option<IpAddr>, Window>>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    wrong: u32,
}

impl Attempts {
    /// Whether whoever comes from `address` is listened to.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-002 with the time after which it is.
    pub fn check(&self, address: Option<IpAddr>) -> Result<(), Fault> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(&address).or_else(|| {
            (windows.len() >= ADDRESSES)
                .then(|| windows.get(&None))
                .flatten()
        });
        let Some(window) = window.filter(|window| window.wrong >= LIMIT) else {
            return Ok(());
        };
        let left = WINDOW.saturating_sub(window.began.elapsed());
        if left.is_zero() {
            return Ok(());
        }
        Err(Fault::new(
            Code::AuthInvalid,
            "Too many wrong tokens came from this address; none is looked at for up to a minute.",
        )
        .retry_after(left))
    }

    /// Counts a wrong token.
    pub fn failed(&self, address: Option<IpAddr>) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| window.began.elapsed() < WINDOW);
        let is_full = windows.len() >= ADDRESSES && !windows.contains_key(&address);
        let window = windows
            .entry(if is_full { None } else { address })
            .or_insert_with(|| Window {
                began: Instant::now(),
                wrong: 0,
            });
        window.wrong = window.wrong.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(n))
    }

    #[tokio::test(start_paused = true)]
    async fn ten_wrong_tokens_close_the_door_for_their_address_until_the_minute_is_over() {
        let attempts = Attempts::default();
        for _ in 0..LIMIT {
            assert_eq!(attempts.check(Some(address(1))), Ok(()));
            attempts.failed(Some(address(1)));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let fault = attempts
            .check(Some(address(1)))
            .expect_err("that was one too many");
        assert_eq!(fault.code, Code::AuthInvalid);
        assert_eq!(fault.retry_after, Some(Duration::from_secs(50)));
        assert_eq!(attempts.check(Some(address(2))), Ok(()), "somebody else");
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(attempts.check(Some(address(1))), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded_and_who_does_not_fit_is_counted_together() {
        let attempts = Attempts::default();
        for n in 0..3_000 {
            attempts.failed(Some(address(n)));
        }
        let remembered = attempts.windows.lock().expect("not poisoned").len();
        assert_eq!(remembered, ADDRESSES + 1);
        assert!(attempts.check(Some(address(5_000))).is_err());
        assert_eq!(
            attempts.check(Some(address(1))),
            Ok(()),
            "it is known, with one"
        );
    }
}
