//! Reloading the schema of `PostgREST`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use sqlx::postgres::PgListener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::actions::{RELOAD, because, coded, post};
use crate::harness::{Instance, KEY, OPERATOR, Peer, World, connect, execute, url_as};
use crate::pooler::Pooler;

/// Something that behaves like `PostgREST` with a stale schema cache, until it is notified.
pub(crate) async fn stale_rest(database: &str) -> (u16, Arc<AtomicBool>) {
    let mut listener = PgListener::connect(database).await.expect("a listener");
    listener.listen("pgrst").await.expect("it listens");
    let fresh = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&fresh);
    tokio::spawn(async move {
        while let Ok(said) = listener.recv().await {
            heard.store(said.payload() == "reload schema", Ordering::SeqCst);
        }
    });
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = socket.local_addr().expect("an address").port();
    let state = Arc::clone(&fresh);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let (status, body) = if state.load(Ordering::SeqCst) {
                ("200 OK", "[]")
            } else {
                ("404 Not Found", r#"{"code":"PGRST205"}"#)
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, fresh)
}

fn settings<'a>(database: &'a str, rest: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("DATABASE_URL", database),
        ("SUPABASE_URL", rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]
}

#[tokio::test]
async fn a_schema_reload_travels_through_a_pooler_and_is_seen_to_have_worked() {
    let World {
        cluster,
        url: direct,
    } = World::with_postgres(&[]).migrated();
    let pooler = Pooler::start(&cluster, &[]).await;
    let through = url_as(
        pooler.port(),
        crate::harness::SUPERUSER,
        crate::harness::PASSWORD,
    );
    let (port, fresh) = stale_rest(&direct).await;
    let rest = format!("http://127.0.0.1:{port}");
    let service = Instance::start(&settings(&through, &rest));
    service
        .get("/api/health/supabase")
        .await
        .assert_code("DFE-VAL-002");
    let dry = json!({ "reason": "x", "dry_run": true });
    let rehearsed = post(&service, RELOAD, OPERATOR, &[], &dry).await;
    assert_eq!(
        (rehearsed.status, fresh.load(Ordering::SeqCst)),
        (200, false),
        "{}",
        rehearsed.body
    );
    let key = [("idempotency-key", "r-1")];
    let reply = post(&service, RELOAD, OPERATOR, &key, &because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["verified"]),
        (200, &json!(true)),
        "{done}"
    );
    assert_eq!(
        (&done["before"]["code"], &done["after"]["rest"]),
        (&json!("DFE-VAL-002"), &json!("ok"))
    );
    let again = post(&service, RELOAD, OPERATOR, &key, &because())
        .await
        .json();
    assert_eq!(
        (&again["replayed"], &again["audit_id"]),
        (&json!(true), &done["audit_id"]),
        "{again}"
    );
    // Sent, and then the process died: the same order looks, and sends nothing.
    let mut admin = connect(&direct).await;
    execute(
        &mut admin,
        "INSERT INTO ops.audit_log (phase, action, request, actor, reason, environment, request_id, idempotency_key, before)
         VALUES ('begun', 'schema.reload', '{}', 'a', 'x', 'unknown', 'r', 'r-2', '{\"rest\":\"failed\"}')",
    )
    .await;
    let died = [("idempotency-key", "r-2")];
    let reply = post(&service, RELOAD, OPERATOR, &died, &because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["replayed"], &done["complete"]),
        (200, &json!(true), &json!(true)),
        "{done}"
    );
    // Well before and after: nothing is proved, and nothing else is said.
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(
        (reply.status, &reply.json()["verified"]),
        (200, &Value::Null)
    );
}

/// `NOTIFY` succeeds whoever listens: without Supabase's API nothing confirms it, and nobody says so.
#[tokio::test]
async fn a_reload_that_nothing_can_confirm_is_sent_and_does_not_claim_to_have_worked() {
    let world = World::with_postgres(&[]).migrated();
    let mut listener = PgListener::connect(&world.url).await.expect("a listener");
    listener.listen("pgrst").await.expect("it listens");
    let service = Instance::start(&[("DATABASE_URL", &world.url)]);
    let dry = json!({ "reason": "x", "dry_run": true });
    let rehearsed = post(&service, RELOAD, OPERATOR, &[], &dry).await.json();
    let notes = rehearsed["notes"].to_string();
    assert!(
        notes.contains("nothing could tell") && notes.contains("SUPABASE_URL"),
        "{rehearsed}"
    );
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["complete"], &done["verified"]),
        (200, &json!(true), &Value::Null),
        "{done}"
    );
    assert_eq!(
        (&done["after"]["rest"], &done["after"]["code"]),
        (&json!("not asked"), &json!("DFE-CFG-001")),
        "{done}"
    );
    let heard = listener.recv().await.expect("it hears");
    assert_eq!(heard.payload(), "reload schema");
}

#[tokio::test]
async fn a_reload_that_cannot_help_is_not_sent() {
    let mut world = World::with_postgres(&[]).migrated();
    let mut listener = PgListener::connect(&world.url).await.expect("a listener");
    listener.listen("pgrst").await.expect("it listens");
    let peer = Peer::http("503 x", "", r#"{"code":"PGRST002"}"#).await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let service = Instance::start(&settings(&world.url, &rest));
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (502, "DFE-VND-001".to_owned()));
    assert!(
        reply.body.contains("schema reload will not help"),
        "{}",
        reply.body
    );
    let admin = world.admin_after("NOTIFY pgrst, 'the only one'").await;
    let heard = listener.recv().await.expect("it hears");
    assert_eq!(heard.payload(), "the only one");
    drop((listener, admin));
    world.cluster.crash().expect("it stops");
    world
        .cluster
        .restart(
            &["hot_standby=on"],
            true,
            "database system is ready to accept read-only connections",
        )
        .expect("it is a standby");
    let stale = Peer::http("404 x", "", r#"{"code":"PGRST205"}"#).await;
    let rest = format!("http://127.0.0.1:{}", stale.port);
    let service = Instance::start(&settings(&world.url, &rest));
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (500, "DFE-CFG-002".to_owned()));
    assert!(reply.body.contains("standby"), "{}", reply.body);
}
