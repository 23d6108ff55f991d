//! What is counted, under which name, and where it ends.

use super::*;

fn messages(text: &str) -> Vec<(String, u64)> {
    read(text)
        .messages
        .into_iter()
        .map(|group| (group.message, group.seen.count))
        .collect()
}

#[test]
fn each_line_counts_for_its_level_and_errors_are_what_failed() {
    let report = read("DEBUG a\nINFO b\nWARN c\nERROR d\nERROR d\nFATAL e\nnothing");
    let expected = BTreeMap::from([
        (Level::Debug, 1),
        (Level::Info, 1),
        (Level::Warning, 1),
        (Level::Error, 2),
        (Level::Critical, 1),
        (Level::Unknown, 1),
    ]);
    assert_eq!((report.lines, report.errors), (7, 3));
    assert_eq!(report.levels, expected);
    assert_eq!(messages("WARN c"), []);
    assert_eq!(messages("FATAL e"), [("e".to_owned(), 1)]);
}

#[test]
fn the_first_and_the_last_time_are_those_of_all_lines_in_whatever_order() {
    let report = read(
        "2026-11-24T10:05:00Z INFO b\n2026-11-24T10:01:00Z INFO a\n2026-11-24T10:09:00Z INFO d\n\
         2026-11-24T10:07:00Z INFO c",
    );
    assert_eq!(report.first, Some(at("2026-11-24T10:01:00Z")));
    assert_eq!(report.last, Some(at("2026-11-24T10:09:00Z")));
}

#[test]
fn a_group_knows_its_first_and_last_time_and_its_first_words() {
    let report = read(
        "2026-11-24T10:05:00Z ERROR job 1\n2026-11-24T10:01:00Z ERROR job 2\n\
         2026-11-24T10:09:00Z ERROR job 3\nERROR job 4",
    );
    let expected = Seen {
        count: 4,
        first: Some(at("2026-11-24T10:01:00Z")),
        last: Some(at("2026-11-24T10:09:00Z")),
        example: "job 1".to_owned(),
    };
    assert_eq!(report.messages[0].seen, expected);
}

#[test]
fn how_often_something_was_seen_is_said_with_its_times() {
    let seen = |first: Option<&str>, last: Option<&str>| Seen {
        count: 3,
        first: first.map(at),
        last: last.map(at),
        example: String::new(),
    };
    let (a, b) = ("2026-11-24T10:00:00Z", "2026-11-25T11:30:59.9Z");
    for (seen, expected) in [
        (
            seen(Some(a), Some(b)),
            "3 times, 2026-11-24 10:00:00 to 2026-11-25 11:30:59 UTC",
        ),
        (seen(Some(a), Some(a)), "3 times, 2026-11-24 10:00:00 UTC"),
        (seen(Some(a), None), "3 times, 2026-11-24 10:00:00 UTC"),
        (seen(None, None), "3 times"),
    ] {
        assert_eq!(seen.to_string(), expected);
    }
}

#[test]
fn the_most_frequent_is_the_first_and_of_the_same_frequency_the_name_decides() {
    let expected = [("z", 3), ("a", 1), ("m", 1)].map(|(text, count)| (text.to_owned(), count));
    assert_eq!(
        messages("ERROR m\nERROR z\nERROR a\nERROR z\nERROR z"),
        expected
    );
}

#[test]
fn a_code_counts_where_it_is_no_mere_mention() {
    for (level, expected) in [
        ("INFO", 0),
        ("DEBUG", 0),
        ("WARN", 1),
        ("ERROR", 1),
        ("FATAL", 1),
        ("see", 1),
    ] {
        let report = read(&format!("{level} DFE-DB-001"));
        assert_eq!(report.codes.len(), expected, "{level}");
        assert_eq!(report.messages, [], "{level}");
    }
    let code = &read("ERROR DFE-DB-001").codes[0];
    let entry = Code::DbConnection.entry();
    assert_eq!(
        (code.title, code.first_check),
        (entry.title, entry.first_check)
    );
}

