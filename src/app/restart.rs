//! Restarting a service of workers, and waiting until it works again.
//!
//! # Design notes
//!
//! A restart must be possible while the database is down: then it is logged and not on record, and
//! nothing can be said of heartbeats. The cool-down is kept in the audit log, for all replicas, and
//! in this process, for that case.
//!
//! What was asked for is a worker that works, not a process that runs. So the end is a heartbeat of
//! every worker of the service that says that it started after the restart; a heartbeat alone may
//! be the last one of the process that is on its way out.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::adapters::postgres::journal::Journal;
use crate::adapters::postgres::restarts::{self, RestartedWorker, cool_down};
use crate::adapters::railway::{Railway, RailwayDeployment, RailwayService};
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Order, Plan, Progress, Stage, refuse};
use crate::domain::taxonomy::Code;

/// Between two looks at the heartbeats.
const PAUSE: Duration = Duration::from_millis(1_000);
/// Deployments on their way: to restart one would be to interfere with a deploy.
const UNDER_WAY: &[&str] = &[
    "BUILDING",
    "DEPLOYING",
    "INITIALIZING",
    "QUEUED",
    "WAITING",
    "NEEDS_APPROVAL",
];
/// Deployments that are no more.
const GONE: &[&str] = &["REMOVED", "REMOVING", "SKIPPED", "FAILED"];

/// What the wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Return {
    /// Every worker says that it started after the restart.
    Seen,
    /// Every worker beats, and at least one does not say when it started.
    Beating,
    /// Not every worker beats.
    Missing,
    /// No worker is called like the service.
    Nobody,
}

impl Return {
    fn of(workers: &[RestartedWorker]) -> Self {
        if workers.is_empty() {
            Self::Nobody
        } else if workers
            .iter()
            .all(|worker| worker.is_fresh && worker.is_new == Some(true))
        {
            Self::Seen
        } else if workers
            .iter()
            .all(|worker| worker.is_fresh && worker.is_new.is_none())
        {
            Self::Beating
        } else {
            Self::Missing
        }
    }
}

impl Return {
    const fn verified(self) -> Option<bool> {
        match self {
            Self::Seen => Some(true),
            Self::Missing => Some(false),
            Self::Beating | Self::Nobody => None,
        }
    }

    const fn note(self) -> &'static str {
        match self {
            Self::Seen => "Every worker of the service has started anew and beats.",
            Self::Beating => {
                "Every worker of the service beats; they do not say when they started (started_at), so it may be the \
                 old processes."
            }
            Self::Missing => "Not every worker of the service has sent a heartbeat of a new start.",
            Self::Nobody => {
                "No worker is called like the service: nothing can be said of heartbeats."
            }
        }
    }
}

impl App {
    pub(super) async fn plan_restart(
        &self,
        journal: &mut Journal<'_>,
        name: &str,
    ) -> Result<Plan, Fault> {
        let railway = self.railway()?;
        cool_down(journal.since_last().await?)?;
        cool_down(self.restarted.since(name))?;
        let (service, deployment) = find(railway, journal.order(), name).await?;
        let workers = restarts::workers(journal, name, None).await;
        let before = show(&deployment, &workers.unwrap_or_default());
        Ok(Plan::new(before.clone(), before).note(format!(
            "{} would be restarted: the same image, the same variables.",
            service.name
        )))
    }

    /// Restarts a service, where that was begun just now, and waits for its workers. Where it was begun
    /// before, it waits and restarts nothing.
    pub(super) async fn await_workers(
        &self,
        journal: &mut Journal<'_>,
        begun: &Begun,
        name: &str,
    ) -> Result<Progress, Fault> {
        let railway = self.railway()?;
        let deployment = begun.before["deployment"].as_str().unwrap_or_default();
        if !begun.is_replayed {
            let restarted = railway.restart(deployment).await;
            // What got no answer may have begun: then it counts as one that did, and stays open on record.
            let is_open = matches!(&restarted, Err(fault) if fault.code == Code::NetTimeout);
            if restarted.is_ok() || is_open {
                self.restarted.now(name);
            }
            match restarted {
                Ok(()) => {}
                Err(fault) if is_open => return Err(fault),
                Err(fault) => {
                    return Ok(Progress {
                        after: json!({ "code": fault.code, "detail": fault.detail }),
                        verified: None,
                        notes: Vec::new(),
                        stage: Stage::Failed(fault),
                    });
                }
            }
        }
        let Some(row) = begun.row else {
            let after = railway.deployment(deployment).await;
            return Ok(Progress {
                after: after.map_or(Value::Null, |deployment| show(&deployment, &[])),
                verified: None,
                notes: vec![
                    "Railway has begun the restart; whether the workers are back could not be looked at."
                        .to_owned(),
                ],
                stage: Stage::Done,
            });
        };
        let (workers, back) = self.watch(journal, name, row).await;
        let after = match railway.deployment(deployment).await {
            Ok(deployment) => show(&deployment, &workers),
            Err(fault) => json!({ "code": fault.code, "detail": fault.detail }),
        };
        let verified = back.verified();
        Ok(Progress {
            after,
            verified,
            notes: vec![back.note().to_owned()],
            stage: if verified == Some(false) {
                Stage::Open
            } else {
                Stage::Done
            },
        })
    }

