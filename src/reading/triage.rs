//! From a log line or a symptom to the codes that it may mean.
//!
//! # Design notes
//!
//! People paste whatever they have: a line of psql, a Python traceback, a JSON body, three words of
//! their own. A code that stands in the text decides; then come the codes of others (SQLSTATE,
//! PGRST), read only where they are named as such, since five digits are as often the number of an
//! order; then a table of signs. That several codes are possible is an answer, and so is that none
//! is.
//!
//! What a SQLSTATE means is handed in: the adapter of Postgres knows, and it is written once.

mod signatures;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::taxonomy::{Code, Retry};
use crate::reading::redact::Redactor;
use crate::reading::triage::signatures::{About, DATABASE, SIGNATURES, Signature};

/// A code of ours, in so many letters.
const LITERAL: u8 = 100;
/// The code of somebody else, named as such.
const NAMED: u8 = 90;
/// How many codes are shown.
const MAX_CANDIDATES: usize = 5;
/// How much of a text is looked at, in bytes.
pub(crate) const MAX_TEXT: usize = 1024 * 1024;
/// How much of a line is shown as evidence, in characters.
const EXCERPT: usize = 160;

/// What a SQLSTATE means, with the message that came with it; nothing where nobody knows.
pub(crate) type Sqlstate = fn(sqlstate: &str, message: &str) -> Option<Code>;

/// A code that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Candidate {
    /// The code.
    pub(crate) code: Code,
    /// What it is called.
    pub(crate) title: &'static str,
    /// How strong the best sign is: 100 is the code itself, 25 a guess.
    pub(crate) weight: u8,
    /// What speaks for it, the strongest first.
    pub(crate) evidence: Vec<Evidence>,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// Whether trying again can help.
    pub(crate) retry: Retry,
    /// The first thing to look at.
    pub(crate) first_check: &'static str,
    /// What mends it.
    pub(crate) fix: &'static str,
}

/// What speaks for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Evidence {
    /// Why it does.
    pub(crate) because: String,
    /// The line that it was found in, redacted.
    pub(crate) line: String,
}

/// What is known now of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CauseStatus {
    /// It is so now.
    Supported,
    /// What it speaks of was looked at, and is well now.
    RuledOut,
    /// Nobody has looked at what it speaks of.
    Undecided,
}

/// What one probe has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeResult {
    /// What was looked at.
    pub(crate) what: &'static str,
    /// The codes that it would have found.
    pub(crate) covers: &'static [Code],
    /// The codes that it did find.
    pub(crate) found: Vec<Code>,
}

/// What the probes say of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Assessment {
    /// The code.
    pub(crate) code: Code,
    /// What is said of it.
    pub(crate) standing: CauseStatus,
    /// One sentence for people.
    pub(crate) because: String,
}

/// The codes that a text may mean, the likeliest first; none where it says nothing.
#[must_use]
pub(crate) fn triage(text: &str, sqlstate: Sqlstate, redactor: &Redactor) -> Vec<Candidate> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let lower = text.to_ascii_lowercase();
    let mut signs: BTreeMap<Code, Vec<Sign>> = BTreeMap::new();
    for sign in literal(text)
        .chain(named(text, &lower, sqlstate))
        .chain(known(&lower))
    {
        signs.entry(sign.code).or_default().push(sign);
    }
    let mut candidates: Vec<Candidate> = signs
        .into_iter()
        .map(|(code, signs)| candidate(code, signs, text, redactor))
        .collect();
    // The table's order breaks ties, so that an answer does not depend on anything else.
    candidates.sort_by_key(|candidate| (u8::MAX - candidate.weight, candidate.code));
    // What a clear sign explains is not also a guess.
    let best = candidates.first().map_or(0, |candidate| candidate.weight);
    candidates.retain(|candidate| candidate.weight * 2 > best);
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

/// A sign that was found, and where.
struct Sign {
    code: Code,
    weight: u8,
    because: String,
    at: usize,
}

fn candidate(code: Code, mut signs: Vec<Sign>, text: &str, redactor: &Redactor) -> Candidate {
    signs.sort_by_key(|sign| (u8::MAX - sign.weight, sign.at));
    let weight = signs.first().map_or(0, |sign| sign.weight);
    let mut evidence: Vec<Evidence> = Vec::new();
    for sign in signs {
        let line = redactor.redact(&excerpt(text, sign.at));
        if !evidence.iter().any(|known| known.because == sign.because) && evidence.len() < 3 {
            evidence.push(Evidence {
                because: sign.because,
                line,
            });
        }
    }
    let entry = code.entry();
    Candidate {
        code,
        title: entry.title,
        weight,
        evidence,
        meaning: entry.meaning,
        retry: entry.retry,
        first_check: entry.first_check,
        fix: entry.fix,
    }
}

/// The line around a place, or the part of a long one.
fn excerpt(text: &str, at: usize) -> String {
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let start = start.max(text.floor_char_boundary(at.saturating_sub(EXCERPT / 2)));
    text[start..end].trim().chars().take(EXCERPT).collect()
}

