//! Where a job can stand, and the words that are in use for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::tables::index::literals;

/// What Postgres writes behind a constraint that rows of before need not fulfil.
pub(crate) const NOT_VALID: &str = " NOT VALID";

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// It waits to be claimed.
    Pending,
    /// It is held back.
    Paused,
    /// Somebody has claimed it.
    Processing,
    /// It is done.
    Completed,
    /// It was given up.
    Failed,
    /// It is over without having been done or given up: cancelled, skipped. Nothing is counted of it.
    Ignored,
}

/// Which words of a table mean which state, and which mean none that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StateWords {
    /// The words of each state, in the order in which the table or the operator names them.
    pub(crate) words: BTreeMap<JobState, Vec<String>>,
    /// Words of the table whose meaning is not known.
    pub(crate) unknown: Vec<String>,
}

impl JobState {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Paused,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Ignored,
    ];

    /// Its name, in the report and in `QUEUE_STATES`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paused => "paused",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Ignored => "ignored",
        }
    }

    /// The state of this name.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    /// The words in use, in lower case.
    const fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Pending => &[
                "pending",
                "queued",
                "waiting",
                "ready",
                "available",
                "enqueued",
                "new",
                "retry",
                "retryable",
                "retrying",
                "scheduled",
                "todo",
            ],
            Self::Paused => &["paused", "held", "on_hold", "suspended"],
            Self::Processing => &[
                "processing",
                "running",
                "in_progress",
                "active",
                "executing",
                "started",
                "claimed",
                "working",
                "locked",
                "reserved",
            ],
            Self::Completed => &[
                "completed",
                "complete",
                "done",
                "succeeded",
                "success",
                "successful",
                "finished",
                "processed",
            ],
            Self::Failed => &[
                "failed",
                "error",
                "errored",
                "failure",
                "dead",
                "discarded",
                "dead_letter",
                "crashed",
            ],
            Self::Ignored => &[
                "cancelled",
                "canceled",
                "skipped",
                "archived",
                "expired",
                "deleted",
                "ignored",
            ],
        }
    }

    /// What a word means, as it is in use.
    fn of(word: &str) -> Option<Self> {
        let word = word.to_lowercase().replace(['-', ' '], "_");
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.synonyms().contains(&word.as_str()))
    }
}

/// A word with a capital at its beginning.
fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

impl StateWords {
    /// What the words of a table mean. `said` wins; `legal` are the words that there can be, nothing
    /// where there can be any; `seen` some that there are.
    pub(crate) fn of(
        said: &BTreeMap<JobState, Vec<String>>,
        legal: Option<&[String]>,
        seen: &[String],
    ) -> Self {
        let mut found = Self {
            words: said.clone(),
            unknown: Vec::new(),
        };
        let is_said = |word: &String| said.values().any(|words| words.contains(word));
        for word in legal.unwrap_or(seen) {
            if is_said(word) {
                continue;
            }
            // Where the operator has said which words mean a state, no other does.
            match JobState::of(word).filter(|state| !said.contains_key(state)) {
                Some(state) => found.add(state, word),
                None => found.unknown.push(word.clone()),
            }
        }
        // Where any word is possible, those in use are looked for: one that is not there costs nothing.
        if legal.is_none() {
            for state in JobState::ALL
                .iter()
                .filter(|state| !said.contains_key(*state))
            {
                // As it is in use; nobody's words may go uncounted because they are written in capitals.
                for word in state.synonyms() {
                    found.add(*state, word);
                }
                for word in state.synonyms() {
                    found.add(*state, &word.to_uppercase());
                    found.add(*state, &capitalised(word));
                }
            }
        }
        found
    }

    /// The same with one more word.
    pub(crate) fn with(mut self, state: JobState, word: &str) -> Self {
        self.add(state, word);
        self
    }

    fn add(&mut self, state: JobState, word: &str) {
        let words = self.words.entry(state).or_default();
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }

    /// The words of a state; none where the table has none for it.
    pub(crate) fn of_state(&self, state: JobState) -> &[String] {
        self.words.get(&state).map_or(&[], Vec::as_slice)
    }

    /// The word that a job is paused with, where it may be.
    pub(crate) fn paused(&self) -> Option<&str> {
        self.of_state(JobState::Paused).first().map(String::as_str)
    }
}

/// The words that a column may hold: the labels of its enum, or what its CHECK constraints list, as
/// Postgres writes them; nothing where neither limits it.
pub(crate) fn legal_words(labels: &[String], constraints: &[String]) -> Option<Vec<String>> {
    let mut lists = constraints
        .iter()
        .map(|text| text.trim_end_matches(NOT_VALID))
        .filter(|text| is_list(text))
        .map(literals);
    if !labels.is_empty() {
        // A constraint may leave some of them out.
        let left = lists.fold(labels.to_vec(), |mut left, list| {
            left.retain(|word| list.contains(word));
            left
        });
        return Some(left);
    }
    let first = lists.next()?;
    let all: BTreeSet<_> = lists.fold(first, |all, list| &all & &list);
    Some(all.into_iter().collect())
}

