//! An index as it was found, and the words in what Postgres writes.

use std::collections::BTreeSet;

/// An index that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexFacts {
    /// Its columns, in their order.
    pub(crate) columns: Vec<String>,
    /// Its predicate, where it is partial.
    pub(crate) predicate: Option<String>,
}

impl IndexFacts {
    /// Whether it begins with these columns.
    pub(crate) fn begins_with(&self, columns: &[&str]) -> bool {
        self.columns.len() >= columns.len() && self.columns.iter().zip(columns).all(|(a, b)| a == b)
    }

    /// Whether rows in that state are in it.
    pub(crate) fn holds(&self, word: &str) -> bool {
        self.predicate.as_ref().is_none_or(|predicate| {
            let is_exclusion = predicate.contains("<>");
            literals(predicate).contains(word) != is_exclusion
        })
    }

    /// Whether it is about the rows in these states and hardly any others: then its other columns may
    /// be what is asked for.
    pub(crate) fn is_only_of(&self, words: &[&str], others: &[&str]) -> bool {
        self.predicate.is_some()
            && words.iter().all(|word| self.holds(word))
            && !others.iter().any(|word| self.holds(word))
    }
}

/// The string literals in an expression, as Postgres writes it.
pub(crate) fn literals(expression: &str) -> BTreeSet<String> {
    // An odd part stands between two quotation marks, unless they are a doubled one.
    let expression = expression.replace("''", "\0");
    let parts: Vec<_> = expression.split('\'').collect();
    let inside = parts.windows(2).step_by(2).map(|pair| match pair {
        // A backslash is doubled, and an E says so.
        [before, word] if before.ends_with('E') => word.replace("\\\\", "\\"),
        [_, word] | [word, ..] => (*word).to_owned(),
        [] => String::new(),
    });
    inside.map(|word| word.replace('\0', "'")).collect()
}

/// A name as it stands in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(columns: &[&str], predicate: &str) -> IndexFacts {
        IndexFacts {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            predicate: (!predicate.is_empty()).then(|| predicate.to_owned()),
        }
    }

    #[test]
    fn an_index_holds_what_its_predicate_does_not_leave_out() {
        for (predicate, word, expected) in [
            ("", "failed", true),
            ("(status = 'failed'::text)", "failed", true),
            ("(status = 'failed'::text)", "pending", false),
            ("(status <> 'failed'::text)", "failed", false),
            ("(status <> 'failed'::text)", "pending", true),
        ] {
            let holds = index(&["a"], predicate).holds(word);
            assert_eq!(holds, expected, "{predicate} {word}");
        }
        let found: Vec<_> = literals("a = 'b'::text OR c = 'd e'").into_iter().collect();
        assert_eq!(found, ["b", "d e"]);
        assert!(literals("none").is_empty());
        let found: Vec<_> = literals("a = 'it''s'::text").into_iter().collect();
        assert_eq!(found, ["it's"]);
    }
}
