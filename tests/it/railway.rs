//! Railway's API in place of Railway, which cannot run here, and restarts against it.
//!
//! The shapes are those of Railway's public documentation (integrations/api, api/manage-deployments,
//! api/manage-services): one POST, `{data, errors}`, errors with HTTP 200, the header
//! `Project-Access-Token` for a project's token and `Authorization` for an account's, 429 with
//! `Retry-After`.

pub(crate) mod stand_in;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

pub(crate) use self::stand_in::{Railway, TOKEN};
use crate::harness::{Instance, OPERATOR, Reply, World, command, execute, url_as};
use crate::shapes::zones::KoreanPooler;

fn settings<'a>(railway: &'a Railway, database: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
        ("RAILWAY_SERVICE_ID", "s-2"),
        ("SUPABASE_MODE", "prod"),
        ("DATABASE_URL", database),
        ("RESTART_TIMEOUT", "3"),
    ]
}

async fn restart(service: &Instance, name: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    let authorization = format!("Bearer {OPERATOR}");
    let mut all = vec![
        ("content-type", "application/json"),
        ("authorization", &authorization),
    ];
    all.extend_from_slice(headers);
    let path = format!("/api/ops/workers/{name}/restart");
    service
        .send_body(Method::POST, &path, &all, body.to_string())
        .await
}

fn because() -> Value {
    json!({ "reason": "a leak" })
}

#[tokio::test]
async fn a_restart_ends_with_the_heartbeat_of_a_new_start_and_is_not_repeated_for_two_minutes() {
    let world = World::with_postgres(&[]).migrated();
    world.execute(
            "INSERT INTO ops.worker_heartbeats (worker_name, started_at) VALUES ('intake-1', now()), ('intake-2', now())",
        )
        .await;
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.workers = Some((world.url.clone(), true)));
    let service = Instance::start(&settings(&railway, &world.url));
    let dry = json!({ "reason": "a leak", "dry_run": true });
    let reply = restart(&service, "intake", &[], dry).await;
    assert_eq!(
        (reply.status, railway.restarts()),
        (200, 0),
        "{}",
        reply.body
    );
    let key = [("idempotency-key", "r-1")];
    let reply = restart(&service, "intake", &key, because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["verified"]),
        (200, &json!(true)),
        "{done}"
    );
    assert_eq!(
        done["after"]["workers"].as_array().map(Vec::len),
        Some(2),
        "{done}"
    );
    assert_eq!(done["after"]["instances"], json!(["RUNNING"]));
    let reply = restart(&service, "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (503, &json!("DFE-INT-003")),
        "{}",
        reply.body
    );
    let wait: u64 = reply.header("retry-after").parse().expect("seconds");
    assert!((100..=120).contains(&wait), "{wait}");
    // Another replica has not restarted anything, and knows it from the database.
    let other = Instance::start(&settings(&railway, &world.url));
    let reply = restart(&other, "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (503, &json!("DFE-INT-003")),
        "{}",
        reply.body
    );
    for replica in [&service, &other] {
        let again = restart(replica, "intake", &key, because()).await.json();
        assert_eq!(
            (&again["replayed"], &again["audit_id"]),
            (&json!(true), &done["audit_id"]),
            "{again}"
        );
    }
    assert_eq!(railway.restarts(), 1);
}

