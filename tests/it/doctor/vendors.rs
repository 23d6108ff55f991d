//! What runs at Railway, and whether n8n is ready.
//!
//! n8n cannot run here. Its stand-in answers as its documentation (Monitor n8n: `/healthz`,
//! `/healthz/readiness`) and its source say: 200 and `{"status":"ok"}` where the database is connected
//! and migrated, else 503 and `{"status":"error"}`; `/healthz` is 200 all the while, and so is any other
//! path while it starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use dragonfly_ops::dev::cluster::free_port;
use jiff::Timestamp;
use serde_json::json;

use super::{Findings, look};
use crate::harness::{Manner, Peer, url_as};
use crate::railway::{Railway, TOKEN};

/// Looks where everything else is away.
async fn look_with(more: &[(&str, &str)], arguments: &[&str]) -> Findings {
    look(&url_as(1, "u", "p"), 1, more, arguments).await
}

async fn look_at(railway: &Railway, more: &[(&str, &str)]) -> Findings {
    let mut settings = vec![
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
    ];
    settings.extend_from_slice(more);
    look_with(&settings, &[]).await
}

const DEPLOYMENT: &str = "railway.deployment";

#[tokio::test]
async fn each_service_at_railway_has_its_row() {
    let railway = Railway::start().await;
    let found = look_at(&railway, &[]).await;
    let reach = found.assert("railway.reach", None, "ok", None);
    assert!(
        reach["summary"]
            .to_string()
            .contains("production, 3 services")
    );
    for name in ["intake", "dragonfly-ops", "empty"] {
        found.assert(DEPLOYMENT, Some(name), "ok", None);
    }
    // Of what runs no log is read: two questions for everything.
    let asked = railway
        .behaviour
        .lock()
        .expect("not poisoned")
        .asked
        .clone();
    assert_eq!(asked, ["projectToken", "project("]);

    railway.set(|behaviour| behaviour.status = Some("BUILDING"));
    let found = look_at(&railway, &[]).await;
    let row = found.assert(DEPLOYMENT, Some("intake"), "warning", Some("DFE-VND-002"));
    assert!(
        row["summary"].to_string().contains("BUILDING for "),
        "{row}"
    );

    railway.set(|behaviour| {
        behaviour.status = Some("SUCCESS");
        behaviour.instances = Some(vec!["RUNNING", "CRASHED"]);
    });
    let found = look_at(&railway, &[]).await;
    let row = found.assert(DEPLOYMENT, Some("intake"), "critical", Some("DFE-VND-002"));
    let advice = row["advice"].as_str().unwrap_or_default();
    assert!(advice.contains("logs --railway intake"), "{row}");
    assert_eq!(found.code(), Some(1));
}

#[tokio::test]
async fn a_crash_of_memory_is_told_by_the_last_lines_of_the_log() {
    let railway = Railway::start().await;
    let line = |message: &str| json!({ "timestamp": Timestamp::now(), "message": message, "severity": "error" });
    for (last, code) in [
        ("container exited, reason=OOMKilled", "DFE-INT-002"),
        ("process ended: exit code=137", "DFE-INT-002"),
        (
            "FATAL ERROR: Reached heap limit: JavaScript heap out of memory",
            "DFE-INT-002",
        ),
        ("KeyError: 'plaintiff'", "DFE-VND-002"),
    ] {
        railway.set(|behaviour| {
            behaviour.status = Some("CRASHED");
            behaviour.instances = Some(vec!["CRASHED"]);
            behaviour.log = vec![line("job 1 done"), line(last)];
        });
        let found = look_at(&railway, &[]).await;
        let row = found.assert(DEPLOYMENT, Some("intake"), "critical", Some(code));
        assert!(
            !row.to_string().contains("plaintiff"),
            "no log is quoted: {row}"
        );
    }
    // That the log cannot be read takes nothing from what is known without it.
    railway.set(|behaviour| {
        behaviour.failing = Some("deploymentLogs");
        behaviour.fails = Some((503, "<html>"));
    });
    let found = look_at(&railway, &[]).await;
    found.assert(DEPLOYMENT, Some("intake"), "critical", Some("DFE-VND-002"));
}

