//! What the status page shows, free of how it is drawn: one model for the page, its JSON, the badge,
//! the feed and the summary.
//!
//! # Design notes
//!
//! It is made of what is in memory and nothing else, so that it is there when everything else is not.
//! It says how it is *now*, apart from how it was today: a check that failed this morning and is well
//! again is well. What nobody has looked at for too long is unknown, whatever it was when somebody
//! last did: a watch that has stopped must not leave a green page behind.

mod beside;
mod cause;
mod check;
mod headline;
mod measure;
mod share;
mod watch;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::activity::{Connections, LongRunning, Queue, Section, Workers};
use crate::domain::history::{Memory, Series};
use crate::domain::incident::{ShownIncident, ShownQuiet};
use crate::domain::last_look::LastLook;
use crate::domain::locks::LockForest;
use crate::domain::rfc3339;
use crate::domain::vendor_page::VendorPage;
use crate::domain::verdict::Verdict;

pub use self::beside::{Kept, Vendor};
pub use self::cause::Cause;
pub use self::check::{CheckStatus, Point};
pub use self::measure::Measure;
pub use self::share::{Day, Mark, Share};
pub use self::watch::{Watch, WatchState};

/// Everything at a glance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// When this was put together.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// The worst that any check is now; `unknown` where nobody has looked lately.
    pub verdict: Verdict,
    /// The same in a few words.
    pub headline: String,
    /// Since when it is so, as far as this process has seen.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Whether it was seen to begin then: else it was so already at the first look.
    pub since_is_exact: bool,
    /// How old all of this is.
    pub watch: Watch,
    /// What is not well and why, the worst first.
    pub causes: Vec<Cause>,
    /// What is being done about anything.
    pub measures: Vec<Measure>,
    /// Whether that is all of it: else the pauses of the queue could not be read.
    pub measures_are_known: bool,
    /// Each check.
    pub checks: Vec<CheckStatus>,
    /// Incidents: those that go on, and the latest of those that are over.
    pub incidents: Vec<ShownIncident>,
    /// Whether what the database knows of incidents was read: else there may be others.
    pub incidents_are_known: bool,
    /// The quiet windows that last: nobody is told, and everything is watched.
    pub quiet: Vec<ShownQuiet>,
    /// What vendors say of themselves. It explains, and decides nothing.
    pub vendors: Vec<Vendor>,
    /// Whether what is seen is kept for later.
    pub kept: Kept,
    /// The workers at the last look; null where they could not be read.
    pub workers: Option<Workers>,
    /// The job queue at the last look.
    pub queue: Option<Queue>,
    /// The server's connections at the last look.
    pub connections: Option<Connections>,
    /// Long-running sessions at the last look.
    pub long_running: Option<LongRunning>,
    /// Who waited for whom at the last look.
    pub locks: Option<LockForest>,
}

/// How many of the incidents that are over are shown.
const LATEST: usize = 10;

/// Who asks, when, and how often the watch looks.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Now.
    pub now: Timestamp,
    /// How often the watch looks, in seconds; 0: never.
    pub interval: u32,
    /// What may be shown.
    pub role: Role,
}

impl Status {
    /// Puts together what is known.
    #[must_use]
    pub fn of(memory: &Memory, look: Option<&LastLook>, frame: Frame) -> Self {
        let Frame { now, role, .. } = frame;
        let watch = Watch::of(frame.interval, look.map(|look| look.at), now);
        let look = look.cloned().map(|look| LastLook {
            activity: look.activity.map(|report| report.shown_to(role)),
            ..look
        });
        let checks: Vec<_> = Series::ALL
            .into_iter()
            .map(|series| CheckStatus::of(series, memory, look.as_ref(), &watch, now))
            .collect();
        let headline = headline::of(&checks, &watch);
        // What is too old is not shown as if it were so.
        let current = look.as_ref().filter(|_| watch.is_current());
        let measures = current.map(|look| measure::of(look, now));
        let activity = current.and_then(|look| look.activity.as_ref().ok());
        Self {
            timestamp: now,
            verdict: headline.verdict,
            headline: headline.text,
            since: headline.since,
            since_is_exact: headline.is_exact,
            watch,
            causes: current
                .map(|look| cause::of(look, memory, role))
                .unwrap_or_default(),
            measures_are_known: activity.is_some_and(|report| report.queue.is_ok()),
            measures: measures.unwrap_or_default(),
            checks,
            incidents: Vec::new(),
            incidents_are_known: false,
            quiet: Vec::new(),
            vendors: Vec::new(),
            kept: Kept::default(),
            workers: activity.and_then(|report| facts(&report.workers)),
            queue: activity.and_then(|report| facts(&report.queue)),
            connections: activity.and_then(|report| facts(&report.connections)),
            long_running: activity.and_then(|report| facts(&report.long_running)),
            locks: activity.and_then(|report| facts(&report.locks)),
        }
    }

    /// With what stands beside the checks.
    #[must_use]
    pub fn beside(mut self, vendors: Vec<VendorPage>, kept: Kept) -> Self {
        self.vendors = vendors.into_iter().map(Vendor::from).collect();
        self.kept = kept;
        self
    }

    /// With the incidents that go on, the latest of those that are over, whether these are all, and the quiet
    /// windows that last.
    #[must_use]
    pub fn after(
        mut self,
        incidents: Vec<ShownIncident>,
        are_known: bool,
        quiet: Vec<ShownQuiet>,
    ) -> Self {
        self.quiet = quiet;
        self.incidents_are_known = are_known;
        let (live, over): (Vec<_>, Vec<_>) =
            incidents.into_iter().partition(|one| one.state.is_live());
        let over = over.into_iter().take(LATEST);
        self.incidents = live.into_iter().chain(over).collect();
        self
    }

    /// What is to be said where these may not be all incidents.
    #[must_use]
    pub fn unread(&self) -> Option<&'static str> {
        (!self.incidents_are_known).then_some(
            "What the database knows of incidents could not be read: there may be others.",
        )
    }

    /// One check.
    #[must_use]
    pub fn check(&self, series: Series) -> Option<&CheckStatus> {
        self.checks.iter().find(|check| check.check == series)
    }
}

fn facts<T: Clone>(section: &Section<T>) -> Option<T> {
    section.as_ref().ok().map(|finding| finding.facts.clone())
}

#[cfg(test)]
mod tests;
