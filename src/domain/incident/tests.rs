//! A stage on which things happen to incidents, at times that the test says.

mod any;
mod causes;
mod commands;
mod dispatching;
mod evidence;
mod forgetting;
mod merging;
mod opening;
mod recovery;
mod reporting;
mod taken;
mod telling;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use ulid::Ulid;

use super::*;
use crate::domain::fault::Fault;
use crate::domain::history::{Sample, Series};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// How far apart the looks of the watch are, in seconds.
const LOOK: i64 = 30;
const MINUTE: i64 = 60;

#[derive(Clone)]
struct Stage {
    incidents: Incidents,
    /// Seconds since the beginning.
    clock: i64,
    term: Option<i64>,
    out: Vec<Output>,
    commands: u128,
    /// Each look, behind how many outputs it came.
    looked: Vec<(usize, Series, char)>,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            incidents: Incidents::default(),
            clock: 0,
            term: Some(17),
            out: Vec::new(),
            commands: 0,
            looked: Vec::new(),
        }
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_796_025_600 + seconds).expect("a time")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn alert(key: &str) -> Alert {
    Alert {
        key: key.to_owned(),
        is_firing: true,
        title: format!("alert {key}"),
        message: String::new(),
        severity: None,
        code: None,
        source: "a test".to_owned(),
        started_at: None,
        ends_by_itself: true,
        over: BTreeSet::new(),
    }
}

fn boxes(verdict: Verdict) -> AllClear {
    AllClear {
        boxes: vec![ClearBox {
            name: "doctor".to_owned(),
            verdict,
            saw: "what it says".to_owned(),
        }],
    }
}

impl Stage {
    fn now(&self) -> Timestamp {
        time(self.clock)
    }

    fn step(&mut self, input: Input) -> Result<Vec<Output>, Fault> {
        let moment = Moment {
            now: self.now(),
            term: self.term,
        };
        let out = self.incidents.step(moment, input)?;
        self.out.extend(out.iter().cloned());
        Ok(out)
    }

    fn pass(&mut self, seconds: i64) {
        self.clock += seconds;
    }

    fn tick(&mut self) {
        self.step(Input::Tick).expect("only commands fail");
    }

    fn look(&mut self, series: Series, letter: char) {
        self.looked.push((self.out.len(), series, letter));
        let (verdict, code) = match letter {
            'F' => (Verdict::Critical, Some(Code::DbConnection)),
            'T' => (Verdict::Critical, Some(Code::DbTimeout)),
            'A' => (Verdict::Critical, Some(Code::AuthInvalid)),
            'C' => (Verdict::Critical, Some(Code::ConfigMissing)),
            // As of a login that Postgres rejects.
            'P' => (Verdict::Critical, Some(Code::ConfigInvalid)),
            // As of an HTTP service that does not answer.
            'S' => (Verdict::Critical, Some(Code::NetTimeout)),
            'N' => (Verdict::Critical, None),
            'W' => (Verdict::Warning, None),
            'G' => (Verdict::Ok, None),
            '?' => (Verdict::Unknown, None),
            other => panic!("{other} is no look"),
        };
        let slot = (self.now(), Duration::from_secs(30));
        let sample = Sample::new(series, slot, Duration::ZERO).judged(verdict, code);
        self.step(Input::Observed(sample))
            .expect("only commands fail");
    }

    /// Looks at a series, once every 30 s, a letter each, and at the boxes of what goes on.
    fn looks(&mut self, series: Series, letters: &str) {
        for letter in letters.chars() {
            self.look(series, letter);
            self.look_at_boxes(Verdict::Ok);
            self.pass(LOOK);
        }
    }

    fn look_at_boxes(&mut self, verdict: Verdict) {
        for name in self.live() {
            let input = Input::AllClear(name, boxes(verdict));
            self.step(input).expect("only commands fail");
        }
    }

    /// As many looks of a kind as there are in so many minutes.
    fn minutes(&mut self, series: Series, letter: char, minutes: usize) {
        self.looks(series, &letter.to_string().repeat(2 * minutes));
    }

    fn alert(&mut self, alert: Alert) {
        self.step(Input::Alert(alert)).expect("only commands fail");
    }

    fn id(&mut self) -> String {
        self.commands += 1;
        Ulid::from(self.commands).to_string()
    }

    fn wish(&mut self, order: Wish) -> Result<Vec<Output>, Fault> {
        let id = self.id();
        self.step(Input::Command(Command {
            id,
            by: "ada".to_owned(),
            from: Known::Terminal,
            order,
        }))
    }

    fn deed(&mut self, of: &str, deed: Deed) -> Result<Vec<Output>, Fault> {
        self.wish(Wish::Of(name(of), deed))
    }

    fn of(&self, of: &str) -> &Incident {
        let found = self.incidents.book().incident(&name(of));
        found.unwrap_or_else(|| panic!("there is no {of} but {:?}", self.names()))
    }

    fn names(&self) -> Vec<String> {
        let all = self.incidents.book().incidents();
        all.map(|one| one.name.to_string()).collect()
    }

    fn live(&self) -> Vec<Name> {
        let live = self.incidents.book().live();
        live.into_iter().map(|one| one.name.clone()).collect()
    }

    /// What was told since the beginning: incident, kind, number.
    fn told(&self) -> Vec<String> {
        let notices = self.out.iter().filter_map(|out| match out {
            Output::Notice(Notice {
                incident,
                kind,
                nth,
                ..
            }) => Some(format!("{incident} {} {nth}", kind.as_str())),
            Output::Entry(_) | Output::Capture(_) => None,
        });
        notices.collect()
    }

    fn captured(&self) -> Vec<(CaptureWhen, u32)> {
        let captures = self.out.iter().filter_map(|out| match out {
            Output::Capture(capture) => Some((capture.when, capture.nth)),
            Output::Entry(_) | Output::Notice(_) => None,
        });
        captures.collect()
    }

    fn entries(&self) -> Vec<Entry> {
        let entries = self.out.iter().filter_map(|out| match out {
            Output::Entry(entry) => Some(Entry::clone(entry)),
            Output::Notice(_) | Output::Capture(_) => None,
        });
        entries.collect()
    }

    /// As another process knows it that has read what is kept.
    fn restart(&mut self) {
        self.incidents = Incidents::replay(self.entries());
    }
}
