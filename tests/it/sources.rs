//! Railway and n8n as sources of alerts: what is looked at by itself becomes an incident, and ends with it.
//!
//! The stand-in of Railway has the shapes of its public documentation and of the schema that its command line carries
//! (`railway`): `DeploymentStatus` with CRASHED, FAILED and SUCCESS, and none for memory that is used up; a
//! `ServiceInstance` has a `latestDeployment`, which may be null; `deploymentLogs` and `buildLogs` are lists of
//! `timestamp`, `message` and `severity`; 429 with `Retry-After` in seconds. n8n's is as its documentation says
//! (Monitor n8n): `/healthz/readiness` is 200 and `{"status":"ok"}`, or 503 and `{"status":"error"}`.

use std::path::Path;
use std::time::Duration;

use hyper::Method;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Instance, OPERATOR, Peer, World, client, execute};
use crate::outage::{start, until};
use crate::railway::{Railway, TOKEN};
use crate::telling::stand_in::StandIn;

/// Long enough for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);
const READY: (u16, Option<(&str, &str)>, &str) = (200, None, r#"{"status":"ok"}"#);
const NOT_READY: (u16, Option<(&str, &str)>, &str) = (503, None, r#"{"status":"error"}"#);

/// A service that looks every second.
fn looking(world: &World, state: &Path, peer: &Peer, more: &[(&str, &str)]) -> Instance {
    let mut settings = vec![("SOURCES_INTERVAL", "1"), ("RAILWAY_SERVICE_ID", "s-2")];
    settings.extend_from_slice(more);
    start(world, state, peer, &settings)
}

fn at(railway: &Railway) -> [(&str, &str); 2] {
    [
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
    ]
}

/// Waits until Railway was asked for what runs there so many more times.
async fn asked_again(railway: &Railway, times: usize) {
    let looks = || {
        let asked = railway.asked();
        asked.iter().filter(|(what, _)| *what == "project(").count()
    };
    let before = looks();
    let asked = async {
        while looks() < before + times {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| panic!("{:?}", railway.asked()));
}

async fn incidents(service: &Instance) -> Vec<Value> {
    let bearer = format!("Bearer {OPERATOR}");
    let headers = [("authorization", &*bearer)];
    let listed = service.send(Method::GET, "/incidents", &headers).await;
    let listed = listed.json()["incidents"].clone();
    listed.as_array().expect("incidents").clone()
}

fn codes(incident: &Value) -> Vec<&str> {
    let codes = incident["codes"].as_array().into_iter().flatten();
    codes.filter_map(|one| one["code"].as_str()).collect()
}

fn says(incident: &Value, text: &str) -> bool {
    incident["timeline"].to_string().contains(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_crashed_is_one_incident_until_it_runs() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let railway = Railway::start().await;
    let service = looking(&world, state.path(), &peer, &at(&railway));
    asked_again(&railway, 2).await;
    assert!(incidents(&service).await.is_empty());
    railway.set(|behaviour| behaviour.status = Some("CRASHED"));
    let opened = until(&service, OPERATOR, "it is opened", |one| {
        one["state"] == "open"
    })
    .await;
    assert_eq!(
        (&opened["title"], &opened["severity"]),
        (
            &json!("intake: deployment crashed in production"),
            &json!("P3")
        )
    );
    assert_eq!(codes(&opened), ["DFE-VND-002"]);
    // The same deployment again and again, and the webhook's word of it, are the same.
    asked_again(&railway, 3).await;
    let webhook = json!({
        "type": "Deployment.crashed", "details": { "id": "d-1", "status": "CRASHED" },
        "resource": {
            "project": { "id": "p-1" }, "environment": { "id": "e-1", "name": "production" },
            "service": { "id": "s-1", "name": "intake" },
        },
        "timestamp": "2026-11-01T12:00:00.000Z",
    });
    let path = format!("/api/hooks/railway/{}", crate::harness::REPORTER);
    let headers = [("content-type", "application/json")];
    let sent = service
        .send_body(Method::POST, &path, &headers, webhook.to_string())
        .await
        .json();
    assert_eq!(sent["alerts"][0]["outcome"], "known", "{sent}");
    // A new one that fails, too, is no second incident.
    railway.set(|behaviour| {
        (behaviour.status, behaviour.deployment) = (Some("FAILED"), Some("d-2"));
    });
    asked_again(&railway, 2).await;
    assert_eq!(incidents(&service).await.len(), 1);
    let metrics = service.metrics().await;
    let outcome = |outcome| metrics.value("dragonfly_alerts_total", &[("outcome", outcome)]);
    assert_eq!((outcome("opened"), outcome("known")), (1, 1));
    let read = [("source", "railway")];
    assert!(metrics.value("dragonfly_source_read_timestamp_seconds", &read) > 0);
    // What is on its way says nothing yet.
    railway.set(|behaviour| behaviour.status = Some("BUILDING"));
    asked_again(&railway, 2).await;
    assert_eq!(incidents(&service).await[0]["state"], "open");
    railway.set(|behaviour| behaviour.status = Some("SUCCESS"));
    let good = until(&service, OPERATOR, "it is good", |one| {
        one["state"] == "mitigated"
    })
    .await;
    assert!(says(&good, "railway says that it is over"), "{good:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_part_of_the_incident_of_their_deployment_whichever_is_noticed_first() {
    for is_deployment_first in [true, false] {
        let world = World::with_postgres(&[]).migrated();
        let peer = Peer::http("200 OK", "", "[]").await;
        let state = tempfile::tempdir().expect("a folder");
        let railway = Railway::start().await;
        let service = looking(&world, state.path(), &peer, &at(&railway));
        asked_again(&railway, 1).await;
        let crash = || railway.set(|behaviour| behaviour.status = Some("CRASHED"));
        let mut admin = world.admin().await;
        let silence = "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('intake-1', now() - interval '1 hour')";
        if is_deployment_first {
            crash();
        } else {
            execute(&mut admin, silence).await;
        }
        until(&service, OPERATOR, "it is opened", |_| true).await;
        if is_deployment_first {
            execute(&mut admin, silence).await;
        } else {
            crash();
        }
        let joined = until(&service, OPERATOR, "both are in it", |one| {
            says(one, "deployment crashed") && says(one, "Workers: ")
        })
        .await;
        if is_deployment_first {
            assert!(says(&joined, "which follows from it"), "{joined:#}");
        }
        assert_eq!(incidents(&service).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_railway_that_hangs_holds_up_nothing() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.hangs = true);
    let n8n = StandIn::start(Some(NOT_READY)).await;
    let mut settings = at(&railway).to_vec();
    settings.push(("N8N_URL", &n8n.base));
    let mut service = looking(&world, state.path(), &peer, &settings);
    while railway.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Meanwhile everything else is looked at, and told.
    let opened = until(&service, OPERATOR, "n8n's is opened", |_| true).await;
    assert_eq!(opened["title"], "n8n is not ready");
    let log = service
        .logged("what runs at Railway cannot be looked at", 1)
        .await;
    assert!(log.contains("DFE-NET-001"), "{log}");
    let metrics = service.metrics().await;
    let name = "dragonfly_source_read_timestamp_seconds";
    assert_eq!(metrics.value(name, &[("source", "railway")]), 0);
    // Neither does it hold up the end.
    service.signal(Signal::TERM);
    assert_eq!(service.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_not_accepted_is_not_presented_again_soon() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let railway = Railway::start().await;
    let n8n = StandIn::start(Some(NOT_READY)).await;
    let settings = [
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", "another-token"),
        ("N8N_URL", &n8n.base),
    ];
    let service = looking(&world, state.path(), &peer, &settings);
    let log = service
        .logged("what runs at Railway cannot be looked at", 1)
        .await;
    assert!(log.contains("DFE-CFG-002"), "{log}");
    // An incident asks the doctor, and for evidence.
    let name = "deployments and logs at Railway";
    let failed = until(&service, OPERATOR, "evidence is taken", |one| {
        says(one, &format!("{name} could not be taken"))
    })
    .await;
    assert!(says(&failed, "DFE-CFG-002"), "{failed:#}");
    n8n.asked();
    for _ in 0..3 {
        n8n.next().await;
    }
    let asked = railway.asked();
    let minute = Duration::from_secs(60);
    let is_soon = |two: &[(_, std::time::Instant)]| two[1].1 - two[0].1 < minute;
    assert!(!asked.windows(2).any(is_soon), "{asked:?}");
    assert_eq!(service.log_text().matches("cannot be looked at").count(), 1);
    assert!(!service.log_text().contains("another-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_be_left_alone_is_left_alone() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.fails = Some((429, "")));
    let service = looking(&world, state.path(), &peer, &at(&railway));
    let log = service
        .logged("what runs at Railway cannot be looked at", 1)
        .await;
    assert!(log.contains("DFE-VND-004"), "{log}");
    railway.set(|behaviour| behaviour.fails = None);
    service
        .logged("what runs at Railway is looked at again", 1)
        .await;
    let asked = railway.asked();
    let [(_, first), (_, second)] = asked[..2] else {
        panic!("{asked:?}");
    };
    // It asked for 7 s.
    assert!(second - first >= Duration::from_secs(7), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn n8n_that_is_not_ready_three_times_in_a_row_is_an_incident_until_it_is() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let n8n = StandIn::start(Some(NOT_READY)).await;
    let service = looking(&world, state.path(), &peer, &[("N8N_URL", &n8n.base)]);
    let opened = until(&service, OPERATOR, "it is opened", |one| {
        one["state"] == "open"
    })
    .await;
    assert_eq!(
        (&opened["title"], codes(&opened)),
        (&json!("n8n is not ready"), vec!["DFE-VND-003"])
    );
    let asked = n8n.asked();
    assert!(asked.len() >= 3, "{asked:?}");
    assert!(asked.iter().all(|one| one.uri == "/healthz/readiness"));
    assert!(
        says(&opened, "n8n is up and not ready (HTTP 503)"),
        "{opened:#}"
    );
    n8n.reply(Some(READY));
    let good = until(&service, OPERATOR, "it is good", |one| {
        one["state"] == "mitigated"
    })
    .await;
    assert!(says(&good, "n8n says that it is over"), "{good:#}");
    assert_eq!(incidents(&service).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_replicas_one_looks() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let railway = Railway::start().await;
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let replicas = [0, 1].map(|n| looking(&world, folders[n].path(), &peer, &at(&railway)));
    asked_again(&railway, 5).await;
    let mut looked = Vec::new();
    for replica in &replicas {
        let metrics = replica.metrics().await;
        let read = metrics.value("dragonfly_source_read_timestamp_seconds", &[]);
        looked.push((read > 0, metrics.value("dragonfly_history_writer", &[])));
    }
    looked.sort_unstable();
    assert_eq!(looked, [(false, 0), (true, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_has_what_runs_at_railway_and_how_its_logs_end() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let railway = Railway::start().await;
    let line = |severity: &str, message: &str| json!({ "timestamp": "2026-11-24T10:00:00Z", "message": message, "severity": severity });
    railway.set(|behaviour| {
        behaviour.status = Some("CRASHED");
        behaviour.log = vec![
            line("info", "job 7 done with api_key=zqcanary7zqcanary7"),
            line("error", "postgres://u:zqcanary@db/x is not to be reached"),
            line("error", "connect ECONNREFUSED 10.0.0.7:5432 (postgres)"),
        ];
    });
    let service = looking(&world, state.path(), &peer, &at(&railway));
    let name = "deployments and logs at Railway";
    let pieces = |one: &Value| {
        let all = one["evidence"].as_array().into_iter().flatten();
        all.filter(|piece| piece["name"] == name).cloned().collect()
    };
    let taken = until(&service, OPERATOR, "it is taken", |one| {
        let pieces: Vec<Value> = pieces(one);
        !pieces.is_empty()
    })
    .await;
    let piece = pieces(&taken).remove(0);
    let path = piece["url"].as_str().expect("a path");
    let url = format!("http://127.0.0.1:{}{path}", service.port);
    let reply = client().get(url).bearer_auth(OPERATOR).send().await;
    let text = reply.expect("it answers").text().await.expect("a text");
    for line in [
        "Environment production",
        "intake: deployment d-1. Its latest deployment is CRASHED",
        "empty: nothing was ever deployed.",
        "Log of intake",
        "error   DFE-DB-001 connect ECONNREFUSED",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(
        !text.contains("zqcanary") && text.contains("[redacted]"),
        "{text}"
    );
}
