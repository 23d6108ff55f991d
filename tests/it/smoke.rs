//! `dragonfly-ops smoke`, on real servers.

use std::time::{Duration, Instant};

use dragonfly_ops::dev::cluster::{Cluster, free_port};
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Instance, PASSWORD, SUPERUSER, World, command, connect, execute, url_as};
use crate::pooler::Pooler;

/// What the command said.
struct Findings {
    code: Option<i32>,
    rows: Vec<Value>,
    stderr: String,
    took: Duration,
}

async fn smoke(url: &str, relations: &str, arguments: &[&str]) -> Findings {
    let settings = [("DATABASE_URL", url), ("SMOKE_RELATIONS", relations)];
    let mut command = tokio::process::Command::from(command(&settings));
    let began = Instant::now();
    let output = command
        .args(["smoke", "--output", "json"])
        .args(arguments)
        .output()
        .await
        .expect("it runs");
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    Findings {
        code: output.status.code(),
        rows: said["checks"].as_array().expect("checks").clone(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: began.elapsed(),
    }
}

impl Findings {
    #[track_caller]
    fn assert(&self, subject: &str, verdict: &str, code: Option<&str>) -> &Value {
        let row = self
            .rows
            .iter()
            .find(|row| row["id"] == "smoke.relation" && row["subject"] == subject)
            .unwrap_or_else(|| panic!("no {subject}: {:?}", self.rows));
        assert_eq!(
            (row["verdict"].as_str(), row["code"].as_str()),
            (Some(verdict), code),
            "{row}"
        );
        row
    }

    #[track_caller]
    fn assert_reach(&self, verdict: &str, code: Option<&str>) {
        let row = &self.rows[0];
        assert_eq!(
            (
                row["id"].as_str(),
                row["verdict"].as_str(),
                row["code"].as_str()
            ),
            (Some("smoke.reach"), Some(verdict), code),
            "{row}"
        );
    }
}

async fn scene(sql: &'static str) -> (Cluster, String) {
    let World { cluster, url } = World::with_postgres(&[]);
    execute(&mut connect(&url).await, sql).await;
    (cluster, url)
}

#[tokio::test]
async fn what_can_be_read_is_counted_also_through_a_pooler() {
    let (cluster, url) = scene(
        "CREATE TABLE plaintiffs AS SELECT n AS id FROM generate_series(1, 12345) AS n;
         CREATE TABLE plaintiff_contacts (r text, n text);
         CREATE VIEW v_plaintiffs_overview AS SELECT id FROM plaintiffs LIMIT 1;
         CREATE VIEW v_plaintiff_call_queue AS SELECT id FROM plaintiffs WHERE id < 0;
         CREATE SCHEMA crm; CREATE TABLE crm.\"Cases\" (r int); INSERT INTO crm.\"Cases\" VALUES (NULL)",
    )
    .await;
    let pooler = Pooler::start(&cluster, &[]).await;
    let through = url_as(pooler.port(), SUPERUSER, PASSWORD);
    for url in [url, through] {
        // Empty: the default.
        let found = smoke(&url, "", &[]).await;
        found.assert_reach("ok", None);
        let many = found.assert("plaintiffs", "ok", None);
        assert_eq!(many["summary"], "12,345 rows");
        found.assert("plaintiff_contacts", "warning", Some("DFE-VAL-003"));
        let one = found.assert("v_plaintiffs_overview", "ok", None);
        assert_eq!(one["summary"], "1 row");
        found.assert("v_plaintiff_call_queue", "ok", None);
        assert_eq!(found.code, Some(0), "{:?}", found.rows);
        let found = smoke(&url, "crm.Cases", &[]).await;
        let row = found.assert("crm.Cases", "ok", None);
        assert_eq!(row["summary"], "1 row", "one without any value is one");
    }
}

#[tokio::test]
async fn what_is_broken_is_named_with_its_code() {
    let (cluster, url) = scene(
        "CREATE TABLE t (id int, secret text); INSERT INTO t VALUES (0, 'zqcanary');
         CREATE VIEW divides AS SELECT 1 / id AS x FROM t;
         CREATE FUNCTION reads(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT gone FROM t); END';
         CREATE VIEW lacks_a_column AS SELECT reads(id) AS x FROM t;
         CREATE FUNCTION calls(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN nothing_of_that_name(1); END';
         CREATE VIEW lacks_a_function AS SELECT calls(id) AS x FROM t;
         CREATE FUNCTION fetches(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT 1 FROM nothing); END';
         CREATE VIEW lacks_a_table AS SELECT fetches(id) AS x FROM t;
         CREATE TABLE private (id int); CREATE TABLE locked (id int);
         CREATE ROLE reader LOGIN PASSWORD 'reader-password';
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; REVOKE ALL ON private FROM reader",
    )
    .await;
    let mut locker = connect(&url).await;
    execute(&mut locker, "BEGIN; LOCK TABLE locked").await;
    let reader = url_as(cluster.port(), "reader", "reader-password");
    let all =
        "divides,lacks_a_column,lacks_a_function,lacks_a_table,private,locked,missing,no.where,t";
    let found = smoke(&reader, all, &[]).await;
    found.assert("divides", "critical", Some("DFE-VAL-003"));
    for subject in [
        "lacks_a_column",
        "lacks_a_function",
        "lacks_a_table",
        "missing",
        "no.where",
    ] {
        found.assert(subject, "critical", Some("DFE-VAL-002"));
    }
    found.assert("private", "critical", Some("DFE-AUTH-003"));
    found.assert("locked", "critical", Some("DFE-DB-003"));
    found.assert("t", "ok", None);
    assert_eq!(found.code, Some(1));
    assert!(
        found.stderr.contains("divides: division by zero (22012)"),
        "{}",
        found.stderr
    );
    assert!(!format!("{:?}{}", found.rows, found.stderr).contains("zqcanary"));
}

#[tokio::test]
async fn what_takes_too_long_to_count_is_read_and_what_cannot_be_read_in_time_is_named() {
    let (_cluster, url) = scene(
        "CREATE TABLE t AS SELECT n FROM generate_series(1, 100000) AS n;
         CREATE VIEW large AS SELECT a.n FROM t AS a, t AS b, t AS c;
         CREATE VIEW slow AS SELECT pg_sleep(60)::text AS x",
    )
    .await;
    let found = smoke(&url, "large,slow,t", &[]).await;
    let large = found.assert("large", "ok", None);
    assert!(
        large["summary"].to_string().contains("was given up"),
        "{large}"
    );
    assert!(
        large["took_ms"]
            .as_f64()
            .is_some_and(|took| (5_000.0..6_000.0).contains(&took)),
        "{large}"
    );
    found.assert("slow", "critical", Some("DFE-DB-002"));
    found.assert("t", "ok", None);
    assert!(found.took < Duration::from_secs(14), "{:?}", found.took);
}

#[tokio::test]
async fn what_is_not_reached_or_lost_leaves_no_relation_out() {
    let nowhere = url_as(free_port().expect("a free port"), "u", "p");
    let found = smoke(&nowhere, "a,b", &[]).await;
    found.assert_reach("critical", Some("DFE-DB-001"));
    found.assert("a", "unknown", None);
    found.assert("b", "unknown", None);
    assert_eq!(found.code, Some(1));
    let found = smoke("", "a", &[]).await;
    found.assert_reach("unknown", Some("DFE-CFG-001"));
    found.assert("a", "unknown", None);
    assert_eq!(found.code, Some(3));
    let (cluster, url) = scene("CREATE TABLE a (id int)").await;
    let rejected = smoke(
        &url_as(cluster.port(), SUPERUSER, "zqcanary-password"),
        "a",
        &[],
    )
    .await;
    rejected.assert_reach("critical", Some("DFE-CFG-002"));
    let log = std::fs::read_to_string(cluster.folder().join("server.log")).expect("a log");
    assert_eq!(
        log.matches("password authentication failed").count(),
        1,
        "{log}"
    );
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "CREATE FUNCTION hang() RETURNS int LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN 1; END';
         CREATE VIEW dies AS SELECT hang()",
    )
    .await;
    let found = smoke(&url, "dies,a", &[]).await;
    found.assert("dies", "critical", Some("DFE-DB-001"));
    let lost = found.assert("a", "unknown", None);
    assert!(
        lost["summary"].to_string().contains("session was lost"),
        "{lost}"
    );
    cluster.signal_all(Signal::STOP);
    let found = smoke(&url, "a", &[]).await;
    cluster.signal_all(Signal::CONT);
    found.assert_reach("critical", Some("DFE-DB-002"));
    assert!(found.took < Duration::from_secs(7), "{:?}", found.took);
}

#[tokio::test]
async fn wrong_names_and_wrong_targets_read_nothing() {
    let world = World::with_postgres(&[]);
    let found = smoke(&world.url, "plaintiffs; DROP TABLE x", &[]).await;
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0]["code"], "DFE-CFG-002");
    assert_eq!(found.code, Some(1));
    let mut refused = command(&[("DATABASE_URL", &world.url), ("SUPABASE_MODE", "dev")]);
    let refused = refused.args(["smoke", "--env", "prod"]).output();
    let refused = refused.expect("it runs");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    let flows = tempfile::tempdir().expect("a folder");
    let mut refused = command(&[("DATABASE_URL", &world.url), ("SUPABASE_MODE", "dev")]);
    refused
        .args(["validate-flows", "--env", "prod"])
        .arg(flows.path());
    let refused = refused.output().expect("it runs");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
}

#[tokio::test]
async fn the_all_clear_is_for_one_environment_only() {
    let service = Instance::start(&[("SUPABASE_MODE", "production")]);
    let address = format!("http://127.0.0.1:{}", service.port);
    for (environment, code) in [("prod", Value::Null), ("staging", "DFE-CFG-002".into())] {
        let mut command = tokio::process::Command::from(command(&[]));
        command.args(["check", &address, "--output", "json", "--env", environment]);
        let output = command.output().await.expect("it runs");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(said["checks"][0]["code"], code, "{said}");
        // Without a database it is not well anyway; here it is about why.
        assert_eq!(output.status.code(), Some(1));
    }
}
