//! What runs at Railway, service by service.
//!
//! # Design notes
//!
//! Railway names what happened to a deployment, and not why: that a crash was one of memory stands in
//! the last lines of its log, where anything says so. Who has set no token has not asked for this:
//! that is said, and is no complaint.

use jiff::Timestamp;

use crate::domain::activity::{many, span};
use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The id of the row of the API.
pub(crate) const REACH: &str = "railway.reach";
/// The id of the row of one service.
const DEPLOYMENT: &str = "railway.deployment";
/// Statuses of a deployment that is on its way.
pub(crate) const UNDER_WAY: &[&str] = &[
    "BUILDING",
    "DEPLOYING",
    "INITIALIZING",
    "QUEUED",
    "WAITING",
    "NEEDS_APPROVAL",
];
/// What Railway calls a deployment, or an instance, that ended by itself and will not come back.
pub(crate) const CRASHED: &str = "CRASHED";
/// What it calls an instance that is being started again.
pub(crate) const RESTARTING: &str = "RESTARTING";

/// Statuses of a deployment that nothing runs of, and that nothing will.
const GONE: &[&str] = &["REMOVED", "SKIPPED"];

/// What runs in one environment.
#[derive(Debug, Clone, Default)]
pub struct RailwayFacts {
    /// The ids of project and environment.
    pub ids: [String; 2],
    /// The environment's name.
    pub environment: String,
    /// Its services.
    pub services: Vec<ServiceFacts>,
    /// The ids and names of services that this process has seen there, and that are there no more.
    pub gone: Vec<(String, String)>,
}

/// A service.
#[derive(Debug, Clone, Default)]
pub struct ServiceFacts {
    /// Its id.
    pub id: String,
    /// Whether it is the one that looks.
    pub is_own: bool,
    /// Its name.
    pub name: String,
    /// Its latest deployment; nothing where none was ever made.
    pub deployment: Option<DeploymentFacts>,
}

/// The latest deployment of a service.
#[derive(Debug, Clone, Default)]
pub struct DeploymentFacts {
    /// Its id.
    pub id: String,
    /// Its status, as Railway calls it.
    pub status: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// For how long that is, in seconds.
    pub seconds: Option<f64>,
    /// The status of each of its instances.
    pub instances: Vec<String>,
    /// What its log says was used up, where it crashed.
    pub used_up: Option<String>,
}

impl DeploymentFacts {
    /// Whether it crashed, or one of its instances did.
    fn is_crashed(&self) -> bool {
        self.status == CRASHED || (self.has_instance(CRASHED) && !self.is_gone())
    }

    /// Whether nothing of it is there any more: as the latest one, it was replaced by none.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        GONE.contains(&self.status.as_str())
    }

    /// How it stands, instances included, in a word of Railway's; nothing where one of them is being started again,
    /// which may end either way.
    #[must_use]
    pub(crate) fn standing(&self) -> Option<&str> {
        match () {
            () if self.is_crashed() => Some(CRASHED),
            () if self.has_instance(RESTARTING) => None,
            () => Some(&self.status),
        }
    }

    fn has_instance(&self, status: &str) -> bool {
        self.instances.iter().any(|instance| instance == status)
    }

    /// What is known of it, in a sentence.
    #[must_use]
    pub(crate) fn summary(&self) -> String {
        let since = self
            .seconds
            .map_or_else(String::new, |seconds| format!(" for {}", span(seconds)));
        let mut statuses: Vec<_> = self.instances.iter().map(String::as_str).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let counted: Vec<_> = statuses
            .into_iter()
            .map(|status| {
                let count = self.instances.iter().filter(|one| *one == status).count();
                format!("{count} {status}")
            })
            .collect();
        let instances = if counted.is_empty() {
            "none".to_owned()
        } else {
            counted.join(", ")
        };
        format!(
            "Its latest deployment is {}{since}; instances: {instances}.",
            self.status
        )
    }
}

/// The rows of Railway; nothing where no token is set.
#[must_use]
pub(crate) fn judge(look: Option<&Look<RailwayFacts>>) -> Vec<Check> {
    let Some(look) = look else {
        let summary = "Not asked: neither RAILWAY_TOKEN nor RAILWAY_API_TOKEN is set.";
        return vec![Check::new(REACH, Verdict::Ok, summary)];
    };
    let facts = match &look.found {
        Ok(facts) => facts,
        Err(missed) => {
            let reach = match missed {
                // What is wrong on our side, we can mend; that their API is away says nothing of what
                // runs there.
                Missed::Failed(fault) if fault.code.category().as_str() == "CFG" => {
                    Check::of_fault(REACH, fault)
                }
                Missed::Failed(_) | Missed::After(_) => missed.row(REACH),
            };
            return vec![reach.took(look.took), Missed::After(REACH).row(DEPLOYMENT)];
        }
    };
    let count = facts.services.len();
    let services = many(count, "service", "services");
    let summary = format!("It answers: {}, {count} {services}.", facts.environment);
    let mut checks = vec![Check::new(REACH, Verdict::Ok, summary).took(look.took)];
    checks.extend(facts.services.iter().map(judge_service));
    if facts.services.is_empty() {
        let summary = "There is no service in this environment.";
        checks.push(Check::new(DEPLOYMENT, Verdict::Ok, summary));
    }
    checks
}

