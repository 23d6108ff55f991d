//! What the statements about the queue and the heartbeats are filled with.
//!
//! # Design notes
//!
//! A file says `:job_due`, as psql does for its variables, where it means the column that is one. What
//! is filled in is a column of a layout, quoted, or a null of its type where the table has none: the
//! planner folds that away, so one file serves every shape. The alias of the queue is `q`, that of the
//! heartbeats `h`, that of what is held `b`.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::adapters::postgres::connection::APPLICATION;
use crate::domain::activity::{
    FAILED_WITHIN, IDLE_AFTER, LISTED_FOR, LISTED_TYPES, LONG_AFTER, REMEMBERED, STOPPED_WORDS,
    STUCK_AFTER,
};
use crate::domain::pause::{COUNTED, HoldBy, LISTED as LISTED_PAUSES};
use crate::domain::tables::{
    ColumnFacts, ColumnType, HeartbeatLayout, HeartbeatRole, JobRole, JobState, QueueLayout,
};

/// How many workers and waiting sessions are listed.
pub(super) const LISTED: usize = 200;
/// How many long-running sessions are listed.
pub(super) const LISTED_LONG: usize = 50;
/// How many holders of connections are listed.
pub(super) const LISTED_HOLDERS: usize = 30;

/// Names of a file and what stands for them.
#[derive(Debug, Clone, Default)]
pub(super) struct Filling(BTreeMap<&'static str, String>);

impl Filling {
    /// The numbers that stand in `domain`. Of lists one row more is asked for than is shown, to know
    /// whether there is one.
    pub(super) fn numbers() -> Self {
        let numbers: [(&'static str, &dyn Display); 12] = [
            ("stuck_after", &STUCK_AFTER),
            ("idle_after", &IDLE_AFTER),
            ("long_after", &LONG_AFTER),
            ("failed_within", &FAILED_WITHIN),
            ("listed_for", &LISTED_FOR),
            ("counted", &(COUNTED + 1)),
            ("listed_pauses", &(LISTED_PAUSES + 1)),
            ("listed_types", &(LISTED_TYPES + 1)),
            ("remembered", &REMEMBERED),
            ("listed_long", &(LISTED_LONG + 1)),
            ("listed_holders", &(LISTED_HOLDERS + 1)),
            ("listed", &(LISTED + 1)),
        ];
        let mut filling = Self(
            numbers
                .map(|(name, value)| (name, value.to_string()))
                .into(),
        );
        filling.set("stopped_words", list(STOPPED_WORDS));
        filling.set("own_application", literal(APPLICATION));
        filling
    }

    /// One more name.
    pub(super) fn set(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.insert(name, text.into());
    }

    /// The same with one more name.
    pub(super) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.set(name, text);
        self
    }

    /// What the columns of the heartbeats are.
    pub(super) fn heartbeats(mut self, layout: &HeartbeatLayout) -> Self {
        use HeartbeatRole as Role;
        let column = |role, kind| or_null("h", layout.roles.get(role), kind);
        self.set("heartbeats", layout.table.quoted());
        self.set("worker_name", column(Role::Name, "text"));
        self.set("worker_kind", column(Role::Kind, "text"));
        self.set("worker_state", column(Role::State, "text"));
        self.set("worker_beat", column(Role::Beat, "timestamptz"));
        self.set("worker_started", column(Role::Started, "timestamptz"));
        self.set("worker_processed", column(Role::Processed, "int8"));
        self.set("worker_errors", column(Role::Errors, "int8"));
        self
    }

    /// What the columns and the states of the queue are.
    pub(super) fn queue(mut self, layout: &QueueLayout) -> Self {
        use JobRole as Role;
        let column = |role, kind| or_null("q", layout.roles.get(role), kind);
        let time = |column| or_null("q", column, "timestamptz");
        let one = |state| is_one_of(layout, "q", &[state]);
        self.set("queue", layout.table.quoted());
        self.set("job_id", column(Role::Id, "text"));
        self.set("job_type", column(Role::Type, "text"));
        self.set("job_state", column(Role::State, "text"));
        self.set("job_worker", column(Role::Worker, "text"));
        self.set("job_created", time(layout.roles.get(Role::Created)));
        self.set("job_due", time(layout.roles.get(Role::Due)));
        self.set("job_started", time(layout.roles.get(Role::Started)));
        self.set("job_finished", time(layout.finished()));
        self.set("job_failed", time(layout.failed()));
        self.set("is_pending", one(JobState::Pending));
        self.set("is_paused", one(JobState::Paused));
        self.set("is_processing", one(JobState::Processing));
        self.set("is_failed", one(JobState::Failed));
        let over = [JobState::Completed, JobState::Failed];
        self.set("is_finished", is_one_of(layout, "q", &over));
        let backlog = [JobState::Pending, JobState::Paused, JobState::Processing];
        self.set("is_backlog", is_one_of(layout, "q", &backlog));
        // The last change of a job is its end only where it has come to one.
        let has_own = layout.roles.get(Role::Finished).is_some();
        let has_finished = match layout.finished() {
            Some(finished) if has_own => format!("q.{} IS NOT NULL", finished.quoted()),
            Some(_) | None => is_one_of(layout, "q", &over),
        };
        self.set("has_finished", has_finished);
        self.set("job_type_is_paused", type_is_paused(layout));
        self.set("id_cast", cast(layout.roles.get(Role::Id)));
        self.set("worker_cast", cast(layout.roles.get(Role::Worker)));
        self.holding(layout)
    }

    /// How jobs are held, and what of them is.
    fn holding(mut self, layout: &QueueLayout) -> Self {
        let column = |role| layout.roles.get(role).map(ColumnFacts::quoted);
        let due = column(JobRole::Due);
        let state = column(JobRole::State).unwrap_or_default();
        let by = HoldBy::of(layout);
        let is_due = by == Some(HoldBy::Due);
        let waits = |row: &str| {
            let pending = is_one_of(layout, row, &[JobState::Pending]);
            match &due {
                Some(due) => format!("({pending} AND {row}.{due} IS DISTINCT FROM 'infinity')"),
                None => pending,
            }
        };
        let is_held = |row: &str| {
            let paused = is_one_of(layout, row, &[JobState::Paused]);
            match &due {
                Some(due) => format!("({paused} OR {row}.{due} IS NOT DISTINCT FROM 'infinity')"),
                None => paused,
            }
        };
        let paused = is_one_of(layout, "q", &[JobState::Paused]);
        let pending = is_one_of(layout, "q", &[JobState::Pending]);
        self.set("may_be_held", waits("q"));
        self.set(
            "is_held_back",
            match &due {
                Some(due) => format!("({paused} OR ({pending} AND q.{due} = 'infinity'))"),
                None => paused.clone(),
            },
        );
        self.set(
            "is_held",
            match &due {
                Some(due) => {
                    format!("CASE WHEN b.by_due THEN q.{due} = 'infinity' ELSE {paused} END")
                }
                None => format!("(NOT b.by_due AND {paused})"),
            },
        );
        let held_by = |row: &str| match (&due, by) {
            (Some(due), Some(HoldBy::Due)) => format!("{row}.{due} = 'infinity'"),
            _ => is_one_of(layout, row, &[JobState::Paused]),
        };
        self.set("has_been_held", held_by("q"));
        let new_waits = waits("NEW");
        let hold_ends = format!("{} AND NOT {}", is_held("OLD"), is_held("NEW"));
        self.set("new_is_said_to_wait", one_line(&new_waits));
        self.set("hold_is_said_to_end", one_line(&hold_ends));
        self.set("new_may_be_held", new_waits);
        self.set("old_may_be_held", waits("OLD"));
        self.set("was_held", is_held("OLD"));
        self.set("stays_held", is_held("NEW"));
        self.set("holds_by_due", is_due.to_string());
        self.set(
            "set_held",
            match (is_due, &due, layout.paused_word()) {
                (true, Some(due), _) => format!("{due} = 'infinity'"),
                (_, _, word) => format!("{state} = {}", literal(word.unwrap_or("paused"))),
            },
        );
        let kind = layout.roles.get(JobRole::State);
        let restored = format!(
            "t.state::{}",
            kind.map_or("text", |kind| kind.data_type.as_str())
        );
        self.set(
            "set_released",
            match &due {
                Some(due) => format!(
                    "{state} = CASE WHEN t.by_due THEN q.{state} ELSE {restored} END, \
                     {due} = CASE WHEN t.by_due THEN t.due ELSE q.{due} END"
                ),
                None => format!("{state} = {restored}"),
            },
        );
        // A time without a zone is kept as that of UTC, and comes back the same.
        let is_local = layout
            .roles
            .get(JobRole::Due)
            .is_some_and(|due| due.holds == ColumnType::LocalTime);
        let zone = if is_local { " AT TIME ZONE 'UTC'" } else { "" };
        self.set("due_kept", zone);
        self.set("due_restored", zone);
        self.set(
            "new_due",
            due.map_or_else(|| "NULL".to_owned(), |due| format!("NEW.{due}{zone}")),
        );
        let kind = column(JobRole::Type);
        self.set(
            "new_type",
            kind.map_or_else(|| "NULL".to_owned(), |kind| format!("NEW.{kind}")),
        );
        self.set("id_column", column(JobRole::Id).unwrap_or_default());
        self.set("state_column", state);
        self
    }

    /// The same with what stands around the body of a function: nothing that is filled in ends it.
    pub(super) fn with_body_quote(self) -> Self {
        let is_inside = |quote: &String| self.0.values().any(|text| text.contains(quote.as_str()));
        let mut quote = "$body$".to_owned();
        while is_inside(&quote) {
            quote.insert(1, '_');
        }
        self.with("body_quote", quote)
    }

    /// Puts everything in. A name that is not known stays as it is, and the server says so.
    pub(super) fn fill(&self, sql: &str) -> String {
        let mut filled = String::with_capacity(sql.len() * 2);
        let mut rest = sql;
        while let Some(at) = rest.find(':') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            // A cast, which is left alone.
            let is_cast = from.starts_with("::");
            let name = &from[if is_cast { 2 } else { 1 }..];
            let end = name
                .find(|c: char| !c.is_ascii_lowercase() && c != '_')
                .unwrap_or(name.len());
            match self.0.get(&name[..end]).filter(|_| !is_cast) {
                Some(text) => filled.push_str(text),
                None => filled.push_str(&from[..from.len() - name.len() + end]),
            }
            rest = &name[end..];
        }
        filled.push_str(rest);
        filled
    }
}

