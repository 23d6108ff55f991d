//! Finds the patterns of the tables in a text, all at once.
//!
//! # Design notes
//!
//! A pattern is written as it is said, in small letters. `..` stands for anything on the same line,
//! `&` for "and, somewhere in the same event". A pattern that begins or ends with a letter or a digit
//! begins or ends a word there, unless a `*` says otherwise: most wrong answers came from needles that
//! were found inside other words. How the longest piece of each pattern begins stands in one
//! automaton, which reads a text once, however many patterns there are; the pattern itself is looked
//! for only where that was found.
//!
//! There are nearly ten thousand of them. The automaton of the whole pieces has three times as many
//! states as that of their beginnings, and patterns that are taken apart beforehand take more memory
//! than both.

use aho_corasick::{AhoCorasick, MatchKind};

/// How far apart the pieces of a pattern may stand, in bytes.
const MAX_GAP: usize = 240;

/// How much of a piece the automaton knows, in bytes.
const MAX_KEY: usize = 12;

/// A part of a pattern that is said in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: &'static str,
    /// Whether a word has to begin, or to end, with it.
    begins: bool,
    ends: bool,
}

/// A pattern, as it stands in a table.
#[derive(Debug, Clone, Copy)]
struct Pattern(&'static str);

impl Pattern {
    /// What has to be said, in this order.
    fn said(self) -> &'static str {
        self.0.split(" & ").next().unwrap_or_default()
    }

    /// The longest piece of it.
    fn longest(self) -> &'static str {
        let longest = pieces(self.said()).max_by_key(|piece| piece.text.len());
        longest.map_or("", |piece| piece.text)
    }

    /// Where it is said, if all of it is, and what has to be spoken of beside it.
    fn find(self, said: &str, context: &str) -> Option<usize> {
        let mut parts = self.0.split(" & ").map(pieces);
        let at = find_all(said, parts.next()?)?;
        parts
            .all(|beside| find_all(context, beside).is_some())
            .then_some(at)
    }
}

/// The beginning of a piece.
fn key(piece: &'static str) -> &'static str {
    &piece[..piece.floor_char_boundary(MAX_KEY)]
}

fn pieces(text: &'static str) -> impl Iterator<Item = Piece> + Clone {
    text.split("..").map(piece)
}

fn piece(text: &'static str) -> Piece {
    let opened = text.strip_prefix('*');
    let text = opened.unwrap_or(text);
    let closed = text.strip_suffix('*');
    let bare = closed.unwrap_or(text);
    Piece {
        text: bare,
        begins: opened.is_none() && bare.starts_with(is_word),
        ends: closed.is_none() && bare.ends_with(is_word),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the first of the pieces stands, if the others follow on its line.
fn find_all(text: &str, mut pieces: impl Iterator<Item = Piece> + Clone) -> Option<usize> {
    let first = pieces.next()?;
    let mut from = 0;
    while let Some(at) = find(text, first, from) {
        if follow(text, pieces.clone(), at + first.text.len()) {
            return Some(at);
        }
        from = at + 1;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    None
}

fn follow(text: &str, pieces: impl Iterator<Item = Piece>, mut from: usize) -> bool {
    for piece in pieces {
        let most = text.floor_char_boundary((from + MAX_GAP).min(text.len()));
        let window = &text[from..most];
        let line = window.find('\n').unwrap_or(window.len());
        match find(&text[..from + line], piece, from) {
            Some(at) => from = at + piece.text.len(),
            None => return false,
        }
    }
    true
}

fn find(text: &str, piece: Piece, from: usize) -> Option<usize> {
    let begin = from;
    text.get(begin..)?
        .match_indices(piece.text)
        .map(|(at, _)| begin + at)
        .find(|at| {
            let before = text[..*at].chars().next_back();
            let after = text[at + piece.text.len()..].chars().next();
            let is_inside = (piece.begins && before.is_some_and(is_word))
                || (piece.ends && after.is_some_and(is_word));
            !is_inside
        })
}

/// All the patterns of a table.
#[derive(Debug)]
pub(super) struct Needles {
    automaton: AhoCorasick,
    /// The patterns, by their longest pieces.
    patterns: Box<[(Pattern, usize)]>,
    /// Which of the patterns hang on each of the automaton's needles: those up to here.
    ends: Box<[usize]>,
}

impl Needles {
    /// Makes an automaton of patterns.
    pub(super) fn new(patterns: impl IntoIterator<Item = &'static str>) -> Self {
        let patterns = patterns.into_iter().map(Pattern);
        let mut patterns: Box<[_]> = patterns.zip(0..).collect();
        patterns.sort_by_cached_key(|(pattern, index)| (pattern.longest(), *index));
        let mut keys: Vec<&str> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for (place, (pattern, _)) in patterns.iter().enumerate() {
            let key = key(pattern.longest());
            if keys.last() != Some(&key) {
                keys.push(key);
                ends.push(place);
            }
            if let Some(end) = ends.last_mut() {
                *end = place + 1;
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&keys)
            .expect("the tables are far smaller than what an automaton can hold");
        Self {
            automaton,
            patterns,
            ends: ends.into(),
        }
    }

    /// The patterns that are said in a text, by their place in the table, and where.
    pub(super) fn find(&self, said: &str, context: &str) -> Vec<(usize, usize)> {
        let mut keys: Vec<usize> = self
            .automaton
            .find_overlapping_iter(said)
            .map(|found| found.pattern().as_usize())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter()
            .flat_map(|key| self.hanging(key))
            .filter_map(|(pattern, index)| Some((*index, pattern.find(said, context)?)))
            .collect()
    }

    fn hanging(&self, key: usize) -> &[(Pattern, usize)] {
        let begin = key.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.patterns[begin..self.ends[key]]
    }
}
