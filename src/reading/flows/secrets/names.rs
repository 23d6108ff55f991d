//! Whether a name is that of a secret, and whether a value can be one.
//!
//! # Design notes
//!
//! Names go by their words, not by a list of spellings: `X-Api-Key`, `apiKey` and `OPENAI_API_KEY` end
//! alike. Some say it for sure (`password`, `apiKey`); others are also the names of other things
//! (`key`, `token`), so there the value has to look as if it were drawn by lot.

use crate::reading::flows::placeholders::{self, HOLE, Sort};

/// How certain a name makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reading::flows) enum Certainty {
    /// Nothing else is called so.
    Sure,
    /// Other things are called so, too.
    Likely,
}

/// Last words that say it alone.
const SURE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pgpassword",
    "apikey",
    "xapikey",
    "hapikey",
    "apitoken",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "bearertoken",
    "secretkey",
    "privatekey",
    "clientsecret",
    "secretaccesskey",
    "servicerole",
    "servicerolekey",
    "serviceroletoken",
];

/// Words before `key` and `token` that say it.
const BEFORE: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "service",
    "role",
    "auth",
    "bearer",
    "refresh",
    "bot",
    "client",
    "master",
    "encryption",
    "signing",
    "account",
    "subscription",
    "functions",
    "admin",
    "webhook",
    "app",
    "user",
    "session",
    "license",
];

/// Last words that are names of other things, too.
const LIKELY: &[&str] = &[
    "key",
    "token",
    "secret",
    "auth",
    "authorization",
    "pass",
    "sig",
    "signature",
    "code",
    "credential",
    "appid",
];

/// Words that make it something else.
const HARMLESS: &[&str] = &[
    "public",
    "publishable",
    "anon",
    "page",
    "next",
    "has",
    "is",
    "no",
    "show",
    "hide",
    "reset",
    "max",
    "min",
];

/// Words that make it something else where the last word alone does not say it.
const OTHERS: &[&str] = &[
    "continuation",
    "cursor",
    "sync",
    "primary",
    "foreign",
    "sort",
    "cache",
    "idempotency",
    "partition",
    "object",
    "issue",
    "project",
    "status",
    "country",
    "zip",
    "postal",
    "currency",
    "language",
    "error",
    "http",
    "response",
    "jira",
    "route",
    "routing",
    "row",
    "grant",
    "file",
    "storage",
    "bucket",
];

/// Words of the names of keys.
const KEY_WORDS: &[&str] = &[
    "key",
    "keys",
    "token",
    "secret",
    "password",
    "jwt",
    "credential",
    "credentials",
    "apikey",
    "pat",
    "role",
    "auth",
];

/// Words that only stand where a value will be.
const STAND_INS: &[&str] = &[
    "your",
    "example",
    "placeholder",
    "replace",
    "insert",
    "changeme",
    "dummy",
    "redacted",
    "todo",
    "undefined",
    "...",
    "here",
    "sample",
    "fixme",
];

/// The words of a name, in lower case.
pub(in crate::reading::flows) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How certainly a name is that of a secret.
pub(in crate::reading::flows) fn certainty(name: &str) -> Option<Certainty> {
    let words = words(name);
    let (last, before) = words.split_last()?;
    let word = |list: &[&str], word: &str| list.contains(&word);
    if before.iter().any(|before| word(HARMLESS, before)) {
        return None;
    }
    let previous = before.last().map(String::as_str).unwrap_or_default();
    let joined = words.concat();
    let is_pair = matches!(last.as_str(), "key" | "token" | "secret") && word(BEFORE, previous);
    let is_sure = word(SURE, last)
        || word(SURE, &joined)
        || is_pair
        || (last == "role" && previous == "service");
    match () {
        () if is_sure => Some(Certainty::Sure),
        () if before.iter().any(|before| word(OTHERS, before)) => None,
        () if word(LIKELY, last) => Some(Certainty::Likely),
        () => None,
    }
}

/// Whether a value is written out, and does not only stand for one.
pub(super) fn is_literal(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with(['=', '%'])
        && !value.contains(['{', '$', '<', ' ', HOLE])
        && !matches!(value, "true" | "false" | "none" | "null")
        && !is_stand_in(value)
}

/// Whether it only stands where a secret will be.
pub(super) fn is_stand_in(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    STAND_INS.iter().any(|word| lower.contains(word))
        || placeholders::kind(token, Sort::Value).is_some()
        || is_name_of_key(token)
        || token
            .chars()
            .all(|c| matches!(c, '*' | '•' | 'x' | 'X' | '.' | '-'))
}

