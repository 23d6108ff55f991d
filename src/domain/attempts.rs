//! Wrong tokens, counted by whoever presents them.
//!
//! # Design notes
//!
//! A token of sixteen characters is not guessed in a lifetime, but who tries should not be as fast
//! as the network. The count says who is slow from now on; it refuses nobody, so that it cannot be
//! used to shut somebody out. An IPv6 client has a whole /64 to choose addresses from, and counts as
//! one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many wrong tokens are too many.
const LIMIT: u32 = 10;
/// A limit ends when no wrong token came for this long.
const QUIET: Duration = Duration::from_secs(60);
/// How many networks are remembered. Beyond them all others count as one.
const NETWORKS: usize = 1_024;

/// The memory of wrong tokens.
#[derive(Debug, Default)]
pub struct Attempts {
    series: Mutex<HashMap<Option<IpAddr>, Series>>,
}

/// Wrong tokens from one network, none long after the one before.
#[derive(Debug)]
struct Series {
    last: Instant,
    wrong: u32,
}

/// What a wrong token is, in the series that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One of a few.
    Tolerated,
    /// The one with which there are too many.
    LimitBegins,
    /// One of too many.
    LimitLasts,
}

impl Attempts {
    /// Counts a wrong token from `client`.
    pub fn wrong(&self, client: Option<IpAddr>) -> Standing {
        let mut all = self.lock();
        all.retain(|_, series| series.left() > Duration::ZERO);
        let network = client.map(network);
        let is_full = all.len() >= NETWORKS && !all.contains_key(&network);
        let series = all
            .entry(if is_full { None } else { network })
            .or_insert_with(|| Series {
                last: Instant::now(),
                wrong: 0,
            });
        series.last = Instant::now();
        series.wrong = series.wrong.saturating_add(1);
        match series.wrong {
            LIMIT => Standing::LimitBegins,
            wrong if wrong > LIMIT => Standing::LimitLasts,
            _ => Standing::Tolerated,
        }
    }

    /// How many wrong tokens came from `client`, once its series is over.
    ///
    /// # Errors
    ///
    /// The time after which it is over, if no more come.
    pub fn over(&self, client: Option<IpAddr>) -> Result<u32, Duration> {
        let mut all = self.lock();
        let network = client.map(network);
        let network = if all.contains_key(&network) {
            network
        } else {
            None
        };
        let Some(series) = all.get(&network) else {
            return Ok(0);
        };
        let left = series.left();
        if left > Duration::ZERO {
            return Err(left);
        }
        let wrong = series.wrong;
        all.remove(&network);
        Ok(wrong)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, Series>> {
        // Whole after each statement.
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Series {
    fn left(&self) -> Duration {
        QUIET.saturating_sub(self.last.elapsed())
    }
}

/// The address itself, or the /64 that an IPv6 client has for itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(n))
    }

    fn text(address: &str) -> IpAddr {
        address.parse().expect("an address")
    }

    #[tokio::test(start_paused = true)]
    async fn the_tenth_wrong_token_begins_a_limit_that_ends_when_none_came_for_a_minute() {
        let attempts = Attempts::default();
        for _ in 1..LIMIT {
            assert_eq!(attempts.wrong(Some(address(1))), Standing::Tolerated);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(attempts.wrong(Some(address(1))), Standing::LimitBegins);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(attempts.wrong(Some(address(1))), Standing::LimitLasts);
        assert_eq!(
            attempts.wrong(Some(address(2))),
            Standing::Tolerated,
            "somebody else"
        );
        assert_eq!(attempts.over(Some(address(1))), Err(QUIET));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(attempts.over(Some(address(1))), Ok(LIMIT + 1));
        assert_eq!(attempts.wrong(Some(address(1))), Standing::Tolerated);
    }

    #[test]
    fn an_ipv6_client_counts_as_its_network() {
        let attempts = Attempts::default();
        for n in 1..LIMIT {
            attempts.wrong(Some(text(&format!("2001:db8:1:2::{n}"))));
        }
        assert_eq!(
            attempts.wrong(Some(text("2001:db8:1:3::1"))),
            Standing::Tolerated
        );
        assert_eq!(
            attempts.wrong(Some(text("2001:db8:1:2:ffff::"))),
            Standing::LimitBegins
        );
        for _ in 1..LIMIT {
            attempts.wrong(Some(text("192.0.2.1")));
        }
        assert_eq!(
            attempts.wrong(Some(text("::ffff:192.0.2.1"))),
            Standing::LimitBegins
        );
    }

    #[test]
    fn the_memory_is_bounded_and_who_does_not_fit_is_counted_together() {
        let attempts = Attempts::default();
        for n in 0..3_000 {
            attempts.wrong(Some(address(n)));
        }
        assert_eq!(attempts.lock().len(), NETWORKS + 1);
        assert_eq!(attempts.wrong(Some(address(5_000))), Standing::LimitLasts);
        assert_eq!(
            attempts.wrong(Some(address(1))),
            Standing::Tolerated,
            "it is known, with one"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_series_is_over_a_minute_after_its_last_and_not_a_moment_before() {
        let attempts = Attempts::default();
        let client = Some(address(1));
        assert_eq!(attempts.over(client), Ok(0), "there was none");
        attempts.wrong(client);
        tokio::time::advance(Duration::from_secs(40)).await;
        assert_eq!(attempts.over(client), Err(Duration::from_secs(20)));
        attempts.wrong(client);
        tokio::time::advance(Duration::from_millis(59_999)).await;
        assert_eq!(attempts.over(client), Err(Duration::from_millis(1)));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(attempts.over(client), Ok(2));
        assert_eq!(attempts.over(client), Ok(0), "it is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn ten_wrong_tokens_are_too_many_unless_a_minute_lies_between_them() {
        let attempts = Attempts::default();
        for nth in 1..=12 {
            let expected = match nth {
                1..=9 => Standing::Tolerated,
                10 => Standing::LimitBegins,
                _ => Standing::LimitLasts,
            };
            assert_eq!(attempts.wrong(None), expected, "{nth}");
            tokio::time::advance(Duration::from_millis(59_999)).await;
        }
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(attempts.wrong(None), Standing::Tolerated, "a new series");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_not_remembered_is_over_with_all_the_others() {
        let attempts = Attempts::default();
        let full = u32::try_from(NETWORKS).expect("it is small");
        for n in 0..full {
            attempts.wrong(Some(address(n)));
        }
        assert_eq!(attempts.lock().len(), NETWORKS);
        attempts.wrong(Some(address(full)));
        assert_eq!(attempts.lock().len(), NETWORKS + 1);
        assert!(attempts.lock().contains_key(&None));
        assert_eq!(attempts.over(Some(address(full + 7))), Err(QUIET));
        tokio::time::advance(QUIET).await;
        assert_eq!(attempts.over(Some(address(full + 7))), Ok(1));
        assert_eq!(attempts.over(Some(address(3))), Ok(1));
        attempts.wrong(Some(address(0)));
        assert_eq!(attempts.lock().len(), 1, "what is over is forgotten");
    }

    #[test]
    fn a_network_is_an_address_or_the_first_half_of_one() {
        for (client, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::"),
        ] {
            assert_eq!(network(text(client)), text(expected), "{client}");
        }
    }
}
