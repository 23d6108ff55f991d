//! Makes a text of a sender fit to be kept and shown: on one line, masked, bounded.
//!
//! # Design notes
//!
//! What cannot be seen goes first, or a secret with an invisible character in it would not be known.
//! Then the whole is masked, and only what is left is cut: half a secret has no shape. A name that says
//! for sure that a secret follows hides whatever follows, as an alert is read by more people than the
//! log that it came from.

use std::borrow::Cow;

use url::Url;

use crate::reading::flows::names::{Certainty, certainty};
use crate::reading::flows::secrets::{is_named, kind};
use crate::reading::redact::{REDACTED, Redactor};

/// How long an address may be.
const MAX_URL: usize = 2_000;

/// The text on one line, without control characters and secrets, at most `max_chars` characters and `…`.
pub(crate) fn clean(text: &str, max_chars: usize, redactor: &Redactor) -> String {
    let visible: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !(c.is_control() || is_invisible(*c)))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let masked = mask(&redactor.redact_to(&without_private_keys(&visible), usize::MAX));
    let mut short = String::new();
    let mut room = max_chars;
    let mut apart = "";
    for word in masked.split_whitespace() {
        let length = apart.len() + word.chars().count();
        if length > room {
            short.push_str(apart);
            short.extend(word.chars().take(room.saturating_sub(apart.len())));
            short.push('…');
            break;
        }
        room -= length;
        short.push_str(apart);
        short.push_str(word);
        apart = " ";
    }
    short
}

/// An address that a person can follow: http or https, and no secret in it.
pub(super) fn address(text: &str, redactor: &Redactor) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || text.len() > MAX_URL {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let address = String::from(url);
    (clean(&address, MAX_URL, redactor) == address).then_some(address)
}

/// Takes no room, or changes the direction of what follows.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// `-----BEGIN PRIVATE KEY-----` to its end, or to the end of the text.
fn without_private_keys(text: &str) -> Cow<'_, str> {
    const BEGIN: &str = "-----BEGIN ";
    const KEY: &str = "PRIVATE KEY-----";
    if !text.contains(KEY) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some((front, behind)) = rest.split_once(BEGIN) {
        let Some((_, key)) = behind.split_once(KEY) else {
            break;
        };
        plain.push_str(front);
        plain.push_str(REDACTED);
        rest = key.split_once(KEY).map_or("", |(_, behind)| behind);
    }
    Cow::Owned(plain + rest)
}

/// Masks word by word: what has the shape of a secret, and what a name before it calls one.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut name = "";
    let mut is_announced = false;
    for word in text.split_whitespace() {
        if !masked.is_empty() {
            masked.push(' ');
        }
        let is_hidden =
            is_behind_scheme(name, word) || (is_announced && is_called_secret(name, word));
        // `password: ..`, `password = ..`, `--password ..`
        is_announced = !is_hidden && (word.ends_with([':', '=']) || word.starts_with("--"));
        if !matches!(word, ":" | "=") {
            name = word;
        }
        masked.push_str(&if is_hidden {
            REDACTED.into()
        } else {
            mask_word(word)
        });
    }
    masked
}

/// `Bearer ..`. In the middle of a sentence, a word of some length is no token.
fn is_behind_scheme(scheme: &str, word: &str) -> bool {
    let is_scheme = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic");
    is_scheme && kind(&format!(". Bearer {word}")).is_some()
}

fn is_called_secret(name: &str, value: &str) -> bool {
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let value = value.trim_matches(['"', '\'', '`', '}', ')', ']']);
    match certainty(name) {
        Some(Certainty::Sure) => !value.is_empty() && !value.starts_with(REDACTED),
        Some(Certainty::Likely) => is_named(name, value),
        None => false,
    }
}

