//! What stands around a line: colours, and what carried it.

use super::*;
use crate::reading::records::envelope::{Envelope, open, plain};
use crate::reading::records::time;

#[test]
fn colours_go_in_whatever_form_they_are_left() {
    for (text, expected) in [
        ("\u{1b}[31mERROR\u{1b}[0m x", "ERROR x"),
        ("\u{1b}[1;31mERROR\u{1b}[0m x", "ERROR x"),
        ("\u{1b}[38;5;9mERROR\u{1b}[39m x", "ERROR x"),
        ("\u{1b}[2K\u{1b}[1Gx", "x"),
        ("\u{1b}]0;title\u{7}x", "x"),
        ("\u{1b}]8;;http://a\u{1b}\\x\u{1b}]8;;\u{1b}\\", "x"),
        ("\u{1b}(Bx", "Bx"),
        ("x\u{1b}", "x"),
        ("x\u{1b}[", "x["),
        ("\u{1b}é", "é"),
        // Where something has taken the escapes, or has written them out.
        ("[31mERROR[0m x", "ERROR x"),
        ("^[[31mERROR^[[0m x", "ERROR x"),
        ("#033[31mERROR#033[0m x", "ERROR x"),
        (r"\u001b[31mERROR\u001b[39m x", "ERROR x"),
        // What only looks like one.
        ("rate(x[5m]) [0m]", "rate(x[5m]) [0m]"),
        ("[5m it took", "[5m it took"),
        ("a [31m b", "a [31m b"),
        ("issue #033 in [0m", "issue #033 in "),
        ("é [0m é", "é  é"),
    ] {
        assert_eq!(plain(text), expected, "{text:?}");
    }
}

#[test]
fn what_carried_a_line_is_not_the_line() {
    let newest = Some(at("2026-12-01T00:00:00Z"));
    for (text, source, time, level, inside) in [
        ("worker-1  | x", Some("worker-1"), None, None, "x"),
        ("worker_1 |   x", Some("worker_1"), None, None, "  x"),
        ("worker-1  |", Some("worker-1"), None, None, ""),
        ("0|intake  | x", Some("intake"), None, None, "x"),
        (
            "[pod/worker-1/main] x",
            Some("worker-1/main"),
            None,
            None,
            "x",
        ),
        ("<11>x", None, None, Some(Level::Error), "x"),
        ("<190>x", None, None, Some(Level::Info), "x"),
        (
            "Nov 24 10:00:00 host-a worker[7]: x",
            Some("worker"),
            Some("2026-11-24T10:00:00Z"),
            None,
            "x",
        ),
        (
            "Nov  4 10:00:00 host-a kernel: x",
            Some("kernel"),
            Some("2026-11-04T10:00:00Z"),
            None,
            "x",
        ),
        (
            "Dec 24 10:00:00 host-a cron: x",
            Some("cron"),
            Some("2025-12-24T10:00:00Z"),
            None,
            "x",
        ),
        (
            "<27>1 2026-11-24T10:00:00Z host-a worker 7 ID4 [a b=\"c\"] x",
            Some("worker"),
            Some("2026-11-24T10:00:00Z"),
            Some(Level::Error),
            "x",
        ),
        (
            "<27>1 2026-11-24T10:00:00Z - - - - - x",
            None,
            Some("2026-11-24T10:00:00Z"),
            Some(Level::Error),
            "x",
        ),
        (
            "2026-11-24T10:00:00+0000 host-a worker[7]:   x",
            Some("worker"),
            Some("2026-11-24T10:00:00Z"),
            None,
            "  x",
        ),
        (
            "2026-11-24T10:00:00.1+00:00 app[web.1]: x",
            Some("app"),
            Some("2026-11-24T10:00:00.1Z"),
            None,
            "x",
        ),
        (
            "2026-11-24T10:00:00.1Z stderr F x",
            None,
            Some("2026-11-24T10:00:00.1Z"),
            None,
            "x",
        ),
    ] {
        let expected = Envelope {
            source,
            at: time.map(at),
            level,
            inside,
            leading: None,
        };
        assert_eq!(open(text, newest), expected, "{text}");
    }
    for text in [
        "x",
        "",
        "|",
        "ERROR | x",
        "info | x",
        "a || b",
        "12 | x",
        "a b | x",
        "2026-11-24T10:00:00Z | error | x",
        "2026-11-24 10:00:00 [7] ERROR: x",
        "2026-11-24 10:00:00 ERROR app: x",
        "2026-11-24 10:00:00 ERROR app[7]: x",
        "2026-11-24 10:00:00 ERROR[7]: x",
        "2026-11-24T10:00:00Z stderr x",
        "Nov 24 10:00:00 worker: x",
        "<x>y",
        "<1234>y",
    ] {
        let expected = Envelope {
            inside: text,
            // Looked for once.
            leading: time::leading(text, newest).filter(|found| found.at.is_some()),
            ..Envelope::default()
        };
        assert_eq!(open(text, newest), expected, "{text}");
    }
}
