//! The connections: how many of them are in use, and by whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::activity::{
    CONNECTIONS_CRITICAL, CONNECTIONS_WARNING, Finding, hidden_note, many, span,
};
use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The connections of the whole server, against what it can take.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Connections {
    /// Client connections, of all databases and roles.
    pub used: i64,
    /// `max_connections`, less what is reserved for superusers.
    pub ceiling: i64,
    /// `used` divided by `ceiling`.
    pub ratio: f64,
    /// How many are in each state, as far as it could be seen.
    pub by_state: BTreeMap<String, i64>,
    /// Sessions whose state this role may not see.
    pub hidden: i64,
    /// Who holds them, whoever holds most first; at most 30 are listed. For the reader's or the
    /// operator's token only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub holders: Option<Vec<Holder>>,
    /// Whether more hold some than are listed.
    #[serde(default)]
    #[schema(required = true)]
    pub truncated: bool,
}

/// Sessions of one application, user and client that are in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// The application's name for itself.
    pub application: Option<String>,
    /// The role.
    pub user: Option<String>,
    /// The address of the client; null where it is on the server's own machine.
    pub client: Option<String>,
    /// The state; null where this role may not see it.
    pub state: Option<String>,
    /// How many they are.
    pub sessions: i64,
    /// For how long the oldest of them has been in that state, in seconds.
    pub oldest_seconds: Option<f64>,
    /// The process id of the oldest of them that can be ended from here; null where none can.
    pub oldest_pid: Option<i32>,
    /// When the backend of that one started, as Postgres writes it: with the process id, it names the
    /// session.
    pub oldest_backend_start: Option<String>,
}

impl Connections {
    /// The same, as anybody may see it.
    #[must_use]
    pub fn without_holders(self) -> Self {
        Self {
            holders: None,
            truncated: false,
            ..self
        }
    }
}

impl Holder {
    /// Who it is and what it holds, as a part of a sentence.
    fn told(&self) -> String {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let application = named(&self.application);
        let application = application.unwrap_or_else(|| "an application without a name".to_owned());
        let user = named(&self.user).map_or_else(String::new, |user| format!(" as {user}"));
        let client = named(&self.client).map_or_else(String::new, |from| format!(" from {from}"));
        let state = named(&self.state).map_or_else(String::new, |state| format!(" {state}"));
        let age = self.oldest_seconds.map_or_else(String::new, |seconds| {
            format!(", the oldest for {}", span(seconds.max(0.0)))
        });
        format!(
            "{} {} held by {application}{user}{client}{state}{age}",
            self.sessions,
            many(self.sessions, "is", "are")
        )
    }
}

/// Judges the connections. From a warning on the sentence says who holds most of them, where that is
/// known.
#[must_use]
pub fn judge_connections(mut facts: Connections) -> Finding<Connections> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share for people to read, of two small numbers"
    )]
    let ratio = if facts.ceiling > 0 {
        facts.used as f64 / facts.ceiling as f64
    } else {
        1.0
    };
    facts.ratio = (ratio * 1000.0).round() / 1000.0;
    let filled = if ratio >= CONNECTIONS_CRITICAL {
        Verdict::Critical
    } else if ratio >= CONNECTIONS_WARNING {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    let largest = facts.holders.iter().flatten().next();
    let largest = largest.filter(|_| filled > Verdict::Ok);
    let summary = format!(
        "{} of {} connections in use{}{}",
        facts.used,
        facts.ceiling,
        largest.map_or_else(String::new, |holder| format!("; {}", holder.told())),
        hidden_note(facts.hidden)
    );
    let verdict = if facts.hidden > 0 {
        filled.max(Verdict::Unknown)
    } else {
        filled
    };
    let advice = match (filled, facts.hidden) {
        (Verdict::Ok, _) => "For what is hidden: GRANT pg_read_all_stats",
        (_, 0) => "dragonfly-ops pg connections: who holds them, and how one is ended",
        (_, _) => {
            "dragonfly-ops pg connections: who holds them; for what is hidden: GRANT pg_read_all_stats"
        }
    };
    let check = Check::new("connections.used", verdict, summary).advice(advice);
    // Whoever logs in now is turned away with it.
    let check = match facts.used >= facts.ceiling {
        true => check.code(Code::DbPoolExhausted),
        false => check,
    };
    Finding::of_one(check, facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(application: &str, sessions: i64) -> Holder {
        Holder {
            application: Some(application.to_owned()),
            user: Some("app".to_owned()),
            client: Some("10.0.0.7".to_owned()),
            state: Some("idle".to_owned()),
            sessions,
            oldest_seconds: Some(7_300.0),
            oldest_pid: Some(7),
            oldest_backend_start: None,
        }
    }

    fn connections(used: i64) -> Connections {
        Connections {
            used,
            ceiling: 100,
            holders: Some(vec![holder("intake", 60), holder("web", 20)]),
            truncated: true,
            ..Connections::default()
        }
    }

    #[test]
    fn the_largest_holder_is_named_from_a_warning_on_and_to_nobody_without_a_token() {
        let well = judge_connections(connections(79));
        assert_eq!(well.summary, "79 of 100 connections in use.");
        for (used, verdict) in [(80, Verdict::Warning), (95, Verdict::Critical)] {
            let found = judge_connections(connections(used));
            assert_eq!(found.verdict, verdict);
            let said = format!(
                "{used} of 100 connections in use; 60 are held by intake as app from 10.0.0.7 idle, the oldest for 2 h."
            );
            assert_eq!((&found.summary, &found.checks[0].summary), (&said, &said));
            let public = judge_connections(found.facts.without_holders());
            let said = format!("{used} of 100 connections in use.");
            assert_eq!((&public.summary, public.verdict), (&said, verdict));
            let json = serde_json::json!(public.facts);
            assert!(json.get("holders").is_none() && json["truncated"] == false);
        }
    }

    #[test]
    fn where_none_is_left_it_is_what_a_login_is_turned_away_with() {
        for (used, code) in [(99, None), (100, Some(Code::DbPoolExhausted))] {
            let found = judge_connections(connections(used));
            let found = (found.verdict, found.checks[0].code);
            assert_eq!(found, (Verdict::Critical, code), "{used}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_holder_is_left_out() {
        let mut facts = connections(96);
        facts.hidden = 60;
        facts.holders = Some(vec![Holder {
            application: Some(String::new()),
            client: None,
            state: None,
            oldest_seconds: None,
            ..holder("", 60)
        }]);
        let found = judge_connections(facts);
        assert_eq!(found.verdict, Verdict::Critical);
        assert!(
            found.summary.starts_with(
                "96 of 100 connections in use; 60 are held by an application without a name as app; 60 sessions \
                 could not be seen"
            ),
            "{}",
            found.summary
        );
    }
}
