//! Until when the certificate of a neighbour is good.

use jiff::{SignedDuration, Timestamp};

use crate::domain::activity::span;

/// A certificate that expires within this is a warning: whoever renews by themselves do it weeks before.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That it will have expired in a week, of one that is good until then.
#[must_use]
pub(crate) fn warning(expires_at: Timestamp, now: Timestamp) -> Option<String> {
    let left = expires_at.duration_since(now);
    (left <= EXPIRES_SOON).then(|| {
        let left = span(left.as_secs_f64().max(0.0));
        format!("The certificate at SUPABASE_URL expires in {left}, at {expires_at}.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_before_it_expires_it_is_said() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let after = |seconds: i64| {
            let at = Timestamp::from_second(1_000_000 + seconds).expect("a time");
            warning(at, now)
        };
        let week = 7 * 86_400;
        assert_eq!(after(week + 1), None);
        let soon = "The certificate at SUPABASE_URL expires in 7 d, at 1970-01-19T13:46:40Z.";
        assert_eq!(after(week).as_deref(), Some(soon));
        let now = "The certificate at SUPABASE_URL expires in 0 s, at 1970-01-12T13:46:39Z.";
        assert_eq!(after(-1).as_deref(), Some(now));
    }
}
