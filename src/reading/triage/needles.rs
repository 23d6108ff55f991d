//! Finds the patterns of the tables in a text, all at once.
//!
//! # Design notes
//!
//! A pattern is written as it is said, in small letters. `..` stands for anything on the same line,
//! `&` for "and, somewhere in the same event". A pattern that begins or ends with a letter or a digit
//! begins or ends a word there, unless a `*` says otherwise: most wrong answers came from needles that
//! were found inside other words. The longest piece of each pattern stands in one automaton, which
//! reads a text once, however many patterns there are; the rest of a pattern is looked for only where
//! that piece was found.

use aho_corasick::{AhoCorasick, MatchKind};

/// How far apart the pieces of a pattern may stand, in bytes.
const MAX_GAP: usize = 240;

/// A part of a pattern that is said in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: &'static str,
    /// Whether a word has to begin, or to end, with it.
    begins: bool,
    ends: bool,
}

/// A pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What has to be said, in this order.
    said: Vec<Piece>,
    /// What has to be spoken of beside it.
    beside: Vec<Vec<Piece>>,
}

impl Pattern {
    /// Reads a pattern as it stands in a table.
    pub(super) fn read(text: &'static str) -> Self {
        let mut parts = text.split(" & ").map(pieces);
        let said = parts.next().unwrap_or_default();
        Self {
            said,
            beside: parts.collect(),
        }
    }

    /// The piece that the automaton looks for.
    fn key(&self) -> &'static str {
        let longest = self.said.iter().max_by_key(|piece| piece.text.len());
        longest.map_or("", |piece| piece.text)
    }

    /// Where it is said, if all of it is.
    pub(super) fn find(&self, said: &str, context: &str) -> Option<usize> {
        let at = find_all(said, &self.said)?;
        let is_there = |pieces: &Vec<Piece>| find_all(context, pieces).is_some();
        self.beside.iter().all(is_there).then_some(at)
    }
}

fn pieces(text: &'static str) -> Vec<Piece> {
    text.split("..").map(piece).collect()
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
fn find_all(text: &str, pieces: &[Piece]) -> Option<usize> {
    let (first, rest) = pieces.split_first()?;
    let mut from = 0;
    while let Some(at) = find(text, *first, from) {
        let end = at + first.text.len();
        if rest.is_empty() || follow(text, rest, end) {
            return Some(at);
        }
        from = at + 1;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    None
}

fn follow(text: &str, pieces: &[Piece], mut from: usize) -> bool {
    for piece in pieces {
        let most = text.floor_char_boundary((from + MAX_GAP).min(text.len()));
        let window = &text[from..most];
        let line = window.find('\n').unwrap_or(window.len());
        match find(&text[..from + line], *piece, from) {
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
    /// Which patterns hang on each of the automaton's needles.
    hanging: Vec<Vec<usize>>,
    patterns: Vec<Pattern>,
}

impl Needles {
    /// Makes an automaton of patterns.
    pub(super) fn new(patterns: impl IntoIterator<Item = &'static str>) -> Self {
        let patterns: Vec<Pattern> = patterns.into_iter().map(Pattern::read).collect();
        let mut keys: Vec<&str> = patterns.iter().map(Pattern::key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut hanging = vec![Vec::new(); keys.len()];
        for (index, pattern) in patterns.iter().enumerate() {
            if let Ok(key) = keys.binary_search(&pattern.key()) {
                hanging[key].push(index);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&keys)
            .expect("the tables are far smaller than what an automaton can hold");
        Self {
            automaton,
            hanging,
            patterns,
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
            .flat_map(|key| &self.hanging[key])
            .filter_map(|index| Some((*index, self.patterns[*index].find(said, context)?)))
            .collect()
    }
}
