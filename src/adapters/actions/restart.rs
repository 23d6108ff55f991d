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

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::adapters::postgres::audit::Phase;
use crate::adapters::postgres::restarts::{self, Begun, RestartedWorker, cool_down};
use crate::adapters::postgres::schema_cache;
use crate::adapters::postgres::session::Database;
use crate::adapters::railway::{Railway, RailwayDeployment, RailwayService};
use crate::domain::action::{Action, Done, Order, refuse};
use crate::domain::fault::Fault;
use crate::domain::target;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;
use crate::settings::RailwaySettings;

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

/// Restarts services.
#[derive(Debug)]
pub(super) struct Restarts {
    settings: Result<RailwaySettings, Fault>,
    redactor: Redactor,
    /// Made once it is needed: a client holds the root certificates.
    railway: OnceLock<Result<Railway, Fault>>,
    /// How long the heartbeats may take.
    timeout: Duration,
    /// When each service was last restarted from here.
    last: Mutex<BTreeMap<String, Instant>>,
}

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

impl Restarts {
    pub(super) fn new(
        settings: Result<RailwaySettings, Fault>,
        redactor: Redactor,
        timeout: Duration,
    ) -> Self {
        Self {
            settings,
            redactor,
            railway: OnceLock::new(),
            timeout,
            last: Mutex::default(),
        }
    }

