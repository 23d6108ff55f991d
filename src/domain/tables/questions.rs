//! Which questions about the queue an index answers, and which index would.

use crate::domain::tables::index::{IndexFacts, literals, quoted};
use crate::domain::tables::layout::QueueLayout;
use crate::domain::tables::roles::JobRole;
use crate::domain::tables::states::JobState;

/// A question about the queue whose cost would follow its history without an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum QueueQuestion {
    /// What waits, is held, or is being worked on.
    Backlog,
    /// What waits and is due.
    Due,
    /// What failed lately.
    Failed,
    /// When anybody last finished a job.
    LastFinished,
    /// When each worker last finished one.
    WorkerFinished,
    /// What waits, by its type.
    PendingType,
}

impl QueueQuestion {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Backlog,
        Self::Due,
        Self::Failed,
        Self::LastFinished,
        Self::WorkerFinished,
        Self::PendingType,
    ];

    /// What is asked, for people.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Backlog => "the backlog by state",
            Self::Due => "what is due",
            Self::Failed => "what failed lately",
            Self::LastFinished => "what anybody finished last",
            Self::WorkerFinished => "what each worker finished last",
            Self::PendingType => "what is pending by type",
        }
    }

    /// The columns that an index has to begin with; nothing where the table has none to ask for.
    fn columns(self, queue: &QueueLayout) -> Option<Vec<&str>> {
        let column = |role| queue.column(role);
        match self {
            Self::Backlog => Some(vec![column(JobRole::State)?]),
            Self::Due => Some(vec![column(JobRole::Due)?]),
            Self::Failed => Some(vec![queue.failed_column()?]),
            Self::LastFinished => Some(vec![queue.finished_column()?]),
            Self::WorkerFinished => Some(vec![column(JobRole::Worker)?, queue.finished_column()?]),
            Self::PendingType => Some(vec![column(JobRole::Type)?]),
        }
    }

    /// The states whose rows an index has to hold.
    const fn states(self) -> &'static [JobState] {
        match self {
            Self::Backlog => &[JobState::Pending, JobState::Paused, JobState::Processing],
            Self::Due | Self::PendingType => &[JobState::Pending],
            Self::Failed => &[JobState::Failed],
            Self::LastFinished => &[JobState::Completed, JobState::Failed],
            Self::WorkerFinished => &[],
        }
    }
}

impl QueueLayout {
    /// Whether an index answers it, or there is nothing to ask.
    pub(crate) fn serves(&self, question: QueueQuestion) -> bool {
        let Some(columns) = question.columns(self) else {
            return true;
        };
        let words = |states: &[JobState]| -> Vec<&str> {
            let words = states.iter().flat_map(|state| self.states.of_state(*state));
            words.map(String::as_str).collect()
        };
        let asked = words(question.states());
        let others: Vec<_> = words(JobState::ALL)
            .into_iter()
            .filter(|word| !asked.contains(word))
            .collect();
        let state = self.column(JobRole::State).unwrap_or_default();
        let by_state = [&[state], columns.as_slice()].concat();
        let holds = |index: &IndexFacts, words: &[&str]| words.iter().all(|word| index.holds(word));
        self.indexes.iter().any(|index| match question {
            QueueQuestion::Backlog | QueueQuestion::LastFinished => {
                index.begins_with(&columns) && holds(index, &asked)
            }
            QueueQuestion::Due | QueueQuestion::PendingType | QueueQuestion::Failed => {
                let is_led_by_state = index.begins_with(&by_state) && holds(index, &asked);
                is_led_by_state
                    || (index.begins_with(&columns) && index.is_only_of(&asked, &others))
            }
            QueueQuestion::WorkerFinished => {
                index.begins_with(&columns) && self.is_of_finished(index)
            }
        }) || (question == QueueQuestion::Backlog && self.has_one_index_per_state())
    }

    /// Whether an index has all that is finished, and its predicate is one that the statement implies.
    fn is_of_finished(&self, index: &IndexFacts) -> bool {
        let Some(predicate) = &index.predicate else {
            return true;
        };
        if self.column(JobRole::Finished).is_some() {
            return predicate.contains("IS NOT NULL") && literals(predicate).is_empty();
        }
        let over = QueueQuestion::LastFinished.states().iter();
        let mut words = over.flat_map(|state| self.states.of_state(*state));
        !literals(predicate).is_empty() && words.all(|word| index.holds(word))
    }

    /// Whether each state of the backlog has an index of its own.
    fn has_one_index_per_state(&self) -> bool {
        let all = JobState::ALL.iter();
        let all: Vec<&str> = all
            .flat_map(|state| self.states.of_state(*state))
            .map(String::as_str)
            .collect();
        let backlog = QueueQuestion::Backlog.states().iter();
        let mut words = backlog.flat_map(|state| self.states.of_state(*state));
        words.all(|word| {
            let others: Vec<_> = all.iter().copied().filter(|other| other != word).collect();
            let mut indexes = self.indexes.iter();
            indexes.any(|index| index.is_only_of(&[word.as_str()], &others))
        })
    }

