//! The all-clear, against a running instance.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::Value;

use crate::adapters::instance::{Instance, Reply};
use crate::domain::activity::{Activity, ToldActivity};
use crate::domain::check::{Check, worst};
use crate::domain::doctor::work::rows_of;
use crate::domain::fault::Fault;
use crate::domain::gate::rest_after;
use crate::domain::target;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::redact::Redactor;

/// What has to be well, by name: "all of them" is no list.
const ENDPOINTS: &[(&str, &str)] = &[
    ("check.health", "/api/health"),
    ("check.db", "/api/health/db"),
    ("check.supabase", "/api/health/supabase"),
    ("check.ready", "/api/health/ready"),
    ("check.version", "/api/health/version"),
    ("check.ops", "/api/health/ops"),
];
/// One pass may be luck.
const PASSES: u32 = 3;
/// Longer than an outcome is shared that was found quickly, so that each pass is a new look.
const PAUSE: Duration = Duration::from_millis(1_200);
/// How much longer than an outcome is shared that took long.
const MARGIN: Duration = Duration::from_millis(200);
/// Longer than the longest deadline of a check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Who has to answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The commit, or at least its first seven digits; nothing: any.
    pub sha: Option<&'a str>,
    /// The environment; nothing: any.
    pub environment: Option<&'a str>,
}

/// What is heard of the all-clear before it is given.
#[derive(Debug)]
pub enum Heard<'a> {
    /// A pass begins once this has passed.
    Pass {
        /// Its number.
        number: u32,
        /// How many there are at most.
        of: u32,
        /// For how long the instance shares what it found last.
        after: Duration,
    },
    /// An endpoint has answered, or will not: its rows.
    Rows(&'a [Check]),
}

