//! When it began: by exact counts.

use super::*;
use crate::reading::logs::onset::Onsets;

/// The errors of each minute, from the beginning of a day on; the log lasts for so many minutes.
fn onset(counts: &[(i64, u64)], minutes: i64) -> Onset {
    let start = at("2026-11-24T00:00:00Z");
    let time =
        |minute: i64, second: i64| start + jiff::SignedDuration::from_secs(minute * 60 + second);
    let mut onsets = Onsets::default();
    for (minute, count) in counts {
        for _ in 0..*count {
            onsets.now(time(*minute, 30));
            onsets.error();
        }
    }
    onsets.find(Some(time(0, 0)), Some(time(minutes - 1, 59)))
}

fn began(minute: i64, before_per_minute: f64, after_per_minute: f64) -> Onset {
    let start = at("2026-11-24T00:00:30Z");
    Onset::At {
        began: start + jiff::SignedDuration::from_secs(minute * 60),
        before_per_minute,
        after_per_minute,
    }
}

fn steady(minute: i64) -> Onset {
    let start = at("2026-11-24T00:00:30Z");
    Onset::Steady {
        first_error: start + jiff::SignedDuration::from_secs(minute * 60),
    }
}

#[test]
fn it_began_where_the_rate_at_least_doubles() {
    for (counts, minutes, expected) in [
        // Twice as many are enough, fewer are not.
        (&[(0, 2), (1, 4)][..], 2, began(1, 2.0, 4.0)),
        (&[(0, 3), (1, 5)], 2, steady(0)),
        (&[(0, 1), (1, 3)], 2, began(1, 1.0, 3.0)),
        // Three errors are a rate, two are none.
        (&[(1, 3)], 2, began(1, 0.0, 3.0)),
        (&[(1, 2)], 2, steady(1)),
        // Of two minutes that are as good an end of before, the first one counts.
        (&[(1, 1), (2, 2)], 3, began(1, 0.0, 1.5)),
        // What happened after it was over again does not count.
        (
            &[(5, 1), (20, 9), (21, 9), (22, 9)],
            51,
            began(20, 0.05, 9.0),
        ),
        // A rate has two digits behind the point.
        (&[(0, 1), (3, 7), (5, 1)], 6, began(3, 0.33, 2.67)),
        (&[(0, 5)], 1, steady(0)),
        (&[(0, 9), (1, 1), (2, 1)], 3, steady(0)),
        (&[(0, 2), (1, 2), (2, 2)], 3, steady(0)),
    ] {
        assert_eq!(onset(counts, minutes), expected, "{counts:?} in {minutes}");
    }
}

#[test]
fn a_long_log_is_compared_in_slices_of_several_minutes() {
    for (minutes, after) in [
        (4_999, 10.0),
        (5_000, 10.0),
        (5_001, 5.0),
        (10_000, 5.0),
        (10_001, 3.33),
    ] {
        let counts = [(2, 1), (3_000, 10)];
        let Onset::At {
            began,
            before_per_minute,
            after_per_minute,
        } = onset(&counts, minutes)
        else {
            panic!("it began");
        };
        assert_eq!(began, at("2026-11-26T02:00:30Z"), "{minutes}");
        assert_eq!(Some(before_per_minute), Some(0.0), "{minutes}");
        assert_eq!(Some(after_per_minute), Some(after), "{minutes}");
    }
}

#[test]
fn the_first_error_of_a_minute_is_the_earliest_in_whatever_order_they_come() {
    let mut onsets = Onsets::default();
    for second in [50, 10, 40] {
        onsets.now(at(&format!("2026-11-24T00:01:{second}Z")));
        onsets.error();
    }
    let (first, last) = (at("2026-11-24T00:00:00Z"), at("2026-11-24T00:01:59Z"));
    let expected = Onset::At {
        began: at("2026-11-24T00:01:10Z"),
        before_per_minute: 0.0,
        after_per_minute: 3.0,
    };
    assert_eq!(onsets.find(Some(first), Some(last)), expected);
    assert_eq!(onsets.latest(), Some(at("2026-11-24T00:01:40Z")));
    let nothing = Onset::Steady {
        first_error: at("2026-11-24T00:01:10Z"),
    };
    assert_eq!(onsets.find(None, None), nothing);
}

#[test]
fn without_times_and_without_errors_are_told_apart() {
    let mut onsets = Onsets::default();
    assert_eq!(onsets.find(None, None), Onset::NoErrors);
    onsets.error();
    assert_eq!(onsets.find(None, None), Onset::NoTimes);
    let mut timed = Onsets::default();
    timed.now(at("2026-11-24T00:00:00Z"));
    assert_eq!(timed.find(None, None), Onset::NoErrors);
}

