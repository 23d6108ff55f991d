//! What stands behind each command that is printed, so that it asks the same instance.

use std::fmt::Write as _;

use crate::cli::render::printable;

/// How each command begins.
const NAME: &str = "dragonfly-ops ";

/// What stands behind each command, so that it asks the same instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Suffix {
    options: String,
    /// The instance, as `check` takes it.
    at: String,
}

impl Suffix {
    /// Of what was said on the command line.
    pub(in crate::cli) fn new(via: Option<&str>, env: Option<&str>) -> Self {
        let mut text = String::new();
        for (option, value) in [("--via", via), ("--env", env)] {
            if let Some(value) = value {
                // Writing into a string cannot fail.
                let _ = write!(text, " {option} {}", quoted(value));
            }
        }
        let at = String::new();
        Self { options: text, at }
    }

    /// The same where `check` asks the instance at this address, whatever HOST and PORT say where it is typed.
    pub(in crate::cli) fn checking(self, address: &str) -> Self {
        let at = format!(" {}", quoted(address));
        Self { at, ..self }
    }

    /// The options, with a space before each.
    pub(in crate::cli) fn options(&self) -> &str {
        &self.options
    }

    /// The instance as `check` takes it, with a space before it.
    pub(in crate::cli) fn at(&self) -> &str {
        &self.at
    }

    /// A command that may ask an instance asks the same one; others act by themselves.
    pub(in crate::cli) fn of_command(&self, command: &str) -> String {
        let mut words = command.split(' ').skip(1);
        let takes_via = matches!(
            (words.next(), words.next()),
            (Some("pg" | "workers" | "incident" | "quiet"), _) | (Some("queue"), Some("status"))
        );
        match takes_via && !command.contains(" --via ") {
            true => format!("{command}{}", self.options),
            false => command.to_owned(),
        }
    }

    /// The same of each command in a text.
    pub(in crate::cli) fn in_text(&self, text: &str) -> String {
        let mut said = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(NAME) {
            let (before, command) = rest.split_at(at);
            let (command, after) = command.split_at(end_of_command(command));
            said.push_str(before);
            said.push_str(&self.of_command(command));
            rest = after;
        }
        said + rest
    }
}

/// Where a command ends that a text begins with: with its line, or its part of the sentence.
fn end_of_command(text: &str) -> usize {
    let mut quote = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        let is_end_of_word = next.is_none_or(char::is_whitespace);
        match (c, quote) {
            ('\n', _) => return at,
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (';' | '(' | ')' | '|', None) => return text[..at].trim_end().len(),
            (':' | ',' | '.', None) if is_end_of_word => return at,
            _ => {}
        }
    }
    text.len()
}

/// A word as a shell takes it.
pub(in crate::cli) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", printable(word).replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_ask_an_instance_asks_the_same_one() {
        let suffix = Suffix::new(Some("http://ops:8080"), Some("prod"));
        for (command, is_asked) in [
            ("dragonfly-ops pg locks", true),
            ("dragonfly-ops workers", true),
            ("dragonfly-ops queue status", true),
            ("dragonfly-ops incident show DB-1", true),
            ("dragonfly-ops quiet list", true),
            ("dragonfly-ops incident show DB-1 --via http://other", false),
            ("dragonfly-ops doctor", false),
            ("dragonfly-ops queue pause --reason \"x\"", false),
            ("dragonfly-ops restart intake --reason \"x\"", false),
        ] {
            let said = suffix.of_command(command);
            let asked = said.strip_prefix(command).expect("it is the same");
            assert_eq!(
                asked == " --via http://ops:8080 --env prod",
                is_asked,
                "{said}"
            );
        }
    }

    #[test]
    fn so_does_each_command_in_a_text() {
        let suffix = Suffix::new(Some("http://ops:8080"), None);
        for (text, expected) in [
            ("", ""),
            ("None is named.", "None is named."),
            (
                "dragonfly-ops pg locks: who is at the root, and how to end that",
                "dragonfly-ops pg locks --via http://ops:8080: who is at the root, and how to end that",
            ),
            (
                "it may claim nothing (dragonfly-ops queue status); a restart helps",
                "it may claim nothing (dragonfly-ops queue status --via http://ops:8080); a restart helps",
            ),
            (
                "Look: dragonfly-ops incident show DB-1. Say why: dragonfly-ops incident resolve DB-1 --reason \"it's: over. \"",
                "Look: dragonfly-ops incident show DB-1 --via http://ops:8080. Say why: dragonfly-ops incident resolve DB-1 --reason \"it's: over. \" --via http://ops:8080",
            ),
            (
                "To end it:\n  dragonfly-ops pg terminate 1 --backend-start \"2026-11-01 10:00:00+00\" --reason \"x\"\n\ndragonfly-ops doctor",
                "To end it:\n  dragonfly-ops pg terminate 1 --backend-start \"2026-11-01 10:00:00+00\" --reason \"x\" --via http://ops:8080\n\ndragonfly-ops doctor",
            ),
        ] {
            assert_eq!(suffix.in_text(text), expected);
        }
        let nothing = Suffix::new(None, None);
        assert_eq!(
            nothing.in_text("dragonfly-ops pg locks"),
            "dragonfly-ops pg locks"
        );
    }

    #[test]
    fn what_was_said_is_said_again_as_a_shell_takes_it() {
        for (via, env, expected) in [
            (None, None, ""),
            (
                Some("http://[::1]:8080"),
                None,
                " --via 'http://[::1]:8080'",
            ),
            (
                Some("https://ops.example.com"),
                Some("it's prod"),
                r" --via https://ops.example.com --env 'it'\''s prod'",
            ),
        ] {
            assert_eq!(Suffix::new(via, env).options, expected);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\nb"), "'a b'");
    }
}