/// Heartbeats without a zone are of UTC, also where a pooler leaves the session in that of the server.
#[tokio::test]
async fn a_heartbeat_without_a_zone_is_newer_than_the_restart_wherever_the_session_is() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "ALTER TABLE ops.worker_heartbeats ALTER last_heartbeat TYPE timestamp, ALTER started_at TYPE timestamp;
             INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('intake-1', now() - interval '1 hour')",
        )
        .await;
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.workers = Some((world.url.clone(), true)));
    let pooler = KoreanPooler::start(world.cluster.port()).await;
    let service = Instance::start(&settings(&railway, &pooler.url()));
    let reply = restart(&service, "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["verified"]),
        (200, &json!(true)),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn what_is_seen_of_the_workers_is_said_and_no_more() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world.admin().await;
    let railway = Railway::start().await;
    let act = async |key: &'static str| {
        // A process of its own each time: its memory of the last restart is empty.
        let service = Instance::start(&settings(&railway, &world.url));
        restart(&service, "intake", &[("idempotency-key", key)], because()).await
    };
    let nobody = act("k-1").await;
    assert_eq!(
        (nobody.status, &nobody.json()["verified"]),
        (200, &Value::Null),
        "{}",
        nobody.body
    );
    let past = "ALTER TABLE ops.audit_log DISABLE TRIGGER append_only;
                UPDATE ops.audit_log SET at = at - interval '3 minutes';
                ALTER TABLE ops.audit_log ENABLE TRIGGER append_only";
    execute(&mut admin, past).await;
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake')",
    )
    .await;
    railway.set(|behaviour| behaviour.workers = Some((world.url.clone(), false)));
    let beating = act("k-2").await;
    assert_eq!(
        (beating.status, &beating.json()["verified"]),
        (200, &Value::Null),
        "{}",
        beating.body
    );
    assert!(
        beating.body.contains("do not say when they started"),
        "{}",
        beating.body
    );
    execute(&mut admin, past).await;
    railway.set(|behaviour| behaviour.workers = None);
    let missing = act("k-3").await;
    assert_eq!(
        (missing.status, &missing.json()["verified"]),
        (202, &json!(false)),
        "{}",
        missing.body
    );
    // The same order waits again, and restarts nothing.
    execute(
        &mut admin,
        "UPDATE ops.worker_heartbeats SET last_heartbeat = clock_timestamp(), started_at = clock_timestamp()",
    )
    .await;
    let again = act("k-3").await;
    assert_eq!(
        (again.status, &again.json()["verified"]),
        (200, &json!(true)),
        "{}",
        again.body
    );
    assert_eq!(railway.restarts(), 3);
}

#[tokio::test]
async fn what_must_not_or_cannot_be_restarted_is_refused() {
    let railway = Railway::start().await;
    let world = World::with_postgres(&[]).migrated();
    let service = Instance::start(&settings(&railway, &world.url));
    for (name, status, code, detail) in [
        ("nobody", 400, "DFE-VAL-001", "there are: intake"),
        (
            "dragonfly-ops",
            400,
            "DFE-VAL-001",
            "would not live to see the end",
        ),
        ("empty", 400, "DFE-VAL-001", "no deployment"),
    ] {
        let reply = restart(&service, name, &[], because()).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code)),
            "{}",
            reply.body
        );
        assert!(reply.body.contains(detail), "{}", reply.body);
    }
    railway.set(|behaviour| behaviour.status = Some("DEPLOYING"));
    let reply = restart(&service, "intake", &[], because()).await;
    assert_eq!(reply.json()["code"], "DFE-INT-003", "{}", reply.body);
    let mut staging = settings(&railway, &world.url);
    staging.retain(|(name, _)| *name != "SUPABASE_MODE");
    staging.push(("SUPABASE_MODE", "staging"));
    let reply = restart(&Instance::start(&staging), "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (500, &json!("DFE-CFG-002")),
        "{}",
        reply.body
    );
    let unset = world.start(&[]);
    let reply = restart(&unset, "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (500, &json!("DFE-CFG-001")),
        "{}",
        reply.body
    );
    assert_eq!(railway.restarts(), 0);
}

