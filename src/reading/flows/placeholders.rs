//! Recognises what somebody meant to fill in and did not.
//!
//! # Design notes
//!
//! The value of an expression is not known before it runs, so `{{ ... }}` is cut out first. Angle
//! brackets are also markup, types and mentions: they count only where the words between them are
//! those of a placeholder, and not at all in code and in texts with closing tags.

use crate::reading::flows::code::{self, Literal};
use crate::reading::flows::names;

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

/// Last words of names that an address is given to.
const ADDRESSES: &[&str] = &[
    "url",
    "uri",
    "host",
    "hostname",
    "domain",
    "endpoint",
    "base",
    "email",
    "mail",
    "to",
    "from",
    "cc",
    "bcc",
    "recipient",
    "recipients",
    "sender",
    "webhook",
    "server",
    "site",
    "address",
    "link",
];

/// Functions that send something to the address that they are given.
const CALLS: &[&str] = &[
    "fetch", "axios", "get", "post", "put", "patch", "delete", "request", "send", "urlopen",
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
    match sort {
        Sort::Code => return in_code(literal),
        Sort::Prose => return plain(literal, &lower),
        Sort::Value if is_sentence(literal) => return plain(literal, &lower),
        Sort::Value => {}
    }
    plain(literal, &lower)
        .or_else(|| vague(&lower))
        .or_else(|| (!literal.contains("</") && has_brackets(literal)).then_some("<...>"))
}

/// In a program: what is looked for, compared or shown is meant to be one, and so is what stands in a
/// comment. An example's address counts only where something is sent there.
fn in_code(text: &str) -> Option<&'static str> {
    let plain = |text: &str| plain(text, &text.to_ascii_lowercase());
    let program = code::read(text);
    let is_used = |literal: &&Literal<'_>| !literal.is_looked_for();
    plain(&program.rest).or_else(|| {
        program.literals.iter().filter(is_used).find_map(|literal| {
            let is_sent = literal.call().is_some_and(|call| CALLS.contains(&call))
                || literal.name().is_some_and(|name| {
                    let words = names::words(name);
                    let last = words.last().map(String::as_str).unwrap_or_default();
                    ADDRESSES.contains(&last) || names::certainty(name).is_some()
                });
            let whole = is_sent && !literal.text.contains(char::is_whitespace);
            plain(literal.text).or_else(|| {
                whole
                    .then(|| vague(&literal.text.to_ascii_lowercase()))
                    .flatten()
            })
        })
    })
}

/// What is a placeholder wherever it stands.
fn plain(literal: &str, lower: &str) -> Option<&'static str> {
    if has_own(literal, lower) {
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
        if words(lower, word).next().is_some() {
            return Some(kind);
        }
    }
    has_order(literal).then_some("..._HERE")
}

/// `API_KEY_HERE`, `REPLACE_WITH_TOKEN`, `PLACEHOLDER_ID`: in capitals, and more than one word.
fn has_order(literal: &str) -> bool {
    literal
        .split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-')))
        .filter(|word| word.contains(['_', '-']))
        .any(|word| {
            let mut parts = word.split(['_', '-']);
            word.ends_with("_HERE")
                || word.ends_with("-HERE")
                || word.starts_with("REPLACE_WITH")
                || word.starts_with("REPLACE_THIS")
                || parts.any(|part| part == "PLACEHOLDER")
        })
}

/// What is a placeholder where a value is expected.
fn vague(lower: &str) -> Option<&'static str> {
    for domain in ["example.com", "example.org", "example.net"] {
        if words(lower, domain).next().is_some() {
            return Some("example.com");
        }
    }
    has_crosses(lower).then_some("xxx")
}

/// Words for a person: five or more, nearly all of them of letters. `expected https://...` in the text
/// of an error shows a form.
fn is_sentence(literal: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '’'))
    };
    let all = literal.split_whitespace().count();
    let words = literal.split_whitespace().filter(is_word).count();
    all >= 5 && words * 3 >= all * 2 && !literal.trim_start().starts_with(['{', '[', '<'])
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

/// Three or more `x` that are no part of a word, nor of the pattern of a UUID.
fn has_crosses(lower: &str) -> bool {
    lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| {
            let lengths: Vec<usize> = word.split('-').map(str::len).collect();
            lengths != [8, 4, 4, 4, 12]
        })
        .flat_map(|word| word.split('-'))
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
