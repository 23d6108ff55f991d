//! One event of a text: a line, or the lines that belong together.
//!
//! # Design notes
//!
//! What stands in one event says nothing of the next: a healthy line beside an error is no evidence
//! for anybody, and a word in it does not say whose peer the error speaks of. So a text is cut where
//! a line has a head of its own, and where it has none, at each line that does not visibly go on with
//! the one before. To cut too often does little harm, since what names its cause goes before what
//! only wraps it, whichever event they are found in.
//!
//! Three texts of one length are kept: what is shown, what is looked at for context, and what is
//! looked at for signs, in which everything that is no evidence (heads, frames of a trace, statements,
//! the parameters of an address) is blank.

use crate::reading::triage::head::{self, Level};
use crate::reading::triage::record;

/// How much of an event is looked at, in bytes.
const MAX_EVENT: usize = 16 * 1024;

/// One event.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// As it is shown.
    pub(super) shown: String,
    /// In small letters, without statements and parameters: what it speaks of.
    pub(super) context: String,
    /// The same, without heads and frames: what is said.
    pub(super) said: String,
    /// Whether its writer calls it a failure.
    pub(super) is_bad: bool,
    /// Whether only what names its cause counts, since its writer calls it a matter of course.
    pub(super) is_routine: bool,
    /// Whether it has neither a head nor a second line, as what people write.
    pub(super) is_plain: bool,
}

/// What a line is to its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Said,
    /// Where something happened, not what.
    Frame,
    /// Not evidence for anything.
    Statement,
}

#[derive(Debug, Default)]
struct Open {
    event: Event,
    is_quiet: bool,
    has_head: bool,
    in_trace: bool,
    lines: usize,
    last: String,
}

/// Reads a text, event by event, and hands on those that are evidence.
pub(super) fn each(text: &str, mut judge: impl FnMut(&Event)) {
    let mut open: Option<Open> = None;
    for line in text.lines() {
        let plain = without_colours(line.trim_end());
        let line = plain.as_str();
        if line.trim().is_empty() {
            continue;
        }
        let record = record::read(line);
        let head = record.as_ref().map_or_else(
            || head::of(line),
            |record| {
                Some(head::Head {
                    level: record.level,
                    message: 0,
                    goes_on: false,
                    is_statement: false,
                })
            },
        );
        let goes_on = open.as_ref().is_some_and(|open| match head {
            Some(head) => head.goes_on || (record.is_none() && open.takes_head(line)),
            None => open.takes(line),
        });
        if !goes_on {
            close(open.take(), &mut judge);
            if head.is_none() && is_no_report(line) {
                continue;
            }
        }
        let open = open.get_or_insert_with(|| Open::begin(head));
        match (&record, head) {
            (Some(record), _) => record
                .text
                .lines()
                .for_each(|line| open.add(line, 0, part_of(line))),
            (None, Some(head)) => {
                let part = if head.is_statement {
                    Part::Statement
                } else {
                    Part::Said
                };
                open.add(line, head.message, part);
            }
            (None, None) => {
                let part = open.part(line);
                open.add(line, 0, part);
            }
        }
    }
    close(open, &mut judge);
}

fn close(open: Option<Open>, judge: &mut impl FnMut(&Event)) {
    if let Some(mut open) = open
        && !open.is_quiet
    {
        open.event.is_plain = !open.has_head && open.lines == 1;
        judge(&open.event);
    }
}

impl Open {
    fn begin(head: Option<head::Head>) -> Self {
        Self {
            is_quiet: head.is_some_and(|head| head.level == Level::Quiet),
            has_head: head.is_some(),
            event: Event {
                is_bad: head.is_some_and(|head| head.level == Level::Bad),
                is_routine: head.is_some_and(|head| head.level == Level::Log),
                ..Event::default()
            },
            ..Self::default()
        }
    }

    /// Whether a line with a head of its own goes on all the same: psql's words in an error of a
    /// program begin with a level, too.
    fn takes_head(&self, line: &str) -> bool {
        self.last.ends_with("rror:") && line.starts_with("ERROR:")
    }

    /// Whether a line without a head goes on with this event.
    fn takes(&self, line: &str) -> bool {
        if self.is_quiet {
            return false;
        }
        let is_indented = line.starts_with([' ', '\t']);
        let last = self.last.trim_end();
        let trimmed = line.trim_start();
        if self.in_trace && (is_indented || is_exception(line)) {
            return true;
        }
        is_indented
            || MARKERS.iter().any(|marker| trimmed.starts_with(marker))
            || is_source_line(trimmed)
            || (last.contains("panicked at ") && last.ends_with(':'))
            || (last.starts_with("panic: ") && line.starts_with("goroutine"))
            || (last.starts_with("***") || line.starts_with("***"))
            || (last.ends_with("invocation:") || last.ends_with("Original error:"))
            || (last.contains("alidation error") && !line.contains(' '))
            || (self.event.shown.contains("alidation error") && !line.contains(' '))
            || (self.event.shown.starts_with('<') && line.starts_with('<'))
            || self.takes_of_http(line)
            || (line.starts_with("Traceback ") && self.has_head)
    }

