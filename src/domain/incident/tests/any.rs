//! Whatever comes in, in whatever order.

use std::collections::BTreeMap;

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
            at: None,
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

/// What was said to be over by itself though it failed at the last look before that.
fn over_though_red(stage: &Stage, from: usize) -> Option<String> {
    let said = stage.out.iter().enumerate().skip(from);
    let resolved = said.filter_map(|(at, out)| match out {
        Output::Entry(entry) => match &entry.what {
            What::Resolved { against: None, .. } => Some((at, entry.incident.clone()?)),
            _ => None,
        },
        _ => None,
    });
    for (at, of) in resolved {
        let before = stage.looked.iter().filter(|(out, ..)| *out <= at);
        let last: Vec<_> = before.collect();
        let incident = stage.incidents.book().incident(&of)?;
        for (subject, member) in incident.own() {
            let is_red = match subject {
                Subject::Series(series) => {
                    let look = last
                        .iter()
                        .rfind(|(_, of, look)| of == series && *look != '?');
                    look.is_none_or(|(_, _, look)| *look != 'G')
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

/// What was told from an entry on although nothing had come of it since it was told before: each notice has a
/// reason of its own.
fn told_twice(entries: &[Entry], from: usize) -> Option<String> {
    let mut news: BTreeMap<&Name, Vec<&What>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(of) = &entry.incident else { continue };
        let before = news.entry(of).or_default();
        if let What::Notified { notice, nth, .. } = &entry.what
            && at >= from
            && !has_reason(before, *notice)
        {
            return Some(entry.id.clone()).filter(|_| *nth > 0);
        }
        before.push(&entry.what);
    }
    None
}

/// Whether something has happened that a notice of this kind speaks of.
fn has_reason(before: &[&What], kind: NoticeKind) -> bool {
    let since = |is_told: &dyn Fn(NoticeKind) -> bool| {
        let last = before
            .iter()
            .rposition(|what| matches!(what, What::Notified { notice, .. } if is_told(*notice)));
        last.map_or(before, |at| &before[at..])
    };
    let same = since(&|notice| notice == kind);
    let trouble = since(&NoticeKind::says_trouble);
    let is_first = same.len() == before.len()
        && !same
            .iter()
            .any(|what| matches!(what, What::Notified { notice, .. } if *notice == kind));
    let has = |of: &[&What], is_it: fn(&What) -> bool| of.iter().any(|what| is_it(what));
    match kind {
        NoticeKind::Told => is_first || has(same, |what| matches!(what, What::Reopened { .. })),
        NoticeKind::Acknowledged => has(same, |what| {
            matches!(what, What::Acknowledged | What::Absorbed(_))
        }),
        NoticeKind::SeverityRaised => has(same, |what| {
            matches!(what, What::SeverityRaised { .. } | What::SeveritySet { .. })
        }),
        NoticeKind::CauseJoined => has(trouble, |what| matches!(what, What::Joined(_))),
        NoticeKind::Relapsed => has(trouble, |what| matches!(what, What::Relapsed { .. })),
        NoticeKind::AllClear => {
            // Of another replica's entries not each may have been heard of yet.
            has(same, |what| {
                matches!(what, What::Resolved { .. } | What::Closed)
            }) && has(
                same,
                |what| matches!(what, What::Notified { notice, .. } if notice.says_trouble()),
            )
        }
        NoticeKind::Report => is_first,
        NoticeKind::Digest => has(same, |what| matches!(what, What::Held)),
        // When it is due is what the table of reminders says.
        NoticeKind::Reminder => true,
    }
}

/// The most messages of one incident that there were in any hour, and whether it was told to be worse in that.
fn busiest_hours(entries: &[Entry]) -> Vec<(usize, bool)> {
    let mut told: BTreeMap<&Name, Vec<(Timestamp, NoticeKind)>> = BTreeMap::new();
    for entry in entries {
        if let (Some(of), What::Notified { notice, .. }) = (&entry.incident, &entry.what) {
            told.entry(of).or_default().push((entry.at, *notice));
        }
    }
    let hours = told.values().flat_map(|told| {
        told.iter().map(|(end, _)| {
            let is_in = |at: Timestamp| {
                at <= *end && end.duration_since(at) < jiff::SignedDuration::from_hours(1)
            };
            let hour: Vec<_> = told.iter().filter(|(at, _)| is_in(*at)).collect();
            let is_worse = hour
                .iter()
                .any(|(_, kind)| *kind == NoticeKind::SeverityRaised);
            (hour.len(), is_worse)
        })
    });
    hours.collect()
}

/// As `event`, but everything at once: people who judge, resolve and reopen to and fro, and what comes and goes.
fn hurry() -> impl Strategy<Value = Event> {
    let series = prop::sample::select(vec![Series::Db, Series::Queue, Series::Locks]);
    let letter = prop::sample::select(vec!['F', 'A', 'C', 'T', 'G', 'G', 'G']);
    prop_oneof![
        3 => prop::sample::select(vec![1, 31, 61, 300, 900]).prop_map(Event::Pass),
        4 => (series, letter).prop_map(|(series, letter)| Event::Look(series, letter)),
        2 => (0..4_u8, any::<bool>()).prop_map(|(key, is)| Event::Alert(key, is, true)),
        8 => (0..2_usize, prop::sample::select(vec![0_u8, 3, 4, 5, 8, 9])).prop_map(|(of, deed)| Event::Deed(of, deed)),
        1 => any::<bool>().prop_map(Event::Quiet),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_nothing_red_is_over_nothing_is_told_twice_and_memory_is_what_is(
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut stage = Stage::default();
        for event in events {
            let from = stage.out.len();
            stage.happen(&event);
            prop_assert_eq!(over_though_red(&stage, from), None);
        }
        let entries = stage.entries();
        let ids: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
        prop_assert_eq!(ids.len(), entries.len(), "each entry has an id of its own");
        let known = stage.incidents.book().entries().count();
        prop_assert_eq!(known, entries.len(), "no entry is lost");
        prop_assert_eq!(told_twice(&entries, 0), None, "nothing is told twice");

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
        let part: Vec<_> = part.map(|(entry, _)| entry.clone()).collect();
        ours.incidents.absorb(part.clone());
        for event in later.iter().filter(|event| !matches!(event, Event::Restart)) {
            ours.happen(event);
        }
        let known = [part.as_slice(), &ours.entries()].concat();
        prop_assert_eq!(told_twice(&known, part.len()), None, "nothing is told twice");
        ours.incidents.absorb(all.clone());
        ours.pass(600);
        ours.tick();
        let book = ours.incidents.book();
        for entry in all.iter().chain(&ours.entries()) {
            prop_assert!(book.has(&entry.id), "{} is lost", entry.id);
        }
        let replayed = Incidents::replay(book.entries().cloned());
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

    #[test]
    fn no_sequence_of_inputs_sends_more_than_six_messages_an_hour_and_one_where_it_became_worse(
        events in prop::collection::vec(prop_oneof![4 => hurry(), 1 => event()], 60..240),
    ) {
        let mut stage = Stage::default();
        for event in &events {
            stage.happen(event);
        }
        for (told, is_worse) in busiest_hours(&stage.entries()) {
            prop_assert!(told <= 6 + usize::from(is_worse), "{}: {:?}", told, stage.told());
        }
    }
}
