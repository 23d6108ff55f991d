//! Where all slots of the server are taken: who holds them, and how one is freed.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::actions::{post, run, said};
use crate::harness::{Instance, OPERATOR, READER, World, url_as};

/// So many sessions may roles have that are no superusers.
const SLOTS: usize = 9;

/// A small server, with a role of ours that may see and end sessions, and one of the applications.
async fn small() -> World {
    let world = World::with_postgres(&["max_connections=12"]).migrated();
    world
        .execute(
            "CREATE ROLE watch LOGIN PASSWORD 'watch-password'; GRANT pg_monitor, pg_signal_backend TO watch;
             GRANT USAGE ON SCHEMA ops TO watch; GRANT SELECT, INSERT ON ops.audit_log TO watch;
             GRANT SELECT ON ALL TABLES IN SCHEMA ops TO watch;
             INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w');
             CREATE ROLE app LOGIN PASSWORD 'app-password'; GRANT pg_signal_backend TO app",
        )
        .await;
    world
}

fn start(world: &World) -> Instance {
    let url = watch(world);
    Instance::start(&[
        ("DATABASE_URL", &url),
        ("SUPABASE_MODE", "prod"),
        ("HEALTH_FRESHNESS_MS", "0"),
    ])
}

fn watch(world: &World) -> String {
    url_as(world.cluster.port(), "watch", "watch-password")
}

async fn session(world: &World, application: &str) -> Result<PgConnection, sqlx::Error> {
    let url = url_as(world.cluster.port(), "app", "app-password");
    PgConnection::connect(&format!("{url}?application_name={application}")).await
}

/// Three sessions of one application, and of another one as many as there is room for.
async fn fill(world: &World) -> Vec<PgConnection> {
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(session(world, "zqweb").await.expect("there is room"));
    }
    loop {
        match session(world, "zqintake").await {
            Ok(connection) => held.push(connection),
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("53300"), "{error}");
                return held;
            }
        }
    }
}

async fn connections(service: &Instance, token: &str) -> Value {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    let reply = service
        .send(Method::GET, "/api/health/ops", &headers)
        .await
        .assert_ok();
    reply["sections"]["connections"].clone()
}

