//! Files of settings, and what is said to be wrong with them.
//!
//! # Design notes
//!
//! As with variables, what all sentences share is the name: a word that ends as files of settings do. On
//! its line either something is missing, or something in it cannot be read. Data is written in JSON and
//! XML, too, so those count only by names that files of settings have.

use crate::domain::taxonomy::Code;
use crate::reading::triage::sign::CAUSE;

/// How names of files end that hold nothing but settings.
const ENDINGS: &[&str] = &[
    ".toml",
    ".yaml",
    ".yml",
    ".ini",
    ".conf",
    ".cfg",
    ".properties",
    ".env",
    ".config.js",
    ".config.ts",
    ".config.mjs",
    ".config.cjs",
];

/// Other names that files of settings have.
const NAMES: &[&str] = &[
    "config.json",
    "settings.json",
    "package.json",
    "tsconfig.json",
    "appsettings.json",
    "default.json",
    "production.json",
    "knexfile.js",
    ".env",
    "env.local",
    "gemfile",
    "makefile",
    "procfile",
    "credentials.json",
    "pg_service",
    "pgpass",
    "kubeconfig",
];

/// What is said of a file that is not there.
const MISSING: &[&str] = &[
    "not found",
    "no such file",
    "does not exist",
    "doesn't exist",
    "cannot find",
    "can't find",
    "could not find",
    "couldn't find",
    "unable to find",
    "could not locate",
    "cannot be found",
    "is missing",
    "missing file",
    "could not open",
    "cannot open",
    "cannot be opened",
    "can't open",
    "unable to open",
    "could not be opened",
    "could not read",
    "couldn't read",
    "failed to open",
    "failed to read",
    "enoent",
    "no file",
    "filenotfound",
];

/// What is said where a file is not needed.
const DONE_WITHOUT: &[&str] = &[
    "using default",
    "using the default",
    "use default",
    "falling back to",
    "skipping",
    "ignoring",
    "optional",
    "can be found in",
    "are listed in",
];

/// What is said of a file that cannot be read.
const MALFORMED: &[&str] = &[
    "unexpected",
    "invalid",
    "duplicate",
    "malformed",
    "expected",
    "parse",
    "parsing",
    "syntax",
    "not valid",
    "unknown",
    "unrecognized",
    "unsupported",
    "must be",
    "must start",
    "bad indentation",
    "decode",
    "unterminated",
    "is not a",
    "error in",
    "errors in",
    "error reading",
];

/// What a line says of the file of settings that it names.
pub(super) fn sign(line: &str) -> Option<(Code, u8, String)> {
    let name = line
        .split(|c: char| c.is_whitespace() || "\"'`()[]<>,;=".contains(c))
        .map(|word| word.trim_end_matches(['.', ':']))
        .find(|word| is_settings(word))?;
    let says = |list: &[&str]| list.iter().any(|phrase| line.contains(phrase));
    // `default.conf:4` is where something else is said to be wrong.
    let is_place = name
        .rsplit_once(':')
        .is_some_and(|(_, line)| line.bytes().all(|b| b.is_ascii_digit()));
    if says(DONE_WITHOUT) {
        return None;
    }
    if says(MISSING) && !is_place {
        let why = format!("the file {name} is said to be missing");
        return Some((Code::ConfigFileMissing, CAUSE + 1, why));
    }
    says(MALFORMED).then(|| {
        let why = format!("the file {name} is said to be malformed");
        (Code::ConfigInvalid, CAUSE - 1, why)
    })
}

fn is_settings(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.split(':').next().unwrap_or(name);
    // What Railway says of its own files is Railway's to mend.
    if name.starts_with("railway.") || name.starts_with("nixpacks.") {
        return false;
    }
    let is_env = name.starts_with(".env")
        && name
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || b"._-".contains(&b));
    is_env
        || NAMES.contains(&name)
        || ENDINGS
            .iter()
            .any(|ending| name.len() > ending.len() && name.ends_with(ending))
}
