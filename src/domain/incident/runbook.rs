//! What incidents have taught about codes: suggestions for the runbook, shown beside each code from then on.
//!
//! # Design notes
//!
//! A suggestion is an entry of its incident, and so is that it is withdrawn. Both are added up apart from how the
//! incident stands: an incident that nobody spoke of for a month is forgotten here, and what it has taught is not. The
//! order in which they come does not matter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Entry, What};
use super::name::Name;
use crate::domain::rfc3339;
use crate::domain::taxonomy::Code;

/// So many are shown beside a code.
const MOST_SHOWN: usize = 10;

/// All suggestions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Runbook {
    /// Each by the id of its entry.
    suggestions: BTreeMap<String, Suggestion>,
    /// What was withdrawn, by the id of the entry that says so.
    withdrawn: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Suggestion {
    code: Code,
    shown: ShownSuggestion,
}

/// What somebody suggests for the runbook of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownSuggestion {
    /// That of its entry.
    pub id: String,
    /// The code that it is for, such as DFE-DB-002.
    #[schema(value_type = Code)]
    pub code: String,
    /// The incident that has taught it.
    #[schema(value_type = String)]
    pub incident: Name,
    /// When it was written.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who suggests it.
    pub who: String,
    /// What.
    pub text: String,
}

impl Runbook {
    /// Takes an entry in; one that suggests nothing changes nothing.
    pub(super) fn take(&mut self, entry: &Entry) {
        match (&entry.what, &entry.incident) {
            // One for a code of a newer version is shown by that.
            (
                What::RunbookSuggested {
                    code: Some(code),
                    text,
                },
                Some(incident),
            ) => {
                let shown = ShownSuggestion {
                    id: entry.id.clone(),
                    code: code.id().to_owned(),
                    incident: incident.clone(),
                    at: entry.at,
                    who: entry.who.clone(),
                    text: text.clone(),
                };
                let suggestion = Suggestion { code: *code, shown };
                self.suggestions.insert(entry.id.clone(), suggestion);
            }
            (What::RunbookWithdrawn { suggestion }, _) => {
                self.withdrawn.insert(entry.id.clone(), suggestion.clone());
            }
            _ => {}
        }
    }

    /// Forgets what an entry said: of two with one id another one counts.
    pub(super) fn forget(&mut self, id: &str) {
        self.suggestions.remove(id);
        self.withdrawn.remove(id);
    }

    /// What is suggested for a code, the newest first.
    #[must_use]
    pub fn of(&self, code: Code) -> Vec<ShownSuggestion> {
        let mut all = self.standing(|one| one.code == code);
        all.truncate(MOST_SHOWN);
        all
    }

    /// What an incident has taught, the newest first.
    pub(super) fn of_incident(&self, is_it: impl Fn(&Name) -> bool) -> Vec<ShownSuggestion> {
        self.standing(|one| is_it(&one.shown.incident))
    }

    /// Whether it stands, and is not withdrawn.
    pub(super) fn has(&self, suggestion: &str) -> bool {
        !self.standing(|one| one.shown.id == suggestion).is_empty()
    }

    fn standing(&self, is_meant: impl Fn(&Suggestion) -> bool) -> Vec<ShownSuggestion> {
        let withdrawn: BTreeSet<_> = self.withdrawn.values().collect();
        let all = self.suggestions.values().filter(|one| is_meant(one));
        let all = all.map(|one| one.shown.clone());
        let mut all: Vec<_> = all.filter(|one| !withdrawn.contains(&one.id)).collect();
        all.sort_by_key(|one| Reverse((one.at, one.id.clone())));
        all
    }
}
