//! What each cause looks like in the words of whoever noticed it: a table per family.
//!
//! # Design notes
//!
//! The tables follow the producers, since that is how they are kept whole: what a program can say is
//! read off its sources, family by family, and not remembered from the last incident.

mod auth;
mod cancellations;
mod drivers;
mod gotrue;
mod mappers;
mod n8n;
mod network;
mod own;
mod postgres;
mod railway;
mod resources;
mod rust;
mod settings;
mod system;
mod tls;
mod validation;
mod vendors;
mod workers;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::reading::triage::event::Event;
use crate::reading::triage::needles::Needles;
use crate::reading::triage::sign::{About, Row, Sign};

/// What a pattern begins with that counts only where something else in its event complains, since it
/// is said of what goes well, too.
const SOFT: char = '~';

/// Parts of words in which something is wrong. A pattern of two or three common words that has none of them
/// ("status page", "tls version") is said of what goes well, too, whoever wrote it down.
const WRONG: &[&str] = &[
    " bug",
    " removed",
    "'t ",
    "0 ",
    "abandon",
    "abort",
    "absent",
    "abus",
    "again",
    "alert number",
    "already",
    "ambiguous",
    "anonym",
    "asleep",
    "at least",
    "at most",
    "attempting",
    "backed up",
    "bad",
    "banned",
    "before",
    "behind",
    "block",
    "breaker",
    "broke",
    "busy",
    "cancel",
    "cannot",
    "circular",
    "clos",
    "concurrent del",
    "concurrent up",
    "concurrently",
    "conflict",
    "corrupt",
    "could",
    "crash",
    "damag",
    "dangling",
    "dead",
    "declin",
    "degrad",
    "delay",
    "deleted",
    "denied",
    "deny",
    "depend",
    "deprecat",
    "deref",
    "destroy",
    "died",
    "differ",
    "dirty",
    "disabled",
    "disallow",
    "disappear",
    "disconnect",
    "dlq",
    "double",
    "down",
    "drain",
    "drift",
    "drop",
    "dump",
    "duplicate",
    "eacces",
    "eaddr",
    "eagain",
    "elevated",
    "emfile",
    "empty",
    "enoent",
    "enomem",
    "eof",
    "error",
    "evict",
    "exceed",
    "except",
    "exhaust",
    "exit",
    "expect",
    "experienc",
    "expir",
    "fail",
    "fatal",
    "fault",
    "forbid",
    "frozen",
    "full",
    "gap detected",
    "garbage",
    "gave",
    "give",
    "giving",
    "gone",
    "greylist",
    "grow",
    "hang",
    "has group",
    "has to",
    "has world",
    "have to",
    "high ",
    "hung",
    "identified",
    "illegal",
    "impossible",
    "in use",
    "inactive",
    "incident",
    "incompatible",
    "incomplete",
    "inconsist",
    "incorrect",
    "increased",
    "insufficient",
    "interrupt",
    "invalid",
    "investigat",
    "is being",
    "issue",
    "killed",
    "lack",
    "late",
    "leak",
    "legacy",
    "limit",
    "loading",
    "lock",
    "longer",
    "loop",
    "lost",
    "low ",
    "malform",
    "mandatory",
    "many",
    "max",
    "misalign",
    "misbehav",
    "misconf",
    "mismatch",
    "miss",
    "modified",
    "multiple",
    "must",
    "mutual",
    "need",
    "negative",
    "never",
    "nil ",
    "no ",
    "noanswer",
    "nobody",
    "nodata",
    "nodename",
    "non-exist",
    "none",
    "not",
    "null",
    "offline",
    "old",
    "only",
    "oom",
    "orphan",
    "out of",
    "out-of",
    "outage",
    "outdated",
    "outside",
    "over",
    "panic",
    "partial",
    "paus",
    "pending",
    "please",
    "poison",
    "preempt",
    "premature",
    "pressure",
    "prevent",
    "problem",
    "prohibit",
    "provide ",
    "quota",
    "re-auth",
    "reached",
    "recovery",
    "reduce",
    "referential",
    "refus",
    "reject",
    "renamed",
    "requir",
    "reset",
    "restart",
    "restrict",
    "retr",
    "returned more",
    "revert",
    "revoke",
    "rolled back",
    "routines",
    "self signed",
    "self-signed",
    "sent an http",
    "sent to https",
    "should",
    "siga",
    "sigi",
    "sigk",
    "signal",
    "sigt",
    "slow",
    "stack",
    "stale",
    "stall",
    "standby",
    "starting up",
    "still",
    "stop",
    "stuck",
    "suspend",
    "tamper",
    "terminat",
    "than",
    "throttl",
    "time out",
    "time-out",
    "timed",
    "timeout",
    "timing",
    "too ",
    "trailing",
    "trunc",
    "twice",
    "un",
    "unterm",
    "upgrade",
    "used all",
    "used up",
    "violat",
    "wait",
    "weak",
    "weird",
    "went",
    "while",
    "without",
    "wrong",
    "zero",
];

