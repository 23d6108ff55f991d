//! Masking of SQL: a statement as an operator may see it, with every literal replaced by `?`.
//!
//! `pg_stat_activity.query` holds statements as the clients sent them, so literals in them may be
//! personal data or secrets (`ALTER ROLE app PASSWORD '..'`). What an operator needs of a long or
//! blocking statement is its shape, and the shape survives without a single literal.
//!
//! # Design notes
//!
//! The lexical rules are those of the server's own scanner, but this one fails closed: what it
//! cannot tell with certainty becomes one `?` that stands for all the rest of the text. That costs
//! the end of an odd statement; a guess could cost a secret. Uncertain is all that two servers, or
//! a server and its client, may read differently. Statements that the server refuses count, since
//! it shows them as well:
//!
//! - A backslash in a plain constant: with `standard_conforming_strings` off it may escape the
//!   closing quote, and the setting of the other session is unknown here.
//! - A number that runs into letters (`1e'..'`): old servers read two tokens, new ones refuse it.
//! - A constant that runs into something that cannot follow one (`'O'Brien'`): a quote inside it was
//!   meant as a letter, and what looks like names behind it is the rest of the constant.
//! - A name with more than one dollar sign (`a$$b$$`): a name to the server, but somebody may have
//!   meant a dollar-quoted constant.
//! - A constant, comment or quoted name without an end, as the server cuts texts at
//!   `track_activity_query_size`.
//! - Characters that no statement needs outside of literals: control characters, backslashes,
//!   backticks, braces, and beyond ASCII everything but letters. To the server the latter are parts
//!   of names; for a reader they are invisible or turn the direction of the text.
//!
//! Decided against:
//!
//! - Regular expressions: nested comments and dollar quotes are beyond them.
//! - Parsing: grammars differ between versions, a cut text has no parse at all, and where a literal
//!   ends is decided by the scanner alone.
//! - Keeping comments: they carry tags of tracing libraries, user names, disabled literals.
//! - Keeping literals that look harmless, such as small numbers: that is a matter of the column.
//! - Merging lists (`?, ?, ?`) into one mark: their length helps in explaining a slow statement.
//!
//! What cannot be told from names stays: data pasted as bare words, or between double quotes.

/// What a hidden part of the text is replaced by.
const MARK: char = '?';

/// What a hidden quoted name is replaced by: it stays visible that there was a name.
const NAME_MARK: &str = "\"?\"";

/// What a text ends with that was cut to its maximal length.
const ELLIPSIS: char = '…';

/// The longest name that the server keeps (`NAMEDATALEN` less one).
const MAX_NAME_BYTES: usize = 63;

/// As many as the highest parameter has, `$65535`.
const MAX_PARAMETER_DIGITS: usize = 5;

/// The characters of operators and punctuation. The server would take a backtick, too, but to
/// other databases that is a quote.
const PUNCTUATION: &str = ",()[].;:+-*/%^<>=~!@#&|?";

/// What becomes of one lexical piece of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// White space or a comment: separates, and says nothing.
    Gap,
    /// Shown as it was written.
    Shown(&'a str),
    /// A literal, or something that is treated like one.
    Hidden,
    /// A quoted name that is not certain to be a harmless one.
    HiddenName,
}

/// A piece and the text behind it. `None` is uncertainty: hide everything from the piece on.
type Split<'a> = Option<(Piece<'a>, &'a str)>;

/// What a backslash does within a string constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backslash {
    /// It takes the special meaning from the next character: `E'..'`.
    Escapes,
    /// It begins a code point and cannot escape a quote: `U&'..'`.
    Unicode,
    /// It depends on settings that are not known here: all other constants.
    Ambiguous,
}

/// Masks every literal of a statement, then cuts the result to `max_chars` characters.
///
/// Constants and numbers become `?`. Quoted names become `"?"` unless they are short and plain.
/// Comments and runs of white space become one space, or nothing at either end of the text.
/// Keywords, names, operators and parameters (`$1`) stay. Where the text cannot be read with
/// certainty, a single `?` stands for all the rest of it.
///
/// Characters are Unicode scalar values. A cut text ends with `…`, which counts.
///
/// It takes time linear in the length of `query`, and never panics.
#[must_use]
pub fn mask(query: &str, max_chars: usize) -> String {
    let mut masked = String::new();
    let mut rest = query;
    while !rest.is_empty() {
        // An uncertain rest is hidden as if it were one literal with nothing behind it.
        let (piece, behind) = next_piece(rest).unwrap_or((Piece::Hidden, ""));
        rest = behind;
        match piece {
            Piece::Gap if masked.is_empty() || masked.ends_with(' ') => {}
            Piece::Gap => masked.push(' '),
            Piece::Shown(text) => masked.push_str(text),
            Piece::Hidden => masked.push(MARK),
            Piece::HiddenName => {
                // Having lost its prefix `U&`, the name must not melt into what it followed.
                if masked.ends_with(['"', '&']) {
                    masked.push(' ');
                }
                masked.push_str(NAME_MARK);
            }
        }
    }
    cut(masked.trim_end(), max_chars)
}

fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().nth(max_chars).is_none() {
        return text.to_owned();
    }
    max_chars.checked_sub(1).map_or_else(String::new, |kept| {
        text.chars().take(kept).chain([ELLIPSIS]).collect()
    })
}

/// Takes one character at least, so that every loop over pieces ends.
fn next_piece(text: &str) -> Split<'_> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let behind = chars.as_str();
    match first {
        _ if is_space(first) => Some((Piece::Gap, behind)),
        '-' if behind.starts_with('-') => Some((Piece::Gap, behind_line_comment(text))),
        '/' if let Some(body) = behind.strip_prefix('*') => {
            Some((Piece::Gap, behind_block_comment(body)?))
        }
        '\'' => string(behind, Backslash::Ambiguous),
        '"' => quoted_name(text, behind),
        '$' => dollar(text, behind),
        '0'..='9' => number(text),
        '.' if behind.starts_with(is_digit) => number(text),
        _ if is_letter(first) => word(text),
        _ if PUNCTUATION.contains(first) => Some((Piece::Shown(before(text, behind)?), behind)),
        _ => None,
    }
}

/// What precedes `behind`, which has to be the end of `text`.
fn before<'a>(text: &'a str, behind: &str) -> Option<&'a str> {
    text.get(..text.len().checked_sub(behind.len())?)
}

/// A name or keyword, or a constant or quoted name that has a prefix.
fn word(text: &str) -> Split<'_> {
    let behind = text.trim_start_matches(|c| is_plain(c) || c == '$');
    let name = before(text, behind)?;
    match name {
        "E" | "e" if let Some(body) = behind.strip_prefix('\'') => string(body, Backslash::Escapes),
        "B" | "b" | "N" | "n" | "X" | "x" if let Some(body) = behind.strip_prefix('\'') => {
            string(body, Backslash::Ambiguous)
        }
        "U" | "u" if let Some(body) = behind.strip_prefix("&'") => string(body, Backslash::Unicode),
        // Hidden whatever it looks like: escapes may spell anything.
        "U" | "u" if let Some(body) = behind.strip_prefix("&\"") => {
            Some((Piece::HiddenName, behind_quoted_name(body)?))
        }
        // Both dollar signs of the quote of a constant that got stuck to a name.
        _ if name.matches('$').nth(1).is_some() => None,
        // The server would cut it. More likely it is a token that lost its quotes.
        _ if name.len() > MAX_NAME_BYTES => Some((Piece::Hidden, behind)),
        _ => Some((Piece::Shown(name), behind)),
    }
}

/// A string constant, from behind its opening quote.
fn string(body: &str, backslash: Backslash) -> Split<'_> {
    let mut chars = body.chars();
    loop {
        match (chars.next()?, backslash) {
            ('\\', Backslash::Ambiguous) => return None,
            ('\\', Backslash::Escapes) => {
                chars.next()?;
            }
            // Useless as the start of a code point, so somebody may have meant an escape.
            ('\\', Backslash::Unicode) if chars.as_str().starts_with('\'') => return None,
            ('\'', _) => {
                let behind = chars.as_str();
                match behind.strip_prefix('\'').or_else(|| continuation(behind)) {
                    Some(more) => chars = more.chars(),
                    None => return constant(behind, "$\"'.(["),
                }
            }
            _ => {}
        }
    }
}

/// A constant that ends before `behind`, if it can end there: before no part of a name, and none of
/// `others`.
fn constant<'a>(behind: &'a str, others: &str) -> Split<'a> {
    let runs_on = behind.starts_with(|c| is_plain(c) || others.contains(c));
    (!runs_on).then_some((Piece::Hidden, behind))
}

