//! From a log line or a symptom to the codes that it may mean.
//!
//! # Design notes
//!
//! People paste whatever they have: a line of psql, a Python traceback, a JSON body, half a log, three
//! words of their own. So a text is cut into events, as any log is, and each is judged alone: a code of ours
//! that stands in it decides; then the codes of others, where they are named as such (SQLSTATE,
//! PGRST, errno, exit codes); then what programs say, family by family; then what people say. In an
//! event what names its cause goes before what only says that something broke. Over all events the
//! answer is ranked by what happened, how often, and when first.
//!
//! What its writer calls `INFO` or `DEBUG` is no evidence. That several codes are possible is an
//! answer, and so is that none is.
//!
//! What a SQLSTATE means is handed in: the adapter of Postgres knows, and it is written once.

mod calm;
mod candidate;
mod event;
mod mention;
mod named;
mod needles;
mod peer;
mod probes;
mod ranking;
mod sign;
mod signatures;
mod similarity;
mod words;

pub(crate) use self::candidate::Candidate;
pub(crate) use self::named::Sqlstate;
pub(crate) use self::probes::{Assessment, CauseStatus, ProbeResult, weigh};
use crate::domain::taxonomy::Code;
use crate::reading::records::Record;
use crate::reading::redact::Redactor;
use crate::reading::triage::event::Event;
use crate::reading::triage::ranking::{Ranking, strongest_first};
use crate::reading::triage::sign::{BROKE, CAUSE, LIKELY, NAMED, Sign};

/// How much of a text is looked at, in bytes.
pub(crate) const MAX_TEXT: usize = 1024 * 1024;

/// How many lines of a text may be what a person has written: to look for what is misspelt takes long.
const MAX_PROSE: usize = 2_000;

/// The codes that a text may mean, the likeliest first; none where it says nothing.
#[must_use]
pub(crate) fn triage(text: &str, sqlstate: Sqlstate, redactor: &Redactor) -> Vec<Candidate> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let mut ranking = Ranking::default();
    let mut prose = 0;
    event::each(text, |mut event| {
        prose += usize::from(event.is_plain);
        event.is_plain &= prose <= MAX_PROSE;
        let signs = signs(&event, sqlstate);
        ranking.add(&event, signs);
    });
    ranking.candidates(redactor)
}

/// The code that one record of a log means most likely, and how strong its sign is.
#[must_use]
pub(crate) fn judge(record: &Record, sqlstate: Sqlstate) -> Option<(Code, u8)> {
    let event = Event::of(record)?;
    let mut signs = signs(&event, sqlstate);
    strongest_first(&mut signs);
    signs.first().map(|sign| (sign.code, sign.weight))
}

/// Everything in an event that is a sign of a cause.
fn signs(event: &Event, sqlstate: Sqlstate) -> Vec<Sign> {
    let peer = peer::of(&event.context);
    let mut signs = signatures::signs(event, peer);
    signs.retain(|sign| {
        let is_of_host = sign.code != Code::NetDns || !is_no_host(&event.said[sign.at..]);
        is_of_host && !is_denied(&event.said, sign.at)
    });
    signs.extend(named::signs(event, peer, sqlstate));
    if signs.iter().all(|sign| sign.weight <= BROKE) {
        signs.extend(named::exceptions(event, peer));
    }
    if event.is_routine {
        signs.retain(|sign| sign.weight >= CAUSE);
    }
    let is_well = event.is_plain
        && words::is_prose(&event.shown)
        && calm::is_well(&event.context, similarity::is_trouble);
    if is_well || words::is_private(event) || mention::is_mere(event) {
        signs.retain(|sign| sign.weight >= NAMED);
        return signs;
    }
    if signs.iter().all(|sign| sign.weight <= LIKELY) && !is_setting(&event.said) {
        signs.extend(words::signs(event));
    }
    // What somebody has pasted below what a person says.
    if signs.is_empty()
        && let Some(first) = event.first_line()
    {
        signs.extend(words::signs(&first));
    }
    if signs.is_empty() {
        signs.extend(similarity::sign(event));
    }
    signs
}

/// Whether the words in front, or what stands behind, say that it did not happen: a count of zero, or a
/// setting that is merely mentioned.
fn is_denied(said: &str, at: usize) -> bool {
    let line = &said[..at];
    let front = &line[line.rfind('\n').map_or(0, |end| end + 1)..];
    let word = front
        .trim_end()
        .rsplit([' ', '\t', '(', '"'])
        .next()
        .unwrap_or_default();
    let is_title = front
        .rfind("workflow \"")
        .is_some_and(|title| !front[title + 10..].contains('"'));
    matches!(
        word,
        "no" | "0" | "zero" | "without" | "never" | "avoid" | "prevent"
    ) || is_title
        || is_made_up_for(&said[at..])
        || is_setting(&said[at..])
}

