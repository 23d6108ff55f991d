//! Railway's webhook: `type, details, resource, severity, timestamp`.
//!
//! How a deployment stands is said by `details.status`: the example of the documentation is of the type
//! `Deployment.failed`, and its deployment is a success. Volume alerts and monitors have no status, so
//! there the last word of the type says it. What is reported of a service in one environment has one key,
//! so that a deployment that goes well ends what the failed one began.

use std::collections::BTreeSet;

use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

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
    let state = loud(status.as_deref().unwrap_or(event));
    let state = state.as_str();
    let is_firing = match is_deployment {
        true if FAILED.contains(&state) => true,
        true if WELL.contains(&state) => false,
        true => {
            return found.set_aside(
                body,
                "It is a deployment that is under way, or was replaced.",
            );
        }
        false if state == TRIGGERED => true,
        false if ENDED.contains(&state) => false,
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
    let what = if is_deployment { "deployment" } else { subject };
    // A monitor has an id of its own, as a service may have several.
    let own = detail(&["id"])?.filter(|_| !is_deployment);
    let ids = ids
        .into_iter()
        .flatten()
        .chain(own)
        .chain([what.to_lowercase()]);
    let place = resource.name(&["environment"])?;
    let place = place.map_or_else(String::new, |place| format!(" in {place}"));
    let title = match (is_deployment, is_firing) {
        (true, true) => format!(
            "deployment {}{place}",
            status.as_deref().unwrap_or(event).to_lowercase()
        ),
        (true, false) => format!("deployment runs{place}"),
        (false, _) => format!("{subject} {event}{place}"),
    };
    let message = [
        detail(&["message", "description"])?,
        detail(&["branch"])?.map(|branch| format!("Branch {branch}.")),
        detail(&["commitMessage"])?.map(|message| format!("Commit: {message}")),
    ];
    let message: Vec<String> = message.into_iter().flatten().collect();
    found.alert(Draft {
        source: found.source("railway"),
        id: Some(ids.collect::<Vec<_>>().join("/")),
        service,
        is_firing,
        title,
        message: message.join(" "),
        severity: body.text(&["severity"])?,
        started_at: body.time(&["timestamp"])?.filter(|_| is_firing),
        ends_by_itself: true,
        over: match is_deployment {
            true => BTreeSet::from([Series::Workers]),
            false => BTreeSet::new(),
        },
        ..Draft::default()
    })
}

/// `oom_killed`, `OomKilled` and `OOMKILLED` are one.
fn loud(state: &str) -> String {
    state.to_uppercase().replace('_', "")
}