#[tokio::test]
async fn a_token_that_railway_rejects_is_named_and_without_one_nothing_is_asked() {
    let railway = Railway::start().await;
    let account = [
        ("RAILWAY_API_TOKEN", "another-token"),
        ("RAILWAY_TOKEN", ""),
        ("RAILWAY_PROJECT_ID", "p-1"),
        ("RAILWAY_ENVIRONMENT_ID", "e-1"),
    ];
    for (more, name) in [
        (&[("RAILWAY_TOKEN", "another-token")][..], "RAILWAY_TOKEN"),
        (&account[..], "RAILWAY_API_TOKEN"),
    ] {
        let found = look_at(&railway, more).await;
        let reach = found.assert("railway.reach", None, "critical", Some("DFE-CFG-002"));
        assert!(
            reach["summary"].to_string().contains(&format!(" {name},")),
            "{reach}"
        );
        let advice = reach["advice"].as_str().unwrap_or_default();
        assert!(advice.starts_with(name), "{reach}");
        found.assert(DEPLOYMENT, None, "unknown", None);
        assert!(!format!("{:?}", found.output).contains("another-token"));
    }
    let half = [("RAILWAY_API_TOKEN", TOKEN), ("RAILWAY_TOKEN", "")];
    let found = look_at(&railway, &half).await;
    let reach = found.assert("railway.reach", None, "critical", Some("DFE-CFG-001"));
    assert!(
        reach["summary"].to_string().contains("RAILWAY_PROJECT_ID"),
        "{reach}"
    );
    let found = look_at(&railway, &[("SUPABASE_MODE", "staging")]).await;
    found.assert("railway.reach", None, "critical", Some("DFE-CFG-002"));
    let malformed = [("RAILWAY_TOKEN", "a b")];
    let found = look_at(&railway, &malformed).await;
    found.assert("railway.reach", None, "unknown", None);
    found.assert("settings.valid", None, "critical", Some("DFE-CFG-002"));

    let before = railway.behaviour.lock().expect("not poisoned").asked.len();
    let found = look_at(&railway, &[("RAILWAY_TOKEN", "")]).await;
    let reach = found.assert("railway.reach", None, "ok", None);
    assert!(
        reach["summary"].to_string().contains("Not asked"),
        "{reach}"
    );
    let after = railway.behaviour.lock().expect("not poisoned").asked.len();
    assert_eq!(before, after);
}

#[tokio::test]
async fn railways_limit_is_obeyed_and_its_silence_ends() {
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.fails = Some((429, "")));
    let settings = [
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
    ];
    let found = look_with(&settings, &["--wait", "5s"]).await;
    found.assert("railway.reach", None, "unknown", Some("DFE-VND-004"));
    let asked = railway.behaviour.lock().expect("not poisoned").asked.len();
    assert_eq!(asked, 1, "it asked for 7 s, and was looked at each 2 s");

    let silent = Peer::start(String::new(), Manner::Silent).await;
    let url = format!("http://127.0.0.1:{}/", silent.port);
    let settings = [("RAILWAY_API_URL", url.as_str()), ("RAILWAY_TOKEN", TOKEN)];
    let found = look_with(&settings, &[]).await;
    found.assert("railway.reach", None, "unknown", Some("DFE-NET-001"));
    assert!(found.took < Duration::from_secs(13), "{:?}", found.took);
}

