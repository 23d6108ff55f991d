//! Whatever comes in, in whatever order.

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Look(Series, char),
    Alert(u8, bool, bool),
    Boxes(Verdict),
    Deed(usize, u8),
    Merge(usize, usize),
    Quiet(bool),
    Restart,
    /// Everything is looked at for so many minutes, and all is good but for one thing.
    Calm(usize, Option<Series>),
}

fn event() -> impl Strategy<Value = Event> {
    let series = prop::sample::select(Series::ALL.to_vec());
    let all = series.clone();
    let letter = prop::sample::select(vec!['F', 'F', 'F', 'T', 'A', 'G', 'G', 'G', '?']);
    let verdict = prop::sample::select(vec![Verdict::Ok, Verdict::Ok, Verdict::Critical]);
    prop_oneof![
        4 => prop::sample::select(vec![1, 10, 30, 30, 60, 300, 2000]).prop_map(Event::Pass),
        8 => (series, letter).prop_map(|(series, letter)| Event::Look(series, letter)),
        2 => (0..9_u8, any::<bool>(), any::<bool>()).prop_map(|(key, is, by)| Event::Alert(key, is, by)),
        2 => verdict.prop_map(Event::Boxes),
        3 => (0..5_usize, 0..12_u8).prop_map(|(of, deed)| Event::Deed(of, deed)),
        1 => (0..5_usize, 0..5_usize).prop_map(|(one, other)| Event::Merge(one, other)),
        1 => any::<bool>().prop_map(Event::Quiet),
        1 => Just(Event::Restart),
        2 => (prop::sample::select(vec![6, 16, 31]), prop::option::of(all))
            .prop_map(|(minutes, but)| Event::Calm(minutes, but)),
    ]
}

fn deed(nth: u8) -> Deed {
    let text = || "somebody says so".to_owned();
    match nth {
        0 | 1 => Deed::Acknowledge,
        2 => Deed::Note {
            text: text(),
            corrects: None,
        },
        3 => Deed::SetSeverity {
            to: Severity::P4,
            reason: text(),
        },
        4 => Deed::SetSeverity {
            to: Severity::P1,
            reason: text(),
        },
        5 => Deed::Mitigate { text: text() },
        6 => Deed::Remedy {
            action: text(),
            audit_id: None,
        },
        7 => Deed::Resolve {
            all_clear: boxes(Verdict::Ok),
            against: None,
        },
        8 => Deed::Resolve {
            all_clear: boxes(Verdict::Critical),
            against: Some(text()),
        },
        9 => Deed::Reopen { reason: text() },
        10 => Deed::CaptureFailed {
            name: text(),
            reason: text(),
            occasion: None,
        },
        _ => Deed::Close,
    }
}

impl Stage {
    fn happen(&mut self, event: &Event) {
        let all: Vec<_> = self
            .incidents
            .book()
            .incidents()
            .map(|one| one.name.clone())
            .collect();
        let nth = |nth: usize| all.get(nth % all.len().max(1)).cloned();
        match *event {
            Event::Pass(seconds) => {
                self.pass(seconds);
                self.tick();
            }
            Event::Look(series, letter) => {
                self.pass(7);
                self.look(series, letter);
            }
            Event::Alert(key, is_firing, ends_by_itself) => {
                let code = (key > 6).then_some(Code::DbConnection);
                let alert = alert(&key.to_string());
                self.alert(Alert {
                    is_firing,
                    code,
                    ends_by_itself,
                    ..alert
                });
            }
            Event::Boxes(verdict) => self.look_at_boxes(verdict),
            Event::Deed(of, which) => {
                let Some(of) = nth(of) else { return };
                // Whether it can be done is not the question here.
                let _ = self.wish(Wish::Of(of, deed(which)));
            }
            Event::Merge(one, other) => {
                if let (Some(one), Some(other)) = (nth(one), nth(other)) {
                    let _ = self.wish(Wish::Merge(one, other));
                }
            }
            Event::Quiet(begins) => {
                let windows = self.incidents.book().windows();
                let ids: Vec<_> = windows.map(|(id, _)| id.to_owned()).collect();
                let at = |after: i64| jiff::tz::TimeZone::UTC.to_datetime(time(self.clock + after));
                let order = match (begins, ids.last()) {
                    (false, Some(id)) => Wish::QuietEnd(id.clone()),
                    _ => Wish::QuietAdd(QuietOrder {
                        zone: "Europe/Berlin".to_owned(),
                        begin: at(0),
                        end: at(3600 + 900),
                        reason: "a test".to_owned(),
                        series: BTreeSet::new(),
                    }),
                };
                let _ = self.wish(order);
            }
            Event::Restart => self.restart(),
            Event::Calm(minutes, but) => {
                for _ in 0..2 * minutes {
                    self.pass(LOOK);
                    for series in Series::ALL {
                        self.look(series, if but == Some(series) { 'F' } else { 'G' });
                    }
                    self.look_at_boxes(Verdict::Ok);
                }
            }
        }
    }
}

