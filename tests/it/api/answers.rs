//! Each answer beside what the description says of it: to anybody, the reader and the operator, while all is well and
//! while it is not.

use std::time::Instant;

use dragonfly_ops::dev::scene::Scene;
use reqwest::Method;
use serde_json::{Value, json};

use super::served;
use crate::actions::{PAUSE, RELOAD, RESUME, post, until};
use crate::harness::{
    Description, Instance, OPERATOR, Peer, READER, REPORTER, Reply, World, client, connect, execute,
};
use crate::page::Stage;

const NAMED: &[(&str, &str)] = &[
    ("check", "db"),
    ("code", "DFE-DB-002"),
    ("file", "all.svg"),
    ("source", "cron"),
    ("token", REPORTER),
];

/// What is answered there to whoever has that token.
async fn ask(url: &str, path: &str, token: &str) -> Reply {
    let began = Instant::now();
    let mut request = client().get(format!("{url}{path}"));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.expect("it answers");
    Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.text().await.expect("the body arrives"),
        took: began.elapsed(),
    }
}

/// Asserts of every path that is described that it answers everybody as it says. What stands in braces in a path is as
/// `named` says.
async fn assert_looks(made: &Description, url: &str, named: &[(&str, &str)]) {
    for path in made.looks() {
        let concrete = named.iter().fold(path, |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
        for token in ["", READER, OPERATOR] {
            let reply = ask(url, &concrete, token).await;
            made.assert_described(&Method::GET, &concrete, &reply);
        }
    }
}

#[tokio::test]
async fn in_every_situation_what_is_shown_is_as_described() {
    let well = Stage::set(Scene::Well, &[]);
    let made = Description::at(&well.url).await;
    let named = [NAMED, &[("incident", "DB-1"), ("evidence", "none")]].concat();
    for (_, scene) in Scene::ALL {
        let stage = Stage::set(*scene, &[]);
        assert_looks(&made, &stage.url, &named).await;
    }
}

/// An order that is carried out, and answered as described.
async fn order(made: &Description, service: &Instance, path: &str, body: &Value) -> Value {
    let reply = post(service, path, OPERATOR, &[], body).await;
    made.assert_described(&Method::POST, path, &reply);
    assert!(reply.status < 300, "{path} {body}: {}", reply.body);
    reply.json()
}

#[tokio::test]
async fn what_is_done_and_what_is_seen_of_it_is_as_described() {
    let mut world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake');
             INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('scan'); CREATE TABLE t ()",
        )
        .await;
    let peer = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let service = served(&world, &peer);
    let url = format!("http://127.0.0.1:{}", service.port);
    let made = Description::of(&service).await;

    // Somebody holds a lock, and somebody waits for it.
    let mut holder = connect(&world.url).await;
    execute(&mut holder, "BEGIN; LOCK TABLE t").await;
    let mut waiter = connect(&world.url).await;
    let waits = tokio::spawn(async move {
        let _ = sqlx::raw_sql("BEGIN; LOCK TABLE t")
            .execute(&mut waiter)
            .await;
    });
    let mut admin = world.admin().await;
    let is_waiting = "EXISTS (SELECT FROM pg_locks WHERE NOT granted)";
    until(&mut admin, is_waiting.to_owned()).await;

    let because = json!({ "reason": "a test of the description" });
    let dry = json!({ "reason": "a test of the description", "dry_run": true });
    order(&made, &service, PAUSE, &dry).await;
    order(&made, &service, PAUSE, &because).await;
    order(&made, &service, RELOAD, &because).await;
    let seen = ask(&url, "/api/health/ops", OPERATOR).await.json();
    let root = seen["sections"]["locks"]["roots"][0].clone();

    let title =
        json!({ "title": "Invoices are not sent", "message": "none since noon", "severity": "P2" });
    let opened = order(&made, &service, "/api/ops/incidents", &title).await;
    let name = opened["name"].as_str().expect("a name");
    let path = format!("/api/ops/incidents/{name}");
    for deed in [
        json!({ "deed": "acknowledge", "by": "ada" }),
        json!({ "deed": "note", "text": "The mailer was deployed at noon." }),
        json!({ "deed": "severity", "severity": "P1", "text": "nobody is paid" }),
        json!({ "deed": "action_item", "title": "Watch the mailer", "owner": "ada", "due": "2027-01-31" }),
        json!({ "deed": "write", "heading": "impact", "text": "No invoice was sent for an hour." }),
        json!({ "deed": "runbook", "code": "DFE-VND-003", "text": "Look at the mailer first." }),
    ] {
        order(&made, &service, &path, &deed).await;
    }
    let file = json!({ "name": "mailer.log", "content": "U01UUCBhbnN3ZXJzIDQyMQo=" });
    let attached = order(&made, &service, &format!("{path}/evidence"), &file).await;
    let pieces = attached["evidence"].as_array().expect("evidence");
    let piece = pieces.iter().find(|piece| piece["name"] == "mailer.log");
    let evidence = piece.expect("it is kept")["id"].as_str().expect("an id");
    let window = json!({
        "reason": "a drill", "zone": "Europe/Berlin", "begin": "2030-12-01T22:00", "end": "2030-12-01T23:00",
        "series": ["queue"],
    });
    let quiet = order(&made, &service, "/api/ops/quiet", &window).await;
    let quiet = format!(
        "/api/ops/quiet/{}/end",
        quiet["id"].as_str().expect("an id")
    );
    let alert = json!({ "key": "cron", "status": "firing", "title": "The nightly job fails", "code": "DFE-INT-001" });
    order(&made, &service, "/api/ops/alerts", &alert).await;
    let named = [NAMED, &[("incident", name), ("evidence", evidence)]].concat();
    assert_looks(&made, &url, &named).await;

    let end = json!({ "reason": "it is in the way", "backend_start": root["backend_start"] });
    let path_of_end = format!("/api/ops/sessions/{}/terminate", root["pid"]);
    order(&made, &service, &path_of_end, &end).await;
    waits.await.expect("it goes on");
    order(&made, &service, RESUME, &because).await;
    order(&made, &service, &quiet, &json!({})).await;
    for deed in [
        json!({ "deed": "mitigate", "text": "The mailer is back." }),
        json!({ "deed": "resolve", "text": "Invoices are sent." }),
    ] {
        order(&made, &service, &path, &deed).await;
    }
    assert_looks(&made, &url, &named).await;

    // Nobody answers any more.
    world.cluster.crash().expect("it stops");
    drop(peer);
    assert_looks(&made, &url, &named).await;
    let bad = ask(&url, "/api/health/ready", OPERATOR).await;
    assert_eq!(bad.status, 503, "{}", bad.body);
    assert_eq!(
        bad.json()["checks"]["db"]["status"],
        "failed",
        "{}",
        bad.body
    );
}
