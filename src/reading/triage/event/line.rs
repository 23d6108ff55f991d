//! What a line is: whether it reports anything, and whether it says what happened or only where.

/// What a line is to its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Said,
    /// Where something happened, not what.
    Frame,
    /// Not evidence for anything.
    Statement,
}

/// Tells what each line is, from what stood before it.
#[derive(Debug, Default)]
pub(super) struct Parts {
    in_trace: bool,
    /// A statement was begun, and takes the rest of its event.
    pub(super) in_statement: bool,
}

impl Parts {
    /// What the next line is to its event.
    pub(super) fn part(&mut self, line: &str) -> Part {
        let trimmed = line.trim_start();
        if self.in_statement {
            return Part::Statement;
        }
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
}

/// How a request begins.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Where the target of a request stands in the line that a server has written of it: it says where, and
/// not what. In the line of a client it may be the peer.
pub(super) fn target(line: &str) -> Option<std::ops::Range<usize>> {
    let (method, rest) = line.split_once(' ')?;
    let is_request = METHODS.contains(&method) && rest.starts_with('/');
    let start = method.len() + 1;
    let end = start + rest.find(' ')?;
    is_request.then_some(start..end)
}

/// What a line is to its event, as far as it says so itself.
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
        "statement: ",
        "query: ",
        "parameters: ",
        "detail: parameters: ",
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
    if is_option(line) {
        return true;
    }
    let line = of_change(line);
    let note = line.split([':', '(', '!']).next().unwrap_or(line);
    let is_note = NOTES.iter().any(|known| note.eq_ignore_ascii_case(known)) && line.contains(':');
    is_note
        || INSTALLERS
            .iter()
            .any(|begin| line.trim_start().starts_with(begin))
        || line.contains(" PASSED")
        || (STATEMENTS.iter().any(|begin| line.starts_with(begin))
            && !line.starts_with("COPY failed"))
        || is_code(line)
        || is_call(line)
        || is_quantity(line)
        || is_registration(line)
}

/// What settings and counts are called.
const QUANTITIES: &[&str] = &[
    "limit",
    "limits",
    "timeout",
    "timeouts",
    "retries",
    "attempts",
    "queue",
    "size",
    "interval",
    "concurrency",
    "policy",
];

/// What is said where a setting was not kept to.
const BROKEN: &[&str] = &[
    "exceed",
    "reached",
    "elapsed",
    "fail",
    "expired",
    "error",
    "hit",
    "full",
    "exhausted",
];

/// `rate limit: 100 requests per minute`, `timeouts: connect 5s, read 30s`: a setting, or a count.
fn is_quantity(line: &str) -> bool {
    let Some((name, value)) = line.split_once(": ") else {
        return false;
    };
    let last = name.rsplit([' ', '_']).next().unwrap_or(name);
    name.split(' ').count() <= 3
        && QUANTITIES
            .iter()
            .any(|known| last.eq_ignore_ascii_case(known))
        && value.contains(|c: char| c.is_ascii_digit())
        && !BROKEN.iter().any(|word| value.contains(word))
}

/// `Registering exception handler`: what a program has ready for failures.
fn is_registration(line: &str) -> bool {
    let begins = [
        "Registering ",
        "Registered ",
        "Loading ",
        "Loaded ",
        "Installing ",
    ];
    let ends = [
        "handler",
        "handlers",
        "hook",
        "hooks",
        "middleware",
        "listener",
        "listeners",
    ];
    let line = line.trim_end_matches(['.', ' ']);
    let last = line.rsplit(' ').next().unwrap_or(line);
    begins.iter().any(|begin| line.starts_with(begin)) && ends.contains(&last)
}

/// Whether a compiler or a linter warns of what stands in the code, and shows where.
pub(super) fn is_of_compiler(message: &str) -> bool {
    let mut lines = message.lines();
    let of_names = lines.next().is_some_and(|first| {
        first.starts_with("unused ")
            || [" is never read", " is never used", " is never constructed"]
                .iter()
                .any(|end| first.ends_with(end))
    });
    of_names || lines.any(|line| line.trim_start().starts_with("--> "))
}

