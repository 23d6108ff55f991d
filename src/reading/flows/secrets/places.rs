//! Secrets that are known by where they stand: in the query of an address, given to a name in a
//! program, on a command line.

use std::collections::BTreeSet;

use crate::reading::flows::code;
use crate::reading::flows::names::{self, Certainty};
use crate::reading::flows::secrets::values;

/// Programs and the option of each that has a password right behind it or as its next word.
const OPTIONS: &[(&str, &str, bool)] = &[
    ("mysql", "-p", false),
    ("mysqldump", "-p", false),
    ("mariadb", "-p", false),
    ("sshpass", "-p", true),
    ("redis-cli", "-a", true),
    ("smbclient", "-U", true),
];

/// A token of a bot of Telegram, wherever it stands: digits, a colon, thirty-five characters.
pub(super) fn has_telegram_token(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        let start = before.get(..before.len() - digits).unwrap_or_default();
        let is_bounded =
            start.ends_with("bot") || !start.chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = text.get(at + 1..).unwrap_or_default();
        let token = word(rest, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
        });
        (8..=10).contains(&digits)
            && is_bounded
            && token.len() == 35
            && token.bytes().any(|b| b.is_ascii_digit())
            && !values::is_stand_in(token)
    })
}

/// `?api_key=..`, `&token=..`.
pub(super) fn has_in_query(text: &str) -> bool {
    text.match_indices(['?', '&']).any(|(at, mark)| {
        let rest = text.get(at + mark.len()..).unwrap_or_default();
        let name = word(rest, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
        });
        let Some(rest) = rest
            .get(name.len()..)
            .and_then(|rest| rest.strip_prefix('='))
        else {
            return false;
        };
        let value = word(rest, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '+' | '/' | '%' | ':')
        });
        // An expression goes on with it.
        let goes_on = rest
            .get(value.len()..)
            .is_some_and(|rest| rest.starts_with(['{', '$', '<', '[', '\u{fffc}']));
        !goes_on && is_secret(name, value)
    })
}

/// `const apiKey = '..'`, `"password": ".."`, `headers['x-api-key'] = '..'`.
pub(super) fn has_given(text: &str) -> bool {
    code::read(text).literals.iter().any(|literal| {
        !literal.is_looked_for()
            && literal
                .name()
                .is_some_and(|name| is_secret(name, literal.text.trim()))
    })
}

/// Whether a value that stands in a program or an address is a secret by its name. There words are
/// the rule (`password: 'required'`), so even behind a sure name it takes a digit or some length.
fn is_secret(name: &str, value: &str) -> bool {
    let token = match value.split_once(' ') {
        // `Token ..`, `ApiKey ..`
        Some((_, token)) => token,
        None => value,
    };
    match names::certainty(name) {
        Some(Certainty::Sure) => {
            let has_digit = token.bytes().any(|b| b.is_ascii_digit());
            let has_sign = token
                .bytes()
                .any(|b| matches!(b, b'!' | b'@' | b'#' | b'*' | b'^'));
            let is_word = token.len() < 24 || token.contains(['_', '-', '.', '/']);
            token.len() >= 6
                && (has_digit || has_sign || !is_word)
                && values::is_literal(token)
                && !token.starts_with(['/', '.'])
                && !token.contains("://")
        }
        Some(Certainty::Likely) => values::is_random(token),
        None => false,
    }
}

/// `curl -u user:..`, `PGPASSWORD=..`, `--password ..`, `mysql -p..`.
pub(super) fn has_on_command_line(text: &str) -> bool {
    text.lines().any(|line| {
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '(' | ')' | ','))
            .map(|word| word.trim_matches(['"', '\'', '`', '\\']))
            .filter(|word| !word.is_empty())
            .collect();
        let called: BTreeSet<&str> = words
            .iter()
            .filter_map(|word| word.rsplit('/').next())
            .collect();
        let calls = |program: &str| called.contains(program);
        let next = |at: usize| words.get(at + 1).copied().unwrap_or_default();
        words.iter().enumerate().any(|(at, word)| {
            let user = match *word {
                "-u" | "--user" | "--proxy-user" | "-U" => next(at),
                word => word
                    .strip_prefix("--user=")
                    .or_else(|| word.strip_prefix("-u"))
                    .unwrap_or_default(),
            };
            let is_user = (calls("curl") || calls("http") || calls("wget"))
                && user
                    .split_once(':')
                    .is_some_and(|(_, password)| is_password(password));
            let is_option = OPTIONS.iter().any(|(program, option, is_next)| {
                let value = match is_next {
                    true if word == option => next(at),
                    false => word.strip_prefix(option).unwrap_or_default(),
                    true => "",
                };
                calls(program) && is_password(value)
            });
            is_user || is_option || is_assigned(word, next(at))
        })
    })
}

