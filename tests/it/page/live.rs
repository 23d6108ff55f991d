//! The page while things break, and what it is told meanwhile.

use std::time::{Duration, Instant};

use reqwest::Method;
use rustix::process::Signal;

use super::driver::Browser;
use crate::harness::{Instance, KEY, Peer, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_and_dies_is_seen_without_a_reload() {
    let mut world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let mut service = world.start(&[
        ("WATCH_INTERVAL", "1"),
        ("HEALTH_DB_TIMEOUT", "1"),
        ("HEALTH_OPS_TIMEOUT", "1"),
        ("DRAIN_DELAY", "0"),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]);
    let browser = Browser::start().await;
    browser
        .go(&format!("http://127.0.0.1:{}/", service.port))
        .await;
    let headline =
        |text: &str| format!("document.querySelector('h1').textContent.includes('{text}')");
    browser.until("all is well", &headline("All is well")).await;
    // A page that is loaded anew has forgotten it.
    browser.run("window.stays = true").await;
    world.cluster.signal_all(Signal::STOP);
    browser
        .until("the hang is seen", &headline("Act now: Database"))
        .await;
    let text = browser.text().await;
    assert!(
        text.contains("DFE-DB-002") && text.contains("Next:"),
        "{text}"
    );
    world.cluster.signal_all(Signal::CONT);
    browser
        .until("it is well again", &headline("All is well"))
        .await;
    let text = browser.text().await;
    assert!(
        text.contains("critical at some time"),
        "now apart from today: {text}"
    );
    world.cluster.crash().expect("it dies");
    browser
        .until("the death is seen", &headline("Act now: Database"))
        .await;
    assert_eq!(browser.run("return window.stays === true").await, true);
    // Who sits at it hears of the end of the service, too.
    service.signal(Signal::TERM);
    assert!(service.wait().success());
    browser
        .until("the end is seen", "!document.getElementById('lost').hidden")
        .await;
    let refused: Vec<_> = browser
        .log("browser")
        .await
        .into_iter()
        .filter(|entry| {
            !entry["message"]
                .as_str()
                .is_some_and(|text| text.contains("net::ERR_"))
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[tokio::test]
async fn while_both_are_dead_the_page_is_there_within_a_blink() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = world.start(&[
        ("WATCH_INTERVAL", "1"),
        ("HEALTH_DB_TIMEOUT", "1"),
        ("HEALTH_OPS_TIMEOUT", "1"),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]);
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    sees(&service, "All is well").await;
    world.cluster.signal_all(Signal::STOP);
    sees(&service, "Act now: Database").await;
    assert_at_once(&service).await;
    world.cluster.signal_all(Signal::CONT);
    drop(peer);
    world.cluster.crash().expect("it dies");
    sees(&service, "Act now: Database and Supabase API").await;
    // What hung before may be seen for a look more, and each series has a look of its own.
    let mut model = service.get("/status.json").await.json();
    while model["causes"][0]["code"] != "DFE-DB-001" {
        tokio::time::sleep(Duration::from_millis(50)).await;
        model = service.get("/status.json").await.json();
    }
    assert_at_once(&service).await;
    let summary = service.get("/api/v2/summary.json").await.json();
    assert_eq!(summary["status"]["indicator"], "critical");
    assert_eq!(summary["components"][0]["status"], "major_outage");
    assert!(
        service
            .get("/badge/db.svg")
            .await
            .body
            .contains(">critical<")
    );
}

/// Waits until the page shows a text.
async fn sees(service: &Instance, text: &str) {
    let html = [("accept", "text/html")];
    for _ in 0..600 {
        let page = service.send(Method::GET, "/", &html).await;
        if page.body.contains(text) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{text} is not seen");
}

/// The page and its data are there at once, each time.
async fn assert_at_once(service: &Instance) {
    let html = [("accept", "text/html")];
    for path in [
        "/",
        "/status/db",
        "/status/db?day=2026-01-01",
        "/status.json",
        "/api/history/db",
        "/api/v2/summary.json",
        "/feed.atom",
        "/badge/db.svg",
    ] {
        let mut all = Vec::new();
        for _ in 0..20 {
            let reply = service.send(Method::GET, path, &html).await;
            assert_eq!(reply.status, 200, "{path}");
            all.push(reply.took);
        }
        all.sort_unstable();
        println!("{path}: {:?}, at most {:?}", all[10], all[19]);
        // Sooner than any check could tell that nobody answers, on a loaded machine, too. `make bench` says
        // how soon.
        assert!(all[10] < Duration::from_secs(1), "{path}: {all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_are_told_of_each_look_and_let_go_at_the_end() {
    let mut service = Instance::start(&[("WATCH_INTERVAL", "1"), ("DRAIN_DELAY", "0")]);
    let client = crate::harness::client();
    let url = format!("http://127.0.0.1:{}/status/events", service.port);
    let mut stream = client.get(&url).send().await.expect("an answer");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    while heard.matches("event: look\ndata: {\"at\":").count() < 2 {
        let chunk = stream
            .chunk()
            .await
            .expect("it goes on")
            .expect("it has not ended");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(heard.starts_with("retry: "), "{heard}");
    // There is room for so many; the others read the page.
    let mut open = Vec::new();
    let refused = loop {
        let answer = client.get(&url).send().await.expect("an answer");
        match answer.status().as_u16() {
            200 => open.push(answer),
            status => break status,
        }
    };
    assert_eq!((refused, open.len()), (503, 255));
    drop(open);
    let began = Instant::now();
    service.signal(Signal::TERM);
    while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    assert!(service.wait().success());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn what_is_asked_of_the_history_has_limits() {
    let service = Instance::start(&[("WATCH_INTERVAL", "1")]);
    let mut found = service.get("/api/history/db").await.json();
    while found["buckets"].as_array().is_none_or(Vec::is_empty) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        found = service.get("/api/history/db").await.json();
    }
    assert_eq!(found["grain"], "5m");
    let bucket = &found["buckets"][0];
    assert_eq!(bucket["worst_code"], "DFE-CFG-001", "{bucket}");
    assert_eq!(
        (&bucket["uptime_percent"], &bucket["p99_ms"]),
        (&0.0.into(), &serde_json::Value::Null)
    );
    for (path, status, code) in [
        ("/api/history/nothing", 404, ""),
        ("/api/history/db?grain=2h", 400, "DFE-VAL-001"),
        ("/api/history/db?grain=5m&grain=1h", 400, "DFE-VAL-001"),
        ("/api/history/db?from=yesterday", 400, "DFE-VAL-001"),
        ("/api/history/db?since=1", 400, "DFE-VAL-001"),
        (
            "/api/history/db?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
            400,
            "DFE-VAL-001",
        ),
        (
            "/api/history/db?grain=5m&from=2026-11-01T00:00:00Z&to=2026-11-09T00:00:01Z",
            400,
            "DFE-VAL-001",
        ),
        (
            "/api/history/db?grain=5m&from=2026-11-01T00:00:00Z&to=2026-11-09T00:00:00Z",
            200,
            "",
        ),
        (
            "/api/history/db?grain=1h&from=2025-01-01T00:00:00Z&to=2026-11-09T00:00:00Z",
            400,
            "DFE-VAL-001",
        ),
        (
            "/api/history/db?grain=1d&from=2024-01-01T00:00:00Z&to=2026-11-09T00:00:00Z",
            200,
            "",
        ),
        (
            "/api/history/db?grain=1d&from=2020-01-01T00:00:00Z&to=2026-11-09T00:00:00Z",
            400,
            "DFE-VAL-001",
        ),
    ] {
        let reply = service.get(path).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        assert_eq!(
            reply.json()["code"].as_str().unwrap_or_default(),
            code,
            "{path}"
        );
    }
    let page = service
        .send(Method::GET, "/status/nothing", &[("accept", "text/html")])
        .await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("There is no such check"));
}

#[tokio::test]
async fn what_pages_refer_to_may_be_kept_and_nothing_else() {
    let service = Instance::start(&[]);
    let page = service
        .send(Method::GET, "/status", &[("accept", "text/html")])
        .await;
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(
        !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!page.body.contains("<style") && !page.body.contains(" style="));
    let names = page
        .body
        .split('"')
        .filter(|part| part.starts_with("/assets/"));
    let names: Vec<_> = names.collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in names {
        let asset = service.get(name).await;
        assert_eq!(asset.status, 200);
        assert_eq!(
            asset.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
    }
    let old = service.get("/assets/page.000000000000.js").await;
    assert_eq!((old.status, old.header("cache-control")), (404, "no-store"));
}