/// A text as it stands in a comment, which ends with its line.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn or_null(alias: &str, column: Option<&ColumnFacts>, kind: &str) -> String {
    match column {
        Some(column) => format!("{alias}.{}", column.quoted()),
        None => format!("NULL::{kind}"),
    }
}

/// That the state of a row is one of these; false where the table has no word for any.
fn is_one_of(layout: &QueueLayout, row: &str, states: &[JobState]) -> String {
    let Some(state) = layout.roles.get(JobRole::State) else {
        return "false".to_owned();
    };
    let words: Vec<_> = states
        .iter()
        .flat_map(|state| layout.states.of_state(*state))
        // A word that the type does not have is an error, and no row has it.
        .filter(|word| {
            state
                .legal
                .as_ref()
                .is_none_or(|legal| legal.contains(word))
        })
        .map(|word| literal(word))
        .collect();
    let column = format!("{row}.{}", state.compared());
    match words.as_slice() {
        [] => "false".to_owned(),
        [word] => format!("{column} = {word}"),
        words => format!("{column} IN ({})", words.join(", ")),
    }
}

/// That a job is of the type of the pause `p`, so that an index on the type can tell.
fn type_is_paused(layout: &QueueLayout) -> String {
    let Some(kind) = layout.roles.get(JobRole::Type) else {
        return "false".to_owned();
    };
    let column = format!("q.{}", kind.compared());
    match (kind.holds, &kind.legal) {
        (ColumnType::Text, _) => format!("{column} = p.job_type"),
        // What is none of its words would be an error.
        (ColumnType::Enum, Some(legal)) => format!(
            "{column} = CASE WHEN p.job_type IN ({}) THEN p.job_type::{} END",
            list(legal),
            kind.data_type
        ),
        (_, _) => format!("{column}::text = p.job_type"),
    }
}