#[tokio::test]
async fn railways_failures_have_their_codes_and_a_restart_that_failed_is_on_record() {
    let railway = Railway::start().await;
    let world = World::with_postgres(&[]).migrated();
    let service = Instance::start(&settings(&railway, &world.url));
    for (fails, status, code) in [
        (
            (
                200,
                r#"{"errors":[{"message":"Problem processing request zqcanary"}],"data":null}"#,
            ),
            502,
            "DFE-VND-002",
        ),
        (
            (
                200,
                r#"{"errors":[{"message":"Not Authorized"}],"data":null}"#,
            ),
            500,
            "DFE-CFG-002",
        ),
        ((429, ""), 503, "DFE-VND-004"),
        ((503, "<html>"), 502, "DFE-VND-002"),
        ((200, "<html>"), 502, "DFE-VND-002"),
    ] {
        railway.set(|behaviour| behaviour.fails = Some(fails));
        let reply = restart(&service, "intake", &[], because()).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code)),
            "{}",
            reply.body
        );
        assert!(!reply.body.contains("zqcanary"), "{}", reply.body);
        assert_eq!(
            reply.header("retry-after"),
            if code == "DFE-VND-004" { "7" } else { "" }
        );
    }
    railway.set(|behaviour| {
        behaviour.failing = Some("deploymentRestart");
        behaviour.fails = Some((
            200,
            r#"{"errors":[{"message":"Problem processing request"}],"data":null}"#,
        ));
    });
    // Nothing was restarted, so there is nothing to cool down from.
    for _ in 0..2 {
        let reply = restart(&service, "intake", &[], because()).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (502, &json!("DFE-VND-002")),
            "{}",
            reply.body
        );
    }
    let mut admin = world.admin().await;
    let phases: String =
        sqlx::query_scalar("SELECT string_agg(phase, ' ' ORDER BY id) FROM ops.audit_log")
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
    assert_eq!(phases, "begun failed begun failed");
    let mut wrong = settings(&railway, &world.url);
    wrong.push(("RAILWAY_TOKEN", "another-token"));
    let wrong = Instance::start(&wrong);
    let reply = restart(&wrong, "intake", &[], because()).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (500, &json!("DFE-CFG-002")),
        "{}",
        reply.body
    );
    assert!(!service.log_text().contains(TOKEN) && !wrong.log_text().contains("another-token"));
}

#[tokio::test]
async fn a_restart_is_possible_while_the_database_is_down_and_says_what_it_could_not_see() {
    let railway = Railway::start().await;
    let gone = url_as(1, "u", "p");
    let service = Instance::start(&settings(&railway, &gone));
    let reply = restart(&service, "intake", &[], because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["verified"], &done["audit_id"]),
        (200, &Value::Null, &Value::Null),
        "{done}"
    );
    assert!(reply.body.contains("Not on record"), "{done}");
    service.logged("workers.restart", 1).await;
    let reply = restart(&service, "intake", &[], because()).await;
    assert_eq!(
        reply.json()["code"],
        "DFE-INT-003",
        "this process remembers: {}",
        reply.body
    );
    assert_eq!(railway.restarts(), 1);
}

#[tokio::test]
async fn the_command_restarts_with_an_accounts_token_too() {
    let railway = Railway::start().await;
    let world = World::with_postgres(&[]).migrated();
    let mut all = settings(&railway, &world.url);
    all.retain(|(name, _)| *name != "RAILWAY_TOKEN");
    all.extend([
        ("RAILWAY_API_TOKEN", TOKEN),
        ("RAILWAY_PROJECT_ID", "p-1"),
        ("RAILWAY_ENVIRONMENT_ID", "e-1"),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ]);
    let mut command = tokio::process::Command::from(command(&all));
    command.args([
        "restart", "intake", "--reason", "a leak", "--env", "prod", "--yes", "--output", "json",
    ]);
    let limit = Duration::from_secs(60);
    let output = tokio::time::timeout(limit, command.output())
        .await
        .expect("it ends")
        .expect("it runs");
    let done: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(
        (output.status.code(), &done["complete"]),
        (Some(0), &json!(true)),
        "{done}"
    );
    assert_eq!(railway.restarts(), 1);
}

/// Hidden heartbeats look like a service without workers, and that is another thing.
#[tokio::test]
async fn workers_that_may_be_hidden_are_not_said_to_be_none() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "CREATE ROLE blind LOGIN PASSWORD 'blind-password-1';
             GRANT USAGE ON SCHEMA ops TO blind;
             GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA ops TO blind;
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO blind;
             INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake-1');
             ALTER TABLE ops.worker_heartbeats ENABLE ROW LEVEL SECURITY",
        )
        .await;
    let railway = Railway::start().await;
    let url = url_as(world.cluster.port(), "blind", "blind-password-1");
    let mut settings = settings(&railway, &url);
    // Nobody waits for what will not show.
    settings.retain(|(name, _)| *name != "RESTART_TIMEOUT");
    let service = Instance::start(&settings);
    let reply = restart(&service, "intake", &[], because()).await;
    let done = reply.json();
    assert_eq!((reply.status, railway.restarts()), (200, 1), "{done}");
    assert_eq!(done["verified"], Value::Null, "{done}");
    let note =
        "Railway has begun the restart; whether the workers are back could not be looked at.";
    assert_eq!(done["notes"], json!([note]), "{done}");
}
