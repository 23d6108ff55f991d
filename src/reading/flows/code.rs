//! The constants in a program, and what they stand next to: enough to tell a value from a text that
//! is searched for, compared with, or shown.
//!
//! # Design notes
//!
//! One reading for JavaScript, Python, JSON and the rest that flows hold: texts between quotes,
//! comments left out. A language of its own for each would know more and be wrong about others; where
//! this one loses its place (a quote inside of a regular expression), it finds too little.

/// How far back a name is looked for, in bytes.
const MAX_BEFORE: usize = 120;

/// How long a constant may be, in bytes; a longer one is a document.
const MAX_LITERAL: usize = 2_048;

/// Functions whose argument is only looked for, compared or shown.
const LOOKS: &[&str] = &[
    "replace",
    "replaceall",
    "includes",
    "startswith",
    "endswith",
    "indexof",
    "test",
    "match",
    "search",
    "split",
    "error",
    "log",
    "warn",
    "info",
    "debug",
    "print",
    "typeerror",
    "exception",
    "valueerror",
    "regexp",
    "contains",
    "sub",
];

/// A text between quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    before: &'a str,
    /// What is between the quotes.
    pub(super) text: &'a str,
    after: &'a str,
}

impl<'a> Literal<'a> {
    /// What it is given to: `name = '..'`, `name: '..'`, `f('name', '..')`, `name || '..'`.
    pub(super) fn name(&self) -> Option<&'a str> {
        let before = self.before.trim_end();
        let (before, is_list) = match before.strip_suffix(['=', ':', ',']) {
            Some(rest) if before.ends_with('=') && rest.ends_with(['=', '!', '<', '>']) => {
                return None;
            }
            Some(rest) => (rest, before.ends_with(',')),
            None => (
                before
                    .strip_suffix("||")
                    .or_else(|| before.strip_suffix("??"))?,
                false,
            ),
        };
        let before = before.trim_end();
        let before = before.strip_suffix(']').unwrap_or(before);
        let name = match before.chars().next_back()? {
            quote @ ('"' | '\'' | '`') => {
                let inside = before.strip_suffix(quote)?;
                // In JSON inside of a program the quotes are escaped.
                let inside = inside.strip_suffix('\\').unwrap_or(inside);
                inside.rsplit(quote).next()?
            }
            _ if is_list => return None,
            _ => last_name(before),
        };
        (!name.is_empty()).then_some(name)
    }

    /// The function that it is the first argument of.
    pub(super) fn call(&self) -> Option<&'a str> {
        let name = last_name(self.before.trim_end().strip_suffix('(')?.trim_end());
        (!name.is_empty()).then_some(name)
    }

    /// The function of a table or client that it is the first argument of: not the one of a store of
    /// files, nor `Array.from`.
    pub(super) fn method(&self) -> Option<&'a str> {
        let name = self.call()?;
        let before = self.before.trim_end().strip_suffix('(')?.trim_end();
        let of = before.strip_suffix(name)?.trim_end().strip_suffix('.')?;
        let of = last_name(of.trim_end());
        (!matches!(of, "storage" | "Array" | "Buffer" | "Object")).then_some(name)
    }

    /// Whether the program only compares with it, looks for it, puts it in the place of something, or
    /// shows it.
    pub(super) fn is_looked_for(&self) -> bool {
        let (before, after) = (self.before.trim_end(), self.after.trim_start());
        let is_compared = before.ends_with("==")
            || before.ends_with("!=")
            || after.starts_with("==")
            || after.starts_with("!=")
            || after.starts_with("in ");
        is_compared
            || self
                .inside()
                .is_some_and(|name| LOOKS.contains(&name.to_ascii_lowercase().as_str()))
    }

    /// The function that it is any argument of.
    fn inside(&self) -> Option<&'a str> {
        let mut depth = 0_usize;
        for (at, c) in self.before.char_indices().rev() {
            match c {
                ')' => depth += 1,
                '(' if depth == 0 => {
                    return Some(last_name(self.before.get(..at)?.trim_end()));
                }
                '(' => depth -= 1,
                ';' | '{' | '}' => return None,
                _ => {}
            }
        }
        None
    }
}