fn cast(column: Option<&ColumnFacts>) -> String {
    column.map_or_else(String::new, |column| format!("::{}", column.data_type))
}

/// Words as they stand in a list.
pub(super) fn list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<_> = words.iter().map(|word| literal(word.as_ref())).collect();
    words.join(", ")
}

/// A text as it stands in a statement, whatever the session thinks of backslashes.
pub(super) fn literal(text: &str) -> String {
    let is_plain = !text.contains('\\');
    let prefix = if is_plain { "" } else { "E" };
    format!(
        "{prefix}'{}'",
        text.replace('\\', "\\\\").replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_casts_left_alone() {
        let filling = Filling::default()
            .with("job_due", "q.\"due\"")
            .with("int", "no");
        let filled = filling.fill("SELECT :job_due::int8, x::int, :unknown, 'a:b' :job_due");
        assert_eq!(
            filled,
            "SELECT q.\"due\"::int8, x::int, :unknown, 'a:b' q.\"due\""
        );
    }

    #[test]
    fn a_body_and_a_comment_end_where_they_are_meant_to() {
        let filling = Filling::default().with("word", "'$body$; x'");
        let filled = filling
            .with_body_quote()
            .fill("AS :body_quote :word :body_quote");
        assert_eq!(filled, "AS $_body$ '$body$; x' $_body$");
        assert_eq!(one_line("a\r\nb"), "a  b");
    }

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        assert_eq!(literal("a'b"), "'a''b'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(list(&["a", "b"]), "'a', 'b'");
    }
}
