//! What runs at Railway, and whether n8n is ready.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::adapters::n8n::N8n;
use crate::adapters::postgres::classify::meaning_of;
use crate::adapters::railway::{LogLine, Railway, RailwayDeployment, RailwayService};
use crate::app::App;
use crate::app::sources::{Crash, CrashId};
use crate::domain::doctor::railway::{
    CRASHED, DeploymentFacts, RESTARTING, RailwayFacts, ServiceFacts,
};
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::reading::triage::triage;

/// How long looking at Railway may take, logs included, and after how much of that no log is waited for any more.
const RAILWAY_TIMEOUT: Duration = Duration::from_secs(10);
const LOGS_UNTIL: Duration = Duration::from_secs(8);
/// Of how many crashed services the log is read, and how much of it, in lines.
const LOGS: usize = 3;
const LINES: u32 = 100;

/// Of how many more crashed services the log is read, and until when.
struct LogsToRead {
    left: usize,
    until: Instant,
}

impl App {
    /// What runs at Railway; nothing where no token is set.
    pub(in crate::app) async fn look_at_railway(
        &self,
        environment: &str,
    ) -> Option<Look<RailwayFacts>> {
        let began = Instant::now();
        let railway = match self.railway() {
            Ok(railway) => railway,
            Err(fault) if fault.kind == Some(FaultKind::NotAsked) => return None,
            // The settings say the same of it, and what is missing beside a token they do not.
            Err(fault) if fault.code == Code::ConfigMissing => {
                return Some(Look::of(Err(Missed::Failed(fault))));
            }
            Err(_) if self.settings.railway.is_err() => return Some(Look::after("settings.valid")),
            Err(fault) => return Some(Look::of(Err(Missed::Failed(fault)))),
        };
        let looking = async {
            let _turn = self.sources.railway_turn.lock().await;
            if let Some(fault) = self.sources.railway.fault() {
                return Err(fault);
            }
            let found = self.what_runs(railway, environment).await;
            self.sources.railway.hear(found)
        };
        let found = match tokio::time::timeout(RAILWAY_TIMEOUT, looking).await {
            Ok(found) => found,
            Err(_) => Err(Fault::new(
                Code::NetTimeout,
                format!(
                    "Railway's API did not answer within {} s.",
                    RAILWAY_TIMEOUT.as_secs()
                ),
            )),
        };
        Some(Look {
            found: found.map_err(Missed::Failed),
            took: began.elapsed(),
        })
    }

    async fn what_runs(&self, railway: &Railway, environment: &str) -> Result<RailwayFacts, Fault> {
        let until = Instant::now() + LOGS_UNTIL;
        let found = railway.environment().await?;
        found.require(environment)?;
        let latest = found.services.iter();
        let latest = latest.filter_map(|service| service.latest_deployment.as_ref());
        self.sources
            .keep_crashes(&latest.filter_map(crash_of).collect());
        let listed = found.services.iter();
        let listed = listed.map(|service| (service.id.clone(), service.name.clone()));
        let gone = self.sources.miss(&listed.collect());
        let mut logs = LogsToRead { left: LOGS, until };
        let mut services = Vec::new();
        for service in found.services {
            let is_own = railway.is_own(&service);
            let RailwayService {
                id,
                name,
                latest_deployment,
            } = service;
            let deployment = match latest_deployment {
                Some(deployment) => Some(self.facts_of(railway, deployment, &mut logs).await),
                None => None,
            };
            services.push(ServiceFacts {
                id,
                is_own,
                name,
                deployment,
            });
        }
        Ok(RailwayFacts {
            ids: [found.project, found.id],
            environment: found.name,
            services,
            gone,
        })
    }

    async fn facts_of(
        &self,
        railway: &Railway,
        deployment: RailwayDeployment,
        logs: &mut LogsToRead,
    ) -> DeploymentFacts {
        let ends = |status: &str| [CRASHED, RESTARTING].contains(&status);
        let mut instances = deployment.instances.iter();
        let has_ended =
            ends(&deployment.status) || instances.any(|instance| ends(&instance.status));
        let used_up = match has_ended {
            true => self.what_was_used_up(railway, &deployment, logs).await,
            false => None,
        };
        let since = deployment.status_updated_at.as_deref();
        let since: Option<Timestamp> = since.and_then(|text| text.parse().ok());
        let age = |since| Timestamp::now().duration_since(since).as_secs_f64();
        DeploymentFacts {
            id: deployment.id,
            status: deployment.status,
            since,
            seconds: since.map(age).map(|age| age.max(0.0)),
            instances: deployment
                .instances
                .into_iter()
                .map(|one| one.status)
                .collect(),
            used_up,
        }
    }

    /// What the last lines of its log say was used up. That they cannot be read takes nothing from what
    /// is known without them.
    async fn what_was_used_up(
        &self,
        railway: &Railway,
        deployment: &RailwayDeployment,
        logs: &mut LogsToRead,
    ) -> Option<String> {
        let id = crash_of(deployment);
        if let Some(crash) = id.as_ref().and_then(|id| self.sources.crash(id)) {
            return crash.used_up;
        }
        logs.left = logs.left.checked_sub(1)?;
        let lines = timeout_at(logs.until, railway.logs(&deployment.id, LINES)).await;
        let lines = lines.ok()?.ok()?;
        let used_up = self.used_up_by(&lines);
        if let Some(id) = id {
            let used_up = used_up.clone();
            self.sources.remember_crash(id, Crash { used_up });
        }
        used_up
    }

    fn used_up_by(&self, lines: &[LogLine]) -> Option<String> {
        let lines: Vec<_> = lines.iter().map(|line| &*line.message).collect();
        let candidates = triage(&lines.join("\n"), meaning_of, &self.settings.redactor);
        let exhausted = candidates
            .into_iter()
            .find(|candidate| candidate.code == Code::ResourceExhausted)?;
        let evidence = exhausted.evidence.into_iter().next()?;
        Some(evidence.because)
    }

    /// Whether n8n is ready; nothing where no address is set.
    pub(in crate::app) async fn look_at_n8n(&self) -> Option<Look<()>> {
        let began = Instant::now();
        let url = match &self.settings.n8n {
            Ok(url) => url.as_ref()?,
            Err(_) => return Some(Look::after("settings.valid")),
        };
        if let Some(fault) = self.sources.n8n.fault() {
            return Some(Look::of(Err(Missed::Failed(fault))));
        }
        let n8n = self.n8n.get_or_init(|| {
            let redactor = self.settings.redactor.clone();
            N8n::new(url, redactor)
        });
        let found = match n8n {
            Ok(n8n) => n8n.ready().await,
            Err(fault) => Err(fault.clone()),
        };
        let found = self.sources.n8n.hear(found);
        Some(Look {
            found: found.map_err(Missed::Failed),
            took: began.elapsed(),
        })
    }
}

/// The crash that a deployment has ended with. What goes on, or is started again, may write more.
fn crash_of(deployment: &RailwayDeployment) -> Option<CrashId> {
    (deployment.status == CRASHED).then(|| CrashId {
        deployment: deployment.id.clone(),
        since: deployment.status_updated_at.clone(),
    })
}
