//! What the silence of one dependency means, by what was seen of the other meanwhile.
//!
//! # Design notes
//!
//! A hang has no words of its own: whoever waits sees nothing but that nobody answers. But there are two
//! ways to the same database, one through the pooler and one through REST, and a session that reads the
//! locks. What they saw in the same seconds tells the server, the pooler, the network and a lock apart,
//! and each wants something else to be done. Looking for the statements that run is no advice where the
//! server answers nobody: that look would hang, too.

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::locks::LockForest;
use crate::domain::taxonomy::Code;

/// What was seen of somebody else who stands on the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Other {
    /// It answers.
    Answers,
    /// It is silent, or says that it fails.
    Fails,
    /// Nobody has looked, or not long enough.
    #[default]
    Unknown,
}

/// Sessions that wait for a table, and who keeps them waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockedTable {
    /// The table.
    pub(crate) relation: String,
    /// How many wait behind the root blocker.
    pub(crate) waiting: usize,
    /// Its process id; 0 is a prepared transaction.
    pub(crate) root: i32,
}

/// What was seen while REST was silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SeenOfDatabase {
    /// Whether the database answers.
    pub(crate) database: Other,
    /// The lock that is in the way, where one was seen.
    pub(crate) lock: Option<LockedTable>,
    /// Whether that was read after REST was asked.
    pub(crate) is_current: bool,
}

impl LockedTable {
    /// Who keeps others from a table, by the lock trees: the root that most wait behind of those who wait
    /// for it.
    pub(crate) fn find(forest: &LockForest, table: &str) -> Option<Self> {
        let is_meant = |relation: &str| {
            relation == table
                || relation
                    .rsplit_once('.')
                    .is_some_and(|(_, name)| name == table)
        };
        forest.roots.iter().find_map(|root| {
            let edge = forest.edges.iter().find(|edge| {
                let is_behind = root.waiting_pids.contains(&edge.waiting_pid);
                is_behind && edge.relation.as_deref().is_some_and(is_meant)
            })?;
            Some(Self {
                relation: edge.relation.clone()?,
                waiting: root.waiting,
                root: root.pid,
            })
        })
    }
}

/// Says of a database that did not answer in time what to look at first; `is_pooled`: whether a pooler
/// stands in between.
pub(crate) fn explain_database(fault: Fault, is_pooled: bool, rest: Other) -> Fault {
    let is_login = match fault.kind {
        Some(FaultKind::LoginUnanswered) => true,
        Some(FaultKind::StatementUnanswered) => false,
        // What there is to look at is the way there, and it says so.
        _ => return fault,
    };
    let first_check = match (rest, is_pooled, is_login) {
        (Other::Answers, true, true) => {
            "The pooler: it accepts and lets nobody in, while REST reaches the same database. Its pool and its \
             logs in Supabase's dashboard; DATABASE_DIRECT_URL goes around it"
        }
        (Other::Answers, true, false) => {
            "The pooler: it lets in and passes no statement on, while REST reaches the same database. Its pool and \
             its logs in Supabase's dashboard; DATABASE_DIRECT_URL goes around it"
        }
        (Other::Answers, false, true) => {
            "The login alone: REST still reaches the database over connections that it has. Whether slots are left \
             (pg connections --via an instance that runs), and pg_hba or the provider's limits"
        }
        (Other::Answers, false, false) => {
            "The network path of this connection: REST reaches the same database. The next check opens a new one"
        }
        (Other::Fails, _, _) => {
            "The server itself: REST does not reach it either, and pg long or pg locks would hang, too. Its CPU, memory \
             and disk in Supabase's dashboard and status.supabase.com; then restart the database there"
        }
        (Other::Unknown, true, _) => {
            "Whether /api/health/supabase answers: then the pooler hangs, else the server; pg long would hang, too"
        }
        (Other::Unknown, false, _) => {
            "Whether /api/health/supabase answers: then it is this way to the server, else the server; pg long would \
             hang, too"
        }
    };
    fault.check_first(first_check)
}

