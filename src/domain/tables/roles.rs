//! What a column can be, and the names that are in use for it.

/// What a column of the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobRole {
    /// What names the job, of any type.
    Id,
    /// What is to be done.
    Type,
    /// Where it stands: text, an enum, a number whose meanings are said, or a domain of either.
    State,
    /// When it was added.
    Created,
    /// From when on it may be claimed; null: at once.
    Due,
    /// When it was claimed last.
    Started,
    /// When it was completed or failed.
    Finished,
    /// When it failed, where that stands apart.
    Failed,
    /// When its row was last changed: of a finished job, when it was finished.
    Updated,
    /// Who claimed it last.
    Worker,
}

/// What a column of the heartbeats is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeartbeatRole {
    /// What names the worker: for good, or for one start of its process.
    Name,
    /// What kind of worker it is: several do the same, and stand in for each other.
    Kind,
    /// When it last said that it lives.
    Beat,
    /// When its process started.
    Started,
    /// What it says of itself.
    State,
    /// How many jobs it has processed.
    Processed,
    /// How many of them failed.
    Errors,
}

/// What a column has to be able to hold, to play a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Whatever can be written as text.
    Anything,
    /// A point in time.
    Time,
    /// A number.
    Number,
}

/// Something that a column of a table can be.
pub(crate) trait Role: Copy + Ord + 'static {
    /// The variable that says which column it is.
    const VARIABLE: &'static str;
    /// All of them.
    const ALL: &'static [Self];

    /// Its name in that variable.
    fn word(self) -> &'static str;
    /// What its column holds.
    fn holds(self) -> Holds;
    /// The names in use, the first that fits counts.
    fn synonyms(self) -> &'static [&'static str];

    /// The role of this name.
    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == word)
    }
}

/// One row per role: its name, what it holds, the names in use.
macro_rules! roles {
    ($type:ident of $variable:literal: $($role:ident $word:literal $holds:ident [$($synonym:literal),+];)+) => {
        impl Role for $type {
            const VARIABLE: &'static str = $variable;
            const ALL: &'static [Self] = &[$(Self::$role),+];

            fn word(self) -> &'static str {
                match self { $(Self::$role => $word),+ }
            }

            fn holds(self) -> Holds {
                match self { $(Self::$role => Holds::$holds),+ }
            }

            fn synonyms(self) -> &'static [&'static str] {
                match self { $(Self::$role => &[$($synonym),+]),+ }
            }
        }
    };
}

roles! { JobRole of "QUEUE_COLUMNS":
    Id       "id"       Anything ["id", "job_id", "uuid"];
    Type     "type"     Anything ["job_type", "kind", "type", "job_kind", "job_name", "task", "task_name", "queue_name", "queue"];
    State    "state"    Anything ["status", "state", "job_status", "job_state"];
    Created  "created"  Time     ["created_at", "enqueued_at", "queued_at", "inserted_at", "submitted_at", "added_at", "created"];
    Due      "due"      Time     ["next_run_at", "run_at", "scheduled_at", "scheduled_for", "available_at", "due_at", "not_before", "visible_at", "next_attempt_at", "next_retry_at", "execute_at", "run_after", "process_after"];
    Started  "started"  Time     ["started_at", "locked_at", "claimed_at", "attempted_at", "picked_at", "processing_started_at", "reserved_at"];
    Finished "finished" Time     ["finished_at", "ended_at", "done_at", "completed_at", "processed_at"];
    Failed   "failed"   Time     ["failed_at", "errored_at"];
    Updated  "updated"  Time     ["updated_at", "modified_at", "last_updated_at", "updated"];
    Worker   "worker"   Anything ["worker_name", "worker_id", "locked_by", "claimed_by", "worker", "picked_by", "reserved_by", "owner"];
}

roles! { HeartbeatRole of "HEARTBEAT_COLUMNS":
    Name      "name"      Anything ["worker_name", "worker_id", "name", "worker", "instance_id", "id"];
    Kind      "kind"      Anything ["worker_type", "worker_kind", "kind", "type"];
    Beat      "beat"      Time     ["last_heartbeat", "last_heartbeat_at", "last_seen_at", "last_seen", "heartbeat_at", "last_beat_at", "last_ping_at", "beat_at"];
    Started   "started"   Time     ["started_at", "process_started_at", "booted_at", "start_time"];
    State     "state"     Anything ["status", "state"];
    Processed "processed" Number   ["jobs_processed", "processed_count", "processed", "jobs_completed", "job_count"];
    Errors    "errors"    Number   ["error_count", "jobs_failed", "errors", "failed_count", "failure_count", "failed"];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds_together<R: Role + std::fmt::Debug>() {
        let mut names: Vec<_> = R::ALL.iter().flat_map(|role| role.synonyms()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name stands for two roles");
        for role in R::ALL {
            assert_eq!(R::parse(role.word()), Some(*role));
        }
        assert_eq!(R::parse("nonsense"), None);
    }

    #[test]
    fn a_name_stands_for_one_role_and_a_word_finds_its_role() {
        holds_together::<JobRole>();
        holds_together::<HeartbeatRole>();
    }
}
