//! What two replicas know becomes one.

use super::*;

/// Two replicas that see the same, but the second one the API before the database.
fn apart() -> (Stage, Stage) {
    let mut one = Stage::default();
    let mut other = Stage::default();
    one.looks(Series::Db, "FFFFF");
    other.looks(Series::Supabase, "FFF");
    other.looks(Series::Db, "FFF");
    other
        .deed("SUPABASE-17", Deed::Acknowledge)
        .expect("it goes on");
    (one, other)
}

#[test]
fn what_was_opened_twice_is_one_and_no_entry_is_lost() {
    let (mut one, mut other) = apart();
    let (ours, theirs) = (one.entries(), other.entries());
    let all = ours.len() + theirs.len();
    assert_eq!(one.incidents.absorb(theirs.clone()), [name("SUPABASE-17")]);
    other.incidents.absorb(ours);
    assert_eq!(
        one.incidents.book(),
        other.incidents.book(),
        "whoever hears of whom"
    );
    assert_eq!(one.incidents.absorb(theirs), [], "and how often");
    one.clock = other.clock;
    for stage in [&mut one, &mut other] {
        stage.tick();
        assert_eq!(stage.live(), [name("DB-17")]);
        let incident = stage.of("DB-17");
        assert_eq!(incident.state, State::Acknowledged);
        assert!(incident.owns(&Subject::Series(Series::Supabase)));
        let timeline = stage.incidents.book().timeline(&name("supabase-17"));
        assert!(timeline.len() > all);
        assert!(timeline.is_sorted_by_key(|entry| entry.at));
    }
    assert_eq!(one.incidents.book(), other.incidents.book());
}

#[test]
fn people_merge_in_either_order_and_more_than_once() {
    let alerts = |stage: &mut Stage| {
        for key in ["a", "b", "c"] {
            stage.alert(alert(key));
            stage.pass(MINUTE);
        }
        stage.live()
    };
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut stage = Stage::default();
        let names = alerts(&mut stage);
        let [a, b, c] = order.map(|at| names[at].clone());
        for (one, other) in [(&a, &b), (&b, &a), (&c, &a), (&b, &c)] {
            let merge = Wish::Merge(one.clone(), other.clone());
            stage.wish(merge).expect("they are one");
        }
        let live = stage.live();
        assert_eq!(live.len(), 1);
        let one = stage
            .incidents
            .book()
            .incident(&live[0])
            .expect("it goes on");
        assert_eq!(one.own().count(), 3);
        let note = Deed::Note {
            text: "it is one".to_owned(),
            corrects: None,
        };
        stage.deed(c.as_str(), note).expect("each name leads there");
        let timeline = stage.incidents.book().timeline(&a);
        let entries = stage.entries();
        assert_eq!(timeline.len(), entries.len());
        ends.push(live);
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[test]
fn what_is_over_is_merged_with_nothing_that_goes_on() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    stage.minutes(Series::Queue, 'G', 7);
    stage.looks(Series::Locks, "FFF");
    let merge = Wish::Merge(name("QUEUE-17"), name("LOCKS-17"));
    let fault = stage.wish(merge).expect_err("one is over");
    assert_eq!(fault.code, Code::ValData);
}

#[test]
fn an_entry_comes_back_as_it_was_written_down() {
    let (_, mut other) = apart();
    let note = Deed::Note {
        text: "a\nb".to_owned(),
        corrects: None,
    };
    other.deed("SUPABASE-17", note).expect("a note");
    for entry in other.entries() {
        let line = serde_json::to_string(&entry).expect("it can be written");
        let mut json: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        json["from a later version"] = 1.into();
        json["what"]["from a later version"] = 1.into();
        let back: Entry = serde_json::from_value(json).expect("it can be read");
        assert_eq!(back, entry);
    }
    let line = r#"{"id":"DB-17/joined/db/none/1","incident":"DB-17","number":2,"at":"2026-11-30T08:00:00Z",
        "who":"dragonfly-ops","how":"observed","text":"","what":{"kind":"joined","subject":{"series":"db"},
        "code":"DFE-OLD-999","severity":"P1","part":"own"}}"#;
    let old: Entry = serde_json::from_str(line).expect("it can be read");
    assert!(matches!(
        old.what,
        What::Joined(Joined {
            code: None,
            ends_by_itself: true,
            ..
        })
    ));
}
