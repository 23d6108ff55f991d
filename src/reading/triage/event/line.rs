//! What a line is: whether it goes on with the one before, reports anything, and says it or only where.

/// What a line is to its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Said,
    /// Where something happened, not what.
    Frame,
    /// Not evidence for anything.
    Statement,
}

/// What begins a line that goes on with the event before.
pub(super) const MARKERS: &[&str] = &[
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
pub(super) fn is_source_line(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = line[digits..].trim_start();
    (digits > 0 && behind.starts_with("| ")) || line == "|" || line.starts_with("--> ")
}

/// `package.Name: what it says`, `Name`.
pub(super) fn is_exception(line: &str) -> bool {
    let name = line.split([':', ' ', '(']).next().unwrap_or(line);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))
}

pub(super) fn part_of(line: &str) -> Part {
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

/// Whether a line speaks of failures without reporting one: a note of a change, a statement, code.
pub(super) fn is_no_report(line: &str) -> bool {
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
pub(super) const NOTES: &[&str] = &[
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
pub(super) const STATEMENTS: &[&str] = &[
    "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "DROP ", "WITH ", "GRANT ",
    "REVOKE ", "SET ", "COPY ", "EXPLAIN ", "BEGIN", "COMMIT", "ROLLBACK",
];

/// How installers, test runners, histories and shells begin what they print of names.
pub(super) const INSTALLERS: &[&str] = &[
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
pub(super) fn is_code(line: &str) -> bool {
    let ends_so = line.ends_with([':', ';', '{', ')', ',']) || line.contains(" import ");
    let word = line.split([' ', ':']).next().unwrap_or(line);
    (ends_so && CODE.contains(&word))
        || ["//", "/*", "# ", "} catch", "if ("]
            .iter()
            .any(|begin| line.starts_with(begin))
}

/// How lines of code begin.
pub(super) const CODE: &[&str] = &[
    "except", "raise", "throw", "catch", "import", "from", "def", "class", "return", "try",
    "const", "let", "var", "fn", "pub", "use", "func", "async", "await", "assert",
];