    /// The index that would answer it, as a statement to run.
    pub(crate) fn proposal(&self, question: QueueQuestion) -> Option<String> {
        let state = self.roles.get(JobRole::State)?.compared();
        let mut columns: Vec<_> = question.columns(self)?.into_iter().map(quoted).collect();
        if question == QueueQuestion::Backlog {
            columns.extend(self.column(JobRole::Created).map(quoted));
        }
        let states = match question {
            QueueQuestion::WorkerFinished => QueueQuestion::LastFinished.states(),
            _ => question.states(),
        };
        let words: Vec<_> = states
            .iter()
            .flat_map(|state| self.states.of_state(*state))
            .map(|word| format!("'{}'", word.replace('\'', "''")))
            .collect();
        let predicate = match (question, words.as_slice()) {
            // The last change of a job is its end only where it has come to one.
            (QueueQuestion::WorkerFinished, _) if self.column(JobRole::Finished).is_some() => {
                format!("{} IS NOT NULL", quoted(self.finished_column()?))
            }
            (_, []) => return None,
            (_, [word]) => format!("{state} = {word}"),
            (_, words) => format!("{state} IN ({})", words.join(", ")),
        };
        Some(format!(
            "CREATE INDEX CONCURRENTLY ON {} ({}) WHERE {predicate};",
            self.table.quoted(),
            columns.join(", ")
        ))
    }
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

    fn with(indexes: Vec<IndexFacts>) -> QueueLayout {
        QueueLayout {
            indexes,
            ..QueueLayout::ours()
        }
    }

    #[test]
    fn an_index_serves_what_it_leads_to() {
        use QueueQuestion::{Backlog, Failed, LastFinished, PendingType, WorkerFinished};
        let backlog = "(status = ANY (ARRAY['pending'::text, 'paused'::text, 'processing'::text]))";
        for (columns, predicate, question, expected) in [
            (&["status"][..], "", Backlog, true),
            (&["status"], backlog, Backlog, true),
            (&["created_at"], backlog, Backlog, false),
            (&["status"], "(status = 'pending'::text)", Backlog, false),
            (&["finished_at"], "(status = 'failed'::text)", Failed, true),
            (&["status", "finished_at"], "", Failed, true),
            (&["finished_at"], "", Failed, false),
            (
                &["status", "finished_at"],
                "(status = 'completed'::text)",
                Failed,
                false,
            ),
            (&["finished_at"], "", LastFinished, true),
            (
                &["finished_at"],
                "(status = 'completed'::text)",
                LastFinished,
                false,
            ),
            (
                &["worker_name", "finished_at"],
                "(finished_at IS NOT NULL)",
                WorkerFinished,
                true,
            ),
            (&["worker_name"], "", WorkerFinished, false),
            (
                &["job_type"],
                "(status = 'pending'::text)",
                PendingType,
                true,
            ),
            (
                &["job_type"],
                "(status = 'paused'::text)",
                PendingType,
                false,
            ),
            (&["job_type"], "", PendingType, false),
            (&["status", "job_type"], "", PendingType, true),
        ] {
            let queue = with(vec![index(columns, predicate)]);
            assert_eq!(
                queue.serves(question),
                expected,
                "{columns:?} {predicate} {question:?}"
            );
        }
        // One index for each state is as good as one for all.
        let each = ["pending", "paused", "processing"]
            .map(|word| index(&["created_at"], &format!("(status = '{word}'::text)")));
        assert!(with(each.into()).serves(Backlog));
        // What the table has no column for is not asked.
        assert!(with(Vec::new()).serves(QueueQuestion::Due));
    }

    #[test]
    fn an_index_by_worker_serves_only_where_its_predicate_is_asked_for() {
        let over = "(status = ANY (ARRAY['completed'::text, 'failed'::text]))";
        let there = "(finished_at IS NOT NULL)";
        let own = |predicate| with(vec![index(&["worker_name", "finished_at"], predicate)]);
        // Where a job has no time of its own for its end, its state is asked for.
        let changed = |predicate: &str| {
            let mut queue = QueueLayout::of_test(&["status", "worker_name", "updated_at"]);
            queue.states = QueueLayout::ours().states;
            queue.indexes = vec![index(&["worker_name", "updated_at"], predicate)];
            queue
        };
        for (queue, expected) in [
            (own(""), true),
            (own(there), true),
            (own(over), false),
            (changed(""), true),
            (changed(over), true),
            (changed("(updated_at IS NOT NULL)"), false),
        ] {
            assert_eq!(
                queue.serves(QueueQuestion::WorkerFinished),
                expected,
                "{:?}",
                queue.indexes
            );
        }
        let proposed = changed("").proposal(QueueQuestion::WorkerFinished);
        let proposed = proposed.expect("there is one");
        assert!(
            proposed.contains("(\"worker_name\", \"updated_at\") WHERE \"status\" IN ("),
            "{proposed}"
        );
    }

    #[test]
    fn what_is_proposed_would_serve() {
        let queue = with(Vec::new());
        let proposals: Vec<_> = QueueQuestion::ALL
            .iter()
            .filter_map(|question| queue.proposal(*question))
            .collect();
        assert_eq!(
            proposals,
            [
                "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"status\", \"created_at\") \
                 WHERE \"status\" IN ('pending', 'paused', 'processing');",
                "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"finished_at\") WHERE \"status\" = 'failed';",
                "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"finished_at\") \
                 WHERE \"status\" IN ('completed', 'failed');",
                "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"worker_name\", \"finished_at\") \
                 WHERE \"finished_at\" IS NOT NULL;",
                "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"job_type\") WHERE \"status\" = 'pending';",
            ]
        );
    }
}