/// `NAME=..` of the environment, `--name=..` or `--name ..`.
fn is_assigned(word: &str, next: &str) -> bool {
    let (name, value) = match (word.split_once('='), word.strip_prefix("--")) {
        (Some((name, value)), _) => (name, value.trim_matches(['"', '\'', '`'])),
        (None, Some(name)) => (name, next),
        (None, None) => return false,
    };
    let option = name.strip_prefix("--");
    let is_variable = name.contains(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let is_option = option.is_some() || word.starts_with("--");
    (is_variable || is_option)
        && names::certainty(option.unwrap_or(name)) == Some(Certainty::Sure)
        && is_password(value)
}

/// On a command line nothing but a value stands behind such an option.
fn is_password(value: &str) -> bool {
    value.len() >= 3
        && values::is_literal(value)
        // How to call it, not a call.
        && !["password", "passwd", "pass", "secret", "token"].contains(&value)
        && !value.starts_with(['-', '/', '&', '>', '"', '\'', '`', '+'])
        && !value.contains(['(', '[', ']', '`', '\\'])
}

fn word(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that no scanner takes the source for a leak.
    const KEY: [&str; 2] = ["q1w2e3r4", "t5y6u7i8"];

    #[test]
    fn a_token_of_telegram_has_its_shape() {
        let token = format!("{}:{}", "123456789", "AAE".to_owned() + &"b1".repeat(16));
        assert!(has_telegram_token(&token));
        assert!(has_telegram_token(&format!(
            "https://api.telegram.org/bot{token}/sendMessage"
        )));
        assert!(!has_telegram_token(&format!("{token}x")));
        assert!(!has_telegram_token(&format!("a{token}")));
        assert!(!has_telegram_token(
            "https://api.telegram.org/bot{{ $env.TOKEN }}/x"
        ));
        assert!(!has_telegram_token("12:34:56"));
        assert!(!has_telegram_token("é:é"));
    }

    #[test]
    fn a_key_in_an_address_is_found() {
        let key = KEY.concat();
        for text in [
            format!("https://a.test/x?api_key={key}"),
            format!("https://a.test/x?q=1&apikey={key}&z=2"),
            format!("'https://a.test/x?key={key}'"),
            format!("https://a.test/x?token={key}#y"),
            format!("https://a.test/?access_token={key}"),
            "https://a.test/x?password=hunter2".to_owned(),
        ] {
            assert!(has_in_query(&text), "{text}");
        }
        for text in [
            "https://a.test/x?api_key={{ $env.KEY }}",
            "https://a.test/x?api_key=${key}",
            "https://a.test/x?api_key=YOUR_API_KEY",
            "https://a.test/x?api_key=",
            "https://a.test/x?apikey=API_KEY_2",
            "https://a.test/x?key=title&pageToken=abc",
            "https://a.test/x?key=prefix1234567890{{ $json.id }}",
            "https://a.test/x?order=token.desc",
            "a ? b : c = d",
        ] {
            assert!(!has_in_query(text), "{text}");
        }
    }

    #[test]
    fn a_secret_is_given_to_a_name() {
        let key = KEY.concat();
        for text in [
            format!("const apiKey = '{key}';"),
            format!("const headers = {{ 'X-Api-Key': \"{key}\" }};"),
            format!("token = \"{key}\""),
            format!("const k = process.env.API_KEY || '{key}';"),
            format!("h['Authorization'] = 'Token {key}'"),
            format!("{{\"apiKey\": \"{key}\", \"n\": {{{{ $json.n }}}}}}"),
            "const password = 'hunter2';".to_owned(),
            "db_password: 'Summer!time'".to_owned(),
        ] {
            assert!(has_given(&text), "{text}");
        }
        for text in [
            "const apiKey = $env.API_KEY;",
            "const apiKey = 'YOUR_API_KEY';",
            "const apiKey = 'OPENAI_API_KEY';",
            "{ password: 'required' }",
            "{ password: 'Password', token: 'string' }",
            "if (apiKey === 'q1w2e3r4t5y6u7i8') {}",
            "const key = 'plaintiffs_by_county_2024';",
            "const tokenType = 'bearer123456';",
            "{ accessToken: '={{ $json.token }}' }",
            "const apiKey = `${prefix}1234567`;",
            "{ apiKey: '/secrets/key1' }",
        ] {
            assert!(!has_given(text), "{text}");
        }
    }

    #[test]
    fn a_password_stands_on_a_command_line() {
        for text in [
            "curl -u admin:hunter2 https://a.test",
            "curl -uadmin:hunter2 https://a.test",
            "curl --user 'admin:hunter2' https://a.test",
            "PGPASSWORD=hunter2 psql -h db",
            "export DB_PASSWORD=\"hunter2\"",
            "cd /x && PGPASSWORD='hunter2' pg_dump",
            "docker run -e API_KEY=q1w2e3r4 image",
            "tool --api-key q1w2e3r4 run",
            "tool --password=hunter2",
            "mysql -uroot -phunter2 app",
            "sshpass -p hunter2 ssh a",
        ] {
            assert!(has_on_command_line(text), "{text}");
        }
        for text in [
            "curl -u $USER:$PASSWORD https://a.test",
            "curl -u {{ $json.user }}:{{ $json.password }} https://a.test",
            "curl -u user: https://a.test",
            "curl -u username:password https://a.test",
            "curl -u YOUR_USER:YOUR_PASSWORD https://a.test",
            "PGPASSWORD=$DB_PASSWORD psql",
            "PGPASSWORD= psql",
            "sudo -u postgres psql",
            "mkdir -p build",
            "psql -p 5432",
            "tool --password",
            "tool --password --verbose",
            "the password=required rule",
            "a == b",
        ] {
            assert!(!has_on_command_line(text), "{text}");
        }
    }
}
