//! Quiet windows: times in which nobody is told, and everything is watched.
//!
//! # Design notes
//!
//! Begin and end are said by the clock on somebody's wall, and turned into points in time at once: a
//! window keeps its meaning if the rules of its zone change later on. Where that clock shows a time twice,
//! the first one is meant, and where it skips one, as much later as it skips: of both ends, so that a
//! window never ends before it begins by that. Each window has an end; nobody has to remember it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::order::{MAX_REASON, plain, refuse};

/// The longest that a window may be: what is longer was meant to be something else.
pub const LONGEST_QUIET: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A quiet window as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietOrder {
    /// The IANA name of the time zone, such as `Europe/Berlin`.
    pub zone: String,
    /// When it begins, by the clocks of that zone.
    pub begin: DateTime,
    /// When it ends, by the clocks of that zone.
    pub end: DateTime,
    /// Why.
    pub reason: String,
    /// What is kept quiet; nothing named: everything.
    pub series: BTreeSet<Series>,
}

/// A quiet window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietWindow {
    /// The IANA name of the time zone that it was said in.
    pub zone: String,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub begin: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Why.
    pub reason: String,
    /// Who wanted it.
    pub by: String,
    /// What is kept quiet; nothing named: everything.
    #[serde(default)]
    #[schema(required = true)]
    pub series: BTreeSet<Series>,
    /// When somebody ended it before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended: Option<Timestamp>,
}

impl QuietOrder {
    /// The window.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 naming what is missing or cannot be right.
    pub fn window(&self, by: &str, now: Timestamp) -> Result<QuietWindow, Fault> {
        plain("reason", &self.reason, MAX_REASON)?;
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            refuse("The time zone of the quiet window is no name of the IANA's, such as Europe/Berlin.")
        })?;
        let at = |time: DateTime| {
            let at = zone.to_ambiguous_timestamp(time).compatible();
            at.map_err(|_| refuse("The quiet window is at no time that there is."))
        };
        let (begin, end) = (at(self.begin)?, at(self.end)?);
        if end <= begin {
            return Err(refuse("The quiet window ends before it begins."));
        }
        if end <= now {
            return Err(refuse("The quiet window lies in the past."));
        }
        if end.duration_since(begin).unsigned_abs() > LONGEST_QUIET {
            return Err(refuse("The quiet window is longer than seven days."));
        }
        Ok(QuietWindow {
            zone: self.zone.clone(),
            begin,
            end,
            reason: self.reason.clone(),
            by: by.to_owned(),
            series: self.series.clone(),
            ended: None,
        })
    }
}

impl QuietWindow {
    /// Whether it lasts.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        let end = self.ended.map_or(self.end, |ended| ended.min(self.end));
        (self.begin..end).contains(&now)
    }

    /// Whether it keeps all of this quiet: series, and whether there is something else beside them.
    #[must_use]
    pub fn covers(&self, series: &BTreeSet<Series>, is_all: bool) -> bool {
        self.series.is_empty() || (is_all && !series.is_empty() && series.is_subset(&self.series))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(zone: &str, begin: &str, end: &str) -> QuietOrder {
        QuietOrder {
            zone: zone.to_owned(),
            begin: begin.parse().expect("a time of a clock"),
            end: end.parse().expect("a time of a clock"),
            reason: "a migration".to_owned(),
            series: BTreeSet::new(),
        }
    }

    #[test]
    fn a_window_is_as_long_as_it_is_over_both_changes_of_daylight_saving() {
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        for (begin, end, expected) in [
            (
                "2026-06-01T22:00",
                "2026-06-02T06:00",
                ("2026-06-01T20:00:00Z", 8 * 60),
            ),
            // Clocks go from 2:00 to 3:00 on 29 March, and from 3:00 to 2:00 on 25 October.
            (
                "2026-03-28T22:00",
                "2026-03-29T06:00",
                ("2026-03-28T21:00:00Z", 7 * 60),
            ),
            (
                "2026-10-24T22:00",
                "2026-10-25T06:00",
                ("2026-10-24T20:00:00Z", 9 * 60),
            ),
            // A time that is skipped, and one that is there twice.
            (
                "2026-03-29T02:30",
                "2026-03-29T04:00",
                ("2026-03-29T01:30:00Z", 30),
            ),
            (
                "2026-10-25T02:15",
                "2026-10-25T02:45",
                ("2026-10-25T00:15:00Z", 30),
            ),
            (
                "2026-10-25T02:30",
                "2026-10-25T03:00",
                ("2026-10-25T00:30:00Z", 90),
            ),
        ] {
            let window = order("Europe/Berlin", begin, end)
                .window("ada", now)
                .expect("a window");
            let minutes = window.end.duration_since(window.begin).as_mins();
            assert_eq!(
                (window.begin.to_string().as_str(), minutes),
                expected,
                "{begin}"
            );
        }
    }

    #[test]
    fn a_window_that_cannot_be_is_refused() {
        let now = "2026-11-29T12:00:00Z".parse().expect("a time");
        let good = ("Europe/Berlin", "2026-11-29T10:00", "2026-11-29T14:00");
        assert!(order(good.0, good.1, good.2).window("ada", now).is_ok());
        for (zone, begin, end) in [
            ("Mars/Olympus", good.1, good.2),
            ("", good.1, good.2),
            (good.0, good.2, good.1),
            (good.0, good.1, "2026-11-29T12:30"),
            (good.0, good.1, "2026-12-06T10:01"),
            // All of it falls into the hour that is skipped, at its begin.
            (good.0, "2027-03-28T02:30", "2027-03-28T02:30"),
        ] {
            let fault = order(zone, begin, end)
                .window("ada", now)
                .expect_err("no window");
            assert_eq!(fault.code.id(), "DFE-VAL-001", "{zone} {begin} {end}");
        }
        let mut without = order(good.0, good.1, good.2);
        without.reason = " ".to_owned();
        assert!(without.window("ada", now).is_err());
    }

    #[test]
    fn a_window_is_on_from_its_begin_to_its_first_end() {
        let now = "2026-11-29T12:00:00Z".parse().expect("a time");
        let order = order("UTC", "2026-11-29T13:00", "2026-11-29T15:00");
        let mut window = order.window("ada", now).expect("a window");
        let is_on = |window: &QuietWindow| {
            [12, 13, 14, 15].map(|hour| {
                let at = format!("2026-11-29T{hour}:00:00Z");
                window.is_on(at.parse().expect("a time"))
            })
        };
        assert_eq!(is_on(&window), [false, true, true, false]);
        window.ended = "2026-11-29T14:00:00Z".parse().ok();
        assert_eq!(is_on(&window), [false, true, false, false]);
    }
}