/// Codes of ours. The first one counts: a line has one, a log many.
fn literal(text: &str) -> impl Iterator<Item = Sign> {
    text.match_indices("DFE-").filter_map(|(at, _)| {
        let end = text[at..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .map_or(text.len(), |end| at + end);
        let code: Code = text[at..end].trim_end_matches('-').parse().ok()?;
        Some(Sign {
            code,
            weight: LITERAL,
            because: format!("it carries the code {code}"),
            at,
        })
    })
}

/// Codes of Postgres and of `PostgREST`, where they are named as such.
fn named(text: &str, lower: &str, sqlstate: Sqlstate) -> impl Iterator<Item = Sign> {
    let states = tokens(text).filter_map(move |(at, token)| {
        let is_state = token.len() == 5
            && token
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && token.bytes().any(|b| b.is_ascii_digit());
        if !is_state || !is_named(lower, at) {
            return None;
        }
        let code = sqlstate(token, text)?;
        Some(Sign {
            code,
            weight: NAMED,
            because: format!("SQLSTATE {token}"),
            at,
        })
    });
    let of_postgrest = tokens(text).filter_map(|(at, token)| {
        let code = match token {
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" => Code::VendorSupabase,
            "PGRST106" | "PGRST200" | "PGRST202" | "PGRST204" | "PGRST205" => Code::ValSchema,
            "PGRST301" | "PGRST302" | "PGRST303" => Code::AuthInvalid,
            "PGRST100" | "PGRST102" | "PGRST103" => Code::ValInput,
            _ => return None,
        };
        Some(Sign {
            code,
            weight: NAMED + 1,
            because: format!("PostgREST's {token}"),
            at,
        })
    });
    states.chain(of_postgrest)
}

/// Words of letters and digits, and where they stand.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|token| !token.is_empty())
        // A token is a part of the text, so its place is the distance of their beginnings.
        .map(|token| (token.as_ptr() as usize - text.as_ptr() as usize, token))
}

/// Whether five characters are a SQLSTATE: what stands before them says so.
fn is_named(lower: &str, at: usize) -> bool {
    let start = lower.floor_char_boundary(at.saturating_sub(16));
    let before = lower[start..at].trim_end_matches([' ', '=', ':', '"', '\'', '(', '[', '\\']);
    ["sqlstate", "code", "error", "fatal", "pgcode", "errcode"]
        .iter()
        .any(|word| before.ends_with(word))
}

/// The signs of the table that occur.
fn known(lower: &str) -> impl Iterator<Item = Sign> {
    let is_database = DATABASE.iter().any(|needle| find(lower, needle).is_some());
    SIGNATURES.iter().filter_map(move |signature| {
        let Signature {
            code,
            about,
            weight,
            needles,
            because,
        } = *signature;
        let is_meant = match about {
            About::Any => true,
            About::Database => is_database,
            About::Other => !is_database,
        };
        if !is_meant {
            return None;
        }
        let mut at = None;
        for needle in needles {
            let found = find(lower, needle)?;
            at.get_or_insert(found);
        }
        Some(Sign {
            code,
            weight,
            because: because.to_owned(),
            at: at?,
        })
    })
}

/// Where a needle occurs; one that begins with `=` as a word of its own.
fn find(lower: &str, needle: &str) -> Option<usize> {
    let Some(word) = needle.strip_prefix('=') else {
        return lower.find(needle);
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    lower.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = lower[..*at].chars().next_back();
        let after = lower[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// What the probes say of each candidate, and which codes they found beside.
#[must_use]
pub(crate) fn weigh(candidates: &[Code], probes: &[ProbeResult]) -> Vec<Assessment> {
    let mut assessments: Vec<Assessment> = candidates
        .iter()
        .map(|code| assess(*code, probes))
        .collect();
    for probe in probes {
        for code in &probe.found {
            if !assessments.iter().any(|known| known.code == *code) {
                assessments.push(Assessment {
                    code: *code,
                    standing: CauseStatus::Supported,
                    because: format!(
                        "{} found it now; the text does not speak of it.",
                        probe.what
                    ),
                });
            }
        }
    }
    assessments
}

fn assess(code: Code, probes: &[ProbeResult]) -> Assessment {
    let (standing, because) =
        if let Some(probe) = probes.iter().find(|probe| probe.found.contains(&code)) {
            (
                CauseStatus::Supported,
                format!("{} shows it now.", probe.what),
            )
        } else {
            let well: Vec<_> = probes
                .iter()
                .filter(|probe| probe.covers.contains(&code))
                .collect();
            match well.as_slice() {
                [] => (
                    CauseStatus::Undecided,
                    "Nothing that was looked at can tell.".to_owned(),
                ),
                // One that failed for another cause has not seen what it would have.
                probes if probes.iter().any(|probe| !probe.found.is_empty()) => (
                    CauseStatus::Undecided,
                    "What could tell fails for another cause at the moment.".to_owned(),
                ),
                [first, ..] => (
                    CauseStatus::RuledOut,
                    format!("{} is well now.", first.what),
                ),
            }
        };
    Assessment {
        code,
        standing,
        because,
    }
}

#[cfg(test)]
mod tests;
