//! The lexical pieces of SQL, as far as names need them.

use crate::reading::flows::placeholders::HOLE;

/// How long a constant between dollars may be, in bytes.
const MAX_BODY: usize = 20_000;

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a keyword, in lower case; a quoted one as it is.
    Word { text: String, quoted: bool },
    /// An expression of n8n, or a parameter.
    Hole,
    /// A constant.
    Constant,
    /// Anything else.
    Sign(char),
}

impl Token {
    /// Whether it is this keyword.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word { text, quoted: false } if text == word)
    }

    /// Whether it is one of these keywords.
    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word { text, quoted: false } if words.contains(&text.as_str()))
    }
}

/// The pieces of a text whose expressions are holes, comments left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => {
                found.push(Token::Constant);
                behind(rest, '\'')
            }
            '"' => {
                let length = behind(rest, '"');
                let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
                found.push(match inner.contains(HOLE) {
                    true => Token::Hole,
                    false => Token::Word {
                        text: inner.replace("\"\"", "\""),
                        quoted: true,
                    },
                });
                length
            }
            '$' => dollar(rest, &mut found),
            HOLE => {
                found.push(Token::Hole);
                first.len_utf8()
            }
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
                let length = end.unwrap_or(rest.len());
                let text = rest.get(..length).unwrap_or_default().to_lowercase();
                // `case_{{ .. }}` is one name.
                let goes_on = rest
                    .get(length..)
                    .is_some_and(|rest| rest.starts_with(HOLE));
                let is_string = matches!(text.as_str(), "e" | "b" | "x" | "n")
                    && rest
                        .get(length..)
                        .is_some_and(|rest| rest.starts_with('\''));
                match () {
                    () if goes_on => found.push(Token::Hole),
                    () if is_string => {}
                    () => found.push(Token::Word {
                        text,
                        quoted: false,
                    }),
                }
                length
            }
            c if c.is_ascii_digit() => {
                found.push(Token::Constant);
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
                    .unwrap_or(rest.len())
            }
            c => {
                if !c.is_whitespace() {
                    found.push(Token::Sign(c));
                }
                c.len_utf8()
            }
        };
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    found
}

/// The length of a constant or name up to its closing quote; a doubled one is part of it.
fn behind(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find(quote)) {
        at += next + 1;
        if !text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// `$1`, or a constant between dollars.
fn dollar(rest: &str, found: &mut Vec<Token>) -> usize {
    let tag = rest
        .get(1..)
        .and_then(|inner| inner.find(|c: char| !(c.is_alphanumeric() || c == '_')))
        .filter(|end| {
            rest.get(end + 1..)
                .is_some_and(|rest| rest.starts_with('$'))
        });
    if let Some(end) = tag {
        let mark = rest.get(..end + 2).unwrap_or_default();
        let inner = rest.get(end + 2..).unwrap_or_default();
        // Looked for at every mark: no further than a body is long.
        let mut most = inner.len().min(MAX_BODY);
        while !inner.is_char_boundary(most) {
            most -= 1;
        }
        let inner = inner.get(..most).unwrap_or_default();
        if let Some(close) = inner.find(mark) {
            found.push(Token::Constant);
            return mark.len() + close + mark.len();
        }
    }
    found.push(Token::Hole);
    let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let behind = rest.get(1 + digits..).unwrap_or_default();
    // `$1:name` is how n8n puts a name in.
    let filter = behind.strip_prefix(':').map_or(0, |filter| {
        let length = filter.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length > 0 { length + 1 } else { 0 }
    });
    1 + digits + filter
}
