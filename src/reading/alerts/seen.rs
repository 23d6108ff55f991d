//! What this service has seen itself, where nobody sends it: the same alerts under the same keys as by a webhook, so
//! that what comes both ways is one.

use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::alerts::alert::{AlertContext, ReadAlert, ReadAlerts};
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::{n8n, railway};

/// What was seen.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The latest deployment of a service at Railway.
    Deployment(SeenDeployment),
    /// That nothing is deployed of a service at Railway any more, or that there is no such service.
    Gone(GoneDeployment),
    /// Whether n8n is ready.
    N8n(Result<(), Fault>),
}

/// The latest deployment of a service at Railway.
#[derive(Debug, Clone)]
pub struct SeenDeployment {
    /// The ids of project, environment and service.
    pub place: [String; 3],
    /// The name of the environment.
    pub environment: String,
    /// The name of the service.
    pub service: String,
    /// The deployment's id.
    pub id: String,
    /// Its status, such as `CRASHED`.
    pub status: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// What its log says was used up, where it says so.
    pub used_up: Option<String>,
}

/// A service at Railway of which nothing is deployed.
#[derive(Debug, Clone)]
pub struct GoneDeployment {
    /// The ids of project, environment and service.
    pub place: [String; 3],
    /// The name of the environment.
    pub environment: String,
    /// The name of the service.
    pub service: String,
}

/// The alerts of what was seen. What is on its way from one state to another is none.
#[must_use]
pub fn read_seen(seen: &[Seen], context: &AlertContext<'_>) -> ReadAlerts {
    let drafts = seen.iter().filter_map(draft);
    let alerts: Vec<ReadAlert> = drafts.map(|draft| draft.finish(context)).collect();
    ReadAlerts {
        alerts,
        ..ReadAlerts::default()
    }
}

fn draft(seen: &Seen) -> Option<Draft> {
    match seen {
        Seen::N8n(ready) => Some(n8n::readiness(ready)),
        Seen::Gone(gone) => Some(Draft {
            source: railway::SOURCE.to_owned(),
            service: Some(gone.service.clone()),
            ..railway::no_deployment(&gone.place, &gone.environment)
        }),
        Seen::Deployment(seen) => {
            let used_up = seen.used_up.as_ref();
            let code = match used_up {
                Some(_) => Code::ResourceExhausted,
                None => Code::VendorRailway,
            };
            let is_firing = railway::is_failing(&seen.status)?;
            let says = used_up.map(|used_up| format!(" Its log says: {used_up}."));
            let message = format!("Deployment {}.{}", seen.id, says.unwrap_or_default());
            Some(Draft {
                source: railway::SOURCE.to_owned(),
                service: Some(seen.service.clone()),
                message,
                code: is_firing.then(|| code.to_string()),
                started_at: seen.since.filter(|_| is_firing),
                ..railway::deployment(
                    &seen.place,
                    &seen.status,
                    is_firing,
                    Some(&seen.environment),
                )
            })
        }
    }
}
