//! Recognises secrets by their shape. Says of which kind one is, and never what it is.
//!
//! # Design notes
//!
//! A flow refers to its credentials by id; whatever looks like a secret inside the file is one that
//! was typed into a parameter, and is in the history of the repository by now. Shapes are used that
//! do not occur by chance. What stands in for a secret (`sk-your-key-here`) is a placeholder
//! instead, and so is what a secret is called (`Bearer SERVICE_ROLE_KEY`).

mod places;
mod values;

use crate::reading::flows::names::{Certainty, certainty, is_name_of_key};

use self::values::{is_literal, is_random, is_stand_in};

/// A token that is known by its start.
struct Shape {
    kind: &'static str,
    start: &'static str,
    /// How many characters have to follow.
    least: usize,
    /// Whether one of them has to be a digit: words have none.
    digit: bool,
}

const fn shape(kind: &'static str, start: &'static str, least: usize, digit: bool) -> Shape {
    Shape {
        kind,
        start,
        least,
        digit,
    }
}

const SHAPES: &[Shape] = &[
    shape("a secret key of Supabase", "sb_secret_", 8, false),
    shape("an access token of Supabase", "sbp_", 16, true),
    shape("a secret key of Stripe", "sk_live_", 16, false),
    shape("a webhook secret", "whsec_", 16, false),
    shape("an API key", "sk-", 16, true),
    shape("a token of GitHub", "ghp_", 20, false),
    shape("a token of GitHub", "gho_", 20, false),
    shape("a token of GitHub", "ghs_", 20, false),
    shape("a token of GitHub", "github_pat_", 20, false),
    shape("a token of GitLab", "glpat-", 16, false),
    shape("a token of Slack", "xoxb-", 10, true),
    shape("a token of Slack", "xoxp-", 10, true),
    shape("a token of Slack", "xapp-", 10, true),
    shape("an API key of Google", "AIza", 30, false),
    shape("an API key of SendGrid", "SG.", 20, true),
    shape("a webhook of Slack", "hooks.slack.com/services/", 20, true),
    shape(
        "a webhook of Discord",
        "discord.com/api/webhooks/",
        30,
        true,
    ),
    shape(
        "a webhook of Discord",
        "discordapp.com/api/webhooks/",
        30,
        true,
    ),
];

/// The kind of the first secret in a text.
pub(in crate::reading) fn kind(text: &str) -> Option<&'static str> {
    if has_jwt(text) {
        return Some("a JSON web token");
    }
    if let Some(shape) = SHAPES.iter().find(|shape| has(text, shape)) {
        return Some(shape.kind);
    }
    if has_aws_key(text) {
        return Some("an access key of AWS");
    }
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if has_url_password(text) {
        return Some("a URL with a password");
    }
    if has_authorization(text) {
        return Some("a literal Authorization header");
    }
    if places::has_telegram_token(text) {
        return Some("a token of Telegram");
    }
    if places::has_in_query(text) {
        return Some("a key in an address");
    }
    if places::has_on_command_line(text) {
        return Some("a password on a command line");
    }
    places::has_given(text).then_some("a literal password or key")
}

/// Whether a parameter of this name with this value holds a secret.
pub(in crate::reading) fn is_named(name: &str, value: &str) -> bool {
    let value = value.trim();
    match certainty(name) {
        Some(Certainty::Sure) => is_literal(value),
        // `Token ..` has the word of its scheme before it.
        Some(Certainty::Likely) => {
            let token = value.rsplit(' ').next().unwrap_or_default();
            is_random(token)
        }
        None => false,
    }
}

/// Whether a text names a key where the key belongs: behind `Bearer`, or as the value of a parameter
/// that is called a secret.
pub(super) fn names_a_key(name: &str, literal: &str) -> bool {
    let is_loud = |token: &str| !token.bytes().any(|b| b.is_ascii_lowercase());
    let literal = literal.trim();
    let lower = literal.to_ascii_lowercase();
    let behind = ["bearer ", "basic "].iter().any(|scheme| {
        lower.match_indices(scheme).any(|(at, _)| {
            let rest = literal.get(at + scheme.len()..).unwrap_or_default();
            let token = token(rest, is_token);
            let is_whole = at == 0 && token.len() == rest.len();
            is_name_of_key(token) && (is_whole || is_loud(token))
        })
    });
    let is_value = certainty(name).is_some_and(|certainty| {
        certainty == Certainty::Sure || (is_loud(literal) && literal.contains('_'))
    });
    behind || (is_value && is_name_of_key(literal))
}

const fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// What of a text belongs to the token that it begins with.
fn token(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The texts that follow `start`, where that does not stand in the middle of a word.
fn after<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(start).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let inside = before.is_some_and(is_token) && start.starts_with(is_token);
        match inside {
            true => None,
            false => text.get(at + start.len()..),
        }
    })
}

fn has(text: &str, shape: &Shape) -> bool {
    let is_path = shape.start.contains('/');
    after(text, shape.start).any(|rest| {
        let token = token(rest, |c| is_token(c) || (is_path && c == '/'));
        token.len() >= shape.least
            && (!shape.digit || token.bytes().any(|b| b.is_ascii_digit()))
            && !is_stand_in(token)
    })
}

