//! Whether a name is that of a secret.
//!
//! # Design notes
//!
//! Names go by their words, not by a list of spellings: `X-Api-Key`, `apiKey` and `OPENAI_API_KEY` end
//! alike. Some say it for sure (`password`, `apiKey`); others are also the names of other things
//! (`key`, `token`), so there the value has to look as if it were drawn by lot.

/// How certain a name makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reading) enum Certainty {
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
    "session",
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

/// The words of a name, in lower case.
pub(super) fn words(name: &str) -> Vec<String> {
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
pub(in crate::reading) fn certainty(name: &str) -> Option<Certainty> {
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

/// Whether it is what a key is called: `SUPABASE_SERVICE_ROLE_KEY`, `my-access-token`.
pub(super) fn is_name_of_key(token: &str) -> bool {
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
            "sessionKey",
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
}
