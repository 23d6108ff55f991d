//! Keeps secrets out of whatever is logged or answered.
//!
//! # Design notes
//!
//! Redaction is the second line of defence: the first is not to put foreign text anywhere. It knows
//! the secrets by value (every secret setting is registered when it is read), and beside that a few
//! shapes that are secret whoever they belong to. A list of values beats cleverness: what is
//! registered cannot be missed because of its shape.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, LazyLock};

use memchr::memchr2;
use memchr::memmem::Finder;

/// What stands in a secret's place.
pub(crate) const REDACTED: &str = "[redacted]";

/// A secret shorter than this is not searched for: replacing every `a` would make the log
/// unreadable and would by that tell the secret.
const MIN_SECRET_LEN: usize = 4;

/// How long a line of a cause may get, in characters: a driver may quote what a peer sent.
const MAX_CAUSE_CHARS: usize = 300;

/// How many links of a chain of causes are kept.
const MAX_CAUSES: usize = 8;

/// Starts of tokens that are secrets wherever they come from: JSON web tokens and Supabase's keys.
const SECRET_PREFIXES: [&str; 3] = ["eyJ", "sb_secret_", "sbp_"];

/// One of these is in each of them, and in few other texts.
const IN_PREFIXES: [u8; 2] = *b"J_";

static FIND_PREFIXES: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| SECRET_PREFIXES.map(Finder::new));

/// What a password stands behind, in a DSN of words (`host=db password=...`) and in a URL's query.
const PASSWORD_KEYS: &[&str] = &["password=", "passwd=", "pwd="];

/// What ends such a password, beside the end of the word.
const PASSWORD_ENDS: &[char] = &['&', ';', ',', ')', '\'', '"'];

/// Replaces secrets in text. Cheap to clone.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<[String]>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("secrets", &self.secrets.len())
            .finish()
    }
}

impl Redactor {
    /// Knows these secrets by value.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|s| s.len() >= MIN_SECRET_LEN)
            .collect();
        // The longest first, or a secret that is part of another one would leave the rest of it
        // standing.
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self {
            secrets: secrets.into(),
        }
    }

    /// The text without secrets, without control characters, at most 300 characters long.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.redact_to(text, MAX_CAUSE_CHARS)
    }

    /// The same, at most `max_chars` characters long.
    #[must_use]
    pub fn redact_to(&self, text: &str, max_chars: usize) -> String {
        let text = self.without_known(text);
        // Most texts have nothing of the shape of a secret, and are not looked at word by word.
        let may_have = may_have_secret(&text);
        if !may_have && text.len() <= max_chars && is_clean(&text) {
            return text.into_owned();
        }
        let mut clean = String::with_capacity(text.len().min(max_chars));
        let mut room = max_chars;
        for word in text.split_whitespace() {
            let word = if may_have {
                redact_word(word)
            } else {
                Cow::Borrowed(word)
            };
            let apart = if clean.is_empty() { "" } else { " " };
            for c in apart.chars().chain(word.chars()) {
                if room == 0 {
                    clean.push('…');
                    return clean;
                }
                room -= 1;
                clean.push(if c.is_control() { ' ' } else { c });
            }
        }
        clean
    }

    /// The text without secrets, and otherwise as it is: what people have written keeps its lines and its length.
    #[must_use]
    pub fn redact_whole(&self, text: &str) -> String {
        let text = self.without_known(text);
        if !may_have_secret(&text) {
            return text.into_owned();
        }
        let mut clean = String::with_capacity(text.len());
        for word in text.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            clean.push_str(&redact_word(bare));
            clean.push_str(&word[bare.len()..]);
        }
        clean
    }

    fn without_known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in self.secrets.iter() {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), REDACTED));
            }
        }
        text
    }

    /// The chain of an error and its sources, outermost first, each link redacted.
    #[must_use]
    pub fn chain(&self, error: &(dyn Error + 'static)) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            let text = self.redact(&error.to_string());
            // Many wrappers repeat the text of what they wrap, some behind words of their own.
            if causes.last().is_none_or(|last| !last.ends_with(&text)) {
                causes.push(text);
            }
            if causes.len() == MAX_CAUSES {
                break;
            }
            next = error.source();
        }
        causes
    }
}

