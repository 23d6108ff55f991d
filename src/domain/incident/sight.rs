//! What was last seen, and since when it is good: all that a process forgets when it ends.
//!
//! # Design notes
//!
//! It is no part of the state that entries add up to. A process that begins has seen nothing: it counts
//! to three again, and all of the time for which it has to be good begins again. Both err on the side of
//! an incident that goes on.
//!
//! An unknown look counts neither as failed nor as good: it opens nothing, ends nothing, and leaves the
//! row of failures before it as it is. The time of good it stops: what was good so far still counts, and
//! it goes on with the next good look. What nobody has looked at for three looks is as unknown.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::all_clear::AllClear;
use super::name::Name;
use crate::domain::history::{Sample, Series};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// So many failures in a row are one too many.
const FAILURES: u32 = 3;
/// So many good looks in a row end that.
const GOODS: u32 = 2;
/// So many failures within `FLAPS_WITHIN` are too many, however many good looks are between them: what
/// comes and goes is not well.
const FLAPS: usize = 5;
const FLAPS_WITHIN: Duration = Duration::from_secs(10 * 60);
/// For how long a look tells how it is, at least.
const FRESH: Duration = Duration::from_secs(90);
/// For how long boxes do: they take longer to look at.
const BOXES_FRESH: Duration = Duration::from_secs(180);

/// What was last seen of everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    series: BTreeMap<Series, Seen>,
    boxes: BTreeMap<Name, (AllClear, Timestamp)>,
    dwell: BTreeMap<Name, Dwell>,
}

/// What was seen of a series.
#[derive(Debug, Clone, Default)]
struct Seen {
    last: Option<Look>,
    failures: u32,
    goods: u32,
    /// When the last good look of the row of good ones was, and when the one before it.
    good: [Option<Timestamp>; 2],
    failed: VecDeque<Timestamp>,
    /// Why it failed, at the last look that it failed at.
    failed_with: Option<Code>,
    /// When the row of failures began.
    began: Option<Timestamp>,
    /// Whether it was ever seen to be good: else nobody knows since when it fails.
    was_good: bool,
    is_failing: bool,
    /// Whether an incident has it.
    is_placed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    slot: Timestamp,
    seen: Timestamp,
    covers: u32,
    verdict: Verdict,
}

/// How a series stands by what was seen of it, however long that is ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// Nobody has seen yet how.
    Unseen,
    /// It failed at the last look that saw anything, or too often to be good again by that; and why.
    Failed(Option<Code>),
    /// It is good.
    Good,
}

/// For how long all of an incident has been good.
#[derive(Debug, Clone, Copy, Default)]
struct Dwell {
    good: Duration,
    /// Up to when that is counted, while it runs.
    until: Option<Timestamp>,
    /// When the incident had last failed as it was counted: another replica may have seen it.
    failed_at: Option<Timestamp>,
}

/// What a look has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// It is well again.
    Ended,
}

impl Sight {
    /// A look more. One of a slot that has been looked at counts for nothing.
    pub(super) fn see(&mut self, sample: &Sample, now: Timestamp) -> Change {
        let seen = self.series.entry(sample.series).or_default();
        if seen.last.is_some_and(|last| last.slot >= sample.at) {
            return Change::None;
        }
        seen.last = Some(Look {
            slot: sample.at,
            seen: now,
            covers: sample.covers,
            verdict: sample.verdict,
        });
        match sample.verdict {
            Verdict::Critical => {
                seen.fail(sample);
                Change::None
            }
            // A shared outcome says how it was when it was read, and nothing of a failure since then.
            Verdict::Ok | Verdict::Warning => {
                seen.pass(sample.read_at.map_or(now, |read| read.min(now)))
            }
            Verdict::Unknown => Change::None,
        }
    }

    /// The boxes of an incident.
    pub(super) fn see_boxes(&mut self, name: &Name, all_clear: AllClear, now: Timestamp) {
        self.boxes.insert(name.clone(), (all_clear, now));
    }

    fn of(&self, series: Series) -> Option<&Seen> {
        self.series.get(&series)
    }

    /// Whether it failed too often, and was not good since.
    pub(super) fn is_failing(&self, series: Series) -> bool {
        self.of(series).is_some_and(|seen| seen.is_failing)
    }

    /// Whether it failed at the last look that saw anything.
    pub(super) fn has_failed(&self, series: Series) -> bool {
        self.of(series)
            .is_some_and(|seen| seen.failures > 0 && seen.goods == 0)
    }

    /// Those that fail and that no incident has.
    pub(super) fn homeless(&self) -> Vec<Series> {
        let is_homeless = |seen: &Seen| seen.is_failing && !seen.is_placed;
        let all = self.series.iter().filter(|(_, seen)| is_homeless(seen));
        all.map(|(series, _)| *series).collect()
    }

    /// Whether an incident has it.
    pub(super) fn is_placed(&self, series: Series) -> bool {
        self.of(series).is_some_and(|seen| seen.is_placed)
    }

    /// An incident has it.
    pub(super) fn place(&mut self, series: Series) {
        self.series.entry(series).or_default().is_placed = true;
    }

    /// What it was thought to follow from is over: what it does from now on is its own.
    pub(super) fn release(&mut self, series: Series) {
        if let Some(seen) = self.series.get_mut(&series) {
            (seen.failures, seen.is_failing, seen.is_placed) = (0, false, false);
            seen.failed.clear();
            seen.began = None;
        }
    }

    /// It is over: what it did before does not count for the next time.
    pub(super) fn forget_failures(&mut self, series: Series) {
        if let Some(seen) = self.series.get_mut(&series) {
            seen.failed.clear();
        }
    }

    /// Why it failed, at the last look that it failed at.
    pub(super) fn code(&self, series: Series) -> Option<Code> {
        self.of(series)?.failed_with
    }

