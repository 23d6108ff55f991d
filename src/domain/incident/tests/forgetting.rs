//! What is remembered no more.

use super::*;

const DAY: i64 = 24 * 60 * MINUTE;

/// Forgets as a process does that remembers 30 days.
fn forget(stage: &mut Stage) {
    let before = time(stage.clock - 30 * DAY);
    stage.incidents.forget(before);
}

#[test]
fn what_is_over_for_long_is_forgotten_and_neither_comes_back_nor_gives_away_its_name() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    let over = Deed::Resolve {
        all_clear: boxes(Verdict::Ok),
        against: Some("we know".to_owned()),
    };
    stage.deed("QUEUE-17", over).expect("it is over");
    stage.looks(Series::Queue, "GG");
    let window = QuietOrder {
        zone: "UTC".to_owned(),
        begin: "2026-12-01T00:00".parse().expect("a time of a clock"),
        end: "2026-12-02T00:00".parse().expect("a time of a clock"),
        reason: "a migration".to_owned(),
        series: BTreeSet::new(),
    };
    stage.wish(Wish::QuietAdd(window)).expect("a window");
    stage.alert(alert("it goes on"));
    let names = stage.names();
    assert_eq!(names.len(), 2);
    stage.pass(29 * DAY);
    forget(&mut stage);
    assert_eq!(stage.names(), names);
    // Whatever is said of it keeps it known.
    let text = "we know why".to_owned();
    let note = Deed::Note {
        text,
        corrects: None,
    };
    let _ = stage.deed("QUEUE-17", note).expect("it is written");
    stage.pass(29 * DAY);
    forget(&mut stage);
    assert_eq!(stage.names(), names);
    assert_eq!(stage.incidents.book().windows().count(), 0);
    stage.pass(2 * DAY);
    forget(&mut stage);
    assert_eq!(stage.live().len(), 1);
    assert_eq!(stage.names().len(), 1);
    let entries = stage.entries();
    let book = stage.incidents.book();
    assert!(book.entries().all(|one| one.incident.is_some()));
    assert!(book.timeline(&name("QUEUE-17")).is_empty());
    let known = book.entries().count();
    assert!(known < entries.len());
    let of_it = |one: &Entry| one.incident == Some(name("QUEUE-17"));
    let late = entries.into_iter().filter(of_it);
    assert_eq!(stage.incidents.absorb(late), []);
    assert_eq!(stage.incidents.book().entries().count(), known);
    stage.looks(Series::Queue, "FFF");
    assert_eq!(stage.of("QUEUE-17-2").state, State::Open);
}

#[test]
fn what_was_merged_is_known_as_long_as_what_it_is_the_same_as() {
    let mut stage = Stage::default();
    for key in ["one", "other"] {
        stage.alert(alert(key));
        stage.pass(MINUTE);
    }
    let names = stage.live();
    let [into, from] = &*names else {
        panic!("two: {names:?}");
    };
    let merge = Wish::Merge(into.clone(), from.clone());
    stage.wish(merge).expect("they are the same");
    let known = stage.incidents.book().timeline(into).len();
    stage.pass(40 * DAY);
    forget(&mut stage);
    assert_eq!(stage.names().len(), 2);
    assert_eq!(stage.incidents.book().timeline(into).len(), known);
    stage
        .deed(
            stage.live()[0].clone().as_str(),
            Deed::Resolve {
                all_clear: boxes(Verdict::Ok),
                against: Some("we know".to_owned()),
            },
        )
        .expect("it is over");
    stage.pass(40 * DAY);
    forget(&mut stage);
    assert_eq!(stage.names(), [""; 0]);
}
