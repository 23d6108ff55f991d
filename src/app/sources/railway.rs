//! Railway: a latest deployment that crashed or failed is an alert; one that runs ends it, and so does that there is none
//! any more.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::app::App;
use crate::app::retry::{Complaint, Retry};
use crate::app::sources::Source;
use crate::app::sources::round::{Complaints, Rounds, Wait};
use crate::domain::doctor::railway::RailwayFacts;
use crate::domain::doctor::{Look, Missed};
use crate::reading::alerts::{GoneDeployment, Seen, SeenDeployment};

/// How soon it is seen that whoever looked for all does no more.
const TAKES_OVER: Duration = Duration::from_secs(15);
/// How often Railway is tried at least where it does not answer, in looks.
const PATIENCE: u32 = 5;

/// Whoever looks at Railway.
struct Watcher {
    retry: Retry,
    complaints: Complaints,
    /// How many replicas look where nobody looks for all.
    replicas: u32,
}

impl App {
    /// Looks at what runs at Railway until the process is on its way out; not at all where no token is set.
    pub async fn keep_watching_railway(self: Arc<Self>) {
        let Some(mut rounds) = Rounds::of(&self, Source::Railway) else {
            return;
        };
        let interval = self.settings.sources_interval;
        let mut watcher = Watcher {
            retry: Retry::new(interval, interval).at_most(interval * PATIENCE),
            complaints: Complaints::new(Complaint::new(
                "what runs at Railway cannot be looked at",
                "what runs at Railway is looked at again",
            )),
            replicas: 1,
        };
        while rounds.is_due().await {
            rounds.look(self.watch_railway(&mut watcher)).await;
        }
    }

    async fn watch_railway(self: &Arc<Self>, watcher: &mut Watcher) -> Wait {
        let wait = self.until_next_look();
        if self.has_other_writer() {
            return wait.min(TAKES_OVER).into();
        }
        // Where the settings contradict each other, nobody knows whose deployments these would be.
        let proven = match self.settings.target.prove(None) {
            Ok(proven) => proven,
            Err(fault) => {
                watcher.complaints.unread(&fault);
                return wait.into();
            }
        };
        let Some(Look { found, .. }) = self.look_at_railway(&proven.environment).await else {
            return wait.into();
        };
        match found {
            Ok(facts) => {
                watcher.retry.end();
                watcher.complaints.unread.end();
                let watch = self.metrics.watch();
                watch.read_source(Source::Railway.as_str(), Timestamp::now());
                watcher.replicas = replicas(&facts);
                watcher.complaints.hand_on(self, seen(facts)).await;
                Wait::new(wait, watcher.replicas, Duration::ZERO)
            }
            Err(Missed::Failed(fault)) => {
                watcher.complaints.unread(&fault);
                let pause = watcher.retry.pause(&fault);
                let left_alone = fault.retry_after.unwrap_or_default();
                Wait::new(pause, watcher.replicas, left_alone)
            }
            Err(Missed::After(_)) => wait.into(),
        }
    }
}

/// How many instances there are of the service that looks.
fn replicas(facts: &RailwayFacts) -> u32 {
    let mut own = facts.services.iter().filter(|service| service.is_own);
    let deployment = own.next().and_then(|own| own.deployment.as_ref());
    let instances = deployment.map_or(0, |deployment| deployment.instances.len());
    u32::try_from(instances).unwrap_or(u32::MAX).clamp(1, 100)
}

fn seen(facts: RailwayFacts) -> Vec<Seen> {
    let RailwayFacts {
        ids: [project, id],
        environment,
        services,
        gone,
    } = facts;
    let place = |service| [project.clone(), id.clone(), service];
    let is_gone = |(service, name)| {
        Seen::Gone(GoneDeployment {
            place: place(service),
            environment: environment.clone(),
            service: name,
        })
    };
    let seen = services.into_iter().filter_map(|service| {
        let Some(deployment) = service.deployment.filter(|one| !one.is_gone()) else {
            return Some(is_gone((service.id, service.name)));
        };
        let status = deployment.standing()?.to_owned();
        Some(Seen::Deployment(SeenDeployment {
            place: place(service.id),
            environment: environment.clone(),
            service: service.name,
            id: deployment.id,
            status,
            since: deployment.since,
            used_up: deployment.used_up,
        }))
    });
    seen.chain(gone.into_iter().map(is_gone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::doctor::railway::{DeploymentFacts, ServiceFacts};

    fn service(name: &str, is_own: bool, instances: &[&str]) -> ServiceFacts {
        ServiceFacts {
            name: name.to_owned(),
            is_own,
            deployment: Some(DeploymentFacts {
                status: "SUCCESS".to_owned(),
                instances: instances.iter().map(|one| (*one).to_owned()).collect(),
                ..DeploymentFacts::default()
            }),
            ..ServiceFacts::default()
        }
    }

    #[test]
    fn each_of_fifty_replicas_takes_its_turn_and_what_is_started_again_is_not_said() {
        for (own, expected) in [(0, 1), (1, 1), (50, 50), (5_000, 100)] {
            let facts = RailwayFacts {
                services: vec![
                    service("intake", false, &["RUNNING"; 7]),
                    service("ops", true, &vec!["RUNNING"; own]),
                ],
                ..RailwayFacts::default()
            };
            assert_eq!(replicas(&facts), expected);
        }
        assert_eq!(replicas(&RailwayFacts::default()), 1);
        let mut removed = service("d", false, &["CRASHED"]);
        let deployment = removed.deployment.as_mut().expect("it has one");
        deployment.status = "REMOVED".to_owned();
        let facts = RailwayFacts {
            services: vec![
                service("a", false, &["RUNNING", "CRASHED"]),
                service("b", false, &["RESTARTING"]),
                removed,
                ServiceFacts {
                    name: "e".to_owned(),
                    ..ServiceFacts::default()
                },
                service("c", true, &["RUNNING"]),
            ],
            gone: vec![("s-f".to_owned(), "f".to_owned())],
            ..RailwayFacts::default()
        };
        let seen: Vec<_> = seen(facts)
            .into_iter()
            .map(|seen| match seen {
                Seen::Deployment(seen) => (seen.service, seen.status),
                Seen::Gone(gone) => (gone.service, "gone".to_owned()),
                Seen::N8n(_) => panic!("it is of Railway"),
            })
            .collect();
        let said = |service: &str, status: &str| (service.to_owned(), status.to_owned());
        assert_eq!(
            seen,
            [
                said("a", "CRASHED"),
                said("d", "gone"),
                said("e", "gone"),
                said("c", "SUCCESS"),
                said("f", "gone"),
            ]
        );
    }
}
