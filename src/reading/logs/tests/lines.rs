//! A line: its time, its level, its words.

use super::*;

fn level(line: &str) -> Level {
    let report = read(&format!("{line}\n"));
    let mut levels = report.levels.into_keys();
    let level = levels.next().expect("a line");
    assert_eq!(levels.next(), None, "{line}");
    level
}

fn time(line: &str) -> Option<Timestamp> {
    read(line).first
}

/// The text of a line that is an error.
fn message(line: &str) -> String {
    let report = read(line);
    assert_eq!(report.errors, 1, "{line}");
    report
        .messages
        .first()
        .map_or_else(String::new, |group| group.seen.example.clone())
}

#[test]
fn each_word_for_a_level_is_known_in_any_letters() {
    for (words, expected) in [
        (&["TRACE", "DEBUG", "DEBUG1", "VERBOSE"][..], Level::Debug),
        (
            &["INFO", "NOTICE", "LOG", "STATEMENT", "DETAIL", "HINT"],
            Level::Info,
        ),
        (&["WARN", "WARNING"], Level::Warning),
        (&["ERROR", "ERR", "SEVERE"], Level::Error),
        (
            &["CRITICAL", "CRIT", "FATAL", "PANIC", "EMERG", "ALERT"],
            Level::Critical,
        ),
        (&["NONSENSE", ""], Level::Unknown),
    ] {
        for word in words {
            assert_eq!(level(&format!("{word} x")), expected, "{word}");
            let json = serde_json::json!({"level": word.to_ascii_lowercase(), "msg": "x"});
            assert_eq!(level(&json.to_string()), expected, "{word}");
        }
    }
    for (level, word) in [
        (Level::Unknown, "unknown"),
        (Level::Debug, "debug"),
        (Level::Info, "info"),
        (Level::Warning, "warning"),
        (Level::Error, "error"),
        (Level::Critical, "critical"),
    ] {
        assert_eq!(serde_json::json!(level), word);
    }
}