fn mask_word(word: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(word);
    // `Host=db;Password=..`, `{"a":1,"password":".."}`
    if word.contains(['=', ':']) {
        let parts: String = word
            .split_inclusive([';', '&', ',', '?', '{'])
            .map(|part| match part.find(['=', ':']) {
                Some(at) if is_called_secret(&part[..at], &part[at + 1..]) => {
                    let end = part.len() - usize::from(part.ends_with([';', '&', ',', '?', '{']));
                    format!("{}{REDACTED}{}", &part[..=at], &part[end.max(at + 1)..])
                }
                _ => part.to_owned(),
            })
            .collect();
        masked = Cow::Owned(parts);
    }
    if kind(&masked).is_some() {
        return Cow::Borrowed(REDACTED);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        clean(text, 200, &Redactor::new(["hunter2".to_owned()]))
    }

    #[test]
    fn secrets_are_masked_and_what_is_said_of_them_is_not() {
        let jwt = ["eyJ", "hbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYSJ9.c2lnbmF0dXJlMTIz"].concat();
        for (text, expected) in [
            (
                "at postgres://app:s3cret@db:5432/x now",
                "at [redacted] now",
            ),
            (
                "at postgres://app:s\u{200b}3cret@\u{7}db now",
                "at [redacted] now",
            ),
            (
                "host=db password=s3c$et user=me",
                "host=db password=[redacted] user=me",
            ),
            (
                "Host=db;Password=s3cret;Port=1",
                "Host=db;Password=[redacted];Port=1",
            ),
            ("password: s3cret, too", "password: [redacted] too"),
            ("password = s3cret", "password = [redacted]"),
            (
                "psql --password s3cret -h db",
                "psql --password [redacted] -h db",
            ),
            (
                r#"{"a":1,"password":"s3cret"}"#,
                r#"{"a":1,"password":[redacted]"#,
            ),
            ("it was hunter2!", "it was [redacted]!"),
            ("Bearer q1w2e3r4t5y6u7i8", "Bearer [redacted]"),
            (
                "Bearer authentication is needed",
                "Bearer authentication is needed",
            ),
            ("the password is wrong", "the password is wrong"),
            ("token expired, key missing", "token expired, key missing"),
            ("error: 12:30:01 took 5s", "error: 12:30:01 took 5s"),
            (&jwt, "[redacted]"),
            (
                &["x sb_", "secret_Ab12Cd34Ef56 y"].concat(),
                "x [redacted] y",
            ),
            (
                &["ghp", "_abcdefghijklmnopqrstuvwx12"].concat(),
                "[redacted]",
            ),
            (
                &[
                    "a -----BEGIN RSA PRIVATE",
                    " KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY----- b",
                ]
                .concat(),
                "a [redacted] b",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_one_line_and_is_cut_between_characters() {
        for (text, expected) in [
            ("a\u{0}b\u{1b}[1\r\n c\u{202e}d", "ab[1 …"),
            ("ééééé", "ééééé"),
            ("éééééé", "ééééé…"),
            ("éé é é é", "éé é …"),
            ("  ", ""),
        ] {
            assert_eq!(clean(text, 5, &Redactor::default()), expected, "{text:?}");
        }
        let inert = r#""><script>alert(1)</script> <!channel> @everyone [x](javascript:1) **b**"#;
        assert_eq!(shown(inert), inert);
    }

    #[test]
    fn an_address_is_followed_by_a_browser_and_holds_no_secret() {
        let read = |text: &str| address(text, &Redactor::new(["hunter2".to_owned()]));
        for (text, expected) in [
            (
                "https://status.example.com/a?b=c#d",
                Some("https://status.example.com/a?b=c#d"),
            ),
            ("http://me:pw@example.com/", Some("http://example.com/")),
            ("https://example.com/hunter2", None),
            ("https://example.com/?api_key=a1b2c3d4e5f6", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("/relative", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
        assert_eq!(
            read(&format!("https://example.com/{}", "x".repeat(MAX_URL))),
            None
        );
    }
}
