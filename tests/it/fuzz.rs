//! The OpenAPI document against a fuzzer that takes it by its word: schemathesis, from PyPI. `make
//! tools` installs it.

use std::process::Command;

use crate::harness::{Instance, KEY, OPERATOR, Peer, REPORTER, World, connect, execute};
use crate::railway::{Railway, TOKEN};

const SCHEMATHESIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/fuzz/bin/schemathesis");

/// Runs it against every operation; fails with its report where an answer is not as documented.
fn assert_documented(service: &Instance, more: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(SCHEMATHESIS)
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", service.port))
        .args(["--phases", "examples,coverage,fuzzing"])
        // One worker: Python 3.11 cannot parse in two threads at once, which hypothesis does.
        .args(["--max-examples", "8", "--workers", "1", "--no-color"])
        // The same questions each time: what a new seed finds is to be found on purpose.
        .args(["--checks", "all", "--seed", "1"])
        .args(more)
        .output()
        .expect("make tools has installed schemathesis");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    assert!(report.contains("Tested: "), "{report}");
}

const LOOKS: &[&str] = &["--exclude-path-regex", "^/api/(ops|hooks)/"];
/// What is asked for with a token is slow to ask with wrong ones, and asked at length with the right one.
const ORDERS: &[&str] = &[
    "--include-path-regex",
    "^/api/(ops|hooks)/",
    "--phases",
    "examples,fuzzing",
];

/// A look shows more to a token, and none is asked for: that is no authentication to ignore. How long a span of the
/// history may be is nothing that a schema can say.
const IGNORED: &str = "ignored_auth,positive_data_acceptance";

#[tokio::test(flavor = "multi_thread")]
async fn in_health_every_look_is_as_documented_and_none_is_an_error_of_ours() {
    in_health(LOOKS, IGNORED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_health_every_order_is_as_documented_and_none_is_an_error_of_ours() {
    in_health(ORDERS, "positive_data_acceptance").await;
}

async fn in_health(paths: &[&str], excluded: &str) {
    let world = World::with_postgres(&[]).migrated();
    let beating = tokio::spawn(beat(world.url.clone()));
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = world.start(&[
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        (
            "SLACK_WEBHOOK_URL",
            &format!("http://127.0.0.1:{}/services/T/B/x", peer.port),
        ),
        ("SLACK_SIGNING_SECRET", "a-signing-secret-of-slack"),
        // A machine that is slow is not what is looked for.
        ("HEALTH_DB_TIMEOUT", "60"),
        ("HEALTH_SUPABASE_TIMEOUT", "60"),
        ("HEALTH_OPS_TIMEOUT", "60"),
    ]);
    let more = [&["--exclude-checks", excluded], paths].concat();
    tokio::task::block_in_place(|| assert_documented(&service, &more));
    beating.abort();
}

/// A worker that is well for as long as the fuzzer runs.
async fn beat(url: String) {
    let mut connection = connect(&url).await;
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(5));
    loop {
        ticks.tick().await;
        execute(
            &mut connection,
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')
             ON CONFLICT (worker_name) DO UPDATE SET last_heartbeat = now()",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_the_operator_every_answer_is_as_documented_and_none_is_unforeseen() {
    let world = World::with_postgres(&[]).migrated();
    let url = world.url.clone();
    let peer = Peer::http("200 OK", "", "[]").await;
    let railway = Railway::start().await;
    let service = Instance::start(&[
        ("DATABASE_URL", &url),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("RAILWAY_API_URL", &railway.url),
        ("RAILWAY_TOKEN", TOKEN),
        ("RESTART_TIMEOUT", "1"),
        // Incidents are kept beside the watch, and are not its own here.
        ("WATCH_INTERVAL", "3600"),
    ]);
    let authorization = format!("Authorization: Bearer {OPERATOR}");
    // A restart too soon after another one is 503, to resume without a pause is 400, and both are right.
    let excluded = "ignored_auth,not_a_server_error,positive_data_acceptance";
    let more = ["--exclude-checks", excluded, "--header", &authorization];
    tokio::task::block_in_place(|| assert_documented(&service, &more));
    let metrics = service.metrics().await;
    for route in [
        "/api/ops/queue/pause",
        "/api/ops/schema/reload",
        "/api/ops/incidents",
    ] {
        let done = [("route", route), ("status", "200")];
        assert!(
            metrics.value("dragonfly_http_requests_total", &done) > 0,
            "{route}"
        );
    }
    let log = service.log_text();
    assert!(
        !log.contains("DFE-INT-001") && !log.contains("panicked"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn to_whoever_reports_every_answer_is_as_documented() {
    let service = Instance::start(&[("WATCH_INTERVAL", "3600")]);
    let authorization = format!("Authorization: Bearer {REPORTER}");
    // What an alert needs depends on its shape, and nothing that a schema can say.
    let excluded = "ignored_auth,not_a_server_error,positive_data_acceptance";
    let mut more = vec!["--exclude-checks", excluded, "--header", &authorization];
    more.extend(["--include-path-regex", "^/api/(ops/alerts|hooks/)"]);
    tokio::task::block_in_place(|| assert_documented(&service, &more));
    let metrics = service.metrics().await;
    let taken = [("route", "/api/ops/alerts"), ("status", "202")];
    assert!(metrics.value("dragonfly_http_requests_total", &taken) > 0);
    let log = service.log_text();
    assert!(
        !log.contains("DFE-INT-001") && !log.contains("panicked"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_set_every_problem_of_a_look_is_as_documented() {
    with_nothing_set(LOOKS, IGNORED);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_set_every_problem_of_an_order_is_as_documented() {
    with_nothing_set(ORDERS, "positive_data_acceptance");
}

fn with_nothing_set(paths: &[&str], excluded: &str) {
    let service = Instance::start(&[]);
    // A failed check is 503, and that is its job.
    let excluded = format!("not_a_server_error,{excluded}");
    let more = [&["--exclude-checks", &*excluded], paths].concat();
    tokio::task::block_in_place(|| assert_documented(&service, &more));
    let log = service.log_text();
    assert!(
        !log.contains("DFE-INT-001") && !log.contains("panicked"),
        "{log}"
    );
}