/// What a history or a list says of a change: `* 5a1b2d3 fix: text`, `HEAD is now at 5a1b2d3 text`, `- fix: text`.
fn of_change(line: &str) -> &str {
    let bare = line.trim_start_matches(['*', '|', '-', '\u{2022}', ' ']);
    let bare = ["HEAD is now at ", "commit "]
        .iter()
        .find_map(|begin| bare.strip_prefix(begin))
        .unwrap_or(bare);
    match bare.split_once(' ') {
        Some((hash, text))
            if (7..=40).contains(&hash.len())
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) =>
        {
            text
        }
        _ if bare.len() < line.len() => bare,
        _ => line,
    }
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
    "added",
    "changed",
    "deprecated",
    "removed",
    "fixed",
    "bugfix",
    "breaking",
    "breaking change",
    "deps",
    "security fix",
    "note to self",
    "wip",
];

/// How statements begin, and what psql answers to them.
pub(super) const STATEMENTS: &[&str] = &[
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "WITH ",
    "GRANT ",
    "REVOKE ",
    "SET ",
    "COPY ",
    "EXPLAIN ",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "COMMENT ON ",
    "ANALYZE ",
    "VACUUM ",
    "REINDEX ",
    "TRUNCATE ",
    "REFRESH ",
    "MERGE INTO ",
    "LOCK TABLE ",
    "DECLARE ",
    "RAISE ",
    "DO $$",
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
    "exporting to image",
    "exporting layers",
    "Compiling ",
    "+ ",
    "- Installing",
    "Get:",
    "Selecting ",
    "Unpacking ",
    "invoke-rc.d: ",
    "debconf: ",
    "update-alternatives: ",
    "Setting up ",
    "npm warn deprecated",
    "\u{2713} ",
    "\u{2714} ",
    "--- PASS",
    "PASS ",
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
    let ends_block = line.ends_with(['{', '}', ';', ':']);
    let raises = line
        .strip_prefix("raise ")
        .is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()));
    (ends_so && CODE.contains(&word))
        || (ends_block && BLOCKS.contains(&word))
        || (CODE.contains(&word)
            && [" == ", " != ", " === "]
                .iter()
                .any(|sign| line.contains(sign)))
        || raises
        || [
            "//", "/*", "# ", "} catch", "} else", "if (", "if err ", "elif ", "#[", "match ",
        ]
        .iter()
        .any(|begin| line.starts_with(begin))
}

/// `it('fails without a token', () => {`, `logger.error("no answer");`, `if err == context.Canceled {`: nothing but a
/// call, or a condition with its operator. Where a program prints a value, its name begins with a capital.
fn is_call(line: &str) -> bool {
    let line = line.trim();
    let opens = line.ends_with(['{', ';']);
    let has_operator = [" == ", " != ", " => ", " := ", " && ", " || ", " -> "]
        .iter()
        .any(|operator| line.contains(operator));
    if opens && has_operator && !line.contains(": ") {
        return true;
    }
    let name = line
        .find(|c: char| !c.is_ascii_alphanumeric() && !"_.!".contains(c))
        .unwrap_or(line.len());
    let Some(arguments) = line[name..].strip_prefix('(') else {
        return false;
    };
    let mut depth = 1_usize;
    let end = arguments.find(|c: char| {
        depth += usize::from(c == '(');
        depth -= usize::from(c == ')');
        depth == 0
    });
    let is_all = match end {
        Some(end) => matches!(&arguments[end + 1..], "" | ";" | " {" | ":"),
        None => opens || line.ends_with("=>"),
    };
    let names_a_function = name > 0
        && line.starts_with(|c: char| c.is_ascii_lowercase())
        && !arguments.starts_with(')');
    let is_method = line[..name].contains('.');
    names_a_function && is_all && (is_method || arguments.starts_with(['"', '\'', '`']))
}

/// `--timeout <seconds>  how long to wait`: what a program says of its own options.
fn is_option(line: &str) -> bool {
    let line = line.trim_start();
    let is_short = line.len() > 4
        && line.starts_with('-')
        && line.as_bytes()[1].is_ascii_alphabetic()
        && line[2..].starts_with(", --");
    let is_long = line
        .strip_prefix("--")
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    is_short || (is_long && (line.contains("  ") || line.contains('<')))
}

/// How blocks of code begin.
const BLOCKS: &[&str] = &[
    "elif",
    "enum",
    "export",
    "for",
    "if",
    "impl",
    "interface",
    "namespace",
    "private",
    "protected",
    "public",
    "static",
    "struct",
    "switch",
    "trait",
    "type",
    "while",
    "with",
];

/// How lines of code begin.
pub(super) const CODE: &[&str] = &[
    "except", "raise", "throw", "catch", "import", "from", "def", "class", "return", "try",
    "const", "let", "var", "fn", "pub", "use", "func", "async", "await", "assert",
];