/// The identifier that a text ends with, without what it is a member of.
fn last_name(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-')))
        .map_or(0, |at| {
            at + text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    text.get(start..).unwrap_or_default()
}

/// What a program is made of: its constants, and what stands between them.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    /// The texts between quotes.
    pub(super) literals: Vec<Literal<'a>>,
    /// The rest, without comments.
    pub(super) rest: String,
}

/// Reads a program.
pub(super) fn read(text: &str) -> Program<'_> {
    let mut program = Program::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        if let Some(length) = comment(text, at, rest) {
            at += length;
            continue;
        }
        if matches!(first, '"' | '\'' | '`')
            && let Some(length) = quoted(rest, first)
        {
            let inner = rest.get(1..length - 1).unwrap_or_default();
            program.literals.push(Literal {
                before: near_end(text.get(..at).unwrap_or_default()),
                text: inner,
                after: rest.get(length..).unwrap_or_default(),
            });
            program.rest.push(' ');
            at += length;
            continue;
        }
        program.rest.push(first);
        at += first.len_utf8();
    }
    program
}

fn near_end(text: &str) -> &str {
    let mut start = text.len().saturating_sub(MAX_BEFORE);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default()
}

/// The length of the comment that begins here. Looks a little back only: a file may be full of marks.
fn comment(text: &str, at: usize, rest: &str) -> Option<usize> {
    // Not at every character: a file may be one line.
    let line = || rest.find('\n').unwrap_or(rest.len());
    let before = text.get(..at)?;
    if rest.starts_with("//") {
        // Behind a colon it is an address.
        return (!before.ends_with(':')).then(line);
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    if !["# ", "#!", "-- "]
        .iter()
        .any(|mark| rest.starts_with(mark))
    {
        return None;
    }
    let mut lines = near_end(before).rsplit('\n');
    let is_first = lines.next().is_some_and(|line| line.trim().is_empty());
    is_first.then(line)
}

/// The length of a constant, both quotes counted; nothing where it does not end on its line. One
/// between backticks may have several.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote != '`' => return None,
            _ if at > MAX_LITERAL => return None,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(Option<&str>, &str)> {
        let read = read(text);
        read.literals
            .iter()
            .map(|it| (it.name(), it.text))
            .collect()
    }

    #[test]
    fn a_constant_has_the_name_that_it_is_given_to() {
        for (text, name) in [
            ("const apiKey = 'v'", "apiKey"),
            ("apiKey='v'", "apiKey"),
            ("{ apiKey: 'v' }", "apiKey"),
            ("{ \"api-key\": \"v\" }", "api-key"),
            ("headers['x-api-key'] = 'v'", "x-api-key"),
            ("config.auth.token = `v`", "token"),
            ("process.env.API_KEY || 'v'", "API_KEY"),
            ("$env.API_KEY ?? \"v\"", "API_KEY"),
        ] {
            let found = names(text);
            let last = found.last().copied();
            assert_eq!(last, Some((Some(name), "v")), "{text}");
        }
        assert_eq!(
            names("form.append('api_key', 'v')"),
            [(None, "api_key"), (Some("api_key"), "v")]
        );
        for text in [
            "key === 'v'",
            "key != 'v'",
            "f(key, 'v')",
            "'v'",
            "a + 'v'",
            "key >= 'v'",
        ] {
            assert_eq!(names(text).last().copied(), Some((None, "v")), "{text}");
        }
    }

    #[test]
    fn comments_are_left_out_and_addresses_are_none() {
        assert_eq!(
            names("// a = 'x'\n/* b = 'y' */ c = 'z'"),
            [(Some("c"), "z")]
        );
        assert_eq!(names("# it's\nc = 'z'"), [(Some("c"), "z")]);
        assert_eq!(names("u = 'https://a/b'"), [(Some("u"), "https://a/b")]);
        assert_eq!(
            read("a 'b' https://c // d").rest.trim_end(),
            "a   https://c"
        );
    }

    #[test]
    fn what_is_looked_for_is_no_value() {
        let is_looked_for = |text: &str| {
            let read = read(text);
            read.literals.last().is_some_and(Literal::is_looked_for)
        };
        for text in [
            "if (key === 'v')",
            "if (key != 'v')",
            "if ('v' == key)",
            "key.includes('v')",
            "key.replace(/a/g, 'v')",
            "throw new Error('v')",
            "if 'v' in key:",
            "console.log(key, 'v')",
        ] {
            assert!(is_looked_for(text), "{text}");
        }
        for text in ["key = 'v'", "fetch('v')", "{ a: 'v' }", "f(g(1), 'v')"] {
            assert!(!is_looked_for(text), "{text}");
        }
        assert_eq!(
            read("fetch('v')").literals.first().and_then(Literal::call),
            Some("fetch")
        );
    }
}
