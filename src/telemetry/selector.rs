//! Which series the rules and the dashboard are about, where Prometheus scrapes more than one of us.

use std::fmt::Display;
use std::str::FromStr;

/// Matchers of labels as they stand between the braces of PromQL: `job="ops",environment="production"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector(String);

impl Selector {
    /// The series of this name and these labels that are meant.
    pub fn of(&self, name: impl Display, labels: &str) -> String {
        let all = [labels, &self.0];
        let all: Vec<_> = all.into_iter().filter(|part| !part.is_empty()).collect();
        match &all[..] {
            [] => name.to_string(),
            all => format!("{name}{{{}}}", all.join(",")),
        }
    }

    /// The same within a format of `printf`.
    #[must_use]
    pub(super) fn in_format(&self) -> Self {
        Self(self.0.replace('%', "%%"))
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rest = text;
        loop {
            rest = behind_matcher(rest).ok_or_else(|| {
                "matchers of labels are meant, such as job=\"ops\",environment=~\"prod.*\""
                    .to_owned()
            })?;
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None if rest.is_empty() => return Ok(Self(text.trim().to_owned())),
                None => return Err(format!("no comma stands before {rest:?}")),
            }
        }
    }
}

/// What stands behind the matcher that a text begins with. What would mean something to YAML or to a template of
/// Prometheus is no part of one.
fn behind_matcher(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(' ');
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (name, rest) = text.split_at(text.find(|c| !is_word(c))?);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start_matches(' ');
    let mut operators = ["=~", "!~", "!=", "="].into_iter();
    let rest = operators.find_map(|operator| rest.strip_prefix(operator))?;
    let rest = rest.trim_start_matches(' ').strip_prefix('"')?;
    let mut chars = rest.char_indices();
    loop {
        match chars.next()? {
            (end, '"') => return Some(rest[end + 1..].trim_start_matches(' ')),
            (_, '\\') => match chars.next()? {
                (_, '\\' | '"') => {}
                _ => return None,
            },
            (_, '`') => return None,
            (_, c) if c.is_control() || (c.is_whitespace() && c != ' ') => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_taken_as_they_are_written_and_nothing_else_is() {
        for text in [
            "job=\"ops\"",
            "job = \"ops\", environment!=\"staging\"",
            "environment=~\"prod.*|live\\\\.eu\",zone!~\"it's {50%}\"",
            "name=\"a \\\"b\\\", c\"",
        ] {
            let selector: Selector = text.parse().expect("matchers");
            assert_eq!(selector.of("up", ""), format!("up{{{text}}}"));
            assert_eq!(
                selector.of("up", "a=\"b\""),
                format!("up{{a=\"b\",{text}}}")
            );
        }
        for text in [
            "",
            "job",
            "job=ops",
            "job='ops'",
            "job=\"ops",
            "job=\"ops\",",
            "job=\"ops\" zone=\"a\"",
            "job=\"ops\"} or vector(1)",
            "1job=\"ops\"",
            "job==\"ops\"",
            "job=\"a\\d\"",
            "job=\"a`b\"",
            "job=\"a\nb\"",
            "job=\"a\u{2028}b\"",
            "job=\"a\"\n,zone=\"b\"",
        ] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
        assert_eq!(Selector::default().of("up", ""), "up");
        assert_eq!(Selector::default().of("up", "a=\"b\""), "up{a=\"b\"}");
    }
}
