//! How old what is shown is.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::rfc3339;

/// How much longer than two intervals a look may be away, in seconds: as long as the slowest of them
/// takes, and a little more.
const PATIENCE: u32 = 12;

/// Whether the watch looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatchState {
    /// It looked when it was to look.
    OnTime,
    /// It has not looked for too long.
    Late,
    /// It has not looked yet.
    Starting,
    /// It is switched off.
    Off,
}

/// The watch, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Watch {
    /// Whether it looks.
    pub state: WatchState,
    /// How often it looks, in seconds; 0: never.
    pub interval_seconds: u32,
    /// From how many seconds on it is late.
    pub late_after_seconds: u32,
    /// When it last looked.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_look: Option<Timestamp>,
    /// How many seconds ago that was.
    pub age_seconds: Option<i64>,
}

impl Watch {
    /// One that looks once in `interval` seconds, and last did at `last_look`.
    pub(super) fn of(interval: u32, last_look: Option<Timestamp>, now: Timestamp) -> Self {
        let late_after = interval.saturating_mul(2).saturating_add(PATIENCE);
        // A clock that was set back has not made a look of the future.
        let age = last_look.map(|at| now.duration_since(at).as_secs().max(0));
        let state = match age {
            _ if interval == 0 => WatchState::Off,
            None => WatchState::Starting,
            Some(age) if age > i64::from(late_after) => WatchState::Late,
            Some(_) => WatchState::OnTime,
        };
        Self {
            state,
            interval_seconds: interval,
            late_after_seconds: late_after,
            last_look,
            age_seconds: age,
        }
    }

    /// Whether what it saw stands for now.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.state == WatchState::OnTime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_is_late_from_two_intervals_and_a_look_on() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).expect("a time");
        for (interval, last, state, age) in [
            (0, None, WatchState::Off, None),
            (0, Some(0), WatchState::Off, Some(100)),
            (30, None, WatchState::Starting, None),
            (30, Some(100), WatchState::OnTime, Some(0)),
            (30, Some(28), WatchState::OnTime, Some(72)),
            (30, Some(27), WatchState::Late, Some(73)),
            // The clock was set back.
            (30, Some(500), WatchState::OnTime, Some(0)),
        ] {
            let watch = Watch::of(interval, last.map(at), at(100));
            assert_eq!((watch.state, watch.age_seconds), (state, age), "{last:?}");
            assert_eq!(watch.is_current(), state == WatchState::OnTime);
        }
    }
}
