//! Variables of the environment, and what is said to be wrong with them.
//!
//! # Design notes
//!
//! Each language has its own sentence for a variable that is not there, and each library another one
//! for a value that it does not take; what all of them share is the name. So a word that is written as
//! variables are, and ends as they do, is looked at together with what stands beside it. What is
//! written alike and is the constant of an error (`ERR_JWKS_NO_MATCHING_KEY`) is told by its parts.

use crate::domain::taxonomy::Code;
use crate::reading::triage::sign::CAUSE;

/// How far around a name its complaint is looked for, in bytes.
const REACH: usize = 64;

/// How the names of variables end.
const ENDINGS: &[&str] = &[
    "ACCOUNT",
    "ADDR",
    "ADDRESS",
    "BASE",
    "BROKER",
    "BUCKET",
    "CERT",
    "CHANNEL",
    "CONCURRENCY",
    "CONFIG",
    "CREDENTIALS",
    "DATABASE",
    "DB",
    "DEBUG",
    "DIR",
    "DOMAIN",
    "DRIVER",
    "DSN",
    "EMAIL",
    "ENDPOINT",
    "ENV",
    "ENVIRONMENT",
    "FILE",
    "FORMAT",
    "FROM",
    "HOST",
    "HOSTS",
    "ID",
    "INTERVAL",
    "KEY",
    "KEYS",
    "LEVEL",
    "MODE",
    "MODULE",
    "NAME",
    "ORIGIN",
    "ORIGINS",
    "PASS",
    "PASSWORD",
    "PATH",
    "POOL",
    "PORT",
    "PREFIX",
    "PROJECT",
    "PROVIDER",
    "PROXY",
    "QUEUE",
    "REGION",
    "ROLE",
    "SCHEMA",
    "SECRET",
    "SECRETS",
    "SERVER",
    "SID",
    "SIZE",
    "SSLMODE",
    "TABLE",
    "TIMEOUT",
    "TOKEN",
    "TTL",
    "TZ",
    "URI",
    "URL",
    "URLS",
    "USER",
    "USERNAME",
    "WEBHOOK",
    "WORKERS",
    "ZONE",
];

/// Variables of one word.
const ALONE: &[&str] = &["ADDR", "DSN", "HOST", "PORT", "TZ"];

/// What only the constants of errors have among their parts.
const OF_ERRORS: &[&str] = &[
    "ALREADY",
    "BAD",
    "DENIED",
    "ERR",
    "ERROR",
    "EXCEEDED",
    "EXPIRED",
    "FAILED",
    "INVALID",
    "LIMIT",
    "MISSING",
    "NO",
    "NOT",
    "UNAUTHORIZED",
    "UNKNOWN",
    "UNSUPPORTED",
    "WRONG",
    "XX",
    "SQL",
    "EAI",
    "SSL",
];

/// What follows a variable that is not there.
const MISSING_BEHIND: &[&str] = &[
    "required",
    "is required",
    "are required",
    "is missing",
    "are missing",
    "missing",
    "not set",
    "is not set",
    "isn't set",
    "are not set",
    "was not set",
    "not found",
    "was not found",
    "is not found",
    "not defined",
    "is not defined",
    "is undefined",
    "undefined",
    "is empty",
    "empty",
    "is blank",
    "is unset",
    "unset",
    "not present",
    "is not present",
    "not provided",
    "is not provided",
    "was not provided",
    "must be set",
    "must be provided",
    "must be defined",
    "must be specified",
    "must not be empty",
    "cannot be empty",
    "should not be empty",
    "has no value",
    "does not exist",
    "doesn't exist",
    "not specified",
    "is not specified",
    "not configured",
    "is not configured",
    "notpresent",
    "is nil",
    "is null",
    "is none",
    "returned nil",
    "unbound variable",
    "parameter not set",
    "parameter null",
    "missing value",
    "field required",
    "needs to be set",
    "has to be set",
    "should be set",
    "not in env",
    "not available",
    "unavailable",
    "expected string, received undefined",
    "to be defined",
    "variable is not set",
];

/// What stands in front of a variable that is not there.
const MISSING_IN_FRONT: &[&str] = &[
    "missing",
    "missing env",
    "missing env var",
    "missing variable",
    "missing environment variable",
    "requires",
    "required",
    "required variable",
    "please define the",
    "please define",
    "please set the",
    "please set",
    "set the",
    "must set",
    "must define",
    "must provide",
    "must provide a",
    "must provide the",
    "must specify",
    "provide the",
    "needs",
    "expected",
    "keyerror",
    "key not found",
    "array key",
    "not set",
    "not found",
    "notpresent",
    "undefined",
    "undefined variable",
    "unset",
    "no",
    "without",
    "could not find",
    "cannot find",
    "did not find",
    "is not a valid url",
    "failed to read",
    "could not read",
    "unable to read",
    "forgot",
    "lookup of",
    "unbound variable",
    "cannot read env",
    "no value for",
    "missing required",
    "properties of undefined",
    "unset variable",
];

