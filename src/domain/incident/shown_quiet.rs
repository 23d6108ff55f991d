//! A quiet window as it is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::machine::Incidents;
use super::quiet::QuietWindow;
use crate::domain::access::Role;
use crate::domain::history::Series;
use crate::domain::rfc3339;

/// Whether a quiet window lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietState {
    /// It lasts.
    On,
    /// It has not begun yet.
    ToCome,
    /// It has ended.
    Over,
}

impl QuietState {
    /// The word for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::ToCome => "to come",
            Self::Over => "over",
        }
    }
}

/// A quiet window: nobody is told, and everything is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownQuiet {
    /// Its id.
    pub id: String,
    /// Whether it lasts.
    pub state: QuietState,
    /// When it begins.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub begin: Timestamp,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// When somebody ended it before.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended: Option<Timestamp>,
    /// The IANA name of the time zone that it was said in.
    pub zone: String,
    /// What is kept quiet; nothing named: everything.
    pub series: Vec<Series>,
    /// Why; for whoever presents a token.
    pub reason: Option<String>,
    /// Who wanted it; for whoever presents a token.
    pub by: Option<String>,
}

/// Quiet windows as an instance tells of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ToldQuiet {
    /// Each of them.
    pub windows: Vec<ShownQuiet>,
}

impl ShownQuiet {
    /// A window as this role may see it.
    #[must_use]
    pub fn of(id: &str, window: &QuietWindow, role: Role, now: Timestamp) -> Self {
        let is_let_in = role != Role::Anybody;
        let said = |text: &String| is_let_in.then(|| text.clone());
        Self {
            id: id.to_owned(),
            state: match () {
                () if window.is_on(now) => QuietState::On,
                () if window.begin > now && window.ended.is_none() => QuietState::ToCome,
                () => QuietState::Over,
            },
            begin: window.begin,
            end: window.end,
            ended: window.ended,
            zone: window.zone.clone(),
            series: window.series.iter().copied().collect(),
            reason: said(&window.reason),
            by: said(&window.by),
        }
    }

    /// A time by the clocks of its zone, with how far these are from UTC.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> String {
        match at.in_tz(&self.zone) {
            Ok(local) => local.strftime("%Y-%m-%d %H:%M (UTC%:z)").to_string(),
            Err(_) => at.strftime("%Y-%m-%d %H:%M (UTC)").to_string(),
        }
    }

    /// What is kept quiet, in words.
    #[must_use]
    pub fn about(&self) -> String {
        match self.series.is_empty() {
            true => "everything".to_owned(),
            false => {
                let names: Vec<_> = self.series.iter().map(ToString::to_string).collect();
                names.join(", ")
            }
        }
    }
}

impl Incidents {
    /// All quiet windows that are known, as this role may see them: those that last first, then those to come.
    #[must_use]
    pub fn all_quiet(&self, role: Role, now: Timestamp) -> Vec<ShownQuiet> {
        let windows = self.book().windows();
        let mut all: Vec<_> = windows
            .map(|(id, window)| ShownQuiet::of(id, window, role, now))
            .collect();
        all.sort_by(|a, b| {
            let by_time = match a.state {
                QuietState::Over => b.begin.cmp(&a.begin),
                QuietState::On | QuietState::ToCome => a.begin.cmp(&b.begin),
            };
            (a.state.cmp(&b.state)).then(by_time).then(a.id.cmp(&b.id))
        });
        all
    }

    /// Those that last.
    #[must_use]
    pub fn quiet_now(&self, role: Role, now: Timestamp) -> Vec<ShownQuiet> {
        let mut all = self.all_quiet(role, now);
        all.retain(|one| one.state == QuietState::On);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_window_is_shown_by_the_clocks_of_its_zone_on_both_sides_of_a_change() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let window = QuietWindow {
            zone: "Europe/Berlin".to_owned(),
            begin: at("2026-03-28T21:00:00Z"),
            end: at("2026-03-29T04:00:00Z"),
            reason: "a migration".to_owned(),
            by: "ada".to_owned(),
            series: BTreeSet::new(),
            ended: None,
        };
        let shown = ShownQuiet::of("1", &window, Role::Reader, at("2026-03-28T20:00:00Z"));
        assert_eq!(shown.local(shown.begin), "2026-03-28 22:00 (UTC+01:00)");
        assert_eq!(shown.local(shown.end), "2026-03-29 06:00 (UTC+02:00)");
        let autumn = [at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")];
        let clocks = autumn.map(|at| shown.local(at));
        assert_eq!(
            clocks,
            [
                "2026-10-25 02:30 (UTC+02:00)",
                "2026-10-25 02:30 (UTC+01:00)"
            ]
        );
        for (now, state) in [
            ("2026-03-28T20:59:59Z", QuietState::ToCome),
            ("2026-03-28T21:00:00Z", QuietState::On),
            ("2026-03-29T04:00:00Z", QuietState::Over),
        ] {
            let shown = ShownQuiet::of("1", &window, Role::Anybody, at(now));
            assert_eq!(
                (shown.state, &shown.reason, &shown.by),
                (state, &None, &None)
            );
        }
        let ended = QuietWindow {
            ended: Some(at("2026-03-28T20:30:00Z")),
            ..window
        };
        let shown = ShownQuiet::of("1", &ended, Role::Reader, at("2026-03-28T20:45:00Z"));
        assert_eq!(shown.state, QuietState::Over, "it was called off");
    }
}