/// Says of REST that did not answer in time what to look at first.
pub(crate) fn explain_rest(fault: Fault, seen: &SeenOfDatabase) -> Fault {
    if fault.code != Code::NetTimeout {
        return fault;
    }
    match (&seen.lock, seen.database) {
        (Some(lock), _) => {
            let LockedTable {
                relation,
                waiting,
                root,
            } = lock;
            let sessions = if *waiting == 1 { "session waits" } else { "sessions wait" };
            let root = match root {
                0 => "a prepared transaction".to_owned(),
                pid => format!("the session {pid}"),
            };
            let detail = format!(
                "{} The database answers, and {waiting} {sessions} for a lock on {relation} behind {root}.",
                fault.detail
            );
            Fault {
                detail: detail.into(),
                ..fault
            }
            .check_first("dragonfly-ops pg locks: who is at the root, and how to end that")
        }
        (None, Other::Answers) if !seen.is_current => fault.check_first(
            "dragonfly-ops pg locks: whether a lock is in the way, which nobody has seen since. Else PostgREST and the \
             gateway: status.supabase.com, and PostgREST's logs in Supabase's dashboard",
        ),
        (None, Other::Answers) => fault.check_first(
            "PostgREST and the gateway: the database answers, and no lock is in their way. status.supabase.com, and \
             PostgREST's logs in Supabase's dashboard",
        ),
        (None, Other::Fails) => {
            fault.check_first("The database, which does not answer either: /api/health/db names the cause")
        }
        (None, Other::Unknown) => fault,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::locks::LockEdge;

    fn edge(waiting_pid: i32, blocking_pid: i32, relation: Option<&str>) -> LockEdge {
        LockEdge {
            waiting_pid,
            blocking_pid,
            wait_seconds: Some(3.0),
            lock_type: None,
            mode: None,
            relation: relation.map(str::to_owned),
        }
    }

    #[test]
    fn a_lock_on_the_table_is_found_with_the_root_of_its_tree() {
        let edges = vec![
            edge(2, 1, Some("public.other")),
            edge(4, 3, Some("public.plaintiffs")),
            edge(5, 4, Some("public.plaintiffs")),
            edge(6, 4, None),
        ];
        let forest = LockForest::grow(edges, &BTreeMap::new(), false);
        let found = LockedTable::find(&forest, "plaintiffs").expect("it is locked");
        assert_eq!(
            (found.relation.as_str(), found.waiting, found.root),
            ("public.plaintiffs", 3, 3)
        );
        assert_eq!(LockedTable::find(&forest, "elsewhere"), None);
        assert_eq!(
            LockedTable::find(&LockForest::default(), "plaintiffs"),
            None
        );
    }

    #[test]
    fn a_silent_database_is_the_server_the_pooler_or_the_way() {
        let (login, statement) = (FaultKind::LoginUnanswered, FaultKind::StatementUnanswered);
        let silent = || Fault::new(Code::DbTimeout, "silent").check_first("before");
        for (kind, is_pooled, rest, expected) in [
            (login, true, Other::Answers, "The pooler: it accepts"),
            (statement, true, Other::Answers, "The pooler: it lets in"),
            (login, false, Other::Answers, "The login alone"),
            (statement, false, Other::Answers, "The network path"),
            (statement, true, Other::Fails, "The server itself"),
            (login, false, Other::Fails, "The server itself"),
            (
                statement,
                true,
                Other::Unknown,
                "Whether /api/health/supabase answers: then the pooler",
            ),
            (
                login,
                false,
                Other::Unknown,
                "Whether /api/health/supabase answers: then it is this way",
            ),
        ] {
            let found = explain_database(silent().of_kind(kind), is_pooled, rest);
            assert!(
                found.first_check().starts_with(expected),
                "{kind:?} {is_pooled} {rest:?}: {found:?}"
            );
        }
        // The way there is at fault, or a statement of many: that says itself what to look at.
        let other = explain_database(silent(), true, Other::Fails);
        assert_eq!(other.first_check(), "before");
    }

    #[test]
    fn a_silent_rest_is_a_lock_itself_or_the_database() {
        let silent = || Fault::new(Code::NetTimeout, "REST did not answer.");
        let lock = |waiting, root| SeenOfDatabase {
            database: Other::Answers,
            lock: Some(LockedTable {
                relation: "public.plaintiffs".to_owned(),
                waiting,
                root,
            }),
            is_current: true,
        };
        for (seen, detail, first) in [
            (
                lock(2, 77),
                "REST did not answer. The database answers, and 2 sessions wait for a lock on public.plaintiffs behind \
                 the session 77.",
                "dragonfly-ops pg locks",
            ),
            (
                lock(1, 0),
                "REST did not answer. The database answers, and 1 session waits for a lock on public.plaintiffs behind a \
                 prepared transaction.",
                "dragonfly-ops pg locks",
            ),
            (
                SeenOfDatabase {
                    database: Other::Answers,
                    lock: None,
                    is_current: true,
                },
                "REST did not answer.",
                "PostgREST and the gateway",
            ),
            (
                SeenOfDatabase {
                    database: Other::Answers,
                    ..SeenOfDatabase::default()
                },
                "REST did not answer.",
                "dragonfly-ops pg locks: whether a lock is in the way",
            ),
            (
                SeenOfDatabase {
                    database: Other::Fails,
                    ..SeenOfDatabase::default()
                },
                "REST did not answer.",
                "The database, which does not answer",
            ),
            (
                SeenOfDatabase::default(),
                "REST did not answer.",
                "External service",
            ),
        ] {
            let fault = explain_rest(silent(), &seen);
            assert_eq!(fault.detail, detail);
            assert!(
                fault.first_check().starts_with(first),
                "{}",
                fault.first_check()
            );
        }
        let other = Fault::new(Code::NetRefused, "refused");
        assert_eq!(explain_rest(other.clone(), &lock(1, 1)), other);
    }
}