fn judge_service(service: &ServiceFacts) -> Check {
    let check = match &service.deployment {
        Some(deployment) => judge_deployment(deployment, &service.name),
        None => Check::new(DEPLOYMENT, Verdict::Ok, "Nothing was ever deployed of it."),
    };
    check.subject(service.name.clone())
}

fn judge_deployment(deployment: &DeploymentFacts, name: &str) -> Check {
    let summary = deployment.summary();
    let log = format!("dragonfly-ops logs --railway {name}");
    let found = |verdict, code, summary, advice: String| {
        Check::new(DEPLOYMENT, verdict, summary)
            .code(code)
            .advice(advice)
    };
    let railway = Code::VendorRailway;
    let warning = |advice| found(Verdict::Warning, railway, summary.clone(), advice);
    if let (true, Some(used_up)) = (deployment.is_crashed(), &deployment.used_up) {
        let summary = format!("{summary} Its log says: {used_up}.");
        let advice =
            format!("The service's memory and disk in Railway's metrics, its limits; {log}");
        return found(Verdict::Critical, Code::ResourceExhausted, summary, advice);
    }
    if deployment.is_crashed() {
        let advice = format!(
            "{log}: its last lines; then dragonfly-ops restart {name} --reason \"it crashed\""
        );
        return found(Verdict::Critical, railway, summary, advice);
    }
    match deployment.status.as_str() {
        "SUCCESS" if deployment.has_instance(RESTARTING) => warning(match &deployment.used_up {
            Some(used_up) => format!("{log}: it says that {used_up}"),
            None => format!("{log}: why it ended"),
        }),
        "SUCCESS" if deployment.has_instance("STOPPED") => warning(format!(
            "Who stopped it; dragonfly-ops restart {name} --reason \"it was stopped\""
        )),
        "SUCCESS" | "SLEEPING" | "SKIPPED" => Check::new(DEPLOYMENT, Verdict::Ok, summary),
        "FAILED" => warning(
            "Its build and deploy logs in Railway; what ran before may still serve".to_owned(),
        ),
        "NEEDS_APPROVAL" => warning("Approve it in Railway's dashboard, or cancel it".to_owned()),
        status if UNDER_WAY.contains(&status) => {
            warning("Wait until it is over: dragonfly-ops doctor --wait 5m".to_owned())
        }
        "REMOVED" | "REMOVING" => {
            warning("Deploy it, or remove the service if it is meant to be gone".to_owned())
        }
        _ => Check::new(
            DEPLOYMENT,
            Verdict::Unknown,
            format!("{summary} What that means is not known."),
        )
        .advice("Railway deployment status"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::fault::Fault;

    fn deployment(status: &str, instances: &[&str]) -> DeploymentFacts {
        DeploymentFacts {
            status: status.to_owned(),
            seconds: Some(600.0),
            instances: instances.iter().map(|one| (*one).to_owned()).collect(),
            ..DeploymentFacts::default()
        }
    }

    fn rows(services: Vec<ServiceFacts>) -> Vec<Check> {
        judge(Some(&Look {
            found: Ok(RailwayFacts {
                environment: "production".to_owned(),
                services,
                ..RailwayFacts::default()
            }),
            took: Duration::from_millis(3),
        }))
    }

    fn of(deployment: Option<DeploymentFacts>) -> Check {
        let name = "intake".to_owned();
        let service = ServiceFacts {
            name,
            deployment,
            ..ServiceFacts::default()
        };
        let mut rows = rows(vec![service]);
        assert_eq!((rows.len(), rows[0].verdict), (2, Verdict::Ok));
        rows.remove(1)
    }

    #[test]
    fn each_status_has_its_verdict_and_what_to_do() {
        let railway = Some(Code::VendorRailway);
        for (status, instances, verdict, code) in [
            ("SUCCESS", &["RUNNING", "RUNNING"][..], Verdict::Ok, None),
            ("SUCCESS", &["EXITED"], Verdict::Ok, None),
            ("SLEEPING", &[], Verdict::Ok, None),
            ("SKIPPED", &[], Verdict::Ok, None),
            ("CRASHED", &["CRASHED"], Verdict::Critical, railway),
            ("CRASHED", &[], Verdict::Critical, railway),
            (
                "SUCCESS",
                &["RUNNING", "CRASHED"],
                Verdict::Critical,
                railway,
            ),
            ("SUCCESS", &["RESTARTING"], Verdict::Warning, railway),
            (
                "SUCCESS",
                &["RUNNING", "STOPPED"],
                Verdict::Warning,
                railway,
            ),
            ("FAILED", &[], Verdict::Warning, railway),
            ("BUILDING", &[], Verdict::Warning, railway),
            ("QUEUED", &[], Verdict::Warning, railway),
            ("NEEDS_APPROVAL", &[], Verdict::Warning, railway),
            ("REMOVED", &[], Verdict::Warning, railway),
            ("MOONLIT", &[], Verdict::Unknown, None),
        ] {
            let row = of(Some(deployment(status, instances)));
            assert_eq!((row.verdict, row.code), (verdict, code), "{row:?}");
            assert_eq!(row.subject.as_deref(), Some("intake"));
            assert_eq!(row.advice.is_some(), verdict != Verdict::Ok, "{row:?}");
        }
        assert_eq!(of(None).verdict, Verdict::Ok);
    }

    #[test]
    fn one_instance_that_crashed_is_a_crash_and_one_that_is_started_again_is_nothing_yet() {
        for (status, instances, standing) in [
            ("SUCCESS", &["RUNNING"][..], Some("SUCCESS")),
            ("SUCCESS", &["RUNNING", "CRASHED"], Some("CRASHED")),
            ("SUCCESS", &["RESTARTING"], None),
            ("CRASHED", &[], Some("CRASHED")),
            ("FAILED", &[], Some("FAILED")),
        ] {
            assert_eq!(deployment(status, instances).standing(), standing);
        }
    }

    #[test]
    fn a_row_says_since_when_and_how_many() {
        let row = of(Some(deployment(
            "SUCCESS",
            &["RUNNING", "EXITED", "RUNNING"],
        )));
        assert_eq!(
            row.summary,
            "Its latest deployment is SUCCESS for 10 min; instances: 1 EXITED, 2 RUNNING."
        );
        let ageless = DeploymentFacts {
            seconds: None,
            ..deployment("SUCCESS", &[])
        };
        assert_eq!(
            of(Some(ageless)).summary,
            "Its latest deployment is SUCCESS; instances: none."
        );
    }

    #[test]
    fn a_crash_of_memory_is_another_thing_than_a_crash() {
        let used_up = Some("memory is used up".to_owned());
        let row = of(Some(DeploymentFacts {
            used_up: used_up.clone(),
            ..deployment("CRASHED", &["CRASHED"])
        }));
        assert_eq!(
            (row.verdict, row.code),
            (Verdict::Critical, Some(Code::ResourceExhausted))
        );
        assert!(row.summary.ends_with("Its log says: memory is used up."));
        let row = of(Some(DeploymentFacts {
            used_up,
            ..deployment("SUCCESS", &["RESTARTING"])
        }));
        assert_eq!(row.verdict, Verdict::Warning);
        let advice = row.advice.unwrap_or_default();
        assert!(advice.contains("memory is used up"), "{advice}");
    }

    #[test]
    fn without_a_token_it_was_not_asked_and_without_an_answer_nothing_is_known() {
        let rows = judge(None);
        assert_eq!((rows.len(), rows[0].verdict), (1, Verdict::Ok));
        assert!(rows[0].summary.contains("RAILWAY_TOKEN"));
        for (code, verdict) in [
            (Code::ConfigInvalid, Verdict::Critical),
            (Code::ConfigMissing, Verdict::Critical),
            (Code::NetTimeout, Verdict::Unknown),
            (Code::VendorRailway, Verdict::Unknown),
        ] {
            let look = Look {
                found: Err(Missed::Failed(Fault::new(code, "x"))),
                took: Duration::from_millis(3),
            };
            let rows = judge(Some(&look));
            let found: Vec<_> = rows.iter().map(|row| (row.id, row.verdict)).collect();
            assert_eq!(found, [(REACH, verdict), (DEPLOYMENT, Verdict::Unknown)]);
            assert_eq!(rows[0].code, Some(code));
        }
        let empty = self::rows(Vec::new());
        assert_eq!((empty.len(), empty[1].verdict), (2, Verdict::Ok));
    }
}