    pub(super) async fn restart(
        &self,
        database: Result<&Database, Fault>,
        action: &Action,
        order: &Order,
        name: &str,
    ) -> Result<Done, Fault> {
        let railway = self.railway.get_or_init(|| {
            let settings = self.settings.clone()?;
            Railway::new(settings, self.redactor.clone())
        });
        let railway = railway.as_ref().map_err(Clone::clone)?;
        // Not on record is better than not restarted.
        let mut unrecorded = None;
        let known = match &database {
            Ok(database) => restarts::rehearse(database, action, order).await,
            Err(fault) => Err(fault.clone()),
        };
        match known {
            Ok(Some(record)) => {
                let done = record.replay(action)?;
                return match (record.complete, database) {
                    (false, Ok(database)) => {
                        self.await_workers(
                            railway,
                            database,
                            action,
                            order,
                            name,
                            record.id,
                            record.before,
                            true,
                        )
                        .await
                    }
                    (true, _) | (false, Err(_)) => Ok(done),
                };
            }
            Ok(None) => {}
            Err(fault) if fault.code == Code::Cancelled || fault.code == Code::ValInput => {
                return Err(fault);
            }
            Err(fault) => unrecorded = Some(fault),
        }
        cool_down(self.since_last(name))?;
        let (service, deployment) = find(railway, order, name).await?;
        let workers = match &database {
            Ok(database) => restarts::workers(database, name, None)
                .await
                .unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let before = show(&deployment, &workers);
        if order.dry_run {
            let done = Done::new(action, before.clone(), before).note(format!(
                "{} would be restarted: the same image, the same variables.",
                service.name
            ));
            return Ok(noted(done, unrecorded.as_ref()));
        }
        let row = match (&database, &unrecorded) {
            (Ok(database), None) => {
                match restarts::record(database, action, order, &before).await {
                    Ok(Begun::New(row)) => Some(row),
                    Ok(Begun::Known(record)) => return record.replay(action),
                    Err(fault) if fault.code == Code::Cancelled => return Err(fault),
                    Err(fault) => {
                        unrecorded = Some(fault);
                        None
                    }
                }
            }
            _ => None,
        };
        let restarted = railway.restart(&deployment.id).await;
        // What got no answer may have begun: then it counts as one that did, and stays open on record.
        let is_open = restarted
            .as_ref()
            .is_err_and(|fault| fault.code == Code::NetTimeout);
        if restarted.is_ok() || is_open {
            self.begin(name);
        }
        match (restarted, database, row) {
            (Ok(()), Ok(database), Some(row)) => {
                self.await_workers(railway, database, action, order, name, row, before, false)
                    .await
            }
            (Ok(()), _, _) => {
                let after = railway.deployment(&deployment.id).await;
                let after = after.map_or(Value::Null, |deployment| show(&deployment, &[]));
                let done = Done::new(action, before, after)
                    .note("Railway has begun the restart; whether the workers are back could not be looked at.");
                Ok(noted(done, unrecorded.as_ref()))
            }
            (Err(fault), database, row) => {
                if let (Ok(database), Some(row), false) = (database, row, is_open) {
                    let after = json!({ "code": fault.code, "detail": fault.detail });
                    // What counts is Railway's answer; that it is not on record is in the log.
                    let recorded =
                        schema_cache::finish(database, order, row, Phase::Failed, &after).await;
                    if let Err(fault) = recorded {
                        tracing::warn!(code = %fault.code, "the end of a restart could not be recorded");
                    }
                }
                Err(fault)
            }
        }
    }

    /// Waits for the heartbeats and records the end. Without an end on record the same order waits
    /// again, and restarts nothing.
    #[expect(clippy::too_many_arguments, reason = "all that one restart is about")]
    async fn await_workers(
        &self,
        railway: &Railway,
        database: &Database,
        action: &Action,
        order: &Order,
        name: &str,
        row: i64,
        before: Value,
        replayed: bool,
    ) -> Result<Done, Fault> {
        let until = Instant::now() + self.timeout;
        let mut beating_since: Option<Instant> = None;
        let (workers, back) = loop {
            // While the database is away nothing is known, and that may pass.
            let workers = restarts::workers(database, name, Some(row))
                .await
                .unwrap_or_default();
            let back = Return::of(&workers);
            let now = Instant::now();
            let is_over = match back {
                Return::Seen => true,
                // One heartbeat may be the old process's last; go on for as long as one takes.
                Return::Beating => {
                    let since = *beating_since.get_or_insert(now);
                    now.duration_since(since) > self.timeout / 5
                }
                Return::Missing | Return::Nobody => false,
            };
            if is_over || now + PAUSE > until {
                break (workers, back);
            }
            tokio::time::sleep(PAUSE).await;
        };
        let deployment = before["deployment"].as_str().unwrap_or_default();
        let after = match railway.deployment(deployment).await {
            Ok(deployment) => show(&deployment, &workers),
            Err(fault) => json!({ "code": fault.code, "detail": fault.detail }),
        };
        let (verified, note) = match back {
            Return::Seen => (
                Some(true),
                "Every worker of the service has started anew and beats.",
            ),
            Return::Beating => (
                None,
                "Every worker of the service beats; they do not say when they started (started_at), so it may be the \
                 old processes.",
            ),
            Return::Missing => (
                Some(false),
                "Not every worker of the service has sent a heartbeat of a new start.",
            ),
            Return::Nobody => (
                None,
                "No worker is called like the service: nothing can be said of heartbeats.",
            ),
        };
        if verified != Some(false) {
            schema_cache::finish(database, order, row, Phase::Done, &after).await?;
        }
        let mut done = Done::new(action, before, after).note(note);
        done.complete = verified != Some(false);
        done.verified = verified;
        done.replayed = replayed;
        done.audit_id = Some(row);
        Ok(done)
    }

    fn since_last(&self, name: &str) -> Option<Duration> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&name.to_ascii_lowercase()).map(Instant::elapsed)
    }

    fn begin(&self, name: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(name.to_ascii_lowercase(), Instant::now());
    }
}

/// The service and its deployment, where they may be restarted.
async fn find(
    railway: &Railway,
    order: &Order,
    name: &str,
) -> Result<(RailwayService, RailwayDeployment), Fault> {
    let environment = railway.environment().await?;
    if order.environment != "unknown" && !target::is_same(&order.environment, &environment.name) {
        return Err(Fault::new(
            Code::ConfigInvalid,
            format!(
                "Railway's token is of the environment {}, and this is {}.",
                environment.name, order.environment
            ),
        )
        .check_first("RAILWAY_TOKEN: a project token of this environment"));
    }
    let names: Vec<String> = environment
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    let service = environment
        .services
        .into_iter()
        .find(|service| service.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            refuse(format!(
                "There is no service {name}; there are: {}.",
                names.join(", ")
            ))
        })?;
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

fn noted(done: Done, unrecorded: Option<&Fault>) -> Done {
    match unrecorded {
        Some(fault) => done.note(format!(
            "Not on record in ops.audit_log, only in the log: {fault}"
        )),
        None => done,
    }
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
