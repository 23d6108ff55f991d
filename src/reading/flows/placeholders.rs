//! Recognises what somebody meant to fill in and did not.
//!
//! # Design notes
//!
//! The value of an expression is not known before it runs, so `{{ ... }}` is cut out first. Angle
//! brackets are also markup, types and mentions: they count only where the words between them are
//! those of a placeholder, and not at all in code and in texts with closing tags.

/// Stands where an expression was: no letter, so that no word reaches across it.
pub(super) const HOLE: char = '\u{fffc}';

/// Words after `your-` or `your_` in lower case that make it a placeholder; `your_table` may be a
/// name.
const OWN: &[&str] = &[
    "api",
    "key",
    "token",
    "secret",
    "password",
    "project",
    "ref",
    "domain",
    "host",
    "server",
    "url",
    "webhook",
    "instance",
    "supabase",
    "n8n",
    "org",
    "email",
    "account",
    "credential",
    "id",
];

/// Words that are placeholders between angle brackets, though they are plain.
const BRACKETED: &[&str] = &[
    "token", "key", "host", "user", "username", "password", "project", "ref", "url", "id",
    "secret", "domain", "value",
];

/// A text without its expressions.
pub(super) fn literal(text: &str) -> String {
    let text = text.strip_prefix('=').unwrap_or(text);
    let mut literal = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        literal.push_str(before);
        literal.push(HOLE);
        rest = inside.split_once("}}").map_or("", |(_, after)| after);
    }
    literal.push_str(rest);
    literal
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A value, such as an address or a key.
    Value,
    /// A program, where angle brackets are operators.
    Code,
    /// Words for a person or a model.
    Prose,
}

/// The kind of the first placeholder in a literal text.
pub(super) fn kind(literal: &str, sort: Sort) -> Option<&'static str> {
    let lower = literal.to_ascii_lowercase();
    if has_own(literal, &lower) {
        return Some("YOUR_...");
    }
    for (word, kind) in [
        ("replace_me", "REPLACE_ME"),
        ("replace-me", "REPLACE_ME"),
        ("replaceme", "REPLACE_ME"),
        ("changeme", "changeme"),
        ("change_me", "changeme"),
        ("change-me", "changeme"),
    ] {
        if lower.contains(word) {
            return Some(kind);
        }
    }
    if sort == Sort::Prose {
        return None;
    }
    for domain in ["example.com", "example.org", "example.net"] {
        if words(&lower, domain).next().is_some() {
            return Some("example.com");
        }
    }
    if has_crosses(&lower) {
        return Some("xxx");
    }
    (sort == Sort::Value && !literal.contains("</") && has_brackets(literal)).then_some("<...>")
}

/// The texts after a word, where neither a letter nor a digit is next to it.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let rest = text.get(at + word.len()..)?;
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        (!inside(before) && !inside(rest.chars().next())).then_some(rest)
    })
}

fn has_own(literal: &str, lower: &str) -> bool {
    lower.match_indices("your").any(|(at, word)| {
        let before = lower.get(..at).and_then(|text| text.chars().next_back());
        let rest = lower.get(at + word.len()..).unwrap_or_default();
        let Some(rest) = rest.strip_prefix(['_', '-']) else {
            return false;
        };
        let is_capital = literal
            .get(at..at + word.len())
            .is_some_and(|word| word == "YOUR");
        let is_free = !before.is_some_and(char::is_alphabetic);
        let next = rest.split(|c: char| !c.is_alphanumeric()).next();
        is_free && (is_capital || next.is_some_and(|next| OWN.contains(&next)))
    })
}

/// Three or more `x` that are no part of a word.
fn has_crosses(lower: &str) -> bool {
    lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.len() >= 3 && word.bytes().all(|b| b == b'x'))
}

fn has_brackets(literal: &str) -> bool {
    literal.match_indices('<').any(|(at, _)| {
        let before = literal.get(..at).and_then(|text| text.chars().next_back());
        let rest = literal.get(at + 1..).unwrap_or_default();
        // Longer than this it is no name of anything.
        let Some(end) = rest.char_indices().take(60).find(|(_, c)| *c == '>') else {
            return false;
        };
        let inside = rest.get(..end.0).unwrap_or_default();
        // `Array<Row>` is a type.
        let is_free = !before.is_some_and(char::is_alphanumeric);
        is_free && is_bracketed(inside)
    })
}

fn is_bracketed(inside: &str) -> bool {
    let is_name = inside.starts_with(|c: char| c.is_ascii_alphabetic())
        && inside
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-'));
    let letters = inside.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_capital = letters >= 3 && !inside.bytes().any(|b| b.is_ascii_lowercase());
    let lower = inside.to_ascii_lowercase();
    is_name
        && (is_capital
            || lower.contains(['_', '-', ' '])
            || lower.starts_with("your")
            || BRACKETED.contains(&lower.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_found() {
        for (text, expected) in [
            ("YOUR_API_KEY", "YOUR_..."),
            ("https://YOUR-PROJECT.supabase.co", "YOUR_..."),
            ("https://your-project.supabase.co", "YOUR_..."),
            ("your_api_key_here", "YOUR_..."),
            ("REPLACE_ME", "REPLACE_ME"),
            ("changeme", "changeme"),
            ("https://api.example.com/v1", "example.com"),
            ("somebody@example.com", "example.com"),
            ("xxx", "xxx"),
            ("key-XXXX-XXXX", "xxx"),
            ("https://<ref>.supabase.co", "<...>"),
            ("<API KEY>", "<...>"),
            ("={{ $json.id }}/<project ref>", "<...>"),
        ] {
            assert_eq!(kind(&literal(text), Sort::Value), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "",
            "={{ $json.YOUR_FIELD }}",
            "={{ $env.URL + '/<id>' }}",
            "{{ $json.xxx }}",
            "<b>bold</b> and <my-tag></my-tag>",
            "<br> <p>",
            "Array<Row>",
            "a < b and c > d",
            "<@U123> <!channel> <https://a.test|text>",
            "xxl xx axxx",
            "counterexample.com",
            "example.community",
            "your order has been received",
            "your_table",
            "your-identity",
        ] {
            assert_eq!(kind(&literal(text), Sort::Value), None, "{text}");
        }
        assert_eq!(kind("if (a <limit_a> b)", Sort::Code), None);
        assert_eq!(kind("Answer <yes or no>.", Sort::Prose), None);
    }

    #[test]
    fn an_expression_leaves_a_hole() {
        assert_eq!(literal("=a{{ b }}c"), format!("a{HOLE}c"));
        assert_eq!(literal("{{ never closed"), HOLE.to_string());
        assert_eq!(literal("plain"), "plain");
    }
}
