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

use tokio::time::Instant;

use crate::adapters::postgres::journal::Journal;
use crate::adapters::postgres::restart_record;
use crate::adapters::railway::{Railway, RailwayDeployment, RailwayService};
use crate::app::App;
use crate::domain::action::shown::{ServiceLook, ServiceSeen, ShownFault, shown};
use crate::domain::doctor::railway::UNDER_WAY;
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Order, Plan, Progress, Stage, refuse};
use crate::domain::restart::{RestartedWorker, Return, cool_down};
use crate::domain::taxonomy::Code;

/// Between two looks at the heartbeats.
const PAUSE: Duration = Duration::from_millis(1_000);
/// Deployments that are no more.
const GONE: &[&str] = &["REMOVED", "REMOVING", "SKIPPED", "FAILED"];

impl App {
    pub(super) async fn plan_restart(
        &self,
        journal: &mut Journal<'_>,
        name: &str,
    ) -> Result<Plan, Fault> {
        let railway = self.railway()?;
        cool_down(journal.since_last().await?)?;
        cool_down(self.recent_restarts.since(name))?;
        let (service, deployment) = find(railway, journal.order(), name).await?;
        let workers = self.workers_of(journal, name, None).await;
        let before = shown(&see(&deployment, &workers.unwrap_or_default()));
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
                self.recent_restarts.now(name);
            }
            match restarted {
                Ok(()) => {}
                Err(fault) if is_open => return Err(fault),
                Err(fault) => {
                    return Ok(Progress {
                        after: shown(&unseen(&fault)),
                        verified: None,
                        notes: Vec::new(),
                        stage: Stage::Failed(fault),
                    });
                }
            }
        }
        let (workers, back) = match begun.row {
            Some(row) => self.watch(journal, name, row).await,
            None => (Vec::new(), Return::Unseen),
        };
        let after = match railway.deployment(deployment).await {
            Ok(deployment) => shown(&ServiceLook::Seen(see(&deployment, &workers))),
            Err(fault) => shown(&unseen(&fault)),
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

    /// The workers of a service, and whether they are back since a row of the audit log.
    async fn workers_of(
        &self,
        journal: &mut Journal<'_>,
        name: &str,
        since: Option<i64>,
    ) -> Result<Vec<RestartedWorker>, Fault> {
        restart_record::workers(journal, self.tables()?, name, since).await
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
            // While the database is away nothing is known, and that may pass. Rows that are hidden stay so.
            let looked = self.workers_of(journal, name, Some(row)).await;
            let back = looked.as_deref().map_or(Return::Unseen, Return::of);
            let now = Instant::now();
            let is_over = match back {
                Return::Unseen => looked
                    .as_ref()
                    .is_err_and(|fault| !fault.retry().is_retryable()),
                Return::Seen => true,
                // One heartbeat may be the old process's last; go on for as long as one takes.
                Return::Beating => {
                    let since = *beating_since.get_or_insert(now);
                    now.duration_since(since) > timeout / 5
                }
                Return::Missing | Return::Nobody => false,
            };
            if is_over || now + PAUSE > until {
                return (looked.unwrap_or_default(), back);
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
    // To restart it would be to interfere with a deploy.
    if UNDER_WAY.contains(&deployment.status.as_str()) {
        return Err(Fault::new(
            Code::Cancelled,
            "A deployment of the service is under way; nothing was done.",
        )
        .check_first("Railway deployment status"));
    }
    Ok((service, deployment))
}

fn see(deployment: &RailwayDeployment, workers: &[RestartedWorker]) -> ServiceSeen {
    let instances = deployment.instances.iter();
    ServiceSeen {
        deployment: deployment.id.clone(),
        status: deployment.status.clone(),
        instances: instances.map(|one| one.status.clone()).collect(),
        workers: workers.iter().map(RestartedWorker::show).collect(),
    }
}

fn unseen(fault: &Fault) -> ServiceLook {
    ServiceLook::Unseen(ShownFault::of(fault))
}