#[test]
fn an_onset_says_its_kind_on_the_wire() {
    let time = at("2026-11-24T10:00:00Z");
    for (onset, expected) in [
        (Onset::NoErrors, serde_json::json!({"kind": "no_errors"})),
        (Onset::NoTimes, serde_json::json!({"kind": "no_times"})),
        (
            Onset::Steady { first_error: time },
            serde_json::json!({"kind": "steady", "first_error": "2026-11-24T10:00:00Z"}),
        ),
        (
            Onset::At {
                began: time,
                before_per_minute: 0.5,
                after_per_minute: 2.0,
            },
            serde_json::json!({
                "kind": "at", "began": "2026-11-24T10:00:00Z",
                "before_per_minute": 0.5, "after_per_minute": 2.0,
            }),
        ),
    ] {
        assert_eq!(serde_json::json!(onset), expected);
    }
}

/// The bursts of a log: where each begins and ends, and how many errors it has.
fn bursts(counts: &[(i64, u64)], minutes: i64) -> Vec<(i64, i64, u64)> {
    let start = at("2026-11-24T00:00:00Z");
    let mut onsets = Onsets::default();
    for (minute, count) in counts {
        for n in 0..*count {
            let second = minute * 60 + i64::try_from(n * 60 / count).expect("a second");
            onsets.now(start + jiff::SignedDuration::from_secs(second));
            onsets.error();
        }
    }
    let last = start + jiff::SignedDuration::from_secs(minutes * 60 - 1);
    onsets
        .bursts(Some(start), Some(last))
        .iter()
        .map(|burst| {
            let minute = |at: Timestamp| (at.as_second() - start.as_second()) / 60;
            (minute(burst.began), minute(burst.ended), burst.errors)
        })
        .collect()
}

#[test]
fn each_burst_is_named_and_not_only_the_larger() {
    for (counts, minutes, expected) in [
        (&[(10, 9), (40, 9)][..], 60, &[(10, 10, 9), (40, 40, 9)][..]),
        (&[(10, 30), (40, 5)], 60, &[(10, 10, 30), (40, 40, 5)]),
        (&[(10, 5), (40, 30)], 60, &[(10, 10, 5), (40, 40, 30)]),
        (
            &[(10, 20), (11, 20), (12, 20), (100, 20), (101, 20)],
            240,
            &[(10, 12, 60), (100, 101, 40)],
        ),
        // Apart by days, and by minutes.
        (
            &[(10, 20), (4_000, 20)],
            5_000,
            &[(10, 10, 20), (4_000, 4_000, 20)],
        ),
        (&[(1, 20), (4, 20)], 6, &[(1, 1, 20), (4, 4, 20)]),
        // One that never ends.
        (&[(50, 9), (51, 9), (52, 9), (53, 9)], 54, &[(50, 53, 36)]),
        (&[(10, 2)], 60, &[]),
        (&[], 60, &[]),
    ] {
        assert_eq!(bursts(counts, minutes), expected, "{counts:?} in {minutes}");
    }
    // On top of what is always there.
    let mut counts: Vec<_> = (0..120).map(|minute| (minute, 1)).collect();
    assert_eq!(bursts(&counts, 120), []);
    counts[30].1 = 20;
    counts[31].1 = 20;
    counts[90].1 = 20;
    // The next one of those came three seconds after the last of the burst.
    assert_eq!(bursts(&counts, 120), [(30, 32, 41), (90, 90, 20)]);
}

#[test]
fn an_onset_is_told_of_two_bursts_where_the_whole_is_steady() {
    // The first one is the larger, so that there is no turn for the worse in between.
    let mut text = String::from("2026-11-24T10:00:00Z INFO began\n");
    for (minute, count) in [(0, 1), (5, 30), (6, 30), (40, 12), (59, 1)] {
        for n in 0..count {
            let _ = writeln!(text, "2026-11-24T10:{minute:02}:{:02}Z ERROR x", n * 2 % 60);
        }
    }
    let report = read(&text);
    assert_eq!(report.bursts.len(), 2, "{report:?}");
    assert_eq!(report.bursts[0].began, at("2026-11-24T10:05:00Z"));
    assert_eq!(report.bursts[1].began, at("2026-11-24T10:40:00Z"));
    assert!(
        matches!(report.onset, Onset::At { .. }),
        "{:?}",
        report.onset
    );
}

#[test]
fn errors_of_a_year_take_no_more_room_than_those_of_a_day() {
    let start = at("2026-01-01T00:00:00Z");
    let mut onsets = Onsets::default();
    for n in 0..50_000 {
        onsets.now(start + jiff::SignedDuration::from_secs(n * 600));
        onsets.error();
    }
    assert!(onsets.slices() <= 8_192, "{}", onsets.slices());
    let last = start + jiff::SignedDuration::from_secs(50_000 * 600);
    assert_eq!(onsets.bursts(Some(start), Some(last)), []);
}
