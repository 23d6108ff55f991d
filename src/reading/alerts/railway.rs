//! Railway's webhook: `type, details, resource, severity, timestamp`.
//!
//! How a deployment stands is said by `details.status`: the example of the documentation is of the type
//! `Deployment.failed`, and its deployment is a success. Volume alerts and monitors have no status, so
//! there the last word of the type says it. What is reported of a service in one environment has one key,
//! so that a deployment that goes well ends what the failed one began. That one was removed says nothing here: it may be
//! an older one than that which failed. Whoever looks at the latest one knows better.

use std::collections::BTreeSet;

use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// Who sends these.
pub(super) const SOURCE: &str = "railway";
/// What the key of a deployment ends with.
const DEPLOYMENT: &str = "deployment";
/// States of a deployment in which its service does not run, in capitals without what is between.
const FAILED: &[&str] = &["FAILED", "CRASHED", "OOMKILLED"];
/// States in which it runs, has run to its end, or has been told to sleep.
const WELL: &[&str] = &[
    "SUCCESS",
    "ACTIVE",
    "COMPLETED",
    "SLEEPING",
    "SLEPT",
    "DEPLOYED",
    "REDEPLOYED",
];
/// Types of other events by their last word.
const TRIGGERED: &str = "TRIGGERED";
const ENDED: &[&str] = &["RESOLVED", "DELETED"];

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    let is_object = |name| body.get(name).is_some_and(|member| member.is_object());
    body.has("type") && is_object("resource")
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let kind = body
        .text(&["type"])?
        .ok_or_else(|| body.lacks("type", "a type such as Deployment.failed"))?;
    let resource = body
        .object("resource")?
        .ok_or_else(|| body.lacks("resource", "an object"))?;
    let details = body.object("details")?;
    let environment = resource.object("environment")?;
    if let Some(environment) = &environment
        && environment.flag(&["isEphemeral"])? == Some(true)
    {
        return found.set_aside(
            body,
            "It is of an environment that is made for a pull request.",
        );
    }
    let (subject, event) = kind.split_once('.').unwrap_or((&kind, ""));
    let detail = |names: &[&str]| match &details {
        Some(details) => details.text(names),
        None => Ok(None),
    };
    let is_deployment = subject.eq_ignore_ascii_case("deployment");
    let status = detail(&["status"])?.filter(|_| is_deployment);
    let status = status.as_deref().unwrap_or(event);
    let state = loud(status);
    let is_firing = match is_deployment {
        true => match is_failing(status) {
            Some(is_failing) => is_failing,
            None => {
                return found.set_aside(
                    body,
                    "It is a deployment that is under way, or was replaced.",
                );
            }
        },
        false if state == TRIGGERED => true,
        false if ENDED.contains(&&*state) => false,
        false => {
            return Err(body.is_unknown("type", "an event of a deployment, a volume or a monitor"));
        }
    };
    let service = resource.name(&["service", "project"])?;
    let of = |name: &str| match resource.object(name)? {
        Some(member) => member.text(&["id", "name"]),
        None => Ok(None),
    };
    let ids = [of("project")?, of("environment")?, of("service")?];
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    let place = resource.name(&["environment"])?;
    let draft = match is_deployment {
        true => deployment(&ids, status, is_firing, place.as_deref()),
        false => {
            // A monitor has an id of its own, as a service may have several.
            let ids = ids.into_iter().chain(detail(&["id"])?);
            let ids = ids.chain([subject.to_lowercase()]);
            Draft {
                id: Some(ids.collect::<Vec<_>>().join("/")),
                is_firing,
                title: format!("{subject} {event}{}", within(place.as_deref())),
                ends_by_itself: true,
                ..Draft::default()
            }
        }
    };
    let message = [
        detail(&["message", "description"])?,
        detail(&["branch"])?.map(|branch| format!("Branch {branch}.")),
        detail(&["commitMessage"])?.map(|message| format!("Commit: {message}")),
    ];
    let message: Vec<String> = message.into_iter().flatten().collect();
    found.alert(Draft {
        source: found.source(SOURCE),
        service,
        message: message.join(" "),
        severity: body.text(&["severity"])?,
        started_at: body.time(&["timestamp"])?.filter(|_| is_firing),
        ..draft
    })
}

/// Whether a service does not run whose deployment is in this state; nothing where that is not said by it.
pub(super) fn is_failing(status: &str) -> Option<bool> {
    let state = loud(status);
    match () {
        () if FAILED.contains(&&*state) => Some(true),
        () if WELL.contains(&&*state) => Some(false),
        () => None,
    }
}

/// What is said of the deployment of a service, by the ids of its project, environment and service.
pub(super) fn deployment(
    place: &[String],
    status: &str,
    is_firing: bool,
    environment: Option<&str>,
) -> Draft {
    let within = within(environment);
    let ids = place.iter().map(String::as_str).chain([DEPLOYMENT]);
    Draft {
        id: Some(ids.collect::<Vec<_>>().join("/")),
        is_firing,
        title: match is_firing {
            true => format!("deployment {}{within}", status.to_lowercase()),
            false => format!("deployment runs{within}"),
        },
        ends_by_itself: true,
        over: BTreeSet::from([Series::Workers]),
        ..Draft::default()
    }
}

/// That there is none of the service any more, which ends whatever was said of the last one.
pub(super) fn no_deployment(place: &[String], environment: &str) -> Draft {
    Draft {
        title: format!("nothing is deployed{}", within(Some(environment))),
        ..deployment(place, "", false, None)
    }
}

fn within(environment: Option<&str>) -> String {
    environment.map_or_else(String::new, |name| format!(" in {name}"))
}

/// `oom_killed`, `OomKilled` and `OOMKILLED` are one.
fn loud(state: &str) -> String {
    state.to_uppercase().replace('_', "")
}
