//! What the doctor finds in Supabase's REST API.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::doctor::{doctor, look};
use crate::harness::{Peer, World, url_as};

#[tokio::test]
async fn a_rejected_key_is_not_waited_for_and_not_repeated() {
    let world = World::with_postgres(&[]);
    let rest = Peer::http("401 Unauthorized", "", "").await;
    let found = look(&world.url, rest.port, &[], &["--wait", "30s"]).await;
    found.assert("postgrest.reach", None, "critical", Some("DFE-VND-001"));
    assert_eq!(rest.seen(), 1);
    assert!(found.took < Duration::from_secs(15), "{:?}", found.took);
}

#[tokio::test]
async fn each_table_is_asked_for_through_rest() {
    use axum::extract::{Path, RawQuery};
    use axum::http::StatusCode;
    use axum::routing::get;

    async fn answer(
        Path(table): Path<String>,
        RawQuery(query): RawQuery,
    ) -> (StatusCode, axum::Json<Value>) {
        let asks_for_id = query.is_some_and(|query| query.contains("select=id"));
        let (status, body) = match (table.as_str(), asks_for_id) {
            ("plaintiff_contacts", _) => (404, json!({ "code": "PGRST205" })),
            ("v_plaintiffs_overview", true) => (400, json!({ "code": "42703" })),
            ("v_plaintiff_call_queue", _) => (403, json!({ "code": "42501" })),
            _ => (200, json!([])),
        };
        let status = StatusCode::from_u16(status).expect("a status");
        (status, axum::Json(body))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let router = axum::Router::new().route("/rest/v1/{table}", get(answer));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let found = look(&url_as(1, "u", "p"), port, &[], &[]).await;
    let id = "postgrest.schema-cache";
    found.assert(id, Some("plaintiffs"), "ok", None);
    let stale = found.assert(
        id,
        Some("plaintiff_contacts"),
        "critical",
        Some("DFE-VAL-002"),
    );
    assert_eq!(stale["advice"], "reload the PostgREST schema");
    found.assert(id, Some("v_plaintiffs_overview"), "ok", None);
    let forbidden = Some("DFE-AUTH-003");
    found.assert(id, Some("v_plaintiff_call_queue"), "critical", forbidden);
    serving.abort();
}

fn legacy(role: &str, expires: i64) -> String {
    let claims = json!({ "role": role, "exp": expires }).to_string();
    format!(
        "eyJhbGciOiJIUzI1NiJ9.{}.sig",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

#[tokio::test]
async fn the_key_says_what_it_is_and_until_when() {
    let rest = Peer::http("401 Unauthorized", "", r#"{"code":"PGRST303"}"#).await;
    let nowhere = url_as(1, "u", "p");
    let key = legacy("service_role", 1_000_000_000);
    let found = look(
        &nowhere,
        rest.port,
        &[("SUPABASE_SERVICE_ROLE_KEY", &key)],
        &[],
    )
    .await;
    found.assert("postgrest.expiry", None, "critical", Some("DFE-AUTH-002"));
    found.assert("postgrest.key", None, "warning", Some("DFE-CFG-002"));
    let reach = found.assert("postgrest.reach", None, "critical", Some("DFE-AUTH-002"));
    assert!(
        reach["summary"]
            .to_string()
            .contains("SUPABASE_SERVICE_ROLE_KEY expired")
    );
    assert_eq!(
        reach["advice"],
        "A new key in SUPABASE_SERVICE_ROLE_KEY, then redeploy"
    );
    assert!(!format!("{:?}", found.output).contains(&key));
    let lasting = legacy("service_role", 99_000_000_000);
    let more = [("SUPABASE_SERVICE_ROLE_KEY", lasting.as_str())];
    let found = look(&nowhere, rest.port, &more, &[]).await;
    found.assert("postgrest.expiry", None, "ok", None);
    let anon = legacy("anon", 99_000_000_000);
    let mut refused = doctor(
        &nowhere,
        rest.port,
        &[("SUPABASE_SERVICE_ROLE_KEY", &anon)],
        &[],
    );
    let refused = refused.output().await.expect("it runs");
    assert_eq!(refused.status.code(), Some(2));
    let said: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("JSON");
    assert_eq!(said["code"], "DFE-CFG-002", "{said}");
}

#[tokio::test]
async fn who_asks_for_fewer_requests_is_left_alone_and_then_asked_again() {
    let rest = Peer::http("429 x", "retry-after: 3\r\n", "").await;
    let nowhere = url_as(1, "u", "p");
    let found = look(&nowhere, rest.port, &[], &["--wait", "7s"]).await;
    found.assert("postgrest.reach", None, "critical", Some("DFE-VND-004"));
    // At 0 s and, of the looks at 2, 4 and 6 s, at the first that is late enough.
    assert_eq!(rest.seen(), 2);
}
