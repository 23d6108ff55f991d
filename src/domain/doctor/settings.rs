//! What can be said before anybody is asked: the target and the settings.

use std::time::Duration;

use crate::domain::check::Check;
use crate::domain::doctor::look::Missed;
use crate::domain::doctor::route::{DatabaseRoute, HostKind};
use crate::domain::fault::Fault;
use crate::domain::target::{Place, Proven, Target};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// A deadline shorter than this takes a slow login for an outage.
const SHORTEST: Duration = Duration::from_secs(1);
/// A deadline longer than this is longer than who asks will wait: uptime monitors and load
/// balancers give up before, and see a timeout of their own instead of the cause.
const LONGEST: Duration = Duration::from_secs(30);
/// Railway's edge keeps idle connections for so long; who closes first loses requests.
const EDGE_IDLE: Duration = Duration::from_secs(60);

/// What the settings say.
#[derive(Debug, Clone)]
pub struct SettingsFacts {
    /// Every mistake in them.
    pub faults: Vec<Fault>,
    /// Whether there is an operator's token.
    pub has_operator: bool,
    /// The way to the database, where its URL could be understood.
    pub route: Option<DatabaseRoute>,
    /// The name of each deadline of a check, and how long it is.
    pub deadlines: Vec<(&'static str, Duration)>,
    /// How long a connection of ours may be idle.
    pub idle_timeout: Duration,
}

/// The rows of the target. It has been proven before; these say by what. `accepted` is whether the
/// REST API accepts the key; nothing where there is none.
#[must_use]
pub(crate) fn judge_target(target: &Target, proven: &Proven, accepted: Option<bool>) -> Vec<Check> {
    let environment = if target.environments.is_empty() {
        Check::new(
            "target.environment",
            Verdict::Warning,
            "Nothing says which environment this is.",
        )
        .code(Code::ConfigMissing)
        .advice("Set SUPABASE_MODE, such as to prod")
    } else {
        let sources: Vec<_> = target.environments.iter().map(|c| c.source).collect();
        Check::new(
            "target.environment",
            Verdict::Ok,
            format!("{}, says {}.", proven.environment, sources.join(" and ")),
        )
    };
    vec![
        environment,
        judge_project(target, proven),
        judge_key(target, accepted),
    ]
}

fn judge_project(target: &Target, proven: &Proven) -> Check {
    const ID: &str = "target.project";
    let named: Vec<_> = target
        .places
        .iter()
        .filter(|(_, place)| matches!(place, Place::Project(_)))
        .map(|(source, _)| *source)
        .collect();
    let is_here = target.places.iter().any(|(_, place)| *place == Place::Here);
    match &proven.project {
        Some(project) => Check::new(
            ID,
            Verdict::Ok,
            format!("{project}, says {}.", named.join(" and ")),
        ),
        None if is_here => Check::new(ID, Verdict::Ok, "This machine, no project at Supabase."),
        None => Check::new(
            ID,
            Verdict::Unknown,
            "No variable names a project at Supabase, so it cannot be told which one this is.",
        )
        .advice("Hosts in DATABASE_URL and SUPABASE_URL: a custom domain names no project"),
    }
}

fn judge_key(target: &Target, accepted: Option<bool>) -> Check {
    const ID: &str = "target.key";
    let Some(accepted) = accepted else {
        return Missed::After("settings.valid").row(ID);
    };
    let is_key = |source: &str| source.ends_with("_KEY");
    let names_project = target
        .places
        .iter()
        .any(|(source, place)| is_key(source) && matches!(place, Place::Project(_)));
    if names_project {
        Check::new(ID, Verdict::Ok, "The key names the same project.")
    } else if accepted {
        Check::new(
            ID,
            Verdict::Ok,
            "The key names no project, but that of SUPABASE_URL accepts it.",
        )
    } else {
        Check::new(
            ID,
            Verdict::Unknown,
            "The key names no project, and was not accepted by one: see postgrest.reach.",
        )
        .advice("SUPABASE_SERVICE_ROLE_KEY")
    }
}

/// The rows of the settings.
#[must_use]
pub(crate) fn judge_settings(facts: &SettingsFacts) -> Vec<Check> {
    let mut checks: Vec<_> = facts
        .faults
        .iter()
        .map(|fault| Check::of_fault("settings.valid", fault))
        .collect();
    if checks.is_empty() {
        checks.push(Check::new(
            "settings.valid",
            Verdict::Ok,
            "Every setting that is needed is there and can be understood.",
        ));
    }
    checks.push(judge_token(facts.has_operator));
    checks.push(judge_pooler(facts.route.as_ref()));
    checks.push(judge_deadlines(facts));
    checks
}

fn judge_token(has_operator: bool) -> Check {
    const ID: &str = "settings.token";
    if has_operator {
        return Check::new(ID, Verdict::Ok, "OPS_TOKEN is set.");
    }
    Check::new(
        ID,
        Verdict::Warning,
        "OPS_TOKEN is not set: nobody is shown causes, and no action is possible.",
    )
    .code(Code::ConfigMissing)
    .advice("Set OPS_TOKEN to 16 or more random characters")
}

fn judge_pooler(route: Option<&DatabaseRoute>) -> Check {
    const ID: &str = "settings.pooler";
    let Some(route) = route else {
        return Check::new(ID, Verdict::Unknown, "There is no usable DATABASE_URL.");
    };
    let warning = |summary| {
        Check::new(ID, Verdict::Warning, summary)
            .code(Code::ConfigInvalid)
            .advice(
                "Use the shared pooler in transaction mode: aws-...pooler.supabase.com, port 6543",
            )
    };
    match route.kind {
        HostKind::Direct | HostKind::DedicatedPooler => warning(
            "DATABASE_URL leads to Supabase's direct host, which has an IPv6 address only; Railway does not route \
             that by default. It also bans an address for 30 minutes after two rejected logins.",
        ),
        HostKind::SessionPooler => warning(
            "DATABASE_URL leads to the pooler in session mode (port 5432): every connection takes one of its few \
             backends for as long as it lasts.",
        ),
        HostKind::TransactionPooler => Check::new(
            ID,
            Verdict::Ok,
            "DATABASE_URL leads to Supabase's pooler in transaction mode.",
        ),
        HostKind::Other => Check::new(
            ID,
            Verdict::Ok,
            "DATABASE_URL leads to no host of Supabase: nothing is known against it.",
        ),
    }
}

fn judge_deadlines(facts: &SettingsFacts) -> Check {
    const ID: &str = "settings.deadlines";
    let mut complaints: Vec<String> = facts
        .deadlines
        .iter()
        .filter_map(|(name, deadline)| {
            let seconds = deadline.as_secs_f64();
            if *deadline < SHORTEST {
                Some(format!(
                    "{name} is {seconds} s: a slow login looks like an outage"
                ))
            } else if *deadline > LONGEST {
                Some(format!(
                    "{name} is {seconds} s: whoever asks gives up before"
                ))
            } else {
                None
            }
        })
        .collect();
    if facts.idle_timeout <= EDGE_IDLE {
        complaints.push(format!(
            "HTTP_IDLE_TIMEOUT is {} s, not longer than the 60 s of the edge: now and then a request is lost",
            facts.idle_timeout.as_secs_f64()
        ));
    }
    if complaints.is_empty() {
        let all: Vec<_> = facts
            .deadlines
            .iter()
            .map(|(name, deadline)| format!("{name} {} s", deadline.as_secs_f64()))
            .collect();
        return Check::new(ID, Verdict::Ok, format!("{}.", all.join(", ")));
    }
    Check::new(ID, Verdict::Warning, format!("{}.", complaints.join("; ")))
        .code(Code::ConfigInvalid)
        .advice("The defaults are 5 s for the database and the activity report, 8 s for Supabase, 75 s of idleness")
}

#[cfg(test)]
mod tests;