    /// Whether it is one more line of an answer that was printed with its headers.
    fn takes_of_http(&self, line: &str) -> bool {
        let begin = &self.event.shown;
        let is_answer = begin.starts_with("HTTP/") || begin.contains("\nHTTP/");
        if !is_answer {
            let is_request = [
                "GET http",
                "POST http",
                "PATCH http",
                "PUT http",
                "HEAD http",
                "DELETE http",
            ];
            return is_request.iter().any(|verb| begin.starts_with(verb))
                && line.starts_with("HTTP/");
        }
        let is_header = line
            .split_once(": ")
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        is_header || line.starts_with(['{', '<']) || line.starts_with("error code")
    }

    fn part(&mut self, line: &str) -> Part {
        let trimmed = line.trim_start();
        if trimmed.starts_with("Traceback (")
            || (trimmed.starts_with("File \"") && trimmed.contains("\", line "))
        {
            self.in_trace = true;
            return Part::Frame;
        }
        if self.in_trace {
            if line.starts_with([' ', '\t']) {
                return Part::Frame;
            }
            // The line that names the exception ends its trace.
            self.in_trace = trimmed.starts_with("During handling")
                || trimmed.starts_with("The above exception");
            return Part::Said;
        }
        part_of(line)
    }

    fn add(&mut self, line: &str, message: usize, part: Part) {
        self.lines += 1;
        self.last.clear();
        self.last.push_str(line);
        let room = MAX_EVENT.saturating_sub(self.event.shown.len());
        let line = &line[..line.floor_char_boundary(room)];
        let message = message.min(line.len());
        let event = &mut self.event;
        if !event.shown.is_empty() {
            event.shown.push('\n');
            event.context.push('\n');
            event.said.push('\n');
        }
        let mut lower = line.to_ascii_lowercase();
        if part == Part::Statement {
            blank(&mut lower, 0..line.len());
        } else {
            mask_parameters(&mut lower);
            mask_statement(&mut lower);
            mask_counts(&mut lower);
        }
        event.shown.push_str(line);
        event.context.push_str(&lower);
        match part {
            Part::Said => blank(&mut lower, 0..message),
            Part::Frame | Part::Statement => blank(&mut lower, 0..line.len()),
        }
        event.said.push_str(&lower);
    }
}

/// What begins a line that goes on with the event before.
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
    "Caused by",
    "During handling of",
    "The above exception",
    "note: run with",
    "goroutine ",
    "stack backtrace",
    "[signal ",
    "Require stack",
    "... ",
    "| ",
    "+ |",
    "[cause]",
    "Process ",
    "Reason:",
    "Description:",
    "Action:",
    "fatal error: newosproc",
    "runtime: may need",
    "For further information",
    "For more information",
    "Is the server running",
    "Invalid JSON",
    "Please make sure",
    "Context:",
    "Multiple connection attempts",
    "created by ",
    "exit status ",
];

/// `4 | port = eighty`, as parsers quote what they read.
fn is_source_line(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = line[digits..].trim_start();
    (digits > 0 && behind.starts_with("| ")) || line == "|" || line.starts_with("--> ")
}

/// `package.Name: what it says`, `Name`.
fn is_exception(line: &str) -> bool {
    let name = line.split([':', ' ', '(']).next().unwrap_or(line);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))
}

fn part_of(line: &str) -> Part {
    let trimmed = line.trim_start();
    let is_indented = trimmed.len() < line.len();
    let is_frame = (is_indented
        && (trimmed.starts_with("at ")
            || trimmed.starts_with("File \"")
            || trimmed.starts_with("from ")
            || trimmed.starts_with("... ")
            || trimmed.contains(".go:")
            || trimmed.bytes().all(|b| b"^~ |".contains(&b))))
        || trimmed.starts_with("goroutine ")
        || trimmed.starts_with("created by ")
        || (trimmed.contains("(0x") && !trimmed.contains(": "));
    let is_statement = [
        "[SQL:",
        "[parameters:",
        "(Background on",
        "STATEMENT:",
        "query: ",
        "parameters: ",
        "LINE ",
    ]
    .iter()
    .any(|begin| trimmed.starts_with(begin));
    if is_statement {
        Part::Statement
    } else if is_frame {
        Part::Frame
    } else {
        Part::Said
    }
}

/// Puts spaces in the place of a range; bytes of longer characters become spaces, too.
fn blank(text: &mut String, range: std::ops::Range<usize>) {
    let spaces = " ".repeat(range.len());
    text.replace_range(range, &spaces);
}