#[test]
fn a_level_that_is_a_number_is_read_in_steps_of_ten() {
    for (number, expected) in [
        (9, Level::Unknown),
        (10, Level::Debug),
        (29, Level::Debug),
        (30, Level::Info),
        (39, Level::Info),
        (40, Level::Warning),
        (49, Level::Warning),
        (50, Level::Error),
        (59, Level::Error),
        (60, Level::Critical),
        (1_000, Level::Critical),
    ] {
        let line = format!(r#"{{"level":{number},"msg":"x"}}"#);
        assert_eq!(level(&line), expected, "{number}");
    }
    assert_eq!(level(r#"{"level":true,"msg":"x"}"#), Level::Unknown);
}

#[test]
fn the_members_of_an_object_go_by_many_names() {
    for name in ["level", "severity", "levelname", "lvl", "log.level"] {
        let line = serde_json::json!({ name: "error", "msg": "x" }).to_string();
        assert_eq!(level(&line), Level::Error, "{name}");
    }
    for name in ["message", "msg", "event", "error", "detail"] {
        let line = serde_json::json!({ name: "it failed", "level": "error" }).to_string();
        assert_eq!(message(&line), "it failed", "{name}");
    }
    for name in [
        "timestamp",
        "time",
        "ts",
        "@timestamp",
        "asctime",
        "datetime",
    ] {
        let line = serde_json::json!({ name: "2026-11-24T10:00:00Z" }).to_string();
        assert_eq!(time(&line), Some(at("2026-11-24T10:00:00Z")), "{name}");
    }
    for name in ["code", "error_code"] {
        let line = serde_json::json!({ name: "DFE-DB-001", "level": "error" }).to_string();
        assert_eq!(read(&line).codes[0].code, Code::DbConnection, "{name}");
    }
    let line = r#"{"level":"error","code":"E1","message":"it was DFE-DB-001."}"#;
    assert_eq!(read(line).codes[0].code, Code::DbConnection);
    let trace = "TypeError: x\n    at f (/app/a.js:1:2)";
    for name in [
        "stack",
        "stack_trace",
        "traceback",
        "exc_info",
        "exception",
        "backtrace",
    ] {
        let line = serde_json::json!({ name: trace, "level": "error" }).to_string();
        assert_eq!(read(&line).traces.len(), 1, "{name}");
    }
    for name in ["err", "error", "exception"] {
        let line = serde_json::json!({ name: { "stack": trace }, "level": "error" }).to_string();
        assert_eq!(read(&line).traces.len(), 1, "{name}");
    }
}

#[test]
fn a_time_is_read_to_the_nanosecond_and_in_its_zone() {
    for (text, expected) in [
        ("2026-11-24 10:00:00", "2026-11-24T10:00:00Z"),
        ("2026/11/24 10:00:00", "2026-11-24T10:00:00Z"),
        (
            "2026-11-24T10:00:00.123456789Z",
            "2026-11-24T10:00:00.123456789Z",
        ),
        (
            "2026-11-24T10:00:00.1234567891Z",
            "2026-11-24T10:00:00.123456789Z",
        ),
        ("2026-11-24T10:00:00,5", "2026-11-24T10:00:00.5Z"),
        ("2026-11-24 10:00:00 UTC", "2026-11-24T10:00:00Z"),
        ("2026-11-24 10:00:00 GMT", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00+01:30", "2026-11-24T08:30:00Z"),
        ("2026-11-24T10:00:00-01:30", "2026-11-24T11:30:00Z"),
        ("2026-11-24T10:00:00+0130", "2026-11-24T08:30:00Z"),
        ("2026-11-24T10:00:00-02", "2026-11-24T12:00:00Z"),
        ("2026-11-24T10:00:00.25+02:00", "2026-11-24T08:00:00.25Z"),
        ("[(\" 2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        // Other orders.
        ("24/Nov/2026:10:00:00 +0100", "2026-11-24T09:00:00Z"),
        ("24-Nov-2026 10:00:00.5", "2026-11-24T10:00:00.5Z"),
        ("24 Nov 2026 10:00:00.5", "2026-11-24T10:00:00.5Z"),
        ("Tue Nov 24 10:00:00.5 2026", "2026-11-24T10:00:00.5Z"),
        ("2026-11-24 10:00:00.5 EST", "2026-11-24T15:00:00.5Z"),
        ("2026-11-24 10:00:00 CEST", "2026-11-24T08:00:00Z"),
    ] {
        assert_eq!(time(text), Some(at(expected)), "{text}");
        let json = serde_json::json!({ "time": text }).to_string();
        assert_eq!(time(&json), Some(at(expected)), "{text}");
    }
    for text in [
        "2026-13-24 10:00:00",
        "2026-11-24 25:00:00",
        "2026.11.24 10:00:00",
        "2026-11.24 10:00:00",
        "2026-11-24x10:00:00",
        "2026-11-24 10.00:00",
        "2026-11-24 10:00.00",
        "2O26-11-24 10:00:00",
        "x 2026-11-24 10:00:00",
        "",
    ] {
        assert_eq!(time(&format!("{text}\n")), None, "{text}");
    }
}

#[test]
fn a_time_that_is_a_number_is_in_seconds_or_in_milliseconds() {
    for (number, expected) in [
        ("1795514400", "2026-11-24T10:00:00Z"),
        ("1795514400.25", "2026-11-24T10:00:00.25Z"),
        ("1795514400250", "2026-11-24T10:00:00.25Z"),
        ("100000000000", "5138-11-16T09:46:40Z"),
        ("100000000001", "1973-03-03T09:46:40.001Z"),
    ] {
        let line = format!(r#"{{"ts":{number}}}"#);
        assert_eq!(time(&line), Some(at(expected)), "{number}");
    }
    assert_eq!(time(r#"{"ts":true}"#), None);
}

#[test]
fn a_level_is_known_by_its_capitals_or_by_its_marks() {
    for (line, expected) in [
        ("app [error] x", Level::Error),
        ("error: x", Level::Error),
        ("app error: x", Level::Unknown),
        ("error x", Level::Unknown),
        ("[error x", Level::Unknown),
        ("[error     ] x", Level::Error),
        ("[core:error] x", Level::Error),
        ("[core :error] x", Level::Unknown),
        ("core:error] x", Level::Unknown),
        ("<error> x", Level::Error),
        ("| error | x", Level::Error),
        ("error | x", Level::Unknown),
        ("error] x", Level::Unknown),
        ("app ERROR x", Level::Error),
        ("app DEBUG1 x", Level::Debug),
        ("app Error x", Level::Unknown),
        ("2026-11-24 10:00:00 | WARN | x", Level::Warning),
    ] {
        assert_eq!(level(line), expected, "{line}");
    }
    let far = |spaces: usize| level(&format!("{}ERROR", "-".repeat(spaces)));
    assert_eq!((far(115), far(116)), (Level::Error, Level::Unknown));
}

#[test]
fn what_stands_behind_time_and_level_is_the_message() {
    for (line, expected) in [
        ("ERROR x y", "x y"),
        ("[ERROR] x", "x"),
        ("error: x", "x"),
        ("ERROR - x", "x"),
        ("ERROR | x", "x"),
        ("ERROR\tx", "x"),
        ("2026-11-24 10:00:00 | ERROR | x", "x"),
        ("2026-11-24T10:00:00Z - ERROR x", "x"),
        ("[2026-11-24 10:00:00 +0000] ERROR x", "x"),
        ("level=error msg=plain other=1", "plain"),
        ("level=error message=\"a b\"", "a b"),
        (r#"level=error msg="a \" b" c=1"#, r#"a " b"#),
        ("ts=2026-11-24T10:00:00Z level=error msg=\"\"", ""),
    ] {
        assert_eq!(message(line), expected, "{line}");
    }
}

#[test]
fn pairs_are_read_where_there_is_a_level_and_a_message() {
    for (line, time_of, level_of) in [
        (
            "time=2026-11-24T10:00:00Z level=warn msg=x",
            Some("2026-11-24T10:00:00Z"),
            Level::Warning,
        ),
        (
            "ts=\"2026-11-24T10:00:00Z\" level=warn message=x",
            Some("2026-11-24T10:00:00Z"),
            Level::Warning,
        ),
        (
            "2026-11-24T11:00:00Z time=2026-11-24T10:00:00Z level=warn msg=x",
            Some("2026-11-24T11:00:00Z"),
            Level::Warning,
        ),
        ("level=warn", None, Level::Unknown),
        ("msg=x WARN", None, Level::Warning),
        ("sublevel=error level=warn msg=x", None, Level::Warning),
    ] {
        assert_eq!(time(line), time_of.map(at), "{line}");
        assert_eq!(level(line), level_of, "{line}");
    }
}

#[test]
fn a_code_in_a_text_ends_where_its_letters_end() {
    for (line, expected) in [
        ("ERROR DFE-DB-001: x", true),
        ("ERROR (DFE-DB-001)", true),
        ("ERROR DFE-XX-000, DFE-DB-001", true),
        ("ERROR DFE-DB-001x", false),
        ("ERROR DFE-DB-001-", false),
        ("ERROR DFE-", false),
    ] {
        // What is cut off of a code is for triage to judge.
        let stated: u64 = read(line).codes.iter().map(|group| group.stated).sum();
        assert_eq!(stated > 0, expected, "{line}");
    }
}

#[test]
fn a_time_may_stand_behind_a_level_or_a_name() {
    for (line, level_of, said) in [
        (
            "ERROR 2026-11-24 10:00:00,0 views 7 x",
            Level::Error,
            "views 7 x",
        ),
        ("[ERROR] 2026-11-24T10:00:00Z x", Level::Error, "x"),
        ("[worker-1] 2026-11-24 10:00:00 ERROR x", Level::Error, "x"),
        ("\u{feff}2026-11-24 10:00:00 ERROR x", Level::Error, "x"),
    ] {
        assert_eq!(time(line), Some(at("2026-11-24T10:00:00Z")), "{line}");
        assert_eq!((level(line), &*message(line)), (level_of, said), "{line}");
    }
    for line in [
        "it was 2026-11-24 10:00:00",
        "[it failed at] 10:00",
        "10:00:00.5 ERROR x",
    ] {
        assert_eq!(time(line), None, "{line}");
    }
}

#[test]
fn a_year_that_is_not_said_is_the_latest_that_can_be() {
    // Now is the 24th of November 2026, at noon.
    for (line, expected) in [
        ("Nov 24 10:00:00 host-a app[7]: x", "2026-11-24T10:00:00Z"),
        ("Nov 25 10:00:00 host-a app[7]: x", "2026-11-25T10:00:00Z"),
        ("Nov 26 10:00:00 host-a app[7]: x", "2025-11-26T10:00:00Z"),
        ("Feb 29 10:00:00 host-a app[7]: x", "2024-02-29T10:00:00Z"),
        (
            "E1124 10:00:00.5       1 a.go:1] x",
            "2026-11-24T10:00:00.5Z",
        ),
    ] {
        assert_eq!(time(line), Some(at(expected)), "{line}");
    }
}

#[test]
fn a_number_can_be_in_millionths_and_billionths() {
    for (number, expected) in [
        ("1795514400250000", "2026-11-24T10:00:00.25Z"),
        ("1795514400250000000", "2026-11-24T10:00:00.25Z"),
        ("\"1795514400\"", "2026-11-24T10:00:00Z"),
        ("\"179551440\"", ""),
    ] {
        let line = format!(r#"{{"ts":{number}}}"#);
        let expected = (!expected.is_empty()).then(|| at(expected));
        assert_eq!(time(&line), expected, "{number}");
    }
}