/// A stand-in for n8n: its address, and whether its database is there.
async fn n8n() -> (String, Arc<AtomicBool>) {
    let is_ready = Arc::new(AtomicBool::new(true));
    let ready = Arc::clone(&is_ready);
    let readiness = move || {
        let is_ready = ready.load(Ordering::SeqCst);
        async move {
            if is_ready {
                (StatusCode::OK, r#"{"status":"ok"}"#)
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"error"}"#)
            }
        }
    };
    let router = Router::new()
        .route("/healthz", get(async || r#"{"status":"ok"}"#))
        .route("/healthz/readiness", get(readiness))
        .fallback(async || "n8n is starting up. Please wait");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    (url, is_ready)
}

#[tokio::test]
async fn n8n_is_ready_or_says_what_it_lacks() {
    const ID: &str = "n8n.ready";
    let (url, is_ready) = n8n().await;
    let at = async |url: &str| look_with(&[("N8N_URL", url)], &[]).await;
    at(&url).await.assert(ID, None, "ok", None);
    is_ready.store(false, Ordering::SeqCst);
    let found = at(&url).await;
    let row = found.assert(ID, None, "critical", Some("DFE-VND-003"));
    assert!(
        row["advice"].to_string().contains("database that n8n uses"),
        "{row}"
    );
    let found = at(&format!("{url}/elsewhere")).await;
    let row = found.assert(ID, None, "critical", Some("DFE-VND-003"));
    assert!(row["advice"].to_string().contains("N8N_URL"), "{row}");

    let gone = format!("http://127.0.0.1:{}", free_port().expect("a port"));
    let found = at(&gone).await;
    found.assert(ID, None, "critical", Some("DFE-NET-002"));
    let found = at("http://n8n.invalid.internal").await;
    let row = found.assert(ID, None, "critical", Some("DFE-NET-003"));
    assert!(row["advice"].to_string().contains("N8N_URL"), "{row}");
    let silent = Peer::start(String::new(), Manner::Silent).await;
    let found = at(&format!("http://127.0.0.1:{}", silent.port)).await;
    found.assert(ID, None, "critical", Some("DFE-NET-001"));
    assert!(found.took < Duration::from_secs(7), "{:?}", found.took);

    let found = at("http://n8n.example.com").await;
    found.assert(ID, None, "unknown", None);
    let row = found.assert("settings.valid", None, "critical", Some("DFE-CFG-002"));
    assert_eq!(row["advice"], "N8N_URL");
    let found = at("").await;
    let row = found.assert(ID, None, "ok", None);
    assert!(row["summary"].to_string().contains("Not asked"), "{row}");
}

/// What vendors say of themselves is read beside everything else; it decides nothing.
#[tokio::test]
async fn status_pages_are_shown_and_an_unreadable_one_is_never_fine() {
    const ID: &str = "vendors.page";
    let well = r#"{"page":{"id":"p"},"status":{"indicator":"none"},"components":[{"name":"Auth","status":"operational"}],"incidents":[]}"#;
    let troubled = r#"{"components":[{"name":"Compute","status":"MAJOR_OUTAGE"}],"incidents":[{"title":"It is down","status":"INVESTIGATING","createdAt":"2026-11-24T10:00:00Z"}]}"#;
    let mut pages = Vec::new();
    for body in [well, troubled, "<!doctype html><title>Status</title>"] {
        pages.push(Peer::http("200 OK", "content-type: application/json\r\n", body).await);
    }
    let silent = Peer::start(String::new(), Manner::Hold).await;
    let mut names: Vec<_> = ["well", "troubled", "html"]
        .into_iter()
        .zip(&pages)
        .collect();
    names.push(("silent", &silent));
    let wanted: Vec<_> = names
        .iter()
        .map(|(name, page)| format!("{name}=http://127.0.0.1:{}/summary.json", page.port))
        .collect();
    let found = look_with(&[("STATUS_PAGES", &wanted.join(","))], &[]).await;
    found.assert(ID, Some("well"), "ok", None);
    let unreadable = Some("DFE-VAL-003");
    for (name, code, said) in [
        ("troubled", None, "Compute (major outage)"),
        (
            "troubled",
            None,
            "It is down (investigating since 2026-11-24T10:00:00Z)",
        ),
        ("html", unreadable, "unreadable: its answer is no JSON"),
        ("silent", Some("DFE-NET-001"), "did not answer within 5 s"),
    ] {
        let row = found.assert(ID, Some(name), "warning", code);
        assert!(row["summary"].to_string().contains(said), "{row}");
    }
}