/// What is looked up, or resolved, beside the names of hosts.
const NO_HOSTS: &[&str] = &[
    "alias",
    "attribute",
    "class",
    "column",
    "component",
    "conflict",
    "conflicts",
    "dependencies",
    "dependency",
    "ecto",
    "entry",
    "extension",
    "import",
    "imports",
    "keyword",
    "migration",
    "migrations",
    "module",
    "modules",
    "oid",
    "package",
    "parameter",
    "path",
    "placeholder",
    "plugin",
    "promise",
    "property",
    "reference",
    "references",
    "repo",
    "route",
    "schema",
    "symbol",
    "table",
    "template",
    "tree",
    "type",
    "user",
    "variable",
    "version",
    "view",
];

/// `could not lookup Ecto repo`, `failed to resolve module`: no name of a host.
fn is_no_host(behind: &str) -> bool {
    let line = &behind[..behind.find('\n').unwrap_or(behind.len())];
    line.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(7)
        .any(|word| NO_HOSTS.contains(&word))
        && !["host", "dns", "getaddrinfo", "addrinfo", "domain"]
            .iter()
            .any(|word| line.contains(word))
}

/// Whether the line goes on to say what was done instead.
fn is_made_up_for(behind: &str) -> bool {
    let line = &behind[..behind.find('\n').unwrap_or(behind.len())];
    let instead = [
        "using default",
        "using the default",
        "falling back to",
        "fall back to",
        "skipping",
        "no action taken",
        "is optional",
        "(optional)",
    ];
    instead.iter().any(|words| line.contains(words))
}

/// `connect_timeout=10`, `read timeout: 5s`, `failed: 0`.
fn is_setting(behind: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || "_.- ".contains(c);
    let name = &behind[..behind.find(|c| !is_of_name(c)).unwrap_or(behind.len())];
    // A name with a value behind it: of several words, the last one counts.
    let (value, is_assigned) = match behind[name.len()..].chars().next() {
        Some('=') => (&behind[name.len() + 1..], true),
        Some(':') => (&behind[name.len() + 1..], false),
        _ => return ends_in_length(name),
    };
    let is_apart = is_assigned || value.starts_with(' ');
    let value = value.trim_start_matches([' ', '"', '\'']);
    let is_flag = [
        "false", "true", "null", "none", "off", "on", "disabled", "enabled",
    ]
    .iter()
    .any(|flag| value.starts_with(flag));
    let is_short = name.trim_end().split(' ').count() <= 2;
    is_short
        && ((is_assigned && name.trim_end().ends_with(|c: char| c.is_alphanumeric()))
            || (is_apart && (is_flag || is_length(value))))
}

/// `timeout 5s`, `read timeout is 5 s`.
fn ends_in_length(name: &str) -> bool {
    let words: Vec<_> = name.split(' ').take(8).collect();
    let Some(at) = words
        .iter()
        .take(3)
        .position(|word| word.ends_with("timeout"))
    else {
        return false;
    };
    let is_link = |word: &&&str| {
        matches!(
            **word,
            "is" | "set" | "to" | "of" | "at" | "changed" | "now"
        )
    };
    let mut behind = words[at + 1..].iter().skip_while(is_link);
    let is_over = |word: &str| {
        matches!(
            word,
            "exceeded" | "expired" | "reached" | "elapsed" | "passed"
        )
    };
    behind.next().is_some_and(|word| is_length(word)) && !behind.any(|word| is_over(word))
}

/// `30`, `30 s`, `5ms`, and nothing else behind it.
fn is_length(value: &str) -> bool {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let behind = value[digits..].trim_start();
    let unit = behind
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let is_unit = matches!(
        unit,
        "" | "s"
            | "ms"
            | "m"
            | "h"
            | "sec"
            | "seconds"
            | "minutes"
            | "mb"
            | "kb"
            | "gb"
            | "mib"
            | "kib"
    );
    let is_all = behind[unit.len()..]
        .chars()
        .next()
        .is_none_or(|c| !"-.:".contains(c));
    digits > 0 && is_unit && is_all
}

#[cfg(test)]
mod tests;
