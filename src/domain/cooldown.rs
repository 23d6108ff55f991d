//! For how long a peer is left alone after it rejected our credential.
//!
//! # Design notes
//!
//! A rejected login is no outage that a retry could mend, and it is dangerous to repeat. Supabase's
//! direct host bans an address for 30 minutes after two wrong passwords in a row; its pooler blocks
//! for two minutes after ten failures in 150 s, and every further attempt extends the block for
//! *every* service behind the same address. So the silences are longer than those windows. Nothing
//! is persisted: a restart, which is how a changed credential arrives, starts clean.

use std::time::Duration;

/// How the silence after a rejection is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cooldown {
    /// The same silence after every rejection.
    Fixed(Duration),
    /// Twice as long after each rejection in a row, up to a longest one.
    Doubling {
        /// The silence after the first rejection.
        first: Duration,
        /// The longest silence.
        longest: Duration,
    },
}

impl Cooldown {
    /// Towards Supabase's direct host, `db.*.supabase.co`, whose ban lasts 30 minutes.
    pub(crate) const DIRECT_HOST: Self = Self::Fixed(Duration::from_secs(35 * 60));
    /// Towards Supabase's pooler, which counts failures over 150 s.
    pub(crate) const POOLER: Self = Self::Fixed(Duration::from_secs(160));
    /// Towards anybody else: 60 s, doubling to 10 minutes.
    pub(crate) const ELSEWHERE: Self = Self::Doubling {
        first: Duration::from_secs(60),
        longest: Duration::from_secs(600),
    };

    /// The cool-down that a host of Postgres deserves.
    #[must_use]
    pub(crate) fn for_database_host(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.starts_with("db.") && host.ends_with(".supabase.co") {
            Self::DIRECT_HOST
        } else if host.ends_with(".pooler.supabase.com") {
            Self::POOLER
        } else {
            Self::ELSEWHERE
        }
    }

    /// The silence after the `nth` rejection in a row, counted from 1.
    #[must_use]
    pub(crate) fn after(self, nth: u32) -> Duration {
        match self {
            Self::Fixed(wait) => wait,
            Self::Doubling { first, longest } => {
                let factor = 1_u32.checked_shl(nth.saturating_sub(1)).unwrap_or(u32::MAX);
                first.saturating_mul(factor.max(1)).min(longest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_host_has_its_silence() {
        for (host, expected) in [
            ("db.abcdefghijklmnop.supabase.co", Cooldown::DIRECT_HOST),
            ("DB.abc.Supabase.co.", Cooldown::DIRECT_HOST),
            ("aws-0-eu-west-1.pooler.supabase.com", Cooldown::POOLER),
            ("postgres.railway.internal", Cooldown::ELSEWHERE),
            ("db.example.com", Cooldown::ELSEWHERE),
            ("127.0.0.1", Cooldown::ELSEWHERE),
        ] {
            assert_eq!(Cooldown::for_database_host(host), expected, "{host}");
        }
    }

    #[test]
    fn doubling_stops_at_the_longest() {
        let seconds: Vec<_> = (1..=6)
            .map(|n| Cooldown::ELSEWHERE.after(n).as_secs())
            .collect();
        assert_eq!(seconds, [60, 120, 240, 480, 600, 600]);
        assert_eq!(Cooldown::ELSEWHERE.after(u32::MAX).as_secs(), 600);
        assert_eq!(Cooldown::POOLER.after(9).as_secs(), 160);
        assert_eq!(Cooldown::DIRECT_HOST.after(1).as_secs(), 2100);
    }

    #[test]
    fn a_host_is_known_by_its_whole_name() {
        for (host, expected) in [
            ("abc.supabase.co", Cooldown::ELSEWHERE),
            ("db.abc.supabase.co", Cooldown::DIRECT_HOST),
            ("db.abc.supabase.co.example.com", Cooldown::ELSEWHERE),
            ("AWS-0.POOLER.SUPABASE.COM.", Cooldown::POOLER),
            ("db.pooler.supabase.com", Cooldown::POOLER),
        ] {
            assert_eq!(Cooldown::for_database_host(host), expected, "{host}");
        }
    }

    #[test]
    fn the_first_silence_is_the_shortest_whatever_is_counted() {
        for (nth, expected) in [(0, 60), (1, 60), (4, 480), (5, 600), (32, 600), (33, 600)] {
            assert_eq!(Cooldown::ELSEWHERE.after(nth).as_secs(), expected, "{nth}");
        }
    }
}
