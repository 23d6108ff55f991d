//! The level of a line of text, and where it stands.
//!
//! # Design notes
//!
//! A level is looked for in the head of a line only, and a head ends where a sentence begins: at a
//! quote, at the colon behind a word, at the third plain word. `FATAL:` in the message of an
//! exception quotes somebody else's level and is not the line's own.

use crate::reading::records::level::Level;
use crate::reading::records::line::Form;
use crate::reading::records::stack_trace::header;

/// How far into a line its level may stand, in bytes.
const LEVEL_WITHIN: usize = 120;
/// How many plain words may stand in front of a level.
const PLAIN_WORDS: usize = 2;
/// How Postgres calls what it says beside a message.
const DETAILS: &[&str] = &[
    "DETAIL:  ",
    "HINT:  ",
    "CONTEXT:  ",
    "QUERY:  ",
    "STATEMENT:  ",
    "LOCATION:  ",
    "BACKTRACE:  ",
];

/// Where a level stands in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundLevel {
    pub(super) level: Level,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The level in the head of a text: `ERROR`, `[error]`, `error:`, `| error |`.
pub(super) fn level_in(text: &str, has_time: bool) -> Option<FoundLevel> {
    let bytes = text.as_bytes();
    let near = bytes.len().min(LEVEL_WITHIN);
    let (mut at, mut plain, mut words, mut depth) = (0, 0, 0, 0_i32);
    while at < near {
        let byte = bytes[at];
        if !byte.is_ascii_alphanumeric() {
            match byte {
                b'"' | b'\'' => return None,
                b'[' | b'(' | b'{' => depth += 1,
                b']' | b')' | b'}' => depth -= 1,
                _ => {}
            }
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        // A word that reaches beyond is not near.
        if at > near && near < bytes.len() {
            return None;
        }
        words += 1;
        let word = &text[start..at];
        let before = start.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at).copied();
        let is_detail = || after == Some(b':') && detail_at(text, start);
        let level = Level::of_word(word).or_else(|| is_detail().then_some(Level::Info));
        if let Some(level) = level {
            let found = FoundLevel {
                level,
                start,
                end: at,
            };
            if is_marked(text, found, words, has_time) {
                return Some(found);
            }
        }
        // A word of a sentence stands alone between spaces.
        let is_alone = matches!(before, None | Some(b' ' | b'\t'))
            && matches!(after, None | Some(b' ' | b'\t' | b':' | b',' | b'.'));
        if depth <= 0 && is_alone && word.bytes().all(|b| b.is_ascii_alphabetic()) {
            plain += 1;
        }
        let ends_head = after == Some(b':')
            && bytes.get(at + 1) == Some(&b' ')
            && (plain > 1
                || words > 1 && depth <= 0 && !has_level_ahead(text, at)
                || header(&text[..=at]).is_some());
        if plain > PLAIN_WORDS || ends_head {
            return None;
        }
    }
    None
}

/// Whether the word behind a colon is a level between marks, as in `app.jobs: [error] text`.
fn has_level_ahead(text: &str, colon: usize) -> bool {
    let ahead = text[colon + 1..].trim_start();
    ahead.starts_with(['[', '<', '|'])
}

/// Whether a word is the line's level and not a word like any other.
fn is_marked(text: &str, found: FoundLevel, words: usize, has_time: bool) -> bool {
    let FoundLevel { start, end, .. } = found;
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let after = bytes.get(end).copied();
    let word = &text[start..end];
    let is_bracketed = match before {
        // structlog fills up the brackets.
        Some(b'[') => text[end..].trim_start_matches(' ').starts_with(']'),
        Some(b'<') => after == Some(b'>'),
        // Apache names the module, too: `[core:error]`.
        Some(b':') => {
            after == Some(b']')
                && text[..start - 1]
                    .rsplit([' ', '['])
                    .next()
                    .is_some_and(|module| text[..start - 1 - module.len()].ends_with('['))
        }
        _ => false,
    };
    let is_barred = || {
        text[..start].trim_end_matches(' ').ends_with('|')
            && text[end..].trim_start_matches(' ').starts_with('|')
    };
    if is_bracketed || (start == 0 && after == Some(b':')) || is_barred() {
        return true;
    }
    // As the first word behind a time, set apart by more than a space.
    if has_time && words == 1 && start == 0 {
        let behind = &text[end..];
        let is_apart = [":", "\t", "  ", " |", " -"]
            .iter()
            .any(|mark| behind.starts_with(mark));
        if is_apart {
            return true;
        }
    }
    let is_upper = word
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    // `[7] LOG C-0x55: text`, as PgBouncer writes it.
    let is_behind_process = || has_time && text[..start].ends_with("] ") && words < 4;
    is_upper
        && (words == 1
            || after == Some(b':')
            || !Level::is_doubtful(word)
            || (word == "LOG" && is_behind_process()))
}

/// How a level is written, with what sets it apart; without a time also what stands before it, of
/// which nobody knows that it is no part of what is said.
pub(super) fn mark(text: &str, found: FoundLevel, has_time: bool) -> &str {
    let start = if has_time { found.start } else { 0 };
    let behind = &text[found.end..];
    let rest = behind.trim_start_matches([']', '>', ')', ':', ' ']);
    &text[start..found.end + behind.len() - rest.len()]
}

/// Whether Postgres says something beside a message there.
fn detail_at(text: &str, at: usize) -> bool {
    DETAILS.iter().any(|detail| text[at..].starts_with(detail))
}

/// The form of a line whose level was found: Postgres puts two spaces behind its colon.
pub(super) fn postgres<'a>(text: &'a str, found: FoundLevel, behind: &str) -> Form<'a> {
    let is_form = behind
        .strip_prefix(":  ")
        .is_some_and(|rest| !rest.starts_with(' '));
    let word = &text[found.start..found.end];
    // uvicorn pads its warnings to the same two spaces.
    if !is_form || word == "WARNING" && found.start == 0 {
        return Form::Text;
    }
    let is_detail = detail_at(text, found.start);
    Form::Postgres {
        before: &text[..found.start],
        is_detail,
        word,
    }
}
