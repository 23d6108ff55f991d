//! Lock trees: from "who waits for whom" to "who must be ended so that the others can go on".
//!
//! # Design notes
//!
//! The server knows the edges (`pg_blocking_pids`); the shape above them is computed here, where it
//! can be tested without a server. The graph is not a tree in general: a session may wait for
//! several others, and a deadlock that has not been detected yet is a cycle. A root is a session
//! that blocks and does not wait; in a cycle without any, the lowest process id stands for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::session::SessionIdentity;

/// The process id that Postgres reports for a prepared transaction: there is no session to end.
pub(crate) const PREPARED_TRANSACTION: i32 = 0;

/// One session waits for another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LockEdge {
    /// The session that waits.
    pub waiting_pid: i32,
    /// The session it waits for; 0 is a prepared transaction.
    pub blocking_pid: i32,
    /// For how long it has waited, in seconds.
    pub wait_seconds: Option<f64>,
    /// What kind of thing is locked, such as `relation` or `transactionid`.
    pub lock_type: Option<String>,
    /// The mode that is asked for.
    pub mode: Option<String>,
    /// The table that is locked, where it is one of this database.
    pub relation: Option<String>,
}

/// What is known of a session that takes part.
#[derive(Debug, Clone, Default)]
pub struct LockSession {
    /// Its state, where the role may see it.
    pub state: Option<String>,
    /// When its backend started, where the role may see it.
    pub backend_start: Option<String>,
    /// For how long its transaction has been open, in seconds, where the role may see it.
    pub transaction_seconds: Option<f64>,
    /// Who it is and what it runs.
    pub identity: Option<SessionIdentity>,
}

/// What others wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RootKind {
    /// A session.
    Session,
    /// A prepared transaction: there is no session to end.
    PreparedTransaction,
    /// Sessions that wait for each other in a ring.
    Cycle,
}

impl RootKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::PreparedTransaction => "prepared_transaction",
            Self::Cycle => "cycle",
        }
    }
}

/// A session that others wait for and that waits for nobody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RootBlocker {
    /// Its process id; 0 is a prepared transaction.
    pub pid: i32,
    /// `session`, `prepared_transaction`, or `cycle` where sessions wait for each other in a ring.
    pub kind: RootKind,
    /// How many sessions wait behind it, directly or through others.
    pub waiting: usize,
    /// The longest wait behind it, in seconds.
    pub longest_wait_seconds: Option<f64>,
    /// The sessions that wait behind it.
    pub waiting_pids: Vec<i32>,
    /// Its state, where the role may see it.
    pub state: Option<String>,
    /// When its backend started, as Postgres writes it, where the role may see it: with the process
    /// id, it names the session.
    pub backend_start: Option<String>,
    /// For how long its transaction has been open, in seconds, where the role may see it.
    pub transaction_seconds: Option<f64>,
    /// Who it is and what it runs: for the reader's or the operator's token only.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub identity: Option<SessionIdentity>,
}

/// All who wait for locks, and behind whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct LockForest {
    /// How many sessions wait.
    pub waiting: usize,
    /// The longest wait, in seconds.
    pub longest_wait_seconds: Option<f64>,
    /// The root blockers, the one with the most sessions behind it first.
    pub roots: Vec<RootBlocker>,
    /// Each "waits for", as the server reports it.
    pub edges: Vec<LockEdge>,
    /// Whether more sessions wait than are listed.
    pub truncated: bool,
}

impl LockForest {
    /// Builds the forest from its edges.
    #[must_use]
    pub fn grow(
        edges: Vec<LockEdge>,
        sessions: &BTreeMap<i32, LockSession>,
        truncated: bool,
    ) -> Self {
        let mut waiters_of: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
        let mut wait_of: BTreeMap<i32, f64> = BTreeMap::new();
        for edge in &edges {
            waiters_of
                .entry(edge.blocking_pid)
                .or_default()
                .insert(edge.waiting_pid);
            let wait = wait_of.entry(edge.waiting_pid).or_insert(0.0);
            *wait = wait.max(edge.wait_seconds.unwrap_or(0.0));
        }
        let mut reached = BTreeSet::new();
        let mut roots = Vec::new();
        let starts: Vec<i32> = waiters_of
            .keys()
            .copied()
            .filter(|pid| !wait_of.contains_key(pid))
            .collect();
        for pid in starts {
            let kind = if pid == PREPARED_TRANSACTION {
                RootKind::PreparedTransaction
            } else {
                RootKind::Session
            };
            roots.push(root(
                pid,
                kind,
                behind(pid, &waiters_of),
                &wait_of,
                sessions,
                &mut reached,
            ));
        }
        // Whoever is left waits in a ring, or behind one. Each pass takes one ring and all that is
        // behind it; a member of a ring reaches itself.
        while let Some(pid) = wait_of
            .keys()
            .copied()
            .find(|pid| !reached.contains(pid) && behind(*pid, &waiters_of).contains(pid))
        {
            roots.push(root(
                pid,
                RootKind::Cycle,
                behind(pid, &waiters_of),
                &wait_of,
                sessions,
                &mut reached,
            ));
        }
        roots.sort_by(|a, b| b.waiting.cmp(&a.waiting).then(a.pid.cmp(&b.pid)));
        Self {
            waiting: wait_of.len(),
            longest_wait_seconds: wait_of.values().copied().reduce(f64::max),
            roots,
            edges,
            truncated,
        }
    }
}

