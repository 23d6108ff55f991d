//! What a value about the tables of the queue and the heartbeats has to be.

use std::collections::BTreeMap;

use crate::domain::smoke::Relation;
use crate::domain::tables::roles::Role;
use crate::domain::tables::states::JobState;
use crate::settings::values::Mistake;

/// The name of a table or view.
pub(super) fn relation(text: &str) -> Result<Relation, Mistake> {
    Relation::parse(text).ok_or(Mistake::Invalid(
        "it has to be the name of a table, with its schema where that is not public",
    ))
}

/// Columns by what they are, as in `type=kind,due=next_run_at`.
pub(super) fn columns<R: Role>(text: &str) -> Result<BTreeMap<R, String>, Mistake> {
    const REASON: &str =
        "it has to be roles and columns such as type=kind,due=next_run_at, each role once";
    let mut columns = BTreeMap::new();
    for part in text.split(',') {
        let (word, column) = part.split_once('=').ok_or(Mistake::Invalid(REASON))?;
        let column = column.trim();
        let role = R::parse(word.trim()).filter(|_| !column.is_empty());
        let role = role.ok_or(Mistake::Invalid(REASON))?;
        if columns.insert(role, column.to_owned()).is_some() {
            return Err(Mistake::Invalid(REASON));
        }
    }
    Ok(columns)
}

/// Words by the state that they mean, as in `pending=queued|retryable,failed=dead`.
pub(super) fn states(text: &str) -> Result<BTreeMap<JobState, Vec<String>>, Mistake> {
    const REASON: &str = "it has to be states and their words such as pending=queued|retryable,failed=dead, \
                          each state and each word once";
    let mut states: BTreeMap<JobState, Vec<String>> = BTreeMap::new();
    for part in text.split(',') {
        let (state, words) = part.split_once('=').ok_or(Mistake::Invalid(REASON))?;
        let state = JobState::parse(state.trim()).ok_or(Mistake::Invalid(REASON))?;
        for word in words.split('|').map(str::trim) {
            let is_known = states
                .values()
                .any(|known| known.iter().any(|one| one == word));
            if word.is_empty() || is_known {
                return Err(Mistake::Invalid(REASON));
            }
            states.entry(state).or_default().push(word.to_owned());
        }
    }
    Ok(states)
}

/// Yes or no.
pub(super) fn yes_or_no(text: &str) -> Result<bool, Mistake> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Mistake::Invalid("it has to be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tables::JobRole;

    #[test]
    fn columns_are_named_by_their_roles_each_once() {
        let read = columns::<JobRole>("type=kind, due = next_run_at,worker=none");
        let read = read.expect("it is right");
        assert_eq!(read[&JobRole::Due], "next_run_at");
        assert_eq!(read[&JobRole::Worker], "none");
        for wrong in [
            "",
            "type",
            "type=",
            "colour=red",
            "type=a,type=b",
            "type=a,",
        ] {
            assert!(columns::<JobRole>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_means_one_state() {
        let read = states("pending=queued|retryable, failed=dead").expect("it is right");
        assert_eq!(read[&JobState::Pending], ["queued", "retryable"]);
        for wrong in [
            "",
            "pending",
            "pending=",
            "pending=a|a",
            "pending=a,failed=a",
            "blue=a",
        ] {
            assert!(states(wrong).is_err(), "{wrong}");
        }
    }
}
