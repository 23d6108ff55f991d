//! What runs at Railway, and whether n8n is ready.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::adapters::n8n::N8n;
use crate::adapters::postgres::classify::meaning_of;
use crate::adapters::railway::{Railway, RailwayDeployment, RailwayService};
use crate::app::App;
use crate::domain::doctor::railway::{
    CRASHED, DeploymentFacts, RESTARTING, RailwayFacts, ServiceFacts,
};
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::reading::triage::triage;

/// How long looking at Railway may take, logs included.
const RAILWAY_TIMEOUT: Duration = Duration::from_secs(10);
/// Of how many crashed services the log is read, and how much of it, in lines.
const LOGS: usize = 3;
const LINES: u32 = 100;

impl App {
    /// What runs at Railway; nothing where no token is set.
    pub(super) async fn look_at_railway(&self, environment: &str) -> Option<Look<RailwayFacts>> {
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
        let looking = self.what_runs(railway, environment);
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
        let found = railway.environment().await?;
        found.require(environment)?;
        let mut logs = LOGS;
        let mut services = Vec::new();
        for service in found.services {
            let RailwayService {
                name,
                latest_deployment,
                ..
            } = service;
            let deployment = match latest_deployment {
                Some(deployment) => Some(self.facts_of(railway, deployment, &mut logs).await),
                None => None,
            };
            services.push(ServiceFacts { name, deployment });
        }
        Ok(RailwayFacts {
            environment: found.name,
            services,
        })
    }

    async fn facts_of(
        &self,
        railway: &Railway,
        deployment: RailwayDeployment,
        logs: &mut usize,
    ) -> DeploymentFacts {
        let ends = |status: &str| [CRASHED, RESTARTING].contains(&status);
        let mut instances = deployment.instances.iter();
        let has_ended =
            ends(&deployment.status) || instances.any(|instance| ends(&instance.status));
        let used_up = if has_ended && *logs > 0 {
            *logs -= 1;
            self.what_was_used_up(railway, &deployment.id).await
        } else {
            None
        };
        let since = deployment.status_updated_at.as_deref();
        let since: Option<Timestamp> = since.and_then(|text| text.parse().ok());
        let age = |since| Timestamp::now().duration_since(since).as_secs_f64();
        DeploymentFacts {
            status: deployment.status,
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
    async fn what_was_used_up(&self, railway: &Railway, deployment: &str) -> Option<String> {
        let lines = railway.logs(deployment, LINES).await.ok()?;
        let lines: Vec<_> = lines.into_iter().map(|line| line.message).collect();
        let candidates = triage(&lines.join("\n"), meaning_of, &self.settings.redactor);
        let exhausted = candidates
            .into_iter()
            .find(|candidate| candidate.code == Code::ResourceExhausted)?;
        let evidence = exhausted.evidence.into_iter().next()?;
        Some(evidence.because)
    }

    /// Whether n8n is ready; nothing where no address is set.
    pub(super) async fn look_at_n8n(&self) -> Option<Look<()>> {
        let began = Instant::now();
        let url = match &self.settings.n8n {
            Ok(url) => url.as_ref()?,
            Err(_) => return Some(Look::after("settings.valid")),
        };
        let found = match N8n::new(url, self.settings.redactor.clone()) {
            Ok(n8n) => n8n.ready().await,
            Err(fault) => Err(fault),
        };
        Some(Look {
            found: found.map_err(Missed::Failed),
            took: began.elapsed(),
        })
    }
}