/// Whether it is what a key is called: `SUPABASE_SERVICE_ROLE_KEY`, `my-access-token`.
pub(in crate::reading::flows) fn is_name_of_key(token: &str) -> bool {
    let is_plain = token
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let words = words(token);
    let is_word =
        |word: &String| (2..=14).contains(&word.len()) || word.bytes().all(|b| b.is_ascii_digit());
    is_plain
        && digits <= 2
        && words.len() >= 2
        && words.iter().all(is_word)
        && words.iter().any(|word| KEY_WORDS.contains(&word.as_str()))
}

/// Whether a value looks as if it were drawn by lot: long, of letters and digits, of many different
/// ones, and not made of words.
pub(super) fn is_random(value: &str) -> bool {
    let is_token = value.bytes().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
    });
    let has = |is: fn(&u8) -> bool| value.bytes().any(|b| is(&b));
    value.len() >= 16
        && is_token
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && bits(value) >= 3.0
        && !is_uuid(value)
        && !is_wordy(value)
        && is_literal(value)
}

/// Shannon's entropy of a text, in bits for each character.
fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for b in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(b)) {
            *count += 1;
        }
    }
    let length = u32::try_from(text.len()).map_or(f64::MAX, f64::from);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// The id of a row is one more often than a secret.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
}

/// An address, a path, a date, or words with something between them.
fn is_wordy(text: &str) -> bool {
    let parts: Vec<&str> = text
        .split(['-', '_', '.', '/'])
        .filter(|part| !part.is_empty())
        .collect();
    let is_word = |part: &&&str| {
        let is_alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        let is_number = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        (is_alphabetic && part.len() <= 14) || is_number
    };
    let words = parts.iter().filter(is_word).count();
    text.starts_with('/') || (parts.len() >= 2 && words * 3 >= parts.len() * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_by_its_words() {
        for name in [
            "password",
            "DB_PASSWORD",
            "userPassword",
            "apiKey",
            "X-API-Key",
            "xi-api-key",
            "OPENAI_API_KEY",
            "access_token",
            "TELEGRAM_BOT_TOKEN",
            "clientSecret",
            "PGPASSWORD",
            "Ocp-Apim-Subscription-Key",
            "x-functions-key",
            "service_role",
            "hapikey",
        ] {
            assert_eq!(certainty(name), Some(Certainty::Sure), "{name}");
        }
        for name in [
            "token",
            "key",
            "Authorization",
            "sig",
            "code",
            "secret",
            "X-Auth",
            "appid",
        ] {
            assert_eq!(certainty(name), Some(Certainty::Likely), "{name}");
        }
        for name in [
            "",
            "name",
            "passwordField",
            "tokenCount",
            "nextPageToken",
            "cacheKey",
            "primaryKey",
            "publicKey",
            "SUPABASE_ANON_KEY",
            "errorCode",
            "countryCode",
            "keyName",
            "apiKeyId",
            "max_tokens",
            "issueKey",
        ] {
            assert_eq!(certainty(name), None, "{name}");
        }
    }

    #[test]
    fn the_name_of_a_key_is_no_key() {
        for name in [
            "SUPABASE_SERVICE_ROLE_KEY",
            "OPENAI_API_KEY",
            "API_TOKEN",
            "my-access-token",
            "service_role_key",
            "accessToken",
            "GITHUB_PAT",
        ] {
            assert!(is_name_of_key(name), "{name}");
        }
        for token in [
            "a1B2c3D4e5F6g7H8",
            "sk-proj-a1B2c3D4",
            "hunter2",
            "correct-horse",
            "key",
            "ABCDEFGHIJKLMN12",
        ] {
            assert!(!is_name_of_key(token), "{token}");
        }
    }

    #[test]
    fn a_value_is_drawn_by_lot_or_made_of_words() {
        for value in [
            "a1B2c3D4e5F6g7H8",
            "9f86d081884c7d659a2feaa0c55ad015",
            "pk-1a2b3c4d5e6f7g8h9i",
            "dGhpcy1pcy1hLXRlc3QtMTIzNA==",
        ] {
            assert!(is_random(value), "{value}");
        }
        for value in [
            "short1",
            "abcdefghijklmnopqrst",
            "12345678901234567890",
            "1111111111111111a",
            "7b0c9a52-93f5-4b7e-a1ff-0c2f4fce9c11",
            "claude-sonnet-4-20250514",
            "plaintiffs_by_county_2024",
            "/rest/v1/plaintiffs/2024",
            "2024-01-01T00:00:00",
            "OPENAI_API_KEY_NUMBER_1",
            "{{ 1 }}abcdefghijk1",
        ] {
            assert!(!is_random(value), "{value}");
        }
    }
}
