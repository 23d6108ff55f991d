//! From the signs of many events to one answer.
//!
//! # Design notes
//!
//! An event has one vote: the cause that its strongest sign names, and of two that are alike, the one
//! that is said last, since programs say first what failed and then why. What else an event hints at
//! is shown behind all that has a vote of the same kind.

use std::collections::BTreeMap;

use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;
use crate::reading::triage::candidate::{Candidate, Certainty, Evidence};
use crate::reading::triage::event::Event;
use crate::reading::triage::sign::Sign;

/// How many codes are shown.
const MAX_CANDIDATES: usize = 5;
/// How many pieces of evidence are shown of each.
const MAX_EVIDENCE: usize = 3;
/// How much of a line is shown as evidence, in characters.
const EXCERPT: usize = 160;

/// What the events so far say.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    tallies: BTreeMap<Code, Tally>,
}

/// What speaks for a code.
#[derive(Debug, Default)]
struct Tally {
    weight: u8,
    /// The best weight with which it was the answer to an event.
    voted: u8,
    count: usize,
    /// On which line of the text the first of its events begins.
    first: Option<u64>,
    evidence: Vec<(u8, String, String)>,
}

impl Ranking {
    /// Adds what the signs of an event say.
    pub(super) fn add(&mut self, event: &Event, mut signs: Vec<Sign>) {
        if event.said.contains("healthcheck succeeded") {
            self.forget("Railway's deploy probe failed");
        }
        strongest_first(&mut signs);
        if let Some(answer) = signs.first() {
            let tally = self.tallies.entry(answer.code).or_default();
            tally.count += 1;
            tally.voted = tally.voted.max(answer.weight);
        }
        for sign in signs {
            let tally = self.tallies.entry(sign.code).or_default();
            // What several programs have written is not read in the order in which it stands.
            tally.first = Some(tally.first.map_or(event.line, |line| line.min(event.line)));
            tally.weight = tally.weight.max(sign.weight);
            tally.keep(&sign, event);
        }
    }

    /// Takes back what was said for one reason only, and is well again.
    fn forget(&mut self, because: &str) {
        self.tallies
            .retain(|_, tally| tally.evidence.iter().any(|(_, known, _)| known != because));
    }

    /// The answer, the likeliest first.
    pub(super) fn candidates(self, redactor: &Redactor) -> Vec<Candidate> {
        let best = self.tallies.values().map(|tally| tally.weight).max();
        let mut tallies: Vec<(Code, Tally)> = self
            .tallies
            .into_iter()
            // What a clear sign explains is not also a guess.
            .filter(|(_, tally)| best.is_some_and(|best| tally.weight * 2 > best))
            .collect();
        tallies.sort_by_key(|(code, tally)| {
            (
                u8::MAX - tally.rank(),
                usize::MAX - tally.count,
                tally.first,
                u8::MAX - tally.weight,
                *code,
            )
        });
        tallies.truncate(MAX_CANDIDATES);
        tallies
            .into_iter()
            .map(|(code, tally)| tally.candidate(code, redactor))
            .collect()
    }
}

/// Sorts the signs of one event: the first one is what it says.
pub(super) fn strongest_first(signs: &mut [Sign]) {
    signs.sort_by_key(|sign| (u8::MAX - sign.weight, usize::MAX - sign.at, sign.code));
}

/// What kind of sign a weight stands for: signs of one kind are told apart by how often they occur.
const fn kind(weight: u8) -> u8 {
    match weight {
        100.. => 10,
        75..=99 => 8,
        55..=74 => 6,
        44..=54 => 4,
        30..=43 => 2,
        _ => 0,
    }
}

impl Tally {
    fn rank(&self) -> u8 {
        if self.count > 0 {
            kind(self.voted) + 1
        } else {
            kind(self.weight)
        }
    }

    fn keep(&mut self, sign: &Sign, event: &Event) {
        let is_known = |(_, because, _): &(u8, String, String)| *because == sign.because;
        if self.evidence.len() < 2 * MAX_EVIDENCE && !self.evidence.iter().any(is_known) {
            let line = excerpt(&event.shown, sign.at);
            self.evidence
                .push((sign.weight, sign.because.clone(), line));
        }
    }

    fn candidate(mut self, code: Code, redactor: &Redactor) -> Candidate {
        self.evidence.sort_by_key(|(weight, _, _)| u8::MAX - weight);
        self.evidence.truncate(MAX_EVIDENCE);
        let evidence = self
            .evidence
            .into_iter()
            .map(|(_, because, line)| Evidence {
                because,
                line: redactor.redact(&line),
            })
            .collect();
        let entry = code.entry();
        Candidate {
            code,
            title: entry.title,
            weight: self.weight,
            certainty: Certainty::of(self.weight),
            count: self.count,
            first: self.first.unwrap_or_default(),
            evidence,
            meaning: entry.meaning,
            retry: entry.retry,
            first_check: entry.first_check,
            fix: entry.fix,
        }
    }
}

/// The line around a place, or the part of a long one, with a mark wherever something was left out.
fn excerpt(text: &str, at: usize) -> String {
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let near = text.floor_char_boundary(at.saturating_sub(EXCERPT / 2));
    let is_cut = near > start && !text[start..near].trim().is_empty();
    let part = text[start.max(near)..end].trim();
    let mut shown = String::from(if is_cut { "…" } else { "" });
    shown.extend(part.chars().take(EXCERPT));
    if part.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown
}
