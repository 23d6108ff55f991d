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