/// Asks all six, three times over; the rows of the last pass, or of the first that is worse than
/// `tolerated`. What is found is heard as it arrives.
///
/// # Errors
///
/// DFE-CFG-002 where `url` is no address for HTTP, DFE-INT-001 where no client can be made, which is not foreseen.
pub async fn all_clear(
    redactor: &Redactor,
    url: &str,
    expected: Expected<'_>,
    tolerated: Verdict,
    mut hear: impl FnMut(Heard<'_>),
) -> Result<Vec<Check>, Fault> {
    let instance = Instance::new(url, TIMEOUT, redactor.clone())?;
    let mut checks = Vec::new();
    let mut pause = PAUSE;
    for pass in 1..=PASSES {
        hear(Heard::Pass {
            number: pass,
            of: PASSES,
            after: if pass > 1 { pause } else { Duration::ZERO },
        });
        if pass > 1 {
            tokio::time::sleep(pause).await;
        }
        // All at once: each waits for its own deadline, and not for those of the others.
        let ask = async |at: usize| (at, instance.get(ENDPOINTS[at].1).await);
        let mut replies: FuturesUnordered<_> = (0..ENDPOINTS.len()).map(ask).collect();
        let mut rows = vec![Vec::new(); ENDPOINTS.len()];
        pause = PAUSE;
        while let Some((at, reply)) = replies.next().await {
            pause = reply
                .as_ref()
                .map_or(pause, |reply| pause.max(shared_for(reply)));
            rows[at] = judge_all(ENDPOINTS[at], expected, reply, pass);
            hear(Heard::Rows(&rows[at]));
        }
        checks = rows.concat();
        if worst(&checks) > tolerated {
            break;
        }
    }
    Ok(checks)
}

/// What an answer comes to, with what its report complains of, as the doctor has it.
fn judge_all(
    (id, path): (&'static str, &str),
    expected: Expected<'_>,
    reply: Result<Reply, Fault>,
    pass: u32,
) -> Vec<Check> {
    let report = reply.as_ref().ok().and_then(|reply| activity(&reply.body));
    let check = judge(id, path, expected, reply).subject(format!("pass {pass}"));
    let report = report.filter(|_| check.code.is_none());
    let complaints = report.iter().flat_map(rows_of);
    let complaints = complaints.filter(|row| row.verdict != Verdict::Ok);
    std::iter::once(check).chain(complaints).collect()
}

/// The report on activity that a body is, where it is one.
fn activity(body: &Value) -> Option<Activity> {
    body["sections"].is_object().then_some(())?;
    ToldActivity::deserialize(body).ok().map(Activity::from)
}

/// For how long the instance shares the outcome that it answered with.
fn shared_for(reply: &Reply) -> Duration {
    let millis = reply.body["latency_ms"].as_f64().unwrap_or_default();
    let latency = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default();
    rest_after(latency) + MARGIN
}

/// What an answer comes to. A 200 alone is not enough: its body has to say so, too.
fn judge(
    id: &'static str,
    path: &str,
    expected: Expected<'_>,
    reply: Result<Reply, Fault>,
) -> Check {
    let reply = match reply {
        Ok(reply) => reply,
        Err(fault) => return Check::of_fault(id, &fault),
    };
    let check = |verdict, summary: String| Check::new(id, verdict, summary).took(reply.took);
    let text = |name: &str| reply.body[name].as_str().unwrap_or_default();
    if let Some(expected) = expected.sha
        && reply
            .sha
            .as_deref()
            .is_none_or(|sha| !is_same(sha, expected))
    {
        let seen = reply.sha.as_deref().unwrap_or("no commit");
        return check(
            Verdict::Critical,
            format!("Answered by {seen}, not by {expected}."),
        )
        .advice("Wait for the deployment to finish, then check again");
    }
    if let Some(environment) = expected.environment
        && !target::is_same(text("environment"), environment)
    {
        let seen = match text("environment") {
            "" => "no environment",
            seen => seen,
        };
        return check(
            Verdict::Critical,
            format!("Answered by {seen}, not by {environment}."),
        )
        .code(Code::ConfigInvalid)
        .advice("The URL, and SUPABASE_MODE of the instance behind it");
    }
    if let Ok(code) = text("code").parse::<Code>() {
        let first_check = reply.body["first_check"].as_str();
        return check(Verdict::Critical, text("detail").to_owned())
            .code(code)
            .advice(first_check.unwrap_or(code.entry().first_check));
    }
    if reply.status != 200 || text("status") != "ok" {
        let summary = format!(
            "{path} answered {} and not that it is ok.",
            reply.status.as_u16()
        );
        return check(Verdict::Critical, summary)
            .advice("Whether this is the address of dragonfly-ops");
    }
    match reply.body["verdict"].as_str() {
        None => check(Verdict::Ok, "ok".to_owned()),
        Some("ok") => check(Verdict::Ok, "All sections are well.".to_owned()),
        Some(verdict) => check(of_word(verdict), sections(&reply.body))
            .advice("The sections, in /api/health/ops"),
    }
}

/// People give the first digits of a commit.
fn is_same(sha: &str, expected: &str) -> bool {
    expected.len() >= 7 && sha.starts_with(expected)
}

fn of_word(verdict: &str) -> Verdict {
    match verdict {
        "warning" => Verdict::Warning,
        "critical" => Verdict::Critical,
        _ => Verdict::Unknown,
    }
}

/// Which sections are not well.
fn sections(body: &Value) -> String {
    let sections = body["sections"].as_object().into_iter().flatten();
    let names: Vec<_> = sections
        .filter(|(_, section)| section["verdict"] != "ok")
        .map(|(name, _)| name.replace('_', " "))
        .collect();
    format!("Not well: {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(status: u16, body: Value) -> Reply {
        Reply {
            text: String::new(),
            status: status.try_into().expect("a status"),
            sha: Some("0123456789abcdef".to_owned()),
            body,
            took: Duration::ZERO,
        }
    }

    fn verdict(reply: Result<Reply, Fault>) -> (Verdict, Option<Code>) {
        let check = judge("check.ops", "/api/health/ops", Expected::default(), reply);
        (check.verdict, check.code)
    }

    #[test]
    fn only_a_200_that_says_ok_is_ok() {
        for (status, body, expected) in [
            (200, json!({ "status": "ok" }), Verdict::Ok),
            (200, json!({ "status": "failed" }), Verdict::Critical),
            (200, json!("ok"), Verdict::Critical),
            (200, Value::Null, Verdict::Critical),
            (302, json!({ "status": "ok" }), Verdict::Critical),
            (200, json!({ "status": "ok", "verdict": "ok" }), Verdict::Ok),
            (
                200,
                json!({ "status": "ok", "verdict": "warning" }),
                Verdict::Warning,
            ),
            (
                200,
                json!({ "status": "ok", "verdict": "critical" }),
                Verdict::Critical,
            ),
            (
                200,
                json!({ "status": "ok", "verdict": "?" }),
                Verdict::Unknown,
            ),
        ] {
            assert_eq!(
                verdict(Ok(reply(status, body.clone()))).0,
                expected,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn the_next_pass_waits_until_the_outcome_is_no_longer_shared() {
        for (latency, waits) in [(700.0, 14_200), (1.0, 220), (9_000.0, 30_200), (-1.0, 200)] {
            let reply = reply(200, json!({ "latency_ms": latency }));
            assert_eq!(shared_for(&reply), Duration::from_millis(waits));
        }
    }

    #[test]
    fn a_problem_keeps_its_code_and_a_silence_has_one() {
        let problem = json!({ "code": "DFE-DB-002", "detail": "slow", "first_check": "locks" });
        let expected = (Verdict::Critical, Some(Code::DbTimeout));
        assert_eq!(verdict(Ok(reply(503, problem))), expected);
        let silence = Err(Fault::new(Code::NetTimeout, "silent"));
        assert_eq!(
            verdict(silence),
            (Verdict::Critical, Some(Code::NetTimeout))
        );
    }

    #[test]
    fn the_commit_has_to_be_the_expected_one() {
        for (expected, verdict) in [
            ("0123456", Verdict::Ok),
            ("0123456789abcdef", Verdict::Ok),
            ("012345", Verdict::Critical),
            ("fedcba9", Verdict::Critical),
        ] {
            let ok = reply(200, json!({ "status": "ok" }));
            let expected = Expected {
                sha: Some(expected),
                ..Expected::default()
            };
            let check = judge("check.health", "/api/health", expected, Ok(ok));
            assert_eq!(check.verdict, verdict, "{expected:?}");
        }
    }

    #[test]
    fn the_environment_has_to_be_the_expected_one_whatever_it_is_called() {
        let expected = Expected {
            environment: Some("prod"),
            ..Expected::default()
        };
        for (environment, verdict) in [
            (json!("prod"), Verdict::Ok),
            (json!("Production"), Verdict::Ok),
            (json!("staging"), Verdict::Critical),
            (json!(""), Verdict::Critical),
            (Value::Null, Verdict::Critical),
        ] {
            let shown = environment.clone();
            let ok = reply(200, json!({ "status": "ok", "environment": environment }));
            let check = judge("check.health", "/api/health", expected, Ok(ok));
            assert_eq!(check.verdict, verdict, "{shown}");
        }
    }
}