/// All who wait for `pid`, directly or through others. Holds `pid` itself if it is part of a ring.
fn behind(pid: i32, waiters_of: &BTreeMap<i32, BTreeSet<i32>>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut open = vec![pid];
    while let Some(next) = open.pop() {
        for waiter in waiters_of.get(&next).into_iter().flatten() {
            if found.insert(*waiter) {
                open.push(*waiter);
            }
        }
    }
    found
}

fn root(
    pid: i32,
    kind: RootKind,
    behind: BTreeSet<i32>,
    wait_of: &BTreeMap<i32, f64>,
    sessions: &BTreeMap<i32, LockSession>,
    reached: &mut BTreeSet<i32>,
) -> RootBlocker {
    reached.extend(&behind);
    let session = sessions.get(&pid).cloned().unwrap_or_default();
    RootBlocker {
        pid,
        kind,
        waiting: behind.len(),
        longest_wait_seconds: behind
            .iter()
            .filter_map(|pid| wait_of.get(pid))
            .copied()
            .reduce(f64::max),
        waiting_pids: behind.into_iter().collect(),
        state: session.state,
        backend_start: session.backend_start,
        transaction_seconds: session.transaction_seconds,
        identity: session.identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(edges: &[(i32, i32, f64)]) -> Vec<(i32, &'static str, Vec<i32>, f64)> {
        let edges = edges
            .iter()
            .map(|&(waiting_pid, blocking_pid, wait)| LockEdge {
                waiting_pid,
                blocking_pid,
                wait_seconds: Some(wait),
                lock_type: None,
                mode: None,
                relation: None,
            })
            .collect();
        LockForest::grow(edges, &BTreeMap::new(), false)
            .roots
            .into_iter()
            .map(|root| {
                (
                    root.pid,
                    root.kind.as_str(),
                    root.waiting_pids,
                    root.longest_wait_seconds.unwrap_or(-1.0),
                )
            })
            .collect()
    }

    #[test]
    fn nobody_waits() {
        assert!(grow(&[]).is_empty());
    }

    #[test]
    fn a_chain_has_one_root() {
        assert_eq!(
            grow(&[(2, 1, 5.0), (3, 2, 9.0)]),
            [(1, "session", vec![2, 3], 9.0)]
        );
    }

    #[test]
    fn two_roots_share_a_waiter() {
        assert_eq!(
            grow(&[(3, 1, 5.0), (3, 2, 5.0), (4, 2, 1.0)]),
            [
                (2, "session", vec![3, 4], 5.0),
                (1, "session", vec![3], 5.0)
            ]
        );
    }

    #[test]
    fn a_prepared_transaction_is_a_root_without_a_session() {
        assert_eq!(
            grow(&[(7, 0, 2.0)]),
            [(0, "prepared_transaction", vec![7], 2.0)]
        );
    }

    #[test]
    fn a_ring_is_named_by_its_lowest_member_even_with_a_tail() {
        assert_eq!(
            grow(&[(5, 6, 1.0), (6, 5, 2.0), (4, 6, 3.0)]),
            [(5, "cycle", vec![4, 5, 6], 3.0)]
        );
    }

    #[test]
    fn roots_of_the_same_size_go_by_their_ids_and_rings_apart_stay_apart() {
        assert_eq!(
            grow(&[(9, 4, 1.0), (8, 3, 2.0)]),
            [(3, "session", vec![8], 2.0), (4, "session", vec![9], 1.0)]
        );
        let rings = [
            (1, 2, 1.0),
            (2, 1, 1.0),
            (7, 8, 1.0),
            (8, 7, 1.0),
            (9, 7, 4.0),
        ];
        assert_eq!(
            grow(&rings),
            [
                (7, "cycle", vec![7, 8, 9], 4.0),
                (1, "cycle", vec![1, 2], 1.0)
            ]
        );
    }

    #[test]
    fn what_is_known_of_a_root_and_of_all_is_kept() {
        let edge = |waiting_pid, blocking_pid, wait_seconds| LockEdge {
            waiting_pid,
            blocking_pid,
            wait_seconds,
            lock_type: Some("relation".to_owned()),
            mode: None,
            relation: None,
        };
        // One session waits for two, and of one it is not known since when.
        let edges = vec![
            edge(3, 1, Some(7.0)),
            edge(3, 2, Some(5.0)),
            edge(4, 2, None),
        ];
        let session = LockSession {
            state: Some("idle in transaction".to_owned()),
            backend_start: Some("2026-11-24 10:00:00+00".to_owned()),
            transaction_seconds: Some(8.0),
            identity: None,
        };
        let sessions = BTreeMap::from([(2, session)]);
        let forest = LockForest::grow(edges.clone(), &sessions, true);
        assert_eq!((forest.waiting, forest.truncated), (2, true));
        assert_eq!(forest.longest_wait_seconds, Some(7.0));
        assert_eq!(forest.edges, edges);
        let root = &forest.roots[0];
        assert_eq!((root.pid, root.waiting), (2, 2));
        assert_eq!(root.longest_wait_seconds, Some(7.0));
        assert_eq!(root.state.as_deref(), Some("idle in transaction"));
        assert_eq!(
            root.backend_start.as_deref(),
            Some("2026-11-24 10:00:00+00")
        );
        assert_eq!(root.transaction_seconds, Some(8.0));
        let unknown = &forest.roots[1];
        assert_eq!((unknown.pid, unknown.state.as_deref()), (1, None));
        let nobody = LockForest::grow(Vec::new(), &sessions, false);
        assert_eq!((nobody.waiting, nobody.truncated), (0, false));
        assert_eq!(nobody.longest_wait_seconds, None);
    }
}
