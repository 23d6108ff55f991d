//! What is the same to a person: how often it was seen, when, and under which name.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hash;

use foldhash::HashMap;
use jiff::Timestamp;
use memchr::{memchr, memchr_iter, memchr3};
use serde::Serialize;

use crate::domain::taxonomy::Code;
use crate::reading::logs::words::with_digits;

/// How many groups of each kind are kept.
pub(super) const MAX_GROUPS: usize = 200;

/// A word of so many characters with so many digits is an id.
pub(super) const ID_LENGTH: usize = 16;
pub(super) const ID_DIGITS: usize = 3;

/// How often something was seen, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) count: u64,
    /// When first; null where the lines have no times.
    pub(crate) first: Option<Timestamp>,
    /// When last; null where the lines have no times.
    pub(crate) last: Option<Timestamp>,
    /// The first of them, redacted.
    pub(crate) example: String,
}

impl Seen {
    pub(super) fn new(example: String) -> Self {
        Self {
            count: 0,
            first: None,
            last: None,
            example,
        }
    }

    pub(super) fn see(&mut self, at: Option<Timestamp>) {
        self.count += 1;
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        match self.count {
            1 => f.write_str("once")?,
            count => write!(f, "{count} times")?,
        }
        match (self.first, self.last) {
            (Some(first), Some(last)) if first != last => {
                write!(f, ", {} to {} UTC", time(first), time(last))
            }
            (Some(first), _) => write!(f, ", {} UTC", time(first)),
            (None, _) => Ok(()),
        }
    }
}

/// Groups by their name and code, with what is only known of the first of each.
#[derive(Debug)]
pub(super) struct Groups<N, V> {
    /// Of each name the codes that it was seen with, and where their groups are.
    places: HashMap<N, Vec<(Option<Code>, usize)>>,
    groups: Vec<(V, Seen)>,
}

impl<N, V> Default for Groups<N, V> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
            groups: Vec::new(),
        }
    }
}

impl<N: Ord + Hash + Clone, V> Groups<N, V> {
    /// The place of a group; nothing where there is no room for another one.
    pub(super) fn place(
        &mut self,
        name: N,
        code: Option<Code>,
        first: impl FnOnce() -> (V, String),
    ) -> Option<usize> {
        let known = self.places.get(&name).into_iter().flatten();
        if let Some((_, place)) = known.copied().find(|(known, _)| *known == code) {
            return Some(place);
        }
        if self.is_full() {
            return None;
        }
        let (value, example) = first();
        let place = self.groups.len();
        self.groups.push((value, Seen::new(example)));
        self.places.entry(name).or_default().push((code, place));
        Some(place)
    }

    /// Whether there is no room for another group.
    pub(super) fn is_full(&self) -> bool {
        self.groups.len() >= MAX_GROUPS
    }

    /// The first of the codes that a name was seen with, and the place of their group.
    pub(super) fn known(&self, name: &N) -> Option<(Option<Code>, usize)> {
        self.places.get(name)?.iter().copied().min()
    }

    pub(super) fn see(&mut self, place: usize, at: Option<Timestamp>) {
        if let Some((_, seen)) = self.groups.get_mut(place) {
            seen.see(at);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The most frequent first; of the same frequency by their names, and by their codes.
    pub(super) fn by_frequency<G>(self, group: impl Fn(N, Option<Code>, V, Seen) -> G) -> Vec<G> {
        let mut slots: Vec<_> = self.groups.into_iter().map(Some).collect();
        let mut names: Vec<_> = self.places.into_iter().collect();
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut groups = Vec::with_capacity(slots.len());
        for (name, mut places) in names {
            places.sort_unstable();
            for (code, place) in places {
                if let Some((value, seen)) = slots.get_mut(place).and_then(Option::take) {
                    groups.push((name.clone(), code, value, seen));
                }
            }
        }
        groups.sort_by_key(|(_, _, _, seen)| std::cmp::Reverse(seen.count));
        groups
            .into_iter()
            .map(|(name, code, value, seen)| group(name, code, value, seen))
            .collect()
    }
}

/// A message, as the redactor leaves it, without what differs each time: numbers, ids, and what is quoted. Copied in long
/// pieces, which takes less than by the word.
pub(super) fn normal(message: &str) -> String {
    let [double, single, back] = QUOTES;
    let plain = if memchr3(double, single, back, message.as_bytes()).is_some() {
        Cow::Owned(without_quoted(message))
    } else {
        Cow::Borrowed(message)
    };
    let mut out = String::with_capacity(plain.len());
    let mut copied = 0;
    for (word, digits) in with_digits(plain.as_bytes(), |byte| byte != b' ') {
        out.push_str(&plain[copied..word.start]);
        copied = word.end;
        add_normal(&plain[word], digits, &mut out);
    }
    out.push_str(&plain[copied..]);
    out
}

/// Adds a word with so many digits without its numbers.
fn add_normal(word: &str, digits: usize, out: &mut String) {
    if word.len() >= ID_LENGTH && digits >= ID_DIGITS {
        out.push('#');
        return;
    }
    let (mut is_number, mut copied) = (false, 0);
    for (at, byte) in word.bytes().enumerate() {
        let is_digit = byte.is_ascii_digit();
        if is_digit {
            out.push_str(&word[copied..at]);
            copied = at + 1;
            if !is_number {
                out.push('#');
            }
        }
        // A hash that is written there is one with the number behind it.
        is_number = is_digit || byte == b'#';
    }
    out.push_str(&word[copied..]);
}

/// What may stand around a name, in pairs.
const QUOTES: [u8; 3] = *b"\"'`";

fn without_quoted(message: &str) -> String {
    let is_paired = QUOTES.map(|quote| {
        let many = memchr_iter(quote, message.as_bytes()).count();
        many.is_multiple_of(2)
    });
    let opens = |byte: u8| {
        let which = QUOTES.iter().position(|quote| *quote == byte);
        which.is_some_and(|which| is_paired[which])
    };
    let mut plain = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.bytes().position(opens) {
        plain.push_str(&rest[..=at]);
        let quote = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        // Another kind of quotes may have had the one that would end it.
        let Some(end) = memchr(quote, rest.as_bytes()) else {
            return plain;
        };
        plain.push_str("...");
        plain.push(char::from(quote));
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    plain
}