    /// Watches the heartbeats until they have come back or the time is over.
    async fn watch(
        &self,
        journal: &mut Journal<'_>,
        name: &str,
        row: i64,
    ) -> (Vec<RestartedWorker>, Return) {
        let timeout = self.settings.restart_timeout;
        let until = Instant::now() + timeout;
        let mut beating_since: Option<Instant> = None;
        loop {
            // While the database is away nothing is known, and that may pass.
            let workers = restarts::workers(journal, name, Some(row)).await;
            let workers = workers.unwrap_or_default();
            let back = Return::of(&workers);
            let now = Instant::now();
            let is_over = match back {
                Return::Seen => true,
                // One heartbeat may be the old process's last; go on for as long as one takes.
                Return::Beating => {
                    let since = *beating_since.get_or_insert(now);
                    now.duration_since(since) > timeout / 5
                }
                Return::Missing | Return::Nobody => false,
            };
            if is_over || now + PAUSE > until {
                return (workers, back);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The service and its deployment, where they may be restarted.
async fn find(
    railway: &Railway,
    order: &Order,
    name: &str,
) -> Result<(RailwayService, RailwayDeployment), Fault> {
    let environment = railway.environment().await?;
    environment.require(&order.environment)?;
    let names = environment.names();
    let service = environment
        .services
        .into_iter()
        .find(|service| service.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| refuse(format!("There is no service {name}; there are: {names}.")))?;
    if railway.is_own(&service) {
        return Err(refuse(
            "This is the service that was asked: it would not live to see the end. Restart it in Railway's dashboard.",
        ));
    }
    let deployment = service
        .latest_deployment
        .clone()
        .filter(|deployment| !GONE.contains(&deployment.status.as_str()))
        .ok_or_else(|| refuse("The service has no deployment that could be restarted."))?;
    if UNDER_WAY.contains(&deployment.status.as_str()) {
        return Err(Fault::new(
            Code::Cancelled,
            "A deployment of the service is under way; nothing was done.",
        )
        .check_first("Railway deployment status"));
    }
    Ok((service, deployment))
}

fn show(deployment: &RailwayDeployment, workers: &[RestartedWorker]) -> Value {
    let instances: Vec<_> = deployment
        .instances
        .iter()
        .map(|instance| &instance.status)
        .collect();
    let workers: Vec<_> = workers.iter().map(RestartedWorker::show).collect();
    json!({
        "deployment": deployment.id, "status": deployment.status, "instances": instances, "workers": workers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_alone_is_no_new_start() {
        let worker = |is_fresh, is_new| RestartedWorker {
            name: "intake-1".to_owned(),
            seconds_since_heartbeat: Some(1.0),
            is_fresh,
            is_new,
        };
        for (workers, expected) in [
            (vec![], Return::Nobody),
            (vec![worker(true, Some(true))], Return::Seen),
            (vec![worker(true, Some(false))], Return::Missing),
            (vec![worker(false, None)], Return::Missing),
            (vec![worker(true, None)], Return::Beating),
            (
                vec![worker(true, Some(true)), worker(false, Some(false))],
                Return::Missing,
            ),
        ] {
            assert_eq!(Return::of(&workers), expected, "{workers:?}");
        }
    }

    #[test]
    fn two_minutes_lie_between_two_restarts() {
        assert_eq!(cool_down(None), Ok(()));
        assert_eq!(cool_down(Some(Duration::from_secs(120))), Ok(()));
        let fault = cool_down(Some(Duration::from_secs(30))).expect_err("too soon");
        assert_eq!(
            (fault.code, fault.retry_after),
            (Code::Cancelled, Some(Duration::from_secs(90)))
        );
    }
}
