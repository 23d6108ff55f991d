//! Whether a line only mentions failures: a note of a change, a test's name, a path, a metric.
//!
//! # Design notes
//!
//! What is pasted is as often about a failure as it is one. A line of its own shows which by its shape, and
//! not by its words: whoever notes a change begins with what was done, and a metric ends in a number.

use crate::reading::triage::event::Event;

/// How comments, headings, results of tests and all-clears begin.
const BEGINNINGS: &[&str] = &[
    "ok ",
    "not ok ",
    "## ",
    "### ",
    "#### ",
    "# ",
    "-- ",
    "--- ",
    "/// ",
    "//! ",
    "; ",
    "rem ",
    ":param ",
    ":raises ",
    "@throws ",
    "@raises ",
    "@param ",
    "@returns ",
    "@retry",
    "@pytest",
    "[resolved]",
    "resolved: ",
    "recovered: ",
    "[ok] ",
    "ok: ",
    "usage: ",
    "options: ",
    "see also",
    "\"description\": ",
    "\"summary\": ",
    "\"title\": ",
    "\"example\": ",
    "todo ",
    "fixme ",
    "drill: ",
    "exercise: ",
    "simulation: ",
    "test alert",
    "this is a test",
    "<!--",
    "<a ",
    "eslint ",
    "flake8: ",
];

/// What notes of a change begin with, behind a bullet, a hash or a version.
const CHANGES: &[&str] = &[
    "fix",
    "fixed",
    "fixes",
    "handle",
    "handled",
    "handles",
    "improve",
    "improved",
    "improves",
    "document",
    "documented",
    "documents",
    "avoid",
    "avoids",
    "prevent",
    "prevents",
    "bump",
    "bumps",
    "refactor",
    "refactored",
    "rename",
    "renamed",
    "renames",
    "add",
    "added",
    "adds",
    "support",
    "supports",
    "allow",
    "allows",
    "explain",
    "explains",
    "introduce",
    "introduces",
    "deprecate",
    "deprecates",
    "clarify",
    "clarifies",
    "closes",
];

/// Whether the event is one line that speaks of failures and reports none.
pub(super) fn is_mere(event: &Event) -> bool {
    if !event.is_plain {
        return false;
    }
    let line = event.context.trim();
    BEGINNINGS.iter().any(|begin| line.starts_with(begin))
        || (line.starts_with("test ") && line.ends_with(" ok"))
        || is_place(line)
        || is_metric(line)
        || is_change(line)
        || is_rate(line)
        || is_markdown(line)
        || is_fragment(line)
        || is_description(event.shown.trim())
}

/// How the fields of an answer are called that say what happened.
const TELLING: &[&str] = &[
    "cause",
    "code",
    "description",
    "detail",
    "details",
    "err",
    "error",
    "errors",
    "hint",
    "message",
    "msg",
    "reason",
    "stack",
    "status",
    "stderr",
    "text",
    "title",
];

/// `"retry": {"on": ["timeout"]},`: a field out of the middle of a file, unless it says what happened.
fn is_fragment(line: &str) -> bool {
    line.strip_prefix('"')
        .and_then(|line| line.split_once("\": "))
        .is_some_and(|(name, value)| {
            let last = name.rsplit('_').next().unwrap_or(name);
            let is_empty =
                ["null", "[]", "{}", "\"\"", "0", "false"].contains(&value.trim_end_matches(','));
            is_empty || (value.ends_with([',', '{', '[']) && !TELLING.contains(&last))
        })
}

/// A row of a table, or a list of names: `| 502 | no answer |`, `` - `ECONNREFUSED`: nobody listens ``.
fn is_markdown(line: &str) -> bool {
    (line.starts_with("| ") && line.ends_with(" |"))
        || ["- `", "* `", "- **", "* **"]
            .iter()
            .any(|begin| line.starts_with(begin))
}

/// `Returns 429 when the limit is exceeded.`, `If the connection is refused, check the port.`: what is so in
/// general, written as documentation is. Whoever reports something says so of this time, and of themselves.
fn is_description(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let first = lower.split(' ').next().unwrap_or_default();
    let is_any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if !line.starts_with(|c: char| c.is_ascii_uppercase())
        || is_any(&[
            " i ", " we ", " my ", " our ", " us ", " since ", " today", " now",
        ])
    {
        return false;
    }
    let is_conditional = is_any(&[" if ", " when ", " unless ", " whenever "]);
    let is_sentence = line.ends_with('.');
    match first {
        "returns" | "raises" | "throws" | "responds" | "yields" | "emits" => {
            is_conditional || is_any(&[" for ", " on "])
        }
        "if" | "when" | "whenever" | "unless" => is_sentence && lower.contains(','),
        _ => {
            is_sentence
                && is_conditional
                && is_any(&[
                    " returns ",
                    " raises ",
                    " throws ",
                    " responds ",
                    " explains ",
                    " describes ",
                    " waits ",
                    " is raised ",
                    " is thrown ",
                    " is returned ",
                ])
        }
    }
}

/// `src/errors/timeout.rs`, `https://example.com/errors/timeouts`.
fn is_place(line: &str) -> bool {
    line.contains('/') && !line.contains(char::is_whitespace) && !line.contains(['{', '"', ','])
}

/// `http_requests_total{status="500"} 3`.
fn is_metric(line: &str) -> bool {
    let Some((front, value)) = line.rsplit_once(' ') else {
        return false;
    };
    let name = front.split('{').next().unwrap_or(front);
    value.parse::<f64>().is_ok()
        && name.contains('_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_:".contains(&b))
}

/// `4fa52b1 fix a timeout`, `- Fixed a deadlock`, `1.4.2: handles 429`.
fn is_change(line: &str) -> bool {
    let line = line.trim_start_matches(['-', '*', '\u{2022}', ' ']);
    let line = line.strip_prefix("commit ").unwrap_or(line);
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let bare = first.trim_end_matches(':');
    let has_digit = bare.bytes().any(|b| b.is_ascii_digit());
    let is_hash = bare.len() >= 7 && bare.bytes().all(|b| b.is_ascii_hexdigit());
    let is_version = bare.contains('.')
        && bare
            .trim_start_matches('v')
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.');
    let verb = if has_digit && (is_hash || is_version) {
        rest.trim_start()
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
    } else {
        bare
    };
    CHANGES.contains(&verb)
}

/// `rate limit: 100 requests per minute`: how much is allowed, and not that it was too much.
fn is_rate(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(_, value)| {
        value.starts_with(|c: char| c.is_ascii_digit())
            && value.contains(" per ")
            && !["exceed", "reach", "over"]
                .iter()
                .any(|word| line.contains(word))
    })
}
