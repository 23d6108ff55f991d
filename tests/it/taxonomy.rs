//! Each code of the taxonomy is caused by something, and shows where it is caused.

use std::collections::BTreeMap;

use dragonfly_ops::adapters::postgres::classify::by_sqlstate;
use dragonfly_ops::dev::cluster::free_port;
use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::settings::Settings;
use reqwest::Method;
use rustix::process::Signal;

use crate::harness::{Instance, KEY, Manner, OPERATOR, Peer, Reply, World, command, url_as};
use crate::railway::{Railway, TOKEN};

/// Causes a code, and gives the one that is shown.
async fn provoke(code: Code) -> String {
    match code {
        Code::ConfigMissing => database("").await,
        Code::ConfigInvalid => database("not-a-url").await,
        Code::ConfigFileMissing => {
            let settings = Settings::load(BTreeMap::new(), Some("/nowhere.toml".as_ref()));
            let missing = Code::ConfigFileMissing;
            let said = settings.faults.iter().any(|fault| fault.code == missing);
            assert!(said, "{:?}", settings.faults);
            missing.to_string()
        }
        Code::DbConnection => database(&url_as(free_port().expect("one"), "u", "p")).await,
        Code::DbTimeout => {
            let peer = Peer::start(String::new(), Manner::Silent).await;
            database(&url_as(peer.port, "u", "p")).await
        }
        Code::DbTransaction => sqlstate("40P01"),
        Code::DbPoolExhausted => sqlstate("53300"),
        Code::DbIntegrity => sqlstate("23505"),
        Code::ResourceExhausted => sqlstate("53100"),
        Code::NetTimeout => supabase(Peer::start(String::new(), Manner::Silent).await).await,
        Code::NetRefused => supabase(Peer::start(String::new(), Manner::Answer).await).await,
        Code::NetDns => rest("https://nowhere.invalid").await,
        Code::NetTls => {
            let peer = Peer::start("N".to_owned(), Manner::Hold).await;
            let url = format!("{}?sslmode=require", url_as(peer.port, "u", "p"));
            database(&url).await
        }
        Code::VendorSupabase => supabase(Peer::http("500 x", "", "").await).await,
        Code::VendorN8n => flow(NO_SUCH_NODE),
        Code::VendorRateLimited => supabase(Peer::http("429 x", "", "").await).await,
        Code::AuthInvalid => {
            let service = Instance::start(&[]);
            let headers = [("authorization", "Bearer nobody's")];
            let reply = service.send(Method::GET, "/api/health/db", &headers);
            code_of(&reply.await)
        }
        Code::AuthForbidden => supabase(Peer::http("403 x", "", r#"{"code":"42501"}"#).await).await,
        Code::ValInput => flow("no JSON"),
        Code::ValSchema => supabase(Peer::http("404 x", "", r#"{"code":"PGRST205"}"#).await).await,
        // A panic over the router: src/http/mod.rs. This one is an error that nobody lists.
        Code::Internal => sqlstate("XX000"),
        Code::Cancelled => {
            let service = Instance::start(&[("DRAIN_DELAY", "5")]);
            service.signal(Signal::TERM);
            let drained = async {
                loop {
                    let code = code_of(&service.get("/readyz").await);
                    if code == "DFE-INT-003" {
                        return code;
                    }
                }
            };
            let patience = std::time::Duration::from_secs(4);
            let waited = tokio::time::timeout(patience, drained).await;
            waited.expect("it says that it drains")
        }
        Code::VendorRailway => {
            let railway = Railway::start().await;
            railway.set(|behaviour| behaviour.fails = Some((500, "")));
            let settings = [
                ("RAILWAY_API_URL", railway.url.as_str()),
                ("RAILWAY_TOKEN", TOKEN),
            ];
            restart(&settings, OPERATOR).await
        }
        Code::AuthMissing => restart(&[], "").await,
        Code::ValData => another_session().await,
    }
}

/// Orders a restart with that token.
async fn restart(settings: &[(&str, &str)], token: &str) -> String {
    let service = Instance::start(settings);
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", &authorization));
    }
    let body = r#"{"reason":"a test"}"#.to_owned();
    let path = "/api/ops/workers/intake/restart";
    code_of(&service.send_body(Method::POST, path, &headers, body).await)
}

/// Orders the end of a session whose process id is another's by now.
async fn another_session() -> String {
    let world = World::with_postgres(&[]).migrated();
    let mut session = world.admin().await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut session)
        .await
        .expect("a pid");
    let settings = [
        ("DATABASE_URL", world.url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let output = command(&settings)
        .args([
            "pg",
            "cancel",
            &pid.to_string(),
            "--reason",
            "a test",
            "--yes",
        ])
        .args(["--backend-start", "2020-01-01 00:00:00+00"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let at = said.find("DFE-").unwrap_or_else(|| panic!("{said}"));
    said[at..].chars().take("DFE-VAL-003".len()).collect()
}

fn code_of(reply: &Reply) -> String {
    let body = reply.json();
    body["code"].as_str().unwrap_or_default().to_owned()
}

/// A workflow with a node that n8n does not have.
const NO_SUCH_NODE: &str = r#"{"name":"f","active":true,"connections":{},"nodes":[
    {"id":"1","name":"a","type":"n8n-nodes-base.nothing","parameters":{}}]}"#;

async fn database(url: &str) -> String {
    let service = Instance::start(&[("DATABASE_URL", url), ("HEALTH_DB_TIMEOUT", "1")]);
    let body = service.get("/api/health/db").await.json();
    body["code"].as_str().unwrap_or_default().to_owned()
}

async fn supabase(peer: Peer) -> String {
    rest(&format!("http://127.0.0.1:{}", peer.port)).await
}

async fn rest(url: &str) -> String {
    let service = Instance::start(&[
        ("SUPABASE_URL", url),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "2"),
    ]);
    let body = service.get("/api/health/supabase").await.json();
    body["code"].as_str().unwrap_or_default().to_owned()
}

fn sqlstate(sqlstate: &str) -> String {
    by_sqlstate(sqlstate, "").fault.code.to_string()
}

/// The code of the worst that is found in a workflow.
fn flow(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("flow.json"), text).expect("it is written");
    let output = command(&[])
        .args(["validate-flows", "--output", "json"])
        .arg(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    let worst = checks.iter().find(|check| check["verdict"] == "critical");
    let worst = worst.expect("something critical");
    worst["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_code_can_be_caused() {
    for code in Code::ALL {
        assert_eq!(provoke(*code).await, code.id());
    }
}

#[test]
fn explain_says_the_row_of_a_code_and_refuses_what_is_none() {
    let explain = |code: &str| {
        let output = command(&[]).args(["explain", code]).output();
        output.expect("it runs")
    };
    let known = explain("dfe-db-002");
    assert_eq!(known.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&known.stdout).contains("Long-running queries"));
    let unknown = explain("DFE-DB-999");
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("DFE-DB-005"));
}