/// What follows a variable whose value cannot be right.
const INVALID_BEHIND: &[&str] = &[
    "is not a valid",
    "not a valid",
    "is invalid",
    "invalid",
    "must be",
    "should be",
    "cannot be parsed",
    "could not be parsed",
    "can't be parsed",
    "is not a number",
    "is not an integer",
    "is not a url",
    "is malformed",
    "malformed",
    "unsupported",
    "is not supported",
    "has wrong",
    "is out of range",
    "out of range",
    "must start with",
    "must end with",
    "must match",
    "must contain",
    "must have",
    "expected",
    "is not one of",
    "has an invalid",
    "contains",
    "is wrong",
    "does not look like",
    "is not valid",
    "input should be",
    "cannot be converted",
    "is too",
];

/// What stands in front of a variable whose value cannot be right.
const INVALID_IN_FRONT: &[&str] = &[
    "invalid",
    "invalid value for",
    "invalid value of",
    "malformed",
    "bad",
    "bad value for",
    "failed to parse",
    "could not parse",
    "cannot parse",
    "can't parse",
    "unable to parse",
    "error parsing",
    "unsupported",
    "unsupported value for",
    "wrong",
    "illegal value for",
    "unexpected value for",
    "unknown value for",
    "invalid environment variable",
    "environment variable",
    "property",
    "bad environment variable",
];

/// What languages put before the name.
const OF_LANGUAGES: &[&str] = &[
    "process.env.",
    "import.meta.env.",
    "os.environ.",
    "env.",
    "environment.",
];

/// A word, as it is written, and what stands around it, in small letters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention<'a> {
    pub(super) name: &'a str,
    pub(super) front: &'a str,
    pub(super) behind: &'a str,
    pub(super) event: &'a str,
}

/// What is said of a variable, if it is one and something is.
pub(super) fn sign(mention: Mention<'_>) -> Option<(Code, u8, String)> {
    let Mention {
        name,
        front,
        behind,
        event,
    } = mention;
    if !is_variable(name) {
        return None;
    }
    let front = &front[front.ceil_char_boundary(front.len().saturating_sub(REACH))..];
    let front = OF_LANGUAGES
        .iter()
        .find_map(|prefix| front.strip_suffix(prefix))
        .unwrap_or(front)
        .trim_end_matches(is_separator);
    let behind = &behind[..behind.floor_char_boundary(REACH)];
    let behind = behind.trim_start_matches(is_separator);
    let ends = |list: &[&str]| list.iter().any(|phrase| ends_with_words(front, phrase));
    let begins = |list: &[&str]| list.iter().any(|phrase| begins_with_words(behind, phrase));
    if begins(MISSING_BEHIND) || ends(MISSING_IN_FRONT) || is_path_to_nothing(event, front) {
        let why = format!("the variable {name} is said to be missing");
        return Some((Code::ConfigMissing, CAUSE + 2, why));
    }
    let is_invalid = begins(INVALID_BEHIND)
        || INVALID_IN_FRONT.iter().any(|phrase| {
            ends_with_words(front, phrase)
                && (!matches!(*phrase, "environment variable" | "property")
                    || INVALID_BEHIND.iter().any(|said| behind.contains(said)))
        });
    is_invalid.then(|| {
        let why = format!("the value of {name} is said to be wrong");
        (Code::ConfigInvalid, CAUSE + 1, why)
    })
}

/// `DATABASE_URL`: capitals in parts, the last of which names what a value is.
fn is_variable(name: &str) -> bool {
    let mut parts = name.split('_');
    let is_written_so = name.contains('_')
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    ALONE.contains(&name)
        || is_written_so
            && parts
                .next_back()
                .is_some_and(|last| ENDINGS.contains(&last))
            && !name.split('_').any(|part| OF_ERRORS.contains(&part))
}

/// `path: [ 'DATABASE_URL' ]` with something undefined beside it.
fn is_path_to_nothing(event: &str, front: &str) -> bool {
    let is_path = front
        .trim_end_matches(['[', ' ', '"', '\'', ':'])
        .ends_with("path");
    is_path
        && ["undefined", "required", "missing"]
            .iter()
            .any(|word| event.contains(word))
}

/// What only stands between a name and what is said of it.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || "\"'`=:,()[]{}$<>-\\".contains(c)
}

fn ends_with_words(text: &str, phrase: &str) -> bool {
    text.strip_suffix(phrase)
        .is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

fn begins_with_words(text: &str, phrase: &str) -> bool {
    text.strip_prefix(phrase)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}
