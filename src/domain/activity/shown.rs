//! What is shown of the report to whom.

use crate::domain::access::Role;
use crate::domain::activity::{Activity, judge_connections};

impl Activity {
    /// The report as `role` may see it: to anybody without who runs what, and why pauses were ordered.
    #[must_use]
    pub fn shown_to(mut self, role: Role) -> Self {
        if role > Role::Anybody {
            return self;
        }
        // The sentence about the connections names who holds most of them: to anybody it is made of
        // what anybody may see.
        self.connections = self
            .connections
            .map(|finding| judge_connections(finding.facts.without_holders()));
        if let Ok(queue) = &mut self.queue {
            let pauses = queue.facts.pauses.iter_mut();
            pauses.for_each(|pause| pause.order = None);
        }
        if let Ok(long) = &mut self.long_running {
            let sessions = long.facts.active.iter_mut();
            let sessions = sessions.chain(&mut long.facts.idle_in_transaction);
            sessions.for_each(|session| session.identity = None);
        }
        if let Ok(locks) = &mut self.locks {
            let roots = locks.facts.roots.iter_mut();
            roots.for_each(|root| root.identity = None);
        }
        self
    }
}
