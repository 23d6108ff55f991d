//! An incident from its first sign on: noticed, acknowledged, remembered whatever dies, over.

use std::path::Path;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::harness::{Instance, KEY, OPERATOR, Peer, READER, Reply, World};

/// A service that watches once a second.
pub(crate) fn start(world: &World, state: &Path, peer: &Peer, more: &[(&str, &str)]) -> Instance {
    let state = state.to_string_lossy();
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let mut settings = vec![
        ("WATCH_INTERVAL", "1"),
        ("HEALTH_DB_TIMEOUT", "2"),
        ("HEALTH_OPS_TIMEOUT", "2"),
        ("STATE_DIR", &*state),
        ("SUPABASE_URL", &*rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("OPS_TOKEN", OPERATOR),
        ("OPS_READ_TOKEN", READER),
    ];
    settings.extend_from_slice(more);
    world.start(&settings)
}

/// An incident as this token may see it, once it is so.
pub(crate) async fn until(
    service: &Instance,
    token: &str,
    what: &str,
    is_so: impl Fn(&Value) -> bool,
) -> Value {
    let bearer = format!("Bearer {token}");
    let mut last = Value::Null;
    for _ in 0..1_500 {
        let headers = [("authorization", &*bearer)];
        let all = service
            .send(Method::GET, "/incidents", &headers)
            .await
            .json();
        for one in all["incidents"].as_array().into_iter().flatten() {
            let name = one["name"].as_str().expect("a name");
            let path = format!("/incidents/{name}");
            last = service.send(Method::GET, &path, &headers).await.json();
            if is_so(&last) {
                return last;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: {last:#}");
}

pub(crate) async fn order(
    service: &Instance,
    path: &str,
    token: &str,
    key: &str,
    body: Value,
) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*bearer),
        ("idempotency-key", key),
    ];
    service
        .send_body(Method::POST, path, &headers, body.to_string())
        .await
}

/// The incident that somebody's report opens.
pub(crate) async fn report(service: &Instance, report: Value) -> Value {
    let reply = order(service, "/api/ops/incidents", OPERATOR, "report", report).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn kinds(incident: &Value) -> Vec<&str> {
    let timeline = incident["timeline"].as_array().expect("a timeline");
    timeline
        .iter()
        .map(|entry| entry["kind"].as_str().expect("a kind"))
        .collect()
}

/// Waits until the watch has found all well, and the lease was seen.
pub(crate) async fn all_is_well(service: &Instance) {
    service
        .logged("who writes the history has changed", 1)
        .await;
    for _ in 0..1_500 {
        let status = service.get("/status.json").await.json();
        let is_well = |nth: usize| status["checks"][nth]["verdict"] == "ok";
        if is_well(0) && is_well(1) && status["incidents_are_known"] == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is not well");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_is_one_incident_that_nothing_forgets() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    world.cluster.crash().expect("it dies");
    let opened = until(&service, OPERATOR, "it is opened", |one| {
        one["state"] == "open"
    })
    .await;
    assert_eq!(
        (&opened["name"], &opened["severity"]),
        (&json!("DB-1"), &json!("P1"))
    );
    assert_eq!(opened["codes"][0]["code"], "DFE-DB-001");
    // With the database dead, somebody has it: kept on disk, and said to whoever asked.
    let acknowledge = json!({ "deed": "acknowledge", "by": "ada" });
    let path = "/api/ops/incidents/DB-1";
    for _ in 0..2 {
        let reply = order(&service, path, OPERATOR, "one", acknowledge.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.json()["state"], "acknowledged");
    }
    let note = json!({ "deed": "note", "text": "the disk is full", "by": "ada" });
    assert_eq!(
        order(&service, path, OPERATOR, "two", note).await.status,
        200
    );
    // Dropped, an instance is killed.
    drop(service);
    let service = start(&world, state.path(), &peer, &[]);
    let again = until(&service, OPERATOR, "it is remembered", |one| {
        one["state"] == "acknowledged"
    })
    .await;
    assert!(
        again["acknowledged_by"]
            .as_str()
            .is_some_and(|who| who.starts_with("ada")),
        "{again}"
    );
    assert_eq!(
        kinds(&again)
            .iter()
            .filter(|kind| **kind == "acknowledged")
            .count(),
        1
    );
    // What follows from the database has no incident of its own.
    let all = service.get("/incidents").await.json();
    assert_eq!(all["incidents"].as_array().map(Vec::len), Some(1), "{all}");
    world.cluster.recover(&[]).expect("it comes back");
    until(&service, OPERATOR, "it is good again", |one| {
        one["state"] == "mitigated"
            && one["timeline"]
                .as_array()
                .is_some_and(|all| all.iter().all(|entry| !entry["recorded_at"].is_null()))
    })
    .await;
    let mut admin = world.admin().await;
    let kept: Vec<(String, String, i32, bool)> = sqlx::query_as(
        "SELECT kind, text, number, recorded_at >= at FROM ops.incident_entries WHERE incident = 'DB-1' ORDER BY number, at, id",
    )
    .persistent(false)
    .fetch_all(&mut admin)
    .await
    .expect("it answers");
    let kept_kinds: Vec<_> = kept.iter().map(|(kind, ..)| kind.as_str()).collect();
    for (kind, once) in [
        ("opened", 1),
        ("acknowledged", 1),
        ("note", 1),
        ("mitigated", 1),
    ] {
        assert_eq!(
            kept_kinds.iter().filter(|one| **one == kind).count(),
            once,
            "{kept:?}"
        );
    }
    assert!(kept.iter().all(|(.., is_later)| *is_later), "{kept:?}");
    // It has to stay good before it is over, or somebody says why not.
    let refused = order(
        &service,
        path,
        OPERATOR,
        "three",
        json!({ "deed": "resolve" }),
    )
    .await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("DFE-VAL-003"))
    );
    let over = json!({ "deed": "resolve", "text": "seen by hand" });
    let over = order(&service, path, OPERATOR, "four", over).await.json();
    assert_eq!(over["state"], "resolved", "{over}");
    // What is shown says each thing once; all of it is kept.
    let sum = "SELECT state || ' ' || severity FROM ops.incidents WHERE entries = (SELECT count(*) FROM ops.incident_entries)";
    for _ in 0..1_500 {
        let found: Option<String> = sqlx::query_scalar(sum)
            .persistent(false)
            .fetch_optional(&mut admin)
            .await
            .expect("it answers");
        if found.as_deref() == Some("resolved P1") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is not kept that it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_name_an_outage_alike_and_remember_it_once() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let states = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    let first = start(
        &world,
        states[0].path(),
        &peer,
        &[("RAILWAY_REPLICA_ID", "first")],
    );
    all_is_well(&first).await;
    let second = start(
        &world,
        states[1].path(),
        &peer,
        &[("RAILWAY_REPLICA_ID", "second")],
    );
    // It has found out who writes, and in which term.
    crate::watch::Scraper(&second)
        .until("it has taken part", |gauges| {
            gauges.contains_key("dragonfly_history_kept_timestamp_seconds")
        })
        .await;
    world.cluster.crash().expect("it dies");
    for service in [&first, &second] {
        let one = until(service, OPERATOR, "it is opened", |one| {
            one["state"] == "open"
        })
        .await;
        assert_eq!(one["name"], "DB-1");
    }
    let acknowledge = json!({ "deed": "acknowledge" });
    let reply = order(
        &second,
        "/api/ops/incidents/db-1",
        OPERATOR,
        "key",
        acknowledge,
    )
    .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    world.cluster.recover(&[]).expect("it comes back");
    until(&first, OPERATOR, "it hears of it", |one| {
        !one["acknowledged_at"].is_null()
    })
    .await;
    let mut admin = world.admin().await;
    let opened: i64 =
        sqlx::query_scalar("SELECT count(*) FROM ops.incident_entries WHERE kind = 'opened'")
            .persistent(false)
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
    assert_eq!(opened, 1);
    let changed = sqlx::query("UPDATE ops.incident_entries SET text = 'another'")
        .execute(&mut admin)
        .await;
    assert!(
        changed
            .expect_err("it is refused")
            .to_string()
            .contains("ops.incident_entries is append-only")
    );
}

#[tokio::test]
async fn who_may_do_what_and_what_is_no_order() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let report = json!({ "title": "<b>nobody</b> gets mail", "message": "since noon", "severity": "P3", "by": "ada" });
    let path = "/api/ops/incidents";
    for (token, status) in [(READER, 403), ("wrong-token-1234567", 401)] {
        assert_eq!(
            order(&service, path, token, "k", report.clone())
                .await
                .status,
            status
        );
    }
    let opened = order(&service, path, OPERATOR, "k", report.clone())
        .await
        .json();
    let name = opened["name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("REPORT-"), "{opened}");
    assert_eq!(
        order(&service, path, OPERATOR, "k", report).await.json()["name"],
        name.as_str()
    );
    let of = format!("{path}/{name}");
    // What people paste is masked before anybody reads it.
    let pasted =
        json!({ "deed": "note", "text": "it says\npostgres://me:zqcanary@db/x\nand ends" });
    let noted = order(&service, &of, OPERATOR, "pasted", pasted).await;
    assert!(
        noted.body.contains("it says\\n[redacted]\\nand ends"),
        "{}",
        noted.body
    );
    // The key of another order.
    let another = json!({ "title": "Nobody can log in", "severity": "P1" });
    assert_eq!(
        order(&service, path, OPERATOR, "k", another).await.status,
        409
    );
    let note = json!({ "deed": "note", "text": "what" });
    let reply = order(&service, &of, OPERATOR, "k", note).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (409, &json!("DFE-VAL-003"))
    );
    // The key of one about another incident, which is done once, and leads to what it became part of.
    let other = json!({ "title": "<b>nobody</b> gets mail" });
    let other = order(&service, path, OPERATOR, "k2", other).await.json();
    let other = other["name"].as_str().expect("a name");
    let of_other = format!("{path}/{other}");
    for (of, status) in [(&of, 200), (&of_other, 409)] {
        let note = json!({ "deed": "note", "text": "what" });
        let reply = order(&service, of, OPERATOR, "k3", note).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    for key in ["k4", "k5"] {
        let merge = json!({ "deed": "merge", "other": other });
        let reply = order(&service, &of, OPERATOR, key, merge).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let note = json!({ "deed": "note", "text": "what" });
    let reply = order(&service, &of, OPERATOR, "k3", note).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let name = reply.json()["name"].as_str().expect("a name").to_owned();
    let of = format!("{path}/{name}");
    for (body, status, code) in [
        (json!({ "deed": "dance" }), 400, "DFE-VAL-001"),
        (json!({ "deed": "note" }), 400, "DFE-VAL-001"),
        (
            json!({ "deed": "severity", "severity": "P9", "text": "x" }),
            400,
            "DFE-VAL-001",
        ),
        (
            json!({ "deed": "merge", "other": "no name" }),
            400,
            "DFE-VAL-001",
        ),
        (json!({ "deed": "close" }), 409, "DFE-VAL-003"),
    ] {
        let reply = order(&service, &of, OPERATOR, "other", body.clone()).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code)),
            "{body}: {}",
            reply.body
        );
    }
    assert_eq!(
        order(
            &service,
            "/api/ops/incidents/DB-99",
            OPERATOR,
            "x",
            json!({ "deed": "acknowledge" })
        )
        .await
        .status,
        400
    );
    assert_eq!(service.get("/incidents/DB-99").await.status, 404);
    assert_eq!(service.get("/incidents/%3Cb%3E").await.status, 404);
    // What somebody wrote is for those who are let in.
    let stranger = service.get(&format!("/incidents/{name}")).await;
    assert!(!stranger.body.contains("nobody"), "{}", stranger.body);
    assert_eq!(
        (
            &stranger.json()["timeline"],
            &stranger.json()["acknowledged_by"]
        ),
        (&Value::Null, &Value::Null)
    );
    let html = [
        ("accept", "text/html"),
        ("authorization", &*format!("Bearer {READER}")),
    ];
    let page = service
        .send(Method::GET, &format!("/incidents/{name}"), &html)
        .await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("&lt;b&gt;nobody&lt;/b&gt; gets mail"),
        "{}",
        page.body
    );
    for (path, expected) in [
        ("/feed.atom", name.clone()),
        ("/api/v2/summary.json", name.to_lowercase()),
        ("/status.json", name.clone()),
    ] {
        assert!(service.get(path).await.body.contains(&expected), "{path}");
    }
}
