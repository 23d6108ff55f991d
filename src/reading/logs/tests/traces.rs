//! Stack traces, line by line.

use super::*;

/// Language, exception, frame, text.
fn traces(text: &str) -> Vec<(Language, String, String, String)> {
    read(text)
        .traces
        .into_iter()
        .map(|group| {
            (
                group.language,
                group.exception,
                group.frame,
                group.seen.example,
            )
        })
        .collect()
}

fn one(text: &str) -> (Language, String, String, String) {
    let mut found = traces(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.swap_remove(0)
}

fn trace(
    language: Language,
    exception: &str,
    frame: &str,
    message: &str,
) -> (Language, String, String, String) {
    (
        language,
        exception.to_owned(),
        frame.to_owned(),
        message.to_owned(),
    )
}

const TRACEBACK: &str = "Traceback (most recent call last):";

#[test]
fn a_language_has_one_word() {
    for (language, word) in [
        (Language::Python, "python"),
        (Language::Rust, "rust"),
        (Language::JavaScript, "javascript"),
    ] {
        assert_eq!(serde_json::json!(language), word);
    }
}

#[test]
fn of_python_the_last_own_frame_counts_and_the_last_of_all_where_none_is() {
    let frame = |path: &str, line: &str, name: &str| {
        format!("  File \"{path}\", line {line}, in {name}\n    x\n")
    };
    let (own, other) = (
        frame("/app/a.py", "1", "f"),
        frame("/app/b.py", "22", "g in h"),
    );
    let foreign = frame("/usr/lib/python3/x.py", "3", "z");
    let frozen = frame("<frozen runpy>", "123456789", "r");
    for (frames, expected) in [
        (format!("{own}{other}{foreign}"), "/app/b.py:22 in h"),
        (format!("{other}{own}"), "/app/a.py:1 in f"),
        (format!("{foreign}{frozen}"), "<frozen runpy>:1234567 in r"),
        (format!("{frozen}{foreign}"), "/usr/lib/python3/x.py:3 in z"),
        (format!("{own}\n{foreign}"), "/app/a.py:1 in f"),
        (
            "  File \"/app/c.py\", line 9\n".to_owned(),
            "/app/c.py:9 in",
        ),
        (String::new(), ""),
    ] {
        let found = one(&format!("{TRACEBACK}\n{frames}KeyError: 'a'"));
        assert_eq!(found, trace(Language::Python, "KeyError", expected, "'a'"));
    }
}

#[test]
fn what_ends_a_trace_of_python_is_its_exception_whatever_it_looks_like() {
    for (line, exception, message) in [
        ("app.errors._Gone: it is", "app.errors._Gone", "it is"),
        ("KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("ERROR ValueError: a: b", "ValueError", "a: b"),
        ("3 things: x", "things", "x"),
        ("a 3: x", "a 3: x", ""),
        ("a-b: x", "a-b: x", ""),
    ] {
        let found = one(&format!(
            "{TRACEBACK}\n  File \"/app/a.py\", line 1, in f\n{line}"
        ));
        let expected = trace(Language::Python, exception, "/app/a.py:1 in f", message);
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn a_chain_of_python_ends_with_its_last_and_two_traces_are_two() {
    let text = |between: &str| {
        format!("{TRACEBACK}\nKeyError: 'a'\n\n{between}\n\n{TRACEBACK}\nGaveUp: after 3")
    };
    let last = trace(Language::Python, "GaveUp", "", "after 3");
    for between in [
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ] {
        assert_eq!(one(&text(between)), last);
    }
    for between in ["INFO next", ""] {
        let found = traces(&text(between));
        assert_eq!(found.len(), 2, "{between:?}");
        assert!(found.contains(&last));
    }
    let report = read(&format!(
        "2026-11-24T10:00:00Z ERROR x\n{}",
        text("During handling of the above exception")
    ));
    let began = Some(at("2026-11-24T10:00:00Z"));
    assert_eq!(report.traces[0].seen.first, began);
}

#[test]
fn a_trace_of_python_without_an_end_is_cut_or_forgotten() {
    let lines = |count: usize| {
        let body = "    x\n".repeat(count);
        traces(&format!("{TRACEBACK}\n{body}KeyError: 'a'")).len()
    };
    assert_eq!((lines(1_001), lines(1_002)), (1, 0));
    assert!(traces(&format!("{TRACEBACK}\n  File \"/app/a.py\", line 1, in f")).is_empty());
}

#[test]
fn of_rust_the_topmost_own_frame_counts_or_the_place_of_the_panic() {
    let head = "thread 'main' panicked at src/a.rs:1:2:\nout of bounds\n";
    let own = "   1: app::f\n             at ./src/b.rs:3:4\n";
    let other = "   2: app::g\n             at ./src/c.rs:5:6\n";
    let foreign = "   0: core::panic\n             at /rustc/x/library/core/src/p.rs:7:8\n";
    for (rest, expected) in [
        (String::new(), "src/a.rs:1:2"),
        (
            format!("stack backtrace:\n{foreign}{own}{other}"),
            "./src/b.rs:3:4",
        ),
        (format!("stack backtrace:\n{foreign}"), "src/a.rs:1:2"),
        // Without the heading it is no backtrace.
        (own.to_owned(), "src/a.rs:1:2"),
        (
            format!(
                "note: run with `RUST_BACKTRACE=1`\nstack backtrace:\n{own}note: Some details are omitted"
            ),
            "./src/b.rs:3:4",
        ),
        (format!("note: x\n{own}"), "src/a.rs:1:2"),
    ] {
        let found = one(&format!("{head}{rest}"));
        assert_eq!(
            found,
            trace(Language::Rust, "panic", expected, "out of bounds"),
            "{rest}"
        );
    }
    let silent = "thread 'main' panicked at src/a.rs:1:2:\nstack backtrace:\n";
    let found = one(&format!("{silent}{own}"));
    assert_eq!(found, trace(Language::Rust, "panic", "./src/b.rs:3:4", ""));
}

#[test]
fn a_backtrace_of_rust_ends_with_what_is_no_frame() {
    let head = "thread 'main' panicked at src/a.rs:1:2:\nx\nstack backtrace:\n";
    let own = "             at ./src/b.rs:3:4\n";
    for (between, expected) in [
        ("   0: f\n", "./src/b.rs:3:4"),
        ("  10: f\n", "./src/b.rs:3:4"),
        ("next: line\n", "src/a.rs:1:2"),
        (": f\n", "src/a.rs:1:2"),
        ("1x: f\n", "src/a.rs:1:2"),
        ("INFO next\n", "src/a.rs:1:2"),
    ] {
        // What comes behind its end may look like a trace of another language.
        let found = traces(&format!("{head}{between}{own}"));
        let frames: Vec<_> = found
            .iter()
            .filter(|(language, ..)| *language == Language::Rust)
            .map(|(_, _, frame, _)| frame.as_str())
            .collect();
        assert_eq!(frames, [expected], "{between}");
    }
    // The message and the heading are two of the thousand.
    for (frames, expected) in [(998, "./src/b.rs:3:4"), (999, "src/a.rs:1:2")] {
        let found = one(&format!("{head}{}{own}", "   0: f\n".repeat(frames - 1)));
        assert_eq!(found.2, expected, "{frames}");
    }
}

#[test]
fn a_panic_is_known_by_its_thread() {
    for (line, expected) in [
        (
            "thread 'main' panicked at src/a.rs:1:2:",
            Some(("src/a.rs:1:2", "")),
        ),
        (
            "thread 'main' panicked at 'no', src/a.rs:1:2",
            Some(("src/a.rs:1:2", "no")),
        ),
        (
            "x thread 'a, b' (7) panicked at 'it', he said', src/a.rs:1:2",
            Some(("src/a.rs:1:2", "it', he said")),
        ),
        ("thread 'main' panicked at 'no end", None),
        ("main panicked at src/a.rs:1:2:", None),
        ("thread 'main' panicked", None),
    ] {
        let found = traces(line);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(frame, message)| trace(Language::Rust, "panic", frame, message))
            .collect();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn of_javascript_the_topmost_own_frame_counts() {
    for (frames, expected) in [
        (
            "    at f (/app/a.js:1:2)\n    at g (/app/b.js:3:4)",
            "f (/app/a.js:1:2)",
        ),
        (
            "    at f (/app/node_modules/x.js:1:2)\n    at g (/app/b.js:3:4)",
            "g (/app/b.js:3:4)",
        ),
        (
            "    at f (node:internal/x:1:2)\n    at g (/app/node_modules/x.js:3:4)",
            "f (node:internal/x:1:2)",
        ),
        ("\tat /app/a.js:1:2", "/app/a.js:1:2"),
        ("  at async /app/a.js:1:2", "async /app/a.js:1:2"),
        ("  at async f (/app/a.js:1:2)", "async f (/app/a.js:1:2)"),
        ("  at Array.map (<anonymous>)", "Array.map (<anonymous>)"),
    ] {
        let found = one(&format!("TypeError: x is not a function\n{frames}\nnext"));
        let expected = trace(
            Language::JavaScript,
            "TypeError",
            expected,
            "x is not a function",
        );
        assert_eq!(found, expected, "{frames}");
    }
    for text in [
        "TypeError: x\nat f (/app/a.js:1:2)",
        "TypeError: x\n    at f (/app/a.js)",
        "TypeError: x\n    at f (/app/a.js:1:)",
        "TypeError: x\n    at f (/app/a.js:1:a)",
        "TypeError: x\n    in f (/app/a.js:1:2)",
        "9: x\n    at f (/app/a.js:1:2)",
        "    at f (/app/a.js:1:2)",
    ] {
        assert_eq!(traces(text), [], "{text}");
    }
}

#[test]
fn what_follows_a_trace_may_be_another_one() {
    let rust = "thread 'main' panicked at src/a.rs:1:2:\nx\n";
    let python = format!("{TRACEBACK}\nKeyError: 'a'\n");
    let javascript = "Error: y\n    at f (/app/a.js:1:2)\n";
    for text in [
        format!("{rust}{python}{javascript}"),
        format!("{javascript}{rust}{python}"),
        format!("{python}{javascript}{rust}"),
        format!("{rust}{javascript}{python}"),
    ] {
        let languages: Vec<_> = traces(&text)
            .into_iter()
            .map(|(language, ..)| language)
            .collect();
        assert_eq!(
            languages,
            [Language::Python, Language::Rust, Language::JavaScript],
            "{text}"
        );
    }
}

#[test]
fn each_path_of_somebody_else_is_known() {
    for path in [
        "/x/site-packages/a.py",
        "/x/dist-packages/a.py",
        "/usr/lib/python3.12/a.py",
        "<frozen importlib>",
        "<string>",
    ] {
        let text = format!(
            "{TRACEBACK}\n  File \"/app/own.py\", line 1, in f\n  File \"{path}\", line 2, in g\nE: x"
        );
        assert_eq!(one(&text).2, "/app/own.py:1 in f", "{path}");
    }
    for path in [
        "/rustc/x/a.rs",
        "/root/.cargo/registry/a.rs",
        "/root/.rustup/a.rs",
        "/y/library/std/a.rs",
    ] {
        let text = format!(
            "thread 'm' panicked at /rustc/x:1:1:\nx\nstack backtrace:\n   0: f\n  at {path}:1:2\n   1: g\n  at src/own.rs:3:4"
        );
        assert_eq!(one(&text).2, "src/own.rs:3:4", "{path}");
    }
}
