//! What the commands say and how they exit, as a script sees it.

use std::process::Output;

use serde_json::Value;

use crate::harness::{Instance, KEY, Peer, World, command, execute};

async fn check(arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::from(command(&[]));
    command.args(["check", "--output", "json"]).args(arguments);
    command.output().await.expect("it runs")
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test]
async fn the_all_clear_is_given_when_all_is_well_three_times_over() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = world.start(&[
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        (
            "RAILWAY_GIT_COMMIT_SHA",
            "0123456789abcdef0123456789abcdef01234567",
        ),
    ]);
    let address = format!("http://127.0.0.1:{}", service.port);
    let output = check(&[&address, "--expect-sha", "0123456"]).await;
    let said = report(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let rows = said["checks"].as_array().expect("checks");
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["subject"] == "pass 3"), "{said}");
    let metrics = service.metrics().await;
    let runs = [("check", "db"), ("code", "ok")];
    assert!(
        metrics.value("dragonfly_check_runs_total", &runs) >= 3,
        "three looks"
    );
    let other = check(&[&address, "--expect-sha", "fedcba9"]).await;
    assert_eq!(other.status.code(), Some(1), "{}", report(&other));
}

#[tokio::test]
async fn a_warning_is_well_unless_it_is_strict_and_unknown_never_is() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w');
         INSERT INTO ops.job_queue (job_type, status) VALUES ('t', 'processing')",
        )
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = world.start(&[
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_FRESHNESS_MS", "0"),
    ]);
    let address = format!("http://127.0.0.1:{}", service.port);
    for (arguments, code) in [(vec![], 0), (vec!["--strict"], 1)] {
        let output = check(&[&[address.as_str()], arguments.as_slice()].concat()).await;
        let said = report(&output);
        assert_eq!(said["verdict"], "warning", "{said}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {said}");
    }
    execute(&mut admin, "DELETE FROM ops.worker_heartbeats").await;
    let output = check(&[&address]).await;
    let said = report(&output);
    assert_eq!(said["verdict"], "unknown", "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[tokio::test]
async fn what_is_not_well_is_named_and_exits_with_1() {
    let service = Instance::start(&[]);
    let address = format!("http://127.0.0.1:{}", service.port);
    let output = check(&[&address]).await;
    let said = report(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said["verdict"], "critical");
    let row = |id: &str| {
        let rows = said["checks"].as_array().expect("checks");
        rows.iter()
            .find(|row| row["id"] == id)
            .expect("a row")
            .clone()
    };
    assert_eq!(row("check.health")["verdict"], "ok");
    assert_eq!(row("check.db")["code"], "DFE-CFG-001");
    drop(service);
    let gone = check(&[&address]).await;
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(report(&gone)["checks"][0]["code"], "DFE-NET-002");
    for wrong in ["nowhere", "ftp://x", "file:///etc/passwd"] {
        assert_eq!(check(&[wrong]).await.status.code(), Some(2), "{wrong}");
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_the_way_to_this_machine() {
    let service = Instance::start(&[]);
    let proxy = Peer::http("200 OK", "", "{}").await;
    let proxy_url = format!("http://127.0.0.1:{}", proxy.port);
    let settings = [
        ("HTTP_PROXY", proxy_url.as_str()),
        ("http_proxy", &proxy_url),
    ];
    for host in ["127.0.0.1", "localhost"] {
        let mut command = tokio::process::Command::from(command(&settings));
        let address = format!("http://{host}:{}", service.port);
        command.args(["check", "--output", "json", &address]);
        let said = report(&command.output().await.expect("it runs"));
        let rows = said["checks"].as_array().expect("rows");
        let health = rows.iter().find(|row| row["verdict"] == "ok");
        assert!(health.is_some(), "the process was asked itself: {said}");
    }
    assert_eq!(proxy.seen(), 0);
}
