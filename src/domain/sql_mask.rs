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
                    None => return Some((Piece::Hidden, behind)),
                }
            }
            _ => {}
        }
    }
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
    Some((Piece::Hidden, behind))
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
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    const MARKER: &str = "zqcanary7";

    /// Enough of the marker to know it again where the text was cut.
    const MARKER_START: &str = "zqc";

    /// Whatever opens, closes or disturbs something.
    const SHREDS: &[&str] = &[
        "'", "''", "\"", "\\", "\\'", "$", "$$", "$t$", "$1", "--", "/*", "*/", "\n", "\r", " ",
        "\u{b}", "\u{7f}", "\0", "e'", "E'", "U&'", "u&\"", "U&", "N'", "x'", "b", "0x", "1", "1e",
        ".", "..", "_", "a", "é", "’", "\u{a0}", "\u{202e}", "٣", "`", "{", "?", ";", "&", "(",
        "…",
    ];

    /// Whole pieces, so that nothing is open behind them.
    const FRAGMENTS: &[&str] = &[
        "SELECT",
        "a.b",
        "t1",
        "é",
        "v$x",
        "$1",
        "(",
        ")",
        ",",
        "::",
        "#>>",
        "'it''s'",
        "'a'\n'b'",
        "E'\\''",
        "e'a'\n'\\''",
        "U&'\\0027'",
        "N'-- '",
        "B'01'",
        "X'1F'",
        "$$ ' $$",
        "$q$ $$ \" $q$",
        "1.5e-3",
        "0x1F",
        "1_000",
        ".5",
        "-- it's\n",
        "/* ' /* \" */ $$ */",
        "\"Name\"",
        "\"odd \"\" '\"",
        "U&\"d\\0022\"",
    ];

    /// What stands right before a literal. None of it ends with a string constant, since that would
    /// be one constant together with the next.
    const GLUES: &[&str] = &[
        "(", "= ", ",\n", "*", "-- '\r= ", "/**/=", "select", "select ", "e ", "1", "1e", "$1",
    ];

    type Quoting = fn(&str) -> String;

    const QUOTINGS: &[(&str, Quoting)] = &[
        ("plain", |body| in_quotes("'", body)),
        ("escapes by setting", |body| format!("'{}'", escape(body))),
        ("E", |body| format!("E'{}'", escape(body))),
        ("e, doubled", |body| in_quotes("e'", &double(body, '\\'))),
        ("U&", |body| in_quotes("U&'", &double(body, '\\'))),
        ("N", |body| in_quotes("N'", body)),
        ("B", |body| in_quotes("b'", body)),
        ("X", |body| in_quotes("X'", body)),
        ("dollar", |body| format!("$${}$$", body.replace('$', ""))),
        ("dollar tag", |body| format!("$töst_1${body}$töst_1$")),
        ("continued", |body| in_quotes("'a' \n '", body)),
        ("E continued", |body| {
            format!("E'\\'' -- it's\r\n '{}'", escape(body))
        }),
        ("line comment", |body| {
            format!("-- {}\n", body.replace(is_line_break, ""))
        }),
        ("block comment", |body| {
            format!("/* /**/ {} */", body.replace(['*', '/'], ""))
        }),
        ("name", |body| format!("\"{} \"", double(body, '"'))),
        ("U& name", |body| format!("u&\"{} \"", double(body, '"'))),
    ];

    fn in_quotes(opening: &str, body: &str) -> String {
        format!("{opening}{}'", double(body, '\''))
    }

    fn double(body: &str, quote: char) -> String {
        body.replace(quote, &format!("{quote}{quote}"))
    }

    fn escape(body: &str) -> String {
        double(body, '\\').replace('\'', "\\'")
    }

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (query, expected) in cases {
            assert_eq!(mask(query, usize::MAX), *expected, "{query:?}");
        }
    }

    #[test]
    fn the_shape_of_a_statement_stays() {
        check(&[
            ("", ""),
            (" \t\r\n\u{b}\u{c} ", ""),
            ("SELECT 1", "SELECT ?"),
            (
                "  SELECT a.*,\n\tb :: text\x0cFROM t1 AS \"T2\";\n",
                "SELECT a.*, b :: text FROM t1 AS \"T2\";",
            ),
            (
                "select $1, $2::int, x->>'k' from t where a[1:2] @> array['x','y'] and b <> $10",
                "select $1, $2::int, x->>? from t where a[?:?] @> array[?,?] and b <> $10",
            ),
            (
                "ALTER ROLE app WITH LOGIN PASSWORD 's3cr3t' VALID UNTIL '2030-01-01'",
                "ALTER ROLE app WITH LOGIN PASSWORD ? VALID UNTIL ?",
            ),
            (
                "autovacuum: VACUUM public.jobs (to prevent wraparound)",
                "autovacuum: VACUUM public.jobs (to prevent wraparound)",
            ),
            ("<insufficient privilege>", "<insufficient privilege>"),
        ]);
    }

    #[test]
    fn constants_are_hidden() {
        check(&[
            ("a='x'b", "a=?b"),
            ("'it''s' x", "? x"),
            ("''''", "?"),
            ("'' x", "? x"),
            ("'a' 'b' x", "? ? x"),
            ("'a'\n'b' x", "? x"),
            ("'a' -- c\r\n 'b' x", "? x"),
            ("'a' -- c", "?"),
            ("'a' /* c\n */ 'b' x", "? ? x"),
            ("E'\\'secret\\\\' x", "? x"),
            ("e'a''b\\'c' x", "? x"),
            // The second part inherits the escapes, and only if it is one.
            ("E'a'\n'\\'secret' x", "? x"),
            ("E'a' -- '\n\n '\\'secret' x", "? x"),
            ("E'a' '\\'secret' x", "? ?"),
            ("U&'d\\0061t' UESCAPE '!' x", "? UESCAPE ? x"),
            ("U&'\\\\x' u&'a''b' x", "? ? x"),
            ("U & 'a'", "U & ?"),
            ("B'01' X'1F' N'n' b'' x'' n'' x", "? ? ? ? ? ? x"),
            ("$$it's$$ x", "? x"),
            ("$t$ $$ $T$ $tt$ $ $t$ x", "? x"),
            ("$$ $a$$ x", "? x"),
            ("$$a$$$$b$$ x", "?? x"),
            ("$é_1$a$é_1$ x", "? x"),
            ("'x\0\u{202e}' x", "? x"),
            ("true 'true'", "true ?"),
        ]);
    }

    #[test]
    fn numbers_are_hidden_unless_they_belong_to_a_name_or_parameter() {
        check(&[
            ("0 1 42 007", "? ? ? ?"),
            ("1.5 1. .5 1.5e10 1e-5 1.E+5", "? ? ? ? ? ?"),
            ("0x1F 0XfF 0o17 0b01 1_000.000_1 0x_ff", "? ? ? ? ? ?"),
            ("-1+2*3", "-?+?*?"),
            ("1..10 a.5", "?? a?"),
            ("2024-01-31 127.0.0.1", "?-?-? ???"),
            ("1::int,(2)", "?::int,(?)"),
            ("1'x'", "??"),
            ("table1 t_2 a1b2 é3", "table1 t_2 a1b2 é3"),
            ("$1 $12345", "$1 $12345"),
        ]);
    }

    #[test]
    fn comments_are_dropped() {
        check(&[
            ("a/* secret */b", "a b"),
            ("a /* x */ /* y */ b", "a b"),
            ("a /* 'x /* \" */ $$ */ b", "a b"),
            ("a /*/ secret /*/**/*/ */ b", "a b"),
            ("a /***/ b /* **/ c", "a b c"),
            ("a -- it's\nb", "a b"),
            ("a -- it's\rb", "a b"),
            ("a--b\n-c - -d", "a -c - -d"),
            ("a */* x */ b", "a * b"),
            ("a +-- x", "a +"),
            ("a /*traceparent='00-1'*/", "a"),
            ("/* tag */ a", "a"),
        ]);
    }

    #[test]
    fn names_are_shown_if_short_and_plain() {
        check(&[
            ("a \"B_1\".\"é\" c", "a \"B_1\".\"é\" c"),
            ("\"a b\" \"a-b\" \"a$b\" c", "\"?\" \"?\" \"?\" c"),
            (
                "\"\" \"a\"\"b\" \"'\" \"\\\" c",
                "\"?\" \"?\" \"?\" \"?\" c",
            ),
            ("U&\"d\\0061t\" u&\"plain\" c", "\"?\" \"?\" c"),
            (
                "a.U&\"b\" \"a\"U&\"b\" U&U&\"b\"",
                "a.\"?\" \"a\" \"?\" U& \"?\"",
            ),
            ("straße 名前 имя v$session", "straße 名前 имя v$session"),
        ]);
        let longest = "n".repeat(MAX_NAME_BYTES);
        let too_many_bytes = "é".repeat(32);
        check(&[
            (&format!("a {longest} b"), &format!("a {longest} b")),
            (&format!("a \"{longest}\" b"), &format!("a \"{longest}\" b")),
            (&format!("a {longest}n b"), "a ? b"),
            (&format!("a \"{longest}n\" b"), "a \"?\" b"),
            (&format!("a {too_many_bytes} b"), "a ? b"),
            (&format!("a \"{too_many_bytes}\" b"), "a \"?\" b"),
        ]);
    }

    #[test]
    fn uncertainty_hides_the_rest() {
        for uncertain in [
            // Constants that end elsewhere for another server.
            "'x\\' secret",
            "'x\\y' secret",
            "'x'\n'\\y' secret",
            "N'x\\' secret",
            "B'1\\' secret",
            "X'1\\' secret",
            "U&'x\\' secret",
            // What has no end.
            "'secret",
            "'secret''",
            "'a'\n'secret",
            "E'secret\\'",
            "E'secret\\",
            "U&'secret",
            "$$secret$",
            "$t$secret$$",
            "$t$secret$T$",
            "/* secret",
            "/* /* */ secret",
            "\"secret",
            "\"secret\"\"",
            "U&\"secret",
            // Numbers and parameters that run into something else.
            "1a secret",
            "1e'\\'secret'",
            "1e+ secret",
            "1é secret",
            "1$$secret$$",
            "0xg secret",
            "0x1Fu&'secret'",
            "1.5x'secret'",
            "$1a secret",
            "$1$$secret$$",
            "$123456 secret",
            "$1234567890123456",
            // Dollar signs that are neither.
            "$ secret",
            "$secret",
            "$t-$secret$t-$",
            "a$$secret$$",
            "a$t$secret$t$",
            // What does not belong outside of literals.
            "\\secret",
            "\\'secret'",
            "\0secret",
            "\u{1}secret",
            "\u{7f}secret",
            "\u{85}secret",
            "\u{a0}secret",
            "\u{2028}secret",
            "\u{202e}secret",
            "\u{200b}secret",
            "\u{fffd}secret",
            "‘secret’",
            "٣٤٥ secret",
            "😀 secret",
            "`secret`",
            "{secret}",
        ] {
            check(&[
                (uncertain, "?"),
                (&format!("SELECT a, {uncertain}"), "SELECT a, ?"),
            ]);
        }
        check(&[("a\u{a0}secret", "a?"), ("x = 'a'\\", "x = ??")]);
    }

    #[test]
    fn long_results_are_cut() {
        for (max_chars, expected) in [
            (0, ""),
            (1, "…"),
            (2, "é…"),
            (9, "é = ? AN…"),
            (15, "é = ? AND é <>…"),
            (16, "é = ? AND é <> ?"),
            (17, "é = ? AND é <> ?"),
            (usize::MAX, "é = ? AND é <> ?"),
        ] {
            assert_eq!(mask("é = 'a' AND é <> 'b' ", max_chars), expected);
        }
    }

    /// Nothing is measured: with a quadratic step it would not come to an end in time.
    #[test]
    fn hostile_texts_take_linear_time() {
        for shred in [
            "/*", "/**/", "*/", "--\n", "'a'\n", "'a' ", "E'a'--\n", "''", "\"\"", "\"a\" ",
            "$a$ ", "$$ $$", "$a", "$1 ", "a$", "1 ", "1_", ".", "1e5 ", " ", "U&", "U&\"a\"", "a",
        ] {
            let repeated = shred.repeat(100_000);
            for opening in ["", "'", "E'", "$$", "$a$", "/*", "\"", "'a'"] {
                assert!(mask(&format!("{opening}{repeated}"), 100).chars().count() <= 100);
            }
        }
    }

    fn noise() -> impl Strategy<Value = String> {
        let shred = prop_oneof![
            9 => select(SHREDS).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(shred, 0..24).prop_map(|shreds| shreds.concat())
    }

    fn statement() -> impl Strategy<Value = String> {
        prop::collection::vec(select(FRAGMENTS), 0..8).prop_map(|pieces| pieces.join(" "))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_text_panics(text in any::<String>(), max_chars in any::<usize>()) {
            let _ = mask(&text, max_chars);
        }

        #[test]
        fn planted_literals_do_not_survive(
            before in statement(),
            glue in select(GLUES),
            (style, quote) in select(QUOTINGS),
            (head, tail) in (noise(), noise()),
            behind in noise(),
            cut in any::<Index>(),
        ) {
            let literal = quote(&format!("{head}{MARKER}{tail}"));
            let text = format!("{before} {glue}{literal}{behind}");
            let chars = text.chars().count();
            let cut_text: String = text.chars().take(cut.index(chars + 1)).collect();
            // Cut between two doubled quotes, a name is another whole name, and names are shown.
            let is_a_name = style.ends_with("name") && cut_text.ends_with('"');
            for text in std::iter::once(&text).chain((!is_a_name).then_some(&cut_text)) {
                let masked = mask(text, usize::MAX);
                prop_assert!(!masked.contains(MARKER_START), "{style}: {text:?} -> {masked:?}");
            }
        }

        #[test]
        fn complete_pieces_hide_nothing_behind_them(before in statement()) {
            let masked = mask(&format!("{before} = shown"), usize::MAX);
            prop_assert!(masked.ends_with("= shown"), "{before:?} -> {masked:?}");
        }

        #[test]
        fn numbers_do_not_survive(
            number in "[0-9]{1,20}(\\.[0-9]{0,9})?([eE][+-]?[0-9]{1,3})?|\\.[0-9]{1,9}\
                       |0[xX][0-9a-fA-F]{1,16}|0[oO][0-7]{1,9}|0[bB][01]{1,9}\
                       |[0-9]{1,3}(_[0-9]{3}){1,4}",
            (before, shown) in select(&[("a = ", "a = "), ("(", "("), ("-", "-"), ("'x'", "?")][..]),
            behind in select(&["", " b", ")", "::int", ";"][..]),
        ) {
            let masked = mask(&format!("{before}{number}{behind}"), usize::MAX);
            prop_assert_eq!(masked, format!("{shown}?{behind}"));
        }

        #[test]
        fn results_are_harmless_and_stable(text in noise()) {
            let masked = mask(&text, usize::MAX);
            let is_harmless =
                |c: char| is_plain(c) || " $\"".contains(c) || PUNCTUATION.contains(c);
            prop_assert!(masked.chars().all(is_harmless), "{text:?} -> {masked:?}");
            prop_assert_eq!(mask(&masked, usize::MAX), masked);
        }

        #[test]
        fn results_fit(text in noise(), max_chars in 0_usize..40) {
            let whole = mask(&text, usize::MAX);
            let masked = mask(&text, max_chars);
            if whole.chars().count() <= max_chars {
                prop_assert_eq!(masked, whole);
            } else {
                prop_assert_eq!(masked.chars().count(), max_chars);
                prop_assert!(max_chars == 0 || masked.ends_with(ELLIPSIS));
            }
        }
    }
}