fn may_have_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [one, other] = IN_PREFIXES;
    let may_have_prefix = || memchr2(one, other, bytes).is_some();
    let mut prefixes = FIND_PREFIXES.iter();
    memchr2(b'@', b'=', bytes).is_some()
        || may_have_prefix() && prefixes.any(|prefix| prefix.find(bytes).is_some())
}

/// Whether a text is words of plain ASCII with one space between them.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    // Nearly all are, so all of it is looked at: what is counted to the end, many bytes at a time are compared for.
    let strange = bytes.iter().filter(|b| !matches!(b, b' '..=b'~')).count();
    let twice = pairs.filter(|(a, b)| **a == b' ' && **b == b' ').count();
    strange == 0 && twice == 0 && !text.starts_with(' ') && !text.ends_with(' ')
}

fn redact_word(word: &str) -> Cow<'_, str> {
    // user:password@host, with or without a scheme.
    if let Some((before, _)) = word.rsplit_once('@')
        && before.contains(':')
    {
        return Cow::Borrowed(REDACTED);
    }
    for prefix in SECRET_PREFIXES {
        if let Some(at) = word.find(prefix) {
            return Cow::Owned(format!("{}{REDACTED}", &word[..at]));
        }
    }
    let Some(at) = password_at(word) else {
        return Cow::Borrowed(word);
    };
    let rest = word[at..]
        .find(PASSWORD_ENDS)
        .map_or("", |end| &word[at..][end..]);
    Cow::Owned(format!("{}{REDACTED}{rest}", &word[..at]))
}

