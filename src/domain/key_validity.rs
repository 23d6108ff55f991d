//! Until when the key of Supabase's API is good, as far as it says so itself.
//!
//! # Design notes
//!
//! The gateway calls an expired key invalid, and `PostgREST` says of one token in three that it is
//! one of several things. The key itself says when it ends, so by our clock it is known before
//! anybody is asked: that is said first.

use jiff::{SignedDuration, Timestamp};

use crate::domain::activity::span;
use crate::domain::jwt;

/// A key that expires within this is a warning.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where the key stands, and when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyValidity {
    /// The variable that holds it.
    pub variable: &'static str,
    /// When it expires; nothing where it does not by itself, or does not say.
    pub expires_at: Option<Timestamp>,
}

impl KeyValidity {
    /// What the key that stands in this variable says of itself.
    #[must_use]
    pub fn of(variable: &'static str, key: &str) -> Self {
        Self::until(variable, jwt::claims(key).and_then(|claims| claims.exp))
    }

    /// Of a key that expires so many seconds after 1970.
    #[must_use]
    pub fn until(variable: &'static str, seconds: Option<i64>) -> Self {
        Self {
            variable,
            expires_at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        }
    }

    /// That it has expired, and since when.
    #[must_use]
    pub fn expiry(&self, now: Timestamp) -> Option<String> {
        let at = self.expires_at.filter(|at| *at <= now)?;
        let ago = span(now.duration_since(at).as_secs_f64());
        let variable = self.variable;
        Some(format!("The key in {variable} expired {ago} ago, at {at}."))
    }

    /// That it will have expired in a week.
    #[must_use]
    pub fn warning(&self, now: Timestamp) -> Option<String> {
        let at = self.expires_at?;
        let left = at.duration_since(now);
        let is_soon = left > SignedDuration::ZERO && left <= EXPIRES_SOON;
        let (variable, left) = (self.variable, span(left.as_secs_f64()));
        is_soon.then(|| format!("The key in {variable} expires in {left}, at {at}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> (Option<String>, Option<String>) {
        let key = KeyValidity::until("SUPABASE_SECRET_KEY", Some(1_000_000));
        let now = Timestamp::from_second(1_000_000 + seconds).expect("a time");
        (key.expiry(now), key.warning(now))
    }

    #[test]
    fn a_week_before_its_end_it_is_said_and_from_then_on_since_when() {
        const WEEK: i64 = 7 * 86_400;
        assert_eq!(after(-WEEK - 1), (None, None));
        let soon = "The key in SUPABASE_SECRET_KEY expires in 7 d, at 1970-01-12T13:46:40Z.";
        assert_eq!(after(-WEEK), (None, Some(soon.to_owned())));
        let (_, last) = after(-1);
        assert!(last.is_some_and(|text| text.contains("expires in 1 s")));
        let gone = "The key in SUPABASE_SECRET_KEY expired 0 s ago, at 1970-01-12T13:46:40Z.";
        assert_eq!(after(0), (Some(gone.to_owned()), None));
        let (gone, _) = after(3 * 86_400);
        assert!(gone.is_some_and(|text| text.contains("expired 3 d ago")));
    }

    #[test]
    fn what_does_not_say_when_it_ends_never_ends() {
        for key in ["sb_secret_abc", "e30.e30.sig", "zq"] {
            let key = KeyValidity::of("SUPABASE_SERVICE_ROLE_KEY", key);
            let now = Timestamp::now();
            assert_eq!((key.expiry(now), key.warning(now)), (None, None));
        }
        assert_eq!(KeyValidity::until("X", Some(i64::MAX)).expires_at, None);
    }
}
