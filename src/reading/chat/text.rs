//! Foreign text, made fit for a chat.

use jiff::Timestamp;

use crate::reading::redact::Redactor;

/// Characters that do not show, or turn the order of what does. Whatever they hide or turn is read by
/// people under stress.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text in one line, without secrets. What does not show goes first: it would hide a secret from
/// whoever looks for it.
pub(super) fn plain(redactor: &Redactor, text: &str) -> String {
    let shown: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    redactor.redact(&shown)
}

/// The text with each character escaped, by itself and what follows it, at most `limit` long and cut between characters, with `…`
/// where something is missing.
///
/// It is counted in UTF-16, which is never fewer than there are characters: chats do not say in what
/// they count.
pub(super) fn fitted(
    text: &str,
    limit: usize,
    escape: impl Fn(char, Option<char>, &mut String),
) -> String {
    let mut fitted = String::new();
    // Where it can be cut so that there is room for the mark.
    let (mut length, mut cut) = (0, 0);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let before = fitted.len();
        escape(c, characters.peek().copied(), &mut fitted);
        length += utf16(&fitted[before..]);
        if length > limit {
            fitted.truncate(cut);
            fitted.push('…');
            break;
        }
        if length < limit {
            cut = fitted.len();
        }
    }
    fitted
}

/// How long a text is in UTF-16.
pub(super) fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Lines that are added as long as they fit.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) text: String,
    limit: usize,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        let text = String::new();
        Self { text, limit }
    }

    /// Adds a line, where it fits.
    pub(super) fn push(&mut self, line: &str) {
        let apart = usize::from(!self.text.is_empty());
        if utf16(&self.text) + apart + utf16(line) <= self.limit {
            if apart == 1 {
                self.text.push('\n');
            }
            self.text.push_str(line);
        }
    }
}

/// An address that can stand in a link of a chat: it has none of the characters that end one there.
pub(super) fn address(url: Option<&String>, limit: usize) -> Option<&str> {
    let is_safe = |b: u8| b.is_ascii_graphic() && !b"<>|\"()[]\\`".contains(&b);
    url.map(String::as_str).filter(|url| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && url.len() <= limit
            && url.bytes().all(is_safe)
    })
}

/// A point in time in UTC, to the minute.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(c: char, _: Option<char>, out: &mut String) {
        out.push(c);
        if c == '<' {
            out.push(c);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_and_not_within_an_escape() {
        for (text, limit, expected) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("a<", 3, "a<<"),
            ("a<b", 3, "a…"),
            ("<<", 3, "<<…"),
            ("é𝄞x", 4, "é𝄞x"),
            ("é𝄞xy", 4, "é𝄞…"),
            ("𝄞𝄞", 3, "𝄞…"),
            ("𝄞", 1, "…"),
        ] {
            let cut = fitted(text, limit, doubled);
            assert_eq!(cut, expected, "{text}");
            assert!(utf16(&cut) <= limit);
        }
    }

    #[test]
    fn what_does_not_show_hides_no_secret() {
        let redactor = Redactor::new(["hunter2".to_owned()]);
        for (text, expected) in [
            ("pw hun\u{200b}ter2", "pw [redacted]"),
            ("a\u{202e}b\u{2066}c\nd", "abc d"),
            ("postgres://u:p\u{feff}w@h/db", "[redacted]"),
        ] {
            assert_eq!(plain(&redactor, text), expected);
        }
    }

    #[test]
    fn a_line_that_does_not_fit_is_left_out_and_the_next_may() {
        let mut lines = Lines::new(5);
        for line in ["ab", "abc", "cd"] {
            lines.push(line);
        }
        assert_eq!(lines.text, "ab\ncd");
    }

    #[test]
    fn only_an_address_of_plain_characters_stands_in_a_link() {
        for (url, is_safe) in [
            ("https://x.example.com/a?b=c%20d", true),
            ("http://10.0.0.1:8080/", true),
            ("javascript:alert(1)", false),
            ("https://x.example.com/|x>", false),
            ("https://x.example.com/)", false),
            ("https://x.example.com/ a", false),
            ("https://x.example.com/much-too-long", false),
        ] {
            let url = url.to_owned();
            assert_eq!(address(Some(&url), 31).is_some(), is_safe, "{url}");
        }
    }
}