    /// How it stands.
    pub(super) fn stands(&self, series: Series) -> Stands {
        match self.of(series) {
            Some(seen) if seen.is_failing || (seen.failures > 0 && seen.goods == 0) => {
                Stands::Failed(seen.failed_with)
            }
            Some(seen) if seen.goods > 0 => Stands::Good,
            Some(_) | None => Stands::Unseen,
        }
    }

    /// When it began to fail, where it was seen to be good before.
    pub(super) fn turned(&self, series: Series) -> Option<Timestamp> {
        let seen = self.series.get(&series).filter(|seen| seen.was_good)?;
        seen.began
    }

    /// When its row of failures began.
    pub(super) fn began(&self, series: Series) -> Option<Timestamp> {
        self.of(series)?.began
    }

    /// When it last failed, while it fails.
    pub(super) fn failed_at(&self, series: Series) -> Option<Timestamp> {
        let seen = self.of(series).filter(|seen| seen.is_failing)?;
        let last = seen.last?;
        (last.verdict == Verdict::Critical).then_some(last.seen)
    }

    /// How it is now: `critical` where it failed, `unknown` where nobody knows. That it is good takes as many
    /// good looks as end a row of failures, all of them later than `failed_at`: by then it was bad, whoever saw it.
    pub(super) fn verdict(&self, series: Series, failed_at: Timestamp, now: Timestamp) -> Verdict {
        let Some(seen) = self.of(series) else {
            return Verdict::Unknown;
        };
        let Some(last) = seen.last else {
            return Verdict::Unknown;
        };
        let fresh = FRESH.max(Duration::from_secs(3 * u64::from(last.covers)));
        let is_fresh = is_within(last.seen, now, fresh);
        let is_good = seen.good[1].is_some_and(|first| first > failed_at);
        match last.verdict {
            Verdict::Critical => Verdict::Critical,
            _ if !is_fresh || seen.is_failing || !is_good => Verdict::Unknown,
            verdict => verdict,
        }
    }

    /// How the boxes of an incident are now.
    pub(super) fn boxes(&self, name: &Name, now: Timestamp) -> Verdict {
        let last = self.boxes.get(name);
        let fresh = last.filter(|(_, seen)| is_within(*seen, now, BOXES_FRESH));
        fresh.map_or(Verdict::Unknown, |(boxes, _)| boxes.verdict())
    }

    /// When somebody last looked at the boxes of an incident.
    pub(super) fn boxes_at(&self, name: &Name) -> Option<Timestamp> {
        self.boxes.get(name).map(|(_, seen)| *seen)
    }

    /// The boxes of an incident as they were last seen.
    pub(super) fn last_boxes(&self, name: &Name) -> AllClear {
        let last = self.boxes.get(name);
        last.map(|(boxes, _)| boxes.clone()).unwrap_or_default()
    }

    /// For how long all of an incident has been good.
    pub(super) fn good_for(&self, name: &Name) -> Duration {
        self.dwell
            .get(name)
            .map_or(Duration::ZERO, |dwell| dwell.good)
    }

    /// Counts on, by how all of an incident is now, and when it last failed.
    pub(super) fn dwell(
        &mut self,
        name: &Name,
        verdict: Verdict,
        failed_at: Timestamp,
        now: Timestamp,
    ) -> Duration {
        let dwell = self.dwell.entry(name.clone()).or_default();
        if dwell.failed_at != Some(failed_at) {
            *dwell = Dwell::default();
        }
        dwell.failed_at = Some(failed_at);
        match verdict {
            Verdict::Critical => (dwell.good, dwell.until) = (Duration::ZERO, None),
            Verdict::Unknown => dwell.until = None,
            Verdict::Ok | Verdict::Warning => {
                // A gap is unknown, whatever it is like at its end.
                let until = dwell.until.filter(|until| is_within(*until, now, FRESH));
                if let Some(until) = until {
                    dwell.good += now.duration_since(until).unsigned_abs();
                }
                dwell.until = Some(now);
            }
        }
        dwell.good
    }

    /// An incident does not go on, or begins anew.
    pub(super) fn forget(&mut self, name: &Name) {
        self.boxes.remove(name);
        self.dwell.remove(name);
    }
}

impl Seen {
    fn fail(&mut self, sample: &Sample) {
        self.goods = 0;
        self.good = [None; 2];
        self.failures = self.failures.saturating_add(1);
        self.failed_with = sample.code;
        self.began.get_or_insert(sample.at);
        self.failed.push_back(sample.at);
        while self.failed.len() > FLAPS {
            self.failed.pop_front();
        }
        let first = self.failed.front().copied();
        let flaps = self.failed.len() == FLAPS
            && first.is_some_and(|first| is_within(first, sample.at, FLAPS_WITHIN));
        self.is_failing |= self.failures >= FAILURES || is_certain(sample.code) || flaps;
    }

    fn pass(&mut self, read_at: Timestamp) -> Change {
        self.goods = self.goods.saturating_add(1);
        self.good = [Some(read_at), self.good[0]];
        self.was_good = true;
        if self.goods < GOODS {
            return Change::None;
        }
        self.failures = 0;
        self.began = None;
        self.is_placed = false;
        match std::mem::take(&mut self.is_failing) {
            true => Change::Ended,
            false => Change::None,
        }
    }
}

/// Whether one look is enough: what is not set, wrong or not allowed stays so until somebody acts.
fn is_certain(code: Option<Code>) -> bool {
    code.is_some_and(|code| matches!(code.category().as_str(), "CFG" | "AUTH"))
}

fn is_within(from: Timestamp, to: Timestamp, span: Duration) -> bool {
    to.duration_since(from).unsigned_abs() <= span
}