/// Where a password begins that stands behind its key.
fn password_at(word: &str) -> Option<usize> {
    if !word.contains('=') {
        return None;
    }
    // ASCII alone changes: each place stays where it is.
    let lower = word.to_ascii_lowercase();
    let ends = PASSWORD_KEYS
        .iter()
        .filter_map(|key| Some(lower.find(key)? + key.len()));
    let at = ends.min()?;
    let at = at + usize::from(word[at..].starts_with(['\'', '"']));
    let has_value = !word[at..].is_empty() && !word[at..].starts_with(PASSWORD_ENDS);
    has_value.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_wherever_it_stands() {
        let redactor = Redactor::new([
            "hunter2-long".to_owned(),
            "hunter2".to_owned(),
            "abc".to_owned(),
        ]);
        for (text, expected) in [
            (
                "password hunter2-long rejected",
                "password [redacted] rejected",
            ),
            ("x=hunter2;", "x=[redacted];"),
            (
                "abc is too short to be searched for",
                "abc is too short to be searched for",
            ),
            ("at postgres://me:pw@db:5432/x now", "at [redacted] now"),
            ("Bearer eyJhbGciOi.J9.x", "Bearer [redacted]"),
            ("key \"sb_secret_12345\"", "key \"[redacted]"),
            ("line\nbreak\u{1b}[31m", "line break [31m"),
        ] {
            assert_eq!(redactor.redact(text), expected);
        }
    }

    #[test]
    fn no_prefix_is_passed_over() {
        for prefix in SECRET_PREFIXES {
            assert!(prefix.bytes().any(|byte| IN_PREFIXES.contains(&byte)));
            let text = format!("a {prefix}x");
            assert_eq!(Redactor::default().redact(&text), "a [redacted]");
            assert_eq!(Redactor::default().redact_whole(&text), "a [redacted]");
        }
    }

    #[test]
    fn a_cause_has_a_bounded_length() {
        let long = Redactor::default().redact(&"x".repeat(10_000));
        assert_eq!(long.chars().count(), MAX_CAUSE_CHARS + 1);
    }

    #[test]
    fn debug_shows_how_many_and_not_which() {
        let shown = format!("{:?}", Redactor::new(["hunter2".to_owned()]));
        assert_eq!(shown, "Redactor { secrets: 1 }");
    }

    #[test]
    fn a_secret_of_four_characters_is_searched_for_and_the_longest_first() {
        for (secrets, text, expected) in [
            (&["abcd"][..], "xabcdx", "x[redacted]x"),
            (&["abc"], "xabcx", "xabcx"),
            (
                &["abcd", "abcdefgh"],
                "abcdefgh abcd",
                "[redacted] [redacted]",
            ),
            (&["abcdefgh", "abcd"], "abcdefgh", "[redacted]"),
            (&["äb"], "äb", "äb"),
            (&["äöü"], "äöü", "[redacted]"),
        ] {
            let redactor = Redactor::new(secrets.iter().map(|secret| (*secret).to_owned()));
            assert_eq!(redactor.redact(text), expected, "{secrets:?}");
        }
        let twice = Redactor::new(["abcd", "wxyz", "abcd"].map(str::to_owned));
        assert_eq!(format!("{twice:?}"), "Redactor { secrets: 2 }");
    }

    #[test]
    fn a_text_of_three_hundred_characters_is_whole() {
        let redactor = Redactor::default();
        let whole = "é".repeat(MAX_CAUSE_CHARS);
        assert_eq!(redactor.redact(&whole), whole);
        assert_eq!(redactor.redact(&format!("{whole}é")), format!("{whole}…"));
        assert_eq!(redactor.redact_to("eins zwei", 9), "eins zwei");
        assert_eq!(redactor.redact_to("eins zwei", 8), "eins zwe…");
    }

    #[test]
    fn a_word_is_a_secret_by_its_shape_only() {
        for (word, expected) in [
            ("anna@example.com", "anna@example.com"),
            ("me:pw@host", "[redacted]"),
            ("host:5432", "host:5432"),
            ("x@y:z", "x@y:z"),
            ("a:b@c@d", "[redacted]"),
            ("k=eyJabc", "k=[redacted]"),
            ("(sbp_1", "([redacted]"),
            ("sb_secret_1", "[redacted]"),
            ("ey", "ey"),
            ("password=hunter2", "password=[redacted]"),
            ("PGPASSWORD='hunter2'", "PGPASSWORD='[redacted]'"),
            (
                "sslmode=require;Pwd=hunter2;x=1",
                "sslmode=require;Pwd=[redacted];x=1",
            ),
            (
                "https://h/?passwd=hunter2&b=c",
                "https://h/?passwd=[redacted]&b=c",
            ),
            ("password=", "password="),
            ("password=''", "password=''"),
            ("\u{e9}password=\u{e9}", "\u{e9}password=[redacted]"),
            ("a=b", "a=b"),
            (" a", "a"),
            ("a ", "a"),
            ("a  b", "a b"),
            ("a\u{7f}", "a "),
            ("", ""),
            ("a\u{7}b", "a b"),
            ("  a \t b ", "a b"),
        ] {
            assert_eq!(Redactor::default().redact(word), expected);
        }
    }

    #[test]
    fn what_people_have_written_keeps_its_lines_and_its_length() {
        let redactor = Redactor::new(["hunter2".to_owned()]);
        let long = format!("  a\n\tb  {}\n", "x".repeat(2 * MAX_CAUSE_CHARS));
        assert_eq!(redactor.redact_whole(&long), long);
        assert_eq!(
            redactor.redact_whole("pw hunter2\n at postgres://me:pw@db/x\tnow  \n"),
            "pw [redacted]\n at [redacted]\tnow  \n"
        );
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: String,
        source: Option<Box<Link>>,
    }

    fn chain_of(texts: &[&str]) -> Link {
        let source = match texts {
            [_, rest @ ..] if !rest.is_empty() => Some(Box::new(chain_of(rest))),
            _ => None,
        };
        Link {
            text: texts[0].to_owned(),
            source,
        }
    }

    #[test]
    fn a_chain_goes_from_the_outermost_to_the_eighth_and_repeats_nothing() {
        let redactor = Redactor::new(["hunter2".to_owned()]);
        for (texts, expected) in [
            (&["a"][..], &["a"][..]),
            (&["a", "a", "b hunter2"], &["a", "b [redacted]"]),
            (&["a", "b", "a"], &["a", "b", "a"]),
            (
                &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
                &["1", "2", "3", "4", "5", "6", "7", "8"],
            ),
        ] {
            assert_eq!(redactor.chain(&chain_of(texts)), expected);
        }
    }
}
