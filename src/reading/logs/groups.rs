//! What is the same to a person: how often it was seen, when, and under which name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

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

/// Groups by their key, with what is only known of the first of each.
#[derive(Debug)]
pub(super) struct Groups<K, V> {
    places: BTreeMap<K, usize>,
    groups: Vec<(V, Seen)>,
}

impl<K, V> Default for Groups<K, V> {
    fn default() -> Self {
        Self {
            places: BTreeMap::new(),
            groups: Vec::new(),
        }
    }
}

impl<K: Ord, V> Groups<K, V> {
    /// The place of a group; nothing where there is no room for another one.
    pub(super) fn place(&mut self, key: K, first: impl FnOnce() -> (V, String)) -> Option<usize> {
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        if self.is_full() {
            return None;
        }
        let (value, example) = first();
        self.groups.push((value, Seen::new(example)));
        self.places.insert(key, self.groups.len() - 1);
        Some(self.groups.len() - 1)
    }

    /// Whether there is no room for another group.
    pub(super) fn is_full(&self) -> bool {
        self.groups.len() >= MAX_GROUPS
    }

    /// The first key from this one on, and the place of its group.
    pub(super) fn next(&self, key: &K) -> Option<(&K, usize)> {
        let (key, place) = self.places.range(key..).next()?;
        Some((key, *place))
    }

    pub(super) fn see(&mut self, place: usize, at: Option<Timestamp>) {
        if let Some((_, seen)) = self.groups.get_mut(place) {
            seen.see(at);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The most frequent first; of the same frequency by their keys.
    pub(super) fn by_frequency<G>(self, group: impl Fn(K, V, Seen) -> G) -> Vec<G> {
        let mut slots: Vec<_> = self.groups.into_iter().map(Some).collect();
        let mut groups: Vec<_> = self
            .places
            .into_iter()
            .filter_map(|(key, place)| Some((key, slots.get_mut(place)?.take()?)))
            .collect();
        // They are in the order of their keys, and stay so.
        groups.sort_by_key(|(_, (_, seen))| std::cmp::Reverse(seen.count));
        groups
            .into_iter()
            .map(|(key, (value, seen))| group(key, value, seen))
            .collect()
    }
}

/// A message without what differs each time: numbers, ids, and what is quoted.
pub(super) fn normal(message: &str) -> String {
    let plain = if message.contains(QUOTES) {
        Cow::Owned(without_quoted(message))
    } else {
        Cow::Borrowed(message)
    };
    let mut out = String::with_capacity(plain.len());
    // Found by their bytes, which takes less than by their characters.
    if plain.bytes().all(|b| matches!(b, b' '..=b'~')) {
        plain
            .split_ascii_whitespace()
            .for_each(|word| add_normal(word, &mut out));
    } else {
        plain
            .split_whitespace()
            .for_each(|word| add_normal(word, &mut out));
    }
    out
}

/// Adds a word without its numbers.
fn add_normal(word: &str, out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        out.push_str(word);
        return;
    }
    if word.len() >= ID_LENGTH && digits >= ID_DIGITS {
        out.push('#');
        return;
    }
    let mut is_number = false;
    for c in word.chars() {
        let is_digit = c.is_ascii_digit();
        if !is_digit {
            out.push(c);
        } else if !is_number {
            out.push('#');
        }
        // A hash that is written there is one with the number behind it.
        is_number = is_digit || c == '#';
    }
}

/// What may stand around a name, in pairs.
const QUOTES: [char; 3] = ['"', '\'', '`'];

fn without_quoted(message: &str) -> String {
    let mut plain = String::with_capacity(message.len());
    let mut quote: Option<char> = None;
    for c in message.chars() {
        match quote {
            Some(open) if c == open => {
                plain.push_str("...");
                plain.push(c);
                quote = None;
            }
            Some(_) => {}
            None => {
                plain.push(c);
                if QUOTES.contains(&c) && message.matches(c).count() % 2 == 0 {
                    quote = Some(c);
                }
            }
        }
    }
    plain
}