/// `eyJ`, and three parts. Looks no further than it must: a file may be full of beginnings.
fn has_jwt(text: &str) -> bool {
    let part = |rest: &mut &str| {
        let length = token(rest, is_token).len();
        *rest = rest.get(length..).unwrap_or_default();
        length >= 8
    };
    let dot = |rest: &mut &str| {
        let after = rest.strip_prefix('.');
        *rest = after.unwrap_or_default();
        after.is_some()
    };
    after(text, "eyJ").any(|mut rest| {
        let rest = &mut rest;
        part(rest) && dot(rest) && part(rest) && dot(rest) && part(rest)
    })
}

/// `AKIA` or `ASIA`, and exactly sixteen capitals and digits.
fn has_aws_key(text: &str) -> bool {
    ["AKIA", "ASIA"].iter().any(|start| {
        after(text, start).any(|rest| {
            let token = token(rest, is_token);
            token.len() == 16
                && token
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                && !is_stand_in(token)
        })
    })
}

/// `scheme://user:password@host`.
fn has_url_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, mark)| {
        let rest = text.get(at + mark.len()..).unwrap_or_default();
        let authority = token(rest, |c| {
            !c.is_whitespace() && !matches!(c, '/' | '?' | '"' | '\'' | '`' | '<' | '>' | '\\')
        });
        authority
            .rsplit_once('@')
            .and_then(|(user, _)| user.split_once(':'))
            .is_some_and(|(_, password)| {
                !password.is_empty()
                    && !password.contains(['{', '$', '['])
                    && !is_stand_in(password)
            })
    })
}

/// `Bearer` or `Basic` with a token. The words occur in prose, too: a token has a digit, or is
/// long, or is all there is.
fn has_authorization(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["bearer ", "basic "].iter().any(|scheme| {
        lower.match_indices(scheme).any(|(at, _)| {
            let rest = text.get(at + scheme.len()..).unwrap_or_default();
            let token = token(rest, |c| {
                is_token(c) || matches!(c, '.' | '~' | '+' | '/' | '=')
            });
            let whole = at == 0 && token.len() == rest.trim_end().len();
            let sure = token.len() >= 12 && token.bytes().any(|b| b.is_ascii_digit());
            (token.len() >= 20 || sure || (whole && token.len() >= 8)) && !is_stand_in(token)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that no scanner takes the source for a leak.
    fn long(start: &str, rest: &str) -> String {
        format!("{start}{rest}")
    }

    #[test]
    fn a_secret_is_known_by_its_shape() {
        for text in [
            long("eyJ", "hbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYSJ9.c2lnbmF0dXJlMTIz"),
            long("key is sb_secret_", "Ab12Cd34Ef56"),
            long("Bearer ", "q1w2e3r4t5y6u7"),
            long("={{ 'Bearer ", "q1w2e3r4t5y6u7' }}"),
            long("Bearer ", "abcdefgh"),
            long("Basic ", "dXNlcjpwYXNzd29yZA=="),
            long("postgres://app:", "hunter2@db.internal:5432/x"),
            long("postgresql://app:", "p%40ss#w@db.internal/x"),
            long("sk-", "proj-a1B2c3D4e5F6g7H8"),
            long("AKIA", "ABCDEFGHIJKLMN12"),
            long("xoxb-", "1234567890-abcdef"),
            long(
                "https://hooks.slack.com/services/",
                "T01ABCDEF/B01ABCDEF/a1b2c3d4",
            ),
            long("-----BEGIN ", "RSA PRIVATE KEY-----"),
        ] {
            assert!(kind(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "",
            "Bearer {{ $env.TOKEN }}",
            "={{ 'Bearer ' + $env.TOKEN }}",
            "`Bearer ${token}`",
            "Bearer authentication is required",
            "Bearer YOUR_TOKEN_HERE_12345",
            "basic settings of the account",
            "postgres://app:{{ $env.PASSWORD }}@db/x",
            "postgres://db.internal:5432/x",
            "https://example.test/@someone:else",
            "task-management-2024-overview",
            "sk-your-api-key-here-123",
            "risk-assessment-2024-a1b2c3",
            "eyJ is how they begin",
            "AKIA",
            "AKIAabcdefghijklmnop",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }

    #[test]
    fn a_parameter_that_is_called_a_secret_is_one_if_it_is_literal() {
        assert!(is_named("password", "hunter2"));
        assert!(is_named("Client_Secret", "a1b2"));
        assert!(is_named("apikey", "abc123"));
        for (name, value) in [
            ("password", ""),
            ("password", "={{ $json.password }}"),
            ("password", "{{ $json.password }}"),
            ("password", "YOUR_PASSWORD"),
            ("password", "********"),
            ("passwordField", "hunter2"),
            ("name", "hunter2"),
        ] {
            assert!(!is_named(name, value), "{name} {value}");
        }
    }
}