/// Every table.
const TABLES: &[&[Row]] = &[
    settings::ROWS,
    postgres::ROWS,
    drivers::ROWS,
    rust::ROWS,
    mappers::ROWS,
    network::ROWS,
    tls::ROWS,
    vendors::ROWS,
    railway::ROWS,
    auth::ROWS,
    validation::ROWS,
    gotrue::ROWS,
    n8n::ROWS,
    system::ROWS,
    workers::ROWS,
    cancellations::ROWS,
    resources::ROWS,
    own::ROWS,
];

/// The rows, one for each pattern, and the automaton that finds them.
struct Table {
    rows: Vec<(&'static Row, bool)>,
    needles: Needles,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let all = || rows().flat_map(|row| row.patterns().map(move |pattern| (row, pattern)));
    let wrong = AhoCorasick::new(WRONG).expect("a few words fit into an automaton");
    let is_soft = |pattern: &str| {
        pattern.starts_with(SOFT) || (is_common(pattern) && !wrong.is_match(pattern))
    };
    Table {
        rows: all()
            .map(|(row, pattern)| (row, is_soft(pattern)))
            .collect(),
        needles: Needles::new(all().map(|(_, pattern)| pattern.trim_start_matches(SOFT))),
    }
});

/// Two or three words, and nothing of what only programs write: no number, sign or name.
fn is_common(pattern: &str) -> bool {
    let is_of_words = |c: char| c.is_ascii_alphabetic() || " .-*&".contains(c);
    let words = pattern
        .split([' ', '.', '-'])
        .filter(|word| !word.is_empty());
    (2..=3).contains(&words.count()) && pattern.chars().all(is_of_words)
}

/// All rows.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The signs of the tables in an event about `peer`.
pub(super) fn signs(event: &Event, peer: About) -> Vec<Sign> {
    let has_complaint = |text: &str| COMPLAINTS.iter().any(|word| text.contains(word));
    let complains = event.is_bad || has_complaint(&event.said);
    // `job "retry after timeout" finished`: the name of something, unless what stands around it complains.
    let names_only = !event.is_bad
        && event.said.contains('"')
        && event
            .said
            .trim_start()
            .starts_with(|c: char| c.is_ascii_alphanumeric())
        && !has_complaint(&outside_quotes(&event.said));
    let found = if names_only {
        TABLE
            .needles
            .find(&without_names(&event.said), &event.context)
    } else {
        TABLE.needles.find(&event.said, &event.context)
    };
    found
        .into_iter()
        .map(|(index, at)| (TABLE.rows[index], at))
        .filter(|((row, is_soft), _)| row.about.includes(peer) && (complains || !is_soft))
        .map(|((row, _), at)| Sign::new(row.code, row.weight, row.because, at))
        .collect()
}

fn outside_quotes(text: &str) -> String {
    text.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Without what stands in quotes behind a word, whose name it is; behind anything else they hold what is said.
fn without_names(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            kept.push('"');
        }
        let is_name = index % 2 == 1
            && kept
                .strip_suffix(" \"")
                .is_some_and(|noun| noun.ends_with(|c: char| c.is_ascii_alphanumeric()));
        if is_name {
            kept.extend(std::iter::repeat_n(' ', part.len()));
        } else {
            kept.push_str(part);
        }
    }
    kept
}

/// What is said only where something went wrong.
const COMPLAINTS: &[&str] = &[
    "error",
    "exception",
    "fail",
    "fatal",
    "panic",
    "critical",
    "cannot",
    "could not",
    "couldn't",
    "can't",
    "unable",
    "unexpected",
    "refused",
    "denied",
    "abort",
    "traceback",
    "invalid",
    "exceeded",
    "expired",
    "due to",
    "canceling",
    "rejected",
    "missing",
    "required",
    "wrong",
    "caused by",
    "errno",
    "killed",
    "stuck",
    "giving up",
    "gave up",
];