/// What is behind the quote with which a constant goes on behind its closing quote, if it does.
///
/// That takes a line break in between; line comments may be there, too. It matters since the second
/// part inherits the escapes of the first.
fn continuation(behind_quote: &str) -> Option<&str> {
    let mut rest = behind_quote.trim_start_matches(is_space);
    while rest.starts_with("--") {
        rest = behind_line_comment(rest).trim_start_matches(is_space);
    }
    let body = rest.strip_prefix('\'')?;
    before(behind_quote, rest)?
        .contains(is_line_break)
        .then_some(body)
}

/// A parameter or a dollar-quoted constant.
fn dollar<'a>(text: &'a str, behind_dollar: &'a str) -> Split<'a> {
    let behind_tag = behind_dollar.trim_start_matches(is_plain);
    let tag = before(behind_dollar, behind_tag)?;
    if tag.starts_with(is_digit) {
        let is_parameter = tag.len() <= MAX_PARAMETER_DIGITS
            && tag.chars().all(is_digit)
            && !behind_tag.starts_with('$');
        let piece = Piece::Shown(before(text, behind_tag)?);
        return is_parameter.then_some((piece, behind_tag));
    }
    let body = behind_tag.strip_prefix('$')?;
    let (_, behind) = body.split_once(before(text, body)?)?;
    constant(behind, "")
}

/// A numeric constant. Where its underscores are does not matter, as all of it is hidden.
fn number(text: &str) -> Split<'_> {
    let behind = match text.get(..2) {
        Some("0X" | "0x") => behind_digits(text.get(2..)?, 16),
        Some("0O" | "0o") => behind_digits(text.get(2..)?, 8),
        Some("0B" | "0b") => behind_digits(text.get(2..)?, 2),
        _ => behind_decimal_number(text),
    };
    // What looks like a name may be the prefix of a string constant.
    let is_certain = !behind.starts_with(|c| is_plain(c) || c == '$');
    is_certain.then_some((Piece::Hidden, behind))
}

fn behind_decimal_number(text: &str) -> &str {
    let integer_end = behind_digits(text, 10);
    let end = integer_end
        .strip_prefix('.')
        .map_or(integer_end, |fraction| behind_digits(fraction, 10));
    end.strip_prefix(['E', 'e'])
        .map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        .filter(|exponent| exponent.starts_with(is_digit))
        .map_or(end, |exponent| behind_digits(exponent, 10))
}

fn behind_digits(text: &str, radix: u32) -> &str {
    text.trim_start_matches(|c: char| c == '_' || c.is_digit(radix))
}

/// A quoted name, from behind its opening quote.
fn quoted_name<'a>(text: &'a str, body: &'a str) -> Split<'a> {
    let behind = behind_quoted_name(body)?;
    let name = before(body, behind)?.strip_suffix('"')?;
    let is_harmless = (1..=MAX_NAME_BYTES).contains(&name.len()) && name.chars().all(is_plain);
    let piece = if is_harmless {
        Piece::Shown(before(text, behind)?)
    } else {
        Piece::HiddenName
    };
    Some((piece, behind))
}

fn behind_quoted_name(body: &str) -> Option<&str> {
    let (_, mut behind) = body.split_once('"')?;
    while let Some(more) = behind.strip_prefix('"') {
        (_, behind) = more.split_once('"')?;
    }
    Some(behind)
}

/// The line break stays, as it matters between the parts of a constant.
fn behind_line_comment(text: &str) -> &str {
    text.trim_start_matches(|c| !is_line_break(c))
}

/// What is behind the end of a comment, which may hold others, from behind its beginning.
fn behind_block_comment(body: &str) -> Option<&str> {
    let mut chars = body.chars();
    let mut depth = 1_usize;
    while depth > 0 {
        let pair = match chars.next()? {
            '/' => chars.as_str().strip_prefix('*').zip(depth.checked_add(1)),
            '*' => chars.as_str().strip_prefix('/').zip(depth.checked_sub(1)),
            _ => None,
        };
        if let Some((behind, new_depth)) = pair {
            chars = behind.chars();
            depth = new_depth;
        }
    }
    Some(chars.as_str())
}

/// The white space of the server's scanner. Other spaces are parts of names to it.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// To the server the digits of other scripts are letters, but they may be somebody's number.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Whether a name may begin with it.
fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Whether a name may hold it, be it quoted or not, or the tag of a dollar quote.
fn is_plain(c: char) -> bool {
    is_letter(c) || is_digit(c)
}

#[cfg(test)]
mod tests;