#[test]
fn an_entry_keeps_its_own_level_and_takes_the_time_that_comes_with_it() {
    for (level, text, expected) in [
        (Some("error"), "x", Level::Error),
        (Some("error"), "INFO x", Level::Info),
        (Some("strange"), "x", Level::Unknown),
        (None, "WARN x", Level::Warning),
    ] {
        let mut log = LogReader::default();
        let time = at("2026-11-24T10:00:00Z");
        let given = Given {
            at: Some(time),
            level: level.and_then(Level::of_word),
            source: None,
        };
        log.given(&format!("2020-01-01T00:00:00Z {text}"), given);
        let report = log.finish();
        assert_eq!(
            report.levels,
            BTreeMap::from([(expected, 1)]),
            "{level:?} {text}"
        );
        assert_eq!((report.first, report.last), (Some(time), Some(time)));
    }
}

#[test]
fn what_fits_no_more_is_counted_and_what_is_known_goes_on() {
    let word = |n: usize| -> String {
        let digits = n.to_string();
        digits
            .bytes()
            .map(|b| char::from(b - b'0' + b'a'))
            .collect()
    };
    let mut log = LogReader::default();
    for n in 0..MAX_GROUPS + 2 {
        log.line(&format!("ERROR failed {}", word(n)));
    }
    log.line(&format!("ERROR failed {}", word(0)));
    let report = log.finish();
    assert_eq!((report.messages.len(), report.dropped), (MAX_GROUPS, 2));
    assert_eq!(report.messages[0].seen.count, 2);
    let mut log = LogReader::default();
    for n in (0..MAX_GROUPS + 2).chain([0]) {
        log.line(&format!(
            "thread 'main' panicked at src/{}.rs:1:1:",
            word(n)
        ));
        log.line("out of bounds");
    }
    let report = log.finish();
    assert_eq!((report.traces.len(), report.dropped), (MAX_GROUPS, 2));
    assert_eq!(report.traces[0].seen.count, 2);
}

#[test]
fn a_line_and_an_example_have_a_bounded_length() {
    let long = |length: usize| {
        let mut log = LogReader::default();
        log.line(&format!("{}ERROR DFE-DB-001", "-".repeat(length)));
        log.line(&format!("{}DFE-DB-001", "-".repeat(length + 6)));
        log.finish()
            .codes
            .first()
            .map_or(0, |group| group.seen.count)
    };
    assert_eq!(long(65_536 - 16), 2);
    assert_eq!(long(65_536 - 15), 0);
    let report = read(&format!("ERROR {}", "é".repeat(MAX_SAMPLE + 1)));
    assert_eq!(report.messages[0].seen.example, "é".repeat(MAX_SAMPLE));
}

#[test]
fn a_message_is_the_same_without_its_numbers_its_ids_and_what_is_quoted() {
    for (message, expected) in [
        ("job 17", "job #"),
        ("1234 a1b22", "# a#b#"),
        ("1-2", "#-#"),
        // Sixteen characters with three digits are an id, fewer of either are none.
        ("abcdefghijklm123", "#"),
        ("abcdefghijklm12", "abcdefghijklm#"),
        ("abcdefghijklmn12", "abcdefghijklmn#"),
        ("abcdefghijkl123", "abcdefghijkl#"),
        (r#"of "anna" and "bert""#, r#"of "..." and "...""#),
        ("of 'anna' and `bert`", "of '...' and `...`"),
        ("it's broken", "it's broken"),
        (r#"a "b 'c' d" e"#, r#"a "..." e"#),
        (r#""""#, r#""...""#),
        ("", ""),
    ] {
        assert_eq!(normal(message), expected, "{message}");
    }
}

#[test]
fn lines_of_a_trace_without_a_level_are_no_lines_of_their_own() {
    let report = read(
        "ERROR app: failed\nTraceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n    x\n\
         KeyError: 'a'\nINFO next",
    );
    let expected = BTreeMap::from([(Level::Error, 1), (Level::Info, 1)]);
    assert_eq!((report.lines, report.errors), (6, 1));
    assert_eq!(report.levels, expected);
    // One that begins with a level counts, and is no message.
    let report = read("ERROR Traceback (most recent call last):\nKeyError: 'a'");
    assert_eq!(report.levels, BTreeMap::from([(Level::Error, 1)]));
    assert_eq!((report.messages.len(), report.traces.len()), (0, 1));
}
