//! When a sign is none after all, by what stands around it.
//!
//! # Design notes
//!
//! A pattern is a few words, and some are said of other things, too: a name is resolved that is no host's, an
//! order is cancelled and not a job, the rate that was exceeded is one of errors. What else a word is said of
//! cannot be written into each pattern that has it, so it stands here, once for each kind.

use crate::domain::taxonomy::Code;
use crate::reading::triage::sign::Sign;

/// Whether what stands around a sign says that it is none.
pub(super) fn is_in_doubt(said: &str, sign: &Sign) -> bool {
    let (front, behind) = around(said, sign.at);
    let is_of_others = match sign.code {
        Code::NetDns => is_no_host(front, behind),
        Code::Cancelled => is_no_work(front),
        Code::VendorRateLimited => is_no_rate_of_requests(front, behind),
        _ => false,
    };
    is_of_others || is_denied(said, sign.at)
}

/// The line around a place, up to it and from it on.
fn around(said: &str, at: usize) -> (&str, &str) {
    let (front, behind) = said.split_at(at);
    (
        &front[front.rfind('\n').map_or(0, |end| end + 1)..],
        &behind[..behind.find('\n').unwrap_or(behind.len())],
    )
}

fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// What people call off, and no program does.
const NO_WORK: &[&str] = &[
    "appointment",
    "booking",
    "contract",
    "course",
    "delivery",
    "event",
    "flight",
    "hearing",
    "invoice",
    "meeting",
    "membership",
    "order",
    "payment",
    "registration",
    "reservation",
    "shipment",
    "subscription",
    "trial",
];

/// `order 4410 was cancelled`: somebody's business, and no operation of ours.
fn is_no_work(front: &str) -> bool {
    words(front)
        .rev()
        .take(4)
        .any(|word| NO_WORK.contains(&word))
}

/// `error rate exceeded 5 %`: how often something happens, and not how often something is asked.
fn is_no_rate_of_requests(front: &str, behind: &str) -> bool {
    const OF_WHAT: &[&str] = &[
        "bit",
        "bounce",
        "churn",
        "conversion",
        "crash",
        "drop",
        "error",
        "failure",
        "fault",
        "frame",
        "growth",
        "heart",
        "interest",
        "loss",
        "miss",
        "rejection",
        "retry",
        "sample",
        "tax",
    ];
    behind.starts_with("rate ")
        && words(front)
            .next_back()
            .is_some_and(|word| OF_WHAT.contains(&word))
}

/// What is said of any name, be it a host's or not.
const OF_ANY_NAME: &[&str] = &[
    "cannot resolve",
    "could not be resolved",
    "could not lookup",
    "failed to lookup",
    "failed to resolve",
    "lookup failed",
    "resolution error",
    "resolution failed",
    "resolve error",
    "unable to resolve",
    "unresolvable",
];

/// Words of what names hosts.
const OF_HOSTS: &[&str] = &[
    "address",
    "addrinfo",
    "broker",
    "dns",
    "domain",
    "endpoint",
    "getaddrinfo",
    "host",
    "hostname",
    "hosts",
    "name",
    "nameserver",
    "peer",
    "proxy",
    "redis",
    "resolver",
    "server",
    "service",
    "upstream",
    "url",
];

/// Whether a host is spoken of: by one of its words, or by a name with dots, `db.example.com`.
fn speaks_of_host(line: &str) -> bool {
    let is_name = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let name = word.split([':', '/']).next().unwrap_or(word);
        name.contains('.')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            && name
                .rsplit('.')
                .next()
                .is_some_and(|last| last.len() > 1 && last.bytes().all(|b| b.is_ascii_lowercase()))
    };
    line.contains("://")
        || words(line).any(|word| OF_HOSTS.contains(&word))
        || line.split_whitespace().any(is_name)
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
    "binding",
    "branch",
    "class",
    "column",
    "component",
    "conflict",
    "conflicts",
    "dependencies",
    "dependency",
    "directory",
    "ecto",
    "email",
    "entry",
    "extension",
    "identifier",
    "image",
    "import",
    "imports",
    "keyword",
    "metadata",
    "migration",
    "migrations",
    "module",
    "modules",
    "oid",
    "package",
    "packages",
    "parameter",
    "path",
    "placeholder",
    "plugin",
    "promise",
    "property",
    "reference",
    "references",
    "repo",
    "revision",
    "route",
    "schema",
    "script",
    "secret",
    "symbol",
    "table",
    "task",
    "template",
    "tree",
    "type",
    "user",
    "variable",
    "version",
    "view",
];

/// `could not lookup Ecto repo`, `failed to resolve module`, `seller lookup failed`: no name of a host.
fn is_no_host(front: &str, behind: &str) -> bool {
    let is_of_others = words(behind).take(7).any(|word| NO_HOSTS.contains(&word))
        && !["host", "dns", "getaddrinfo", "addrinfo", "domain"]
            .iter()
            .any(|word| behind.contains(word));
    let is_of_any = OF_ANY_NAME.iter().any(|words| behind.starts_with(words));
    is_of_others || (is_of_any && !speaks_of_host(front) && !speaks_of_host(behind))
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
pub(super) fn is_setting(behind: &str) -> bool {
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
