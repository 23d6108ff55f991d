//! Makes blank what is no evidence.

/// Puts spaces in the place of a range; bytes of longer characters become spaces, too.
pub(super) fn blank(text: &mut String, range: std::ops::Range<usize>) {
    let spaces = " ".repeat(range.len());
    text.replace_range(range, &spaces);
}

/// Blanks the parameters of addresses.
pub(super) fn mask_parameters(text: &mut String) {
    let mut from = 0;
    while let Some(found) = text[from..].find('?') {
        let start = from + found;
        let end = text[start..]
            .find([' ', '"', '\'', '`', ')', '>', '<', '\\'])
            .map_or(text.len(), |end| start + end);
        let begin = text[..start]
            .rfind([' ', '"', '\'', '`', '('])
            .map_or(0, |at| at + 1);
        let is_address = text[begin..start].contains('/');
        if is_address {
            blank(text, start..end);
        }
        from = end.max(start + 1);
        if from >= text.len() {
            break;
        }
    }
}

/// Blanks the statement that Postgres logs with its duration, where there is one.
pub(super) fn mask_statement(text: &mut String) -> bool {
    let begins = ["  statement: ", "  execute ", "  parse ", "  bind "];
    let found = begins.iter().filter_map(|begin| text.find(begin)).min();
    match found {
        Some(at) if text[..at].contains("duration: ") => {
            let end = text.len();
            blank(text, at..end);
            true
        }
        _ => false,
    }
}

/// Blanks what is counted and was counted nowhere: `0 failed`, `errors: 0`.
pub(super) fn mask_counts(text: &mut String) {
    if !text.contains('0') && !text.contains("no ") {
        return;
    }
    for word in COUNTED {
        let mut from = 0;
        while let Some(found) = text[from..].find(word) {
            let (start, end) = (from + found, from + found + word.len());
            from = end;
            let front = text[..start].trim_end();
            // "No stale heartbeats" are no "no heartbeats".
            let none = ["0", "no", "zero", "without"].iter().find_map(|none| {
                let rest = front.strip_suffix(none)?;
                let is_inside = rest.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
                (!is_inside).then_some(rest.len())
            });
            let behind = text[end..].trim_start_matches([' ', '=', ':', '"', '\'']);
            let is_zero = behind.strip_prefix('0').is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
            });
            if (none.is_some() || is_zero)
                && !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                blank(text, none.unwrap_or(start)..end);
            }
        }
    }
}

/// What is counted in summaries.
pub(super) const COUNTED: &[&str] = &[
    "failed",
    "failures",
    "failure",
    "errors",
    "error",
    "timeouts",
    "timeout",
    "retries",
    "cancelled",
    "canceled",
    "crashed",
    "crashes",
    "dropped",
    "rejected",
    "lost",
    "killed",
    "expired",
    "conflicts",
    "deadlocks",
    "deadlock",
    "duplicates",
    "stale",
    "stalled",
    "skipped",
    "invalid",
    "missing",
    "refused",
    "violations",
    "vulnerabilities",
    "issues",
    "exceptions",
];

/// Quotation marks as programs write them, and quotes that were escaped as plain ones.
pub(super) fn straight(line: &str) -> String {
    line.replace(['\u{2018}', '\u{2019}'], "'")
        .replace(['\u{201c}', '\u{201d}'], "\"")
        .replace("\\\"", "\"")
}
