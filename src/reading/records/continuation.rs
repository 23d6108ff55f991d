//! What visibly goes on with the line before, without a head of its own.
//!
//! # Design notes
//!
//! Whoever prints several lines shows it: by an indentation, by a bracket that closes, by words that
//! stand for nothing alone. What is a part of a failure ("Caused by") goes on with a failure
//! only: behind a line that reports none it is what is left of somebody else's.

/// What begins a line that goes on with whatever stands before it.
const MARKERS: &[&str] = &[
    "}",
    "]",
    ")",
    "DETAIL:",
    "HINT:",
    "CONTEXT:",
    "STATEMENT:",
    "QUERY:",
    "LINE ",
    "LOCATION:",
    "NOTE:",
    "WHERE:",
    "[SQL:",
    "[parameters:",
    "(Background on",
    "- host:",
    "... ",
    "| ",
    "+ |",
    "Description:",
    "Action:",
    "For further information",
    "For more information",
    "Is the server running",
    "Invalid JSON",
    "Please make sure",
    "Context:",
    "Multiple connection attempts",
];

/// What begins a line that goes on with a failure.
const OF_FAILURE: &[&str] = &[
    "Caused by",
    "During handling of",
    "The above exception",
    "note: run with",
    "goroutine ",
    "stack backtrace",
    "[signal ",
    "Require stack",
    "[cause]",
    "Process ",
    "Reason:",
    "fatal error: newosproc",
    "runtime: may need",
    "created by ",
    "exit status ",
    // Elixir's exceptions, as Supavisor writes them.
    "** (",
];

/// What requests are printed as in front of their answer.
const REQUESTS: &[&str] = &[
    "GET http",
    "POST http",
    "PATCH http",
    "PUT http",
    "HEAD http",
    "DELETE http",
];

/// Whether a line goes on with what was said, whatever that was.
pub(super) fn is_marked(line: &str) -> bool {
    begins(line, MARKERS) || is_source_line(line)
}

/// Whether a line goes on with a failure.
pub(super) fn is_of_failure(line: &str) -> bool {
    begins(line, OF_FAILURE)
}

/// Whether a line begins with one of these. The first byte is compared first, as it is the end of most.
fn begins(line: &str, markers: &[&str]) -> bool {
    let first = line.bytes().next();
    markers
        .iter()
        .any(|marker| marker.bytes().next() == first && line.starts_with(marker))
}

/// Whether a line without indentation goes on with what was said, by what that was.
pub(super) fn is_announced(line: &str, said: &str, previous: &str) -> bool {
    let previous = previous.trim_end();
    previous.ends_with("invocation:")
        || previous.ends_with("Original error:")
        || previous.starts_with("***")
        || line.starts_with("***")
        || (said.contains("alidation error") && !line.contains(' '))
        || (said.starts_with('<') && line.starts_with('<'))
        || is_of_answer(line, said)
}

/// `4 | port = eighty`, as parsers quote what they read.
fn is_source_line(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = line[digits..].trim_start();
    (digits > 0 && (behind.starts_with("| ") || behind == "|"))
        || line == "|"
        || is_place_in_code(line)
}

/// Whether a compiler warns of something in the code that nobody needs, as its first line says.
pub(crate) fn warns_of_code(message: &str) -> bool {
    message.starts_with("unused ")
        || [" is never read", " is never used", " is never constructed"]
            .iter()
            .any(|end| message.ends_with(end))
}

/// Whether a line is where a compiler shows which place in the code it means.
pub(super) fn is_place_in_code(line: &str) -> bool {
    line.trim_start().starts_with("--> ")
}

/// Whether a line goes on with what a compiler shows: the code, what is marked in it, and what it adds.
pub(super) fn is_of_diagnostic(line: &str) -> bool {
    let text = line.trim();
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_changed = behind.len() < text.len()
        && [" + ", " - ", " ~ "]
            .iter()
            .any(|mark| behind.starts_with(mark));
    text.is_empty()
        || is_changed
        || is_source_line(text)
        || ["| ", "= ", "::: ", "help: ", "note: ", "..."]
            .iter()
            .any(|begin| text.starts_with(begin))
}

/// Whether it is one more line of an answer that was printed with its headers.
fn is_of_answer(line: &str, said: &str) -> bool {
    if !said.starts_with("HTTP/") && !said.contains("\nHTTP/") {
        return REQUESTS.iter().any(|verb| said.starts_with(verb)) && line.starts_with("HTTP/");
    }
    let is_header = line
        .split_once(": ")
        .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    is_header || line.starts_with(['{', '<']) || line.starts_with("error code")
}