#[tokio::test]
async fn a_token_holder_sees_who_holds_them_and_ends_one() {
    let world = small().await;
    let service = start(&world);
    service.get("/api/health/ops").await.assert_ok();
    let mut held = fill(&world).await;
    let others = i64::try_from(held.len() - 3).expect("a few");
    assert_eq!(held.len() + 1, SLOTS);
    service
        .get("/api/health/db")
        .await
        .assert_code("DFE-DB-004");
    for token in [READER, OPERATOR] {
        let found = connections(&service, token).await;
        let holders = found["holders"].as_array().expect("holders");
        let told: Vec<_> = holders
            .iter()
            .map(|holder| (&holder["application"], &holder["sessions"]))
            .collect();
        let expected = [
            (&json!("zqintake"), &json!(others)),
            (&json!("zqweb"), &json!(3)),
            (&json!("dragonfly-ops"), &json!(1)),
        ];
        assert_eq!(told, expected, "{found}");
        assert_eq!(
            (&holders[0]["user"], &holders[0]["client"]),
            (&json!("app"), &json!("127.0.0.1"))
        );
        assert_eq!(holders[0]["state"], "idle");
        assert!(holders[0]["oldest_seconds"].is_number());
        assert_eq!(holders[2]["oldest_pid"], Value::Null, "ours is not offered");
        let said = format!("9 of 9 connections in use; {others} are held by zqintake as app");
        assert!(
            found["summary"]
                .as_str()
                .is_some_and(|text| text.starts_with(&said)),
            "{found}"
        );
    }
    let public = service.get("/api/health/ops").await;
    let section = &public.json()["sections"]["connections"];
    assert_eq!(section["verdict"], "critical", "{section}");
    assert_eq!(section["summary"], "9 of 9 connections in use.");
    let failed = service.get("/api/health/ops?fail_on=critical").await;
    assert_eq!(failed.status, 503);
    for body in [public.body, failed.body] {
        for identity in ["zqintake", "zqweb", "127.0.0.1", "holders", "\"app\""] {
            assert!(!body.contains(identity), "{identity}: {body}");
        }
    }

    let holder = connections(&service, OPERATOR).await["holders"][0].clone();
    let pid = holder["oldest_pid"].as_i64().expect("a pid");
    let path = |verb| format!("/api/ops/sessions/{pid}/{verb}");
    let order = |start: &Value| json!({ "reason": "all slots are taken", "backend_start": start });
    // Who has nothing but the process id, or that of another session's, ends nobody.
    for (body, status) in [
        (order(&Value::Null), 400),
        (order(&json!("2020-01-01 00:00:00+00")), 409),
    ] {
        let reply = post(&service, &path("terminate"), OPERATOR, &[], &body).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    let mut rehearsal = order(&Value::Null);
    rehearsal["dry_run"] = true.into();
    let rehearsed = post(&service, &path("terminate"), OPERATOR, &[], &rehearsal).await;
    assert_eq!(
        rehearsed.json()["before"]["backend_start"],
        holder["oldest_backend_start"],
        "{}",
        rehearsed.body
    );
    let body = order(&holder["oldest_backend_start"]);
    let idle = post(&service, &path("cancel"), OPERATOR, &[], &body).await;
    assert_eq!(idle.status, 400, "{}", idle.body);
    assert!(idle.body.contains("runs no statement"), "{}", idle.body);
    let key = [("idempotency-key", "one")];
    let done = post(&service, &path("terminate"), OPERATOR, &key, &body).await;
    assert_eq!(
        (done.status, &done.json()["verified"]),
        (200, &json!(true)),
        "{}",
        done.body
    );
    let again = post(&service, &path("terminate"), OPERATOR, &key, &body).await;
    assert_eq!(again.json()["replayed"], true, "{}", again.body);
    held.push(session(&world, "zqweb").await.expect("a slot is free"));
    let found = connections(&service, OPERATOR).await;
    assert_eq!(found["by_state"]["idle"], 8, "ours was kept: {found}");
}

#[tokio::test]
async fn the_report_makes_do_with_the_session_of_another_check() {
    let world = small().await;
    let service = start(&world);
    service.get("/api/health/db").await.assert_ok();
    let _held = fill(&world).await;
    for _ in 0..2 {
        let found = connections(&service, OPERATOR).await;
        assert_eq!(found["holders"][0]["application"], "zqintake", "{found}");
        service.get("/api/health/db").await.assert_ok();
    }
}

#[tokio::test]
async fn the_commands_ask_the_instance_that_still_has_its_session() {
    let world = small().await;
    let service = start(&world);
    service.get("/api/health/ops").await.assert_ok();
    let mut held = fill(&world).await;
    let url = watch(&world);
    let port = service.port.to_string();
    let base = [
        ("DATABASE_URL", url.as_str()),
        ("SUPABASE_MODE", "prod"),
        ("HOST", "127.0.0.1"),
        ("PORT", &port),
        ("OPS_TOKEN", OPERATOR),
    ];
    let with_token = [base.as_slice(), &[("DRAGONFLY_TOKEN", OPERATOR)]].concat();

    let (exit, out, err) = said(&run(&with_token, &["pg", "connections"]).await);
    assert_eq!(exit, Some(1), "{out}{err}");
    assert!(
        err.contains("DFE-DB-004") && err.contains("the instance on this machine"),
        "{err}"
    );
    assert!(
        out.contains("zqintake") && out.contains("zqweb") && out.contains("9 of 9"),
        "{out}"
    );
    let (exit, out, err) = said(&run(&base, &["pg", "connections"]).await);
    assert_eq!(exit, Some(1), "{out}{err}");
    assert!(
        !out.contains("zqintake") && err.contains("DRAGONFLY_TOKEN is not set"),
        "{out}{err}"
    );
    let elsewhere = [with_token.as_slice(), &[("SUPABASE_MODE", "staging")]].concat();
    let (exit, out, err) = said(&run(&elsewhere, &["pg", "connections"]).await);
    assert_eq!((exit, out.as_str()), (Some(3), ""), "{err}");
    assert!(err.contains("DFE-DB-004"), "{err}");

    let (exit, out, _) = said(&run(&with_token, &["doctor", "--output", "json"]).await);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let rows = report["checks"].as_array().expect("rows");
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).expect("a row");
    assert_eq!(exit, Some(1), "{out}");
    assert_eq!(row("database.reach")["code"], "DFE-DB-004");
    let summary = row("connections.used")["summary"].as_str();
    assert!(
        summary.is_some_and(|text| text.contains("held by zqintake")),
        "{summary:?}"
    );

    // Whoever has nothing but the address and the token.
    let address = format!("http://127.0.0.1:{port}");
    let alone = [("DRAGONFLY_TOKEN", OPERATOR)];
    for (arguments, exits, shows) in [
        (&["pg", "long"][..], 0, "0 statements"),
        (&["pg", "locks"], 0, "No session waits"),
        (&["workers"], 0, "The only worker is alive"),
        (&["queue", "status"], 0, "Read from ops.job_queue"),
    ] {
        let arguments = [arguments, &["--via", &address, "--env", "production"]].concat();
        let (exit, out, err) = said(&run(&alone, &arguments).await);
        assert_eq!(exit, Some(exits), "{arguments:?} {out}{err}");
        assert!(out.contains(shows), "{arguments:?} {out}");
        assert!(
            err.contains("environment prod, by the instance at"),
            "{err}"
        );
    }
    let json = ["pg", "connections", "--output", "json", "--via", &address];
    let (_, out, _) = said(&run(&alone, &json).await);
    let told: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(told["verdict"], "critical");
    assert_eq!(told["complaints"][0]["id"], "connections.used");
    let holder = &told["holders"][0];
    assert_eq!(holder["application"], "zqintake", "{told}");

    for (token, env, exits, says) in [
        ("nobody's", "prod", 3, "DFE-AUTH-002"),
        (OPERATOR, "staging", 2, "DFE-CFG-002"),
    ] {
        let arguments = ["workers", "--via", &address, "--env", env];
        let (exit, out, err) = said(&run(&[("DRAGONFLY_TOKEN", token)], &arguments).await);
        assert_eq!((exit, out.as_str()), (Some(exits), ""), "{err}");
        assert!(err.contains(says), "{err}");
    }

    let pid = holder["oldest_pid"].to_string();
    let end = |pid| ["pg", "terminate", pid, "--reason", "no slot", "--yes"];
    let reader = [("DRAGONFLY_TOKEN", READER)];
    let there = [&end(&pid)[..], &["--via", &address]].concat();
    let (exit, _, err) = said(&run(&reader, &there).await);
    assert!(exit == Some(2) && err.contains("DFE-AUTH-003"), "{err}");
    let (exit, out, err) = said(&run(&alone, &there).await);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(
        out.contains("done, and seen to have had its effect"),
        "{out}"
    );
    held.push(session(&world, "zqweb").await.expect("a slot is free"));

    let pid = connections(&service, OPERATOR).await["holders"][0]["oldest_pid"].to_string();
    let (exit, out, err) = said(&run(&with_token, &end(&pid)).await);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(err.contains("the instance on this machine"), "{err}");
    held.push(session(&world, "zqweb").await.expect("a slot is free"));
}