/// Blanks the parameters of addresses.
fn mask_parameters(text: &mut String) {
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

/// Blanks the statement that Postgres logs with its duration.
fn mask_statement(text: &mut String) {
    let begins = ["  statement: ", "  execute ", "  parse ", "  bind "];
    let found = begins.iter().filter_map(|begin| text.find(begin)).min();
    if let Some(at) = found
        && text[..at].contains("duration: ")
    {
        let end = text.len();
        blank(text, at..end);
    }
}

/// Blanks what is counted and was counted nowhere: `0 failed`, `errors: 0`.
fn mask_counts(text: &mut String) {
    if !text.contains('0') && !text.contains("no ") {
        return;
    }
    for word in COUNTED {
        let mut from = 0;
        while let Some(found) = text[from..].find(word) {
            let (start, end) = (from + found, from + found + word.len());
            from = end;
            let front = text[..start].trim_end();
            let is_none = ["0", "no", "zero", "without"].iter().any(|none| {
                front.strip_suffix(none).is_some_and(|rest| {
                    !rest.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
                })
            });
            let behind = text[end..].trim_start_matches([' ', '=', ':', '"', '\'']);
            let is_zero = behind.strip_prefix('0').is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
            });
            if (is_none || is_zero) && !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                blank(text, start..end);
            }
        }
    }
}

/// What is counted in summaries.
const COUNTED: &[&str] = &[
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

/// Whether a line speaks of failures without reporting one: a note of a change, a statement, code.
fn is_no_report(line: &str) -> bool {
    let note = line.split([':', '(', '!']).next().unwrap_or(line);
    let is_note = NOTES.iter().any(|known| note.eq_ignore_ascii_case(known)) && line.contains(':');
    is_note
        || INSTALLERS
            .iter()
            .any(|begin| line.trim_start().starts_with(begin))
        || line.contains(" PASSED")
        || STATEMENTS.iter().any(|begin| line.starts_with(begin))
        || is_code(line)
}

/// How notes of changes begin.
const NOTES: &[&str] = &[
    "docs",
    "doc",
    "feat",
    "fix",
    "chore",
    "test",
    "tests",
    "refactor",
    "style",
    "perf",
    "ci",
    "build",
    "revert",
    "todo",
    "fixme",
    "release notes",
    "changelog",
    "note to self",
    "wip",
];

/// How statements begin, and what psql answers to them.
const STATEMENTS: &[&str] = &[
    "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "DROP ", "WITH ", "GRANT ",
    "REVOKE ", "SET ", "COPY ", "EXPLAIN ", "BEGIN", "COMMIT", "ROLLBACK",
];

/// How installers, test runners, histories and shells begin what they print of names.
const INSTALLERS: &[&str] = &[
    "Collecting ",
    "Downloading ",
    "Downloaded ",
    "Successfully installed",
    "Successfully built",
    "Requirement already",
    "Using cached",
    "Building wheel",
    "Compiling ",
    "+ ",
    "- Installing",
    "Get:",
    "Selecting ",
    "Unpacking ",
    "Setting up ",
    "npm warn deprecated",
    "\u{2713} ",
    "\u{2714} ",
    "--- PASS",
    "=== RUN",
    "Merge ",
    "Bump ",
    "Revert ",
    "$ ",
    "% ",
    "grep ",
    "rg ",
    "tail ",
    "kubectl ",
];

/// Whether it is a line of code: a word of a language in front, and its punctuation behind.
fn is_code(line: &str) -> bool {
    let ends_so = line.ends_with([':', ';', '{', ')', ',']) || line.contains(" import ");
    let word = line.split([' ', ':']).next().unwrap_or(line);
    (ends_so && CODE.contains(&word))
        || ["//", "/*", "# ", "} catch", "if ("]
            .iter()
            .any(|begin| line.starts_with(begin))
}

/// How lines of code begin.
const CODE: &[&str] = &[
    "except", "raise", "throw", "catch", "import", "from", "def", "class", "return", "try",
    "const", "let", "var", "fn", "pub", "use", "func", "async", "await", "assert",
];

/// A line without what colours it.
fn without_colours(line: &str) -> String {
    if !line.contains('\u{1b}') {
        return straight(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let sequence = behind.strip_prefix('[').map_or(0, |parameters| {
            let length = parameters
                .bytes()
                .take_while(|b| !(0x40..0x7f).contains(b))
                .count();
            (1 + length + 1).min(behind.len())
        });
        rest = &behind[behind.floor_char_boundary(sequence)..];
    }
    out.push_str(rest);
    straight(&out)
}

/// Quotation marks as programs write them, and quotes that were escaped as plain ones.
fn straight(line: &str) -> String {
    line.replace(['\u{2018}', '\u{2019}'], "'")
        .replace(['\u{201c}', '\u{201d}'], "\"")
        .replace("\\\"", "\"")
}