/// Whether a constraint lists what is allowed. Others forbid a value, look at its length, or list what a
/// function makes of it: that is not what it is.
fn is_list(constraint: &str) -> bool {
    let lists = constraint.contains("= ANY (") || constraint.contains("= '");
    let mut outside = constraint.split('\'').step_by(2);
    // Postgres writes a space between a keyword and its parenthesis, and none behind a function.
    let calls = outside.any(|part| {
        let mut openings = part.match_indices('(');
        openings.any(|(at, _)| {
            let before = part[..at].chars().next_back();
            before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"')
        })
    });
    lists && !calls && !constraint.contains("<>") && !constraint.contains("NOT ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_words_of_an_enum_find_their_states_and_the_rest_is_named() {
        let legal = owned(&[
            "QUEUED",
            "in-progress",
            "completed",
            "dead",
            "cancelled",
            "blue",
        ]);
        let found = StateWords::of(&BTreeMap::new(), Some(&legal), &[]);
        assert_eq!(found.of_state(JobState::Pending), ["QUEUED"]);
        assert_eq!(found.of_state(JobState::Processing), ["in-progress"]);
        assert_eq!(found.of_state(JobState::Failed), ["dead"]);
        assert_eq!(found.of_state(JobState::Ignored), ["cancelled"]);
        assert_eq!(found.paused(), None);
        assert_eq!(found.unknown, owned(&["blue"]));
    }

    #[test]
    fn what_is_said_wins_and_what_it_leaves_out_is_unknown() {
        let said = BTreeMap::from([(JobState::Pending, owned(&["blue"]))]);
        let found = StateWords::of(&said, Some(&owned(&["blue", "queued", "failed"])), &[]);
        assert_eq!(found.of_state(JobState::Pending), ["blue"]);
        assert_eq!(found.unknown, owned(&["queued"]));
    }

    #[test]
    fn where_any_word_is_possible_all_in_use_are_looked_for() {
        let found = StateWords::of(&BTreeMap::new(), None, &owned(&["purple", "pending"]));
        assert_eq!(found.paused(), Some("paused"));
        assert!(
            found
                .of_state(JobState::Pending)
                .contains(&"retryable".to_owned())
        );
        assert_eq!(found.unknown, owned(&["purple"]));
    }

    #[test]
    fn a_word_stands_for_one_state() {
        let mut words: Vec<_> = JobState::ALL
            .iter()
            .flat_map(|state| state.synonyms())
            .collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
        for state in JobState::ALL {
            assert_eq!(JobState::parse(state.word()), Some(*state));
        }
    }

    #[test]
    fn only_a_list_limits_what_a_column_may_hold() {
        const FIVE: &str = "CHECK ((status = ANY (ARRAY['pending'::text, 'failed'::text])))";
        let legal = |constraints: &[&str]| legal_words(&[], &owned(constraints));
        assert_eq!(legal(&[FIVE]), Some(owned(&["failed", "pending"])));
        assert_eq!(
            legal(&["CHECK ((status = ANY (ARRAY['f(x)'::text, E'a\\\\b'::text])))"]),
            Some(owned(&["a\\b", "f(x)"]))
        );
        assert_eq!(
            legal(&["CHECK ((status = 'pending'::text))"]),
            Some(owned(&["pending"]))
        );
        // Not yet checked for old rows, it does limit what is written from now on.
        let narrow = "CHECK ((status = ANY (ARRAY['pending'::text, 'lost'::text]))) NOT VALID";
        assert_eq!(legal(&[FIVE, narrow]), Some(owned(&["pending"])));
        for other in [
            "CHECK ((status <> 'x'::text))",
            "CHECK (((status = 'a'::text) AND (status <> 'x'::text)))",
            "CHECK ((NOT (status = 'x'::text)))",
            "CHECK ((length(status) > 0))",
            "CHECK ((lower(status) = ANY (ARRAY['pending'::text, 'failed'::text])))",
            "CHECK ((app.\"Word\"(status) = 'pending'::text))",
        ] {
            assert_eq!(legal(&[other]), None, "{other}");
        }
        assert_eq!(
            legal_words(&owned(&["b", "a"]), &[]),
            Some(owned(&["b", "a"]))
        );
        let narrow = "CHECK ((status = ANY (ARRAY['pending'::ops.s, 'failed'::ops.s])))";
        assert_eq!(
            legal_words(
                &owned(&["pending", "paused", "failed"]),
                &owned(&[narrow, "CHECK ((status <> 'x'::ops.s))"])
            ),
            Some(owned(&["pending", "failed"]))
        );
    }
}