/// What was said to be over by itself though it failed at the last look.
fn over_though_red(stage: &Stage, from: usize, last: &[(Series, char)]) -> Option<String> {
    let resolved = stage.out[from..].iter().filter_map(|out| match out {
        Output::Entry(entry) => match &entry.what {
            What::Resolved { against: None, .. } => entry.incident.clone(),
            _ => None,
        },
        _ => None,
    });
    for of in resolved {
        let incident = stage.incidents.book().incident(&of)?;
        for (subject, member) in incident.own() {
            let is_red = match subject {
                Subject::Series(series) => {
                    let look = last.iter().rfind(|(of, look)| of == series && *look != '?');
                    look.is_none_or(|(_, look)| *look != 'G')
                }
                Subject::Alert(_) => member.is_firing,
            };
            if is_red {
                return Some(format!("{of}: {subject}"));
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_nothing_red_is_over_nothing_is_told_twice_and_memory_is_what_is(
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut stage = Stage::default();
        let mut looks = Vec::new();
        for event in events {
            let from = stage.out.len();
            if let Event::Look(series, letter) = &event {
                looks.push((*series, *letter));
            }
            if let Event::Calm(_, but) = &event {
                looks.extend(Series::ALL.map(|one| (one, if *but == Some(one) { 'F' } else { 'G' })));
            }
            stage.happen(&event);
            prop_assert_eq!(over_though_red(&stage, from, &looks), None);
        }
        let entries = stage.entries();
        let ids: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
        prop_assert_eq!(ids.len(), entries.len(), "each entry has an id of its own");
        let known = stage.incidents.book().entries().count();
        prop_assert_eq!(known, entries.len(), "no entry is lost");
        let told = stage.told();
        let once: BTreeSet<_> = told.iter().collect();
        prop_assert_eq!(once.len(), told.len(), "nothing is told twice: {:?}", told);

        let replayed = Incidents::replay(entries.clone());
        prop_assert_eq!(replayed.book(), stage.incidents.book());
        let backwards = Incidents::replay(entries.clone().into_iter().rev());
        prop_assert_eq!(backwards.book(), stage.incidents.book());
        // In two parts, the second of which overlaps the first.
        let (some, rest) = entries.split_at(entries.len() / 2);
        let mut parts = Incidents::replay(rest.to_vec());
        parts.absorb(entries.clone());
        parts.absorb(some.to_vec());
        prop_assert_eq!(parts.book(), stage.incidents.book());
    }

    #[test]
    fn what_is_heard_of_in_part_and_later_in_whole_stops_and_loses_nothing(
        events in prop::collection::vec(event(), 1..80),
        heard in prop::collection::vec(any::<bool>(), 1..40),
        later in prop::collection::vec(event(), 1..40),
    ) {
        let mut theirs = Stage::default();
        for event in &events {
            theirs.happen(event);
        }
        let all = theirs.entries();
        let part = all.iter().zip(heard.iter().cycle()).filter(|(_, is_heard)| **is_heard);
        let mut ours = Stage { clock: theirs.clock, commands: 1 << 64, ..Stage::default() };
        ours.incidents.absorb(part.map(|(entry, _)| entry.clone()));
        for event in later.iter().filter(|event| !matches!(event, Event::Restart)) {
            ours.happen(event);
        }
        ours.incidents.absorb(all.clone());
        ours.pass(600);
        ours.tick();
        let book = ours.incidents.book();
        for entry in all.iter().chain(&ours.entries()) {
            prop_assert!(book.has(&entry.id), "{} is lost", entry.id);
        }
        let replayed = Incidents::replay(book.entries().cloned());
        let absorbed = ours.entries();
        let told: Vec<_> = absorbed.iter().filter_map(Entry::notice).collect();
        let once: BTreeSet<_> = told.iter().map(|one| (&one.incident, one.kind, one.nth)).collect();
        prop_assert_eq!(once.len(), told.len(), "nothing is told twice");
        let names = |incidents: &Incidents| -> Vec<Name> {
            incidents.book().incidents().map(|one| one.name.clone()).collect()
        };
        prop_assert_eq!(names(&replayed), names(&ours.incidents));
    }

    #[test]
    fn two_that_know_the_same_are_the_same_whoever_heard_first(
        ours in prop::collection::vec(event(), 1..60),
        theirs in prop::collection::vec(event(), 1..60),
    ) {
        let (mut one, mut other) = (Stage::default(), Stage::default());
        other.commands = 1 << 64;
        for event in &ours {
            one.happen(event);
        }
        for event in &theirs {
            other.happen(event);
        }
        let (ours, theirs) = (one.entries(), other.entries());
        let ids: BTreeSet<_> = ours.iter().chain(&theirs).map(|entry| entry.id.clone()).collect();
        one.incidents.absorb(theirs);
        other.incidents.absorb(ours);
        prop_assert_eq!(one.incidents.book(), other.incidents.book());
        prop_assert_eq!(one.incidents.book().entries().count(), ids.len());
        // And they go on alike, where both begin with what they remember.
        for stage in [&mut one, &mut other] {
            let entries: Vec<_> = stage.incidents.book().entries().cloned().collect();
            stage.incidents = Incidents::replay(entries);
            stage.clock = 1_000_000;
            stage.tick();
        }
        prop_assert_eq!(one.incidents.book(), other.incidents.book());
    }
}
