//! `dragonfly-ops doctor`, on real servers: each group fires, and nothing is changed.

mod database;
mod reads;
mod rest;
mod vendors;

use std::collections::BTreeSet;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::cluster::{Cluster, free_port};
use rustix::process::Signal;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::{
    KEY, Manner, OPERATOR, PASSWORD, Peer, SUPERUSER, World, command, connect, url, url_as,
};
use crate::proxy::{Network, Proxy};

/// What is looked at, whatever fails.
const ALWAYS: &[&str] = &[
    "target.environment",
    "target.project",
    "target.key",
    "settings.valid",
    "settings.token",
    "settings.pooler",
    "settings.deadlines",
    "database.reach",
    "database.mode",
    "database.tls",
    "database.standby",
    "database.read-only",
    "database.privileges",
    "database.clock",
    "database.version",
    "schema.table",
    "schema.job-statuses",
    "schema.rls",
    "schema.grants",
    "schema.functions",
    "schema.indexes",
    "postgrest.reach",
    "postgrest.key",
    "postgrest.expiry",
    "postgrest.certificate",
    "postgrest.schema-cache",
    "workers.summary",
    "queue.backlog",
    "connections.used",
    "connections.long-running",
    "locks.waiting",
    "railway.reach",
    "n8n.ready",
];

/// What a sound production has, roles of Supabase included.
pub(crate) const SCENE: &str = "
    CREATE ROLE anon; CREATE ROLE authenticated;
    GRANT USAGE ON SCHEMA public TO anon, authenticated;
    CREATE TABLE plaintiffs (id int, name text);
    ALTER TABLE plaintiffs ENABLE ROW LEVEL SECURITY;
    CREATE TABLE plaintiff_contacts (id int);
    CREATE VIEW v_plaintiffs_overview WITH (security_invoker = on) AS SELECT id FROM plaintiffs;
    CREATE VIEW v_plaintiff_call_queue AS SELECT id FROM plaintiffs WHERE false;
    GRANT SELECT ON plaintiffs, v_plaintiffs_overview TO anon, authenticated;
    INSERT INTO plaintiffs VALUES (1, 'a'); INSERT INTO plaintiff_contacts VALUES (1);
    INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')";

struct Scene {
    cluster: Cluster,
    rest: Peer,
}

impl Scene {
    async fn start(settings: &[&str]) -> Self {
        let world = World::with_postgres(settings).migrated();
        world.execute(SCENE).await;
        let rest = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
        let cluster = world.cluster;
        Self { cluster, rest }
    }

    async fn admin(&self) -> PgConnection {
        connect(&url(&self.cluster)).await
    }

    async fn look(&self, more: &[(&str, &str)], arguments: &[&str]) -> Findings {
        self.look_as(&url(&self.cluster), more, arguments).await
    }

    async fn look_as(&self, url: &str, more: &[(&str, &str)], arguments: &[&str]) -> Findings {
        look(url, self.rest.port, more, arguments).await
    }
}

/// What the command said.
struct Findings {
    output: Output,
    rows: Vec<Value>,
    took: Duration,
}

fn doctor(
    url: &str,
    rest: u16,
    more: &[(&str, &str)],
    arguments: &[&str],
) -> tokio::process::Command {
    let supabase = format!("http://127.0.0.1:{rest}");
    let mut settings = vec![
        ("DATABASE_URL", url),
        ("SUPABASE_URL", &supabase),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("OPS_TOKEN", OPERATOR),
    ];
    settings.extend_from_slice(more);
    let mut command = tokio::process::Command::from(command(&settings));
    command.arg("doctor").args(arguments).kill_on_drop(true);
    if !arguments.contains(&"--output") {
        command.args(["--output", "json"]);
    }
    command
}

async fn look(url: &str, rest: u16, more: &[(&str, &str)], arguments: &[&str]) -> Findings {
    let began = Instant::now();
    let output = doctor(url, rest, more, arguments).output();
    Findings::of(output.await.expect("it runs"), began.elapsed())
}

impl Findings {
    fn of(output: Output, took: Duration) -> Self {
        let said: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let rows = said["checks"].as_array().expect("checks").clone();
        let ids: BTreeSet<_> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        for id in ALWAYS {
            assert!(ids.contains(id), "{id} is missing: {said}");
        }
        Self { output, rows, took }
    }

    #[track_caller]
    fn row(&self, id: &str, subject: Option<&str>) -> &Value {
        self.rows
            .iter()
            .find(|row| {
                row["id"] == id && (subject.is_none() || row["subject"].as_str() == subject)
            })
            .unwrap_or_else(|| panic!("no {id} {subject:?}: {:?}", self.rows))
    }

    #[track_caller]
    fn assert(&self, id: &str, subject: Option<&str>, verdict: &str, code: Option<&str>) -> &Value {
        let row = self.row(id, subject);
        assert_eq!(
            (row["verdict"].as_str(), row["code"].as_str()),
            (Some(verdict), code),
            "{row}"
        );
        row
    }

    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

fn server_log(cluster: &Cluster) -> String {
    std::fs::read_to_string(cluster.folder().join("server.log")).expect("a log")
}

#[tokio::test]
async fn where_all_is_well_every_row_says_so() {
    let scene = Scene::start(&[]).await;
    let found = scene.look(&[], &["--env", "production"]).await;
    for row in &found.rows {
        assert_eq!(row["verdict"], "ok", "{row}");
    }
    assert_eq!(found.code(), Some(0));
    assert!(found.stderr().contains("target: environment"));
    let reach = found.row("database.reach", None)["summary"].to_string();
    for phase in ["dns", "connect", "login", "query"] {
        assert!(reach.contains(phase), "{reach}");
    }
    let mode = found.row("database.mode", None)["summary"].to_string();
    assert!(mode.contains("Direct"), "{mode}");
    assert!(!format!("{:?}", found.output).contains(PASSWORD));
}

#[tokio::test]
async fn whoever_asks_for_problems_sees_them_alone_and_how_many_rows_are_well() {
    let scene = Scene::start(&[]).await;
    let old = "UPDATE ops.worker_heartbeats SET last_heartbeat = now() - interval '1 hour'";
    crate::harness::execute(&mut scene.admin().await, old).await;
    let all = scene.look(&[], &[]).await;
    let well = all.rows.iter().filter(|row| row["verdict"] == "ok").count();
    let ill: Vec<_> = all
        .rows
        .iter()
        .filter(|row| row["verdict"] != "ok")
        .map(|row| row["id"].clone())
        .collect();
    assert!(!ill.is_empty() && well > 20, "{:?}", all.rows);
    let asked = |arguments: &'static [&str]| {
        doctor(&url(&scene.cluster), scene.rest.port, &[], arguments).output()
    };
    let document = asked(&["--problems"]).await.expect("it runs");
    let document: Value = serde_json::from_slice(&document.stdout).expect("JSON");
    let shown = document["checks"].as_array().expect("checks").iter();
    assert_eq!(shown.map(|row| row["id"].clone()).collect::<Vec<_>>(), ill);
    let table = asked(&["--problems", "--output", "table"]).await;
    let table = table.expect("it runs");
    assert_eq!(table.status.code(), all.code());
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        table.contains("workers.") && !table.contains("database."),
        "{table}"
    );
    assert!(table.ends_with(&format!("{well} ok\n")), "{table}");
}

#[tokio::test]
async fn a_target_that_is_contradicted_is_not_even_asked() {
    let scene = Scene::start(&["log_connections=on"]).await;
    let before = server_log(&scene.cluster)
        .matches("connection received")
        .count();
    let output = doctor(
        &url(&scene.cluster),
        scene.rest.port,
        &[],
        &["--env", "staging"],
    )
    .output()
    .await
    .expect("it runs");
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said["code"], "DFE-CFG-002", "{said}");
    let after = server_log(&scene.cluster)
        .matches("connection received")
        .count();
    assert_eq!((after, scene.rest.seen()), (before, 0));
}

#[tokio::test]
async fn what_cannot_be_reached_leaves_no_row_out() {
    let rest = Peer::http("503 x", "", r#"{"code":"PGRST002"}"#).await;
    let port = free_port().expect("a free port");
    let found = look(&url_as(port, "u", "p"), rest.port, &[], &[]).await;
    found.assert("database.reach", None, "critical", Some("DFE-DB-001"));
    let reach = found.assert("postgrest.reach", None, "critical", Some("DFE-VND-001"));
    let summary = reach["summary"].to_string();
    assert!(summary.contains("reload will not help"), "{reach}");
    for id in ["database.tls", "schema.rls", "workers.summary"] {
        let row = found.assert(id, None, "unknown", None);
        assert!(row["summary"].to_string().contains("database.reach"));
    }
    for id in ["postgrest.schema-cache", "target.key"] {
        found.assert(id, None, "unknown", None);
    }
    assert_eq!(found.code(), Some(1));
    assert!(found.took < Duration::from_secs(3), "{:?}", found.took);
}

#[tokio::test]
async fn on_the_terminal_a_database_that_is_down_is_one_row() {
    let rest = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let port = free_port().expect("a free port");
    let url = url_as(port, "u", "p");
    let found = look(&url, rest.port, &[], &[]).await;
    let resting = found
        .rows
        .iter()
        .filter(|row| row["rests_on"] == "database.reach")
        .count();
    assert!(
        resting > 20,
        "each of them is a row for programs: {:?}",
        found.rows
    );
    let table = doctor(&url, rest.port, &[], &["--output", "table"]).output();
    let table = table.await.expect("it runs").stdout;
    let table = String::from_utf8_lossy(&table);
    assert!(
        table.contains(&format!("{resting} more rows rest on database.reach")),
        "{table}"
    );
    for gone in ["schema.", "workers.", "queue.", "locks.", "Not looked at"] {
        assert!(!table.contains(gone), "{gone}: {table}");
    }
    for shown in [
        "database.reach",
        "postgrest.reach",
        &format!("{resting} unknown"),
    ] {
        assert!(table.contains(shown), "{shown}: {table}");
    }
}

#[tokio::test]
async fn without_settings_each_is_named_and_nothing_is_ok_that_rests_on_them() {
    let empty = [
        ("DATABASE_URL", ""),
        ("SUPABASE_URL", ""),
        ("OPS_TOKEN", ""),
        ("SUPABASE_MODE", ""),
        ("HEALTH_DB_TIMEOUT", "0.2"),
    ];
    let found = look("", 1, &empty, &[]).await;
    found.assert("settings.valid", None, "critical", Some("DFE-CFG-001"));
    found.assert("settings.token", None, "warning", Some("DFE-CFG-001"));
    found.assert("settings.deadlines", None, "warning", Some("DFE-CFG-002"));
    found.assert("target.environment", None, "warning", Some("DFE-CFG-001"));
    for id in ["database.reach", "postgrest.reach", "settings.pooler"] {
        found.assert(id, None, "unknown", None);
    }
    let smoke = [("SMOKE_RELATIONS", "a b")];
    let found = look("", 1, &smoke, &[]).await;
    let named = found.rows.iter().any(|row| {
        row["code"] == "DFE-CFG-002" && row["summary"].to_string().contains("SMOKE_RELATIONS")
    });
    assert!(named, "{:?}", found.rows);
}

#[tokio::test]
async fn it_waits_until_what_was_down_is_up() {
    let mut scene = Scene::start(&[]).await;
    scene.cluster.crash().expect("it stops");
    let url = url(&scene.cluster);
    let mut running = doctor(&url, scene.rest.port, &[], &["--wait", "2m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(running.stderr.take().expect("it is piped")).lines();
    loop {
        let line = lines.next_line().await.expect("text");
        let line = line.expect("it waits before it ends");
        if line.contains("waiting for database.reach DFE-DB-001") {
            break;
        }
    }
    scene.cluster.recover(&[]).expect("it starts again");
    let began = Instant::now();
    let output = running.wait_with_output().await.expect("it ends");
    let found = Findings::of(output, began.elapsed());
    found.assert("database.reach", None, "ok", None);
    assert_eq!(found.code(), Some(0), "{:?}", found.rows);
}

#[tokio::test]
async fn a_hang_ends_with_the_deadlines_wherever_it_begins() {
    let scene = Scene::start(&[]).await;
    let limits = [("HEALTH_DB_TIMEOUT", "1"), ("HEALTH_OPS_TIMEOUT", "1")];
    scene.cluster.signal_all(Signal::STOP);
    let found = scene.look(&limits, &[]).await;
    scene.cluster.signal_all(Signal::CONT);
    found.assert("database.reach", None, "critical", Some("DFE-DB-002"));
    found.assert("schema.table", None, "unknown", None);
    found.assert("postgrest.reach", None, "ok", None);
    assert!(found.took < Duration::from_secs(3), "{:?}", found.took);
    // What to look at is what the other way to the same server shows, as the endpoint says.
    let advice = |found: &Findings| found.row("database.reach", None)["advice"].to_string();
    let said = advice(&found);
    assert!(said.starts_with("\"The login alone: REST still"), "{said}");
    scene.cluster.signal_all(Signal::STOP);
    let mut silent = limits.to_vec();
    let nobody = Peer::start(String::new(), Manner::Silent).await;
    let nobody = format!("http://127.0.0.1:{}", nobody.port);
    silent.extend([("HEALTH_SUPABASE_TIMEOUT", "1"), ("SUPABASE_URL", &*nobody)]);
    let found = scene.look(&silent, &[]).await;
    scene.cluster.signal_all(Signal::CONT);
    let said = advice(&found);
    assert!(said.starts_with("\"The server itself: REST"), "{said}");
    let said = found.row("postgrest.reach", None)["advice"].to_string();
    assert!(
        said.contains("The database, which does not answer"),
        "{said}"
    );
    // The network swallows everything after so many bytes: in the login, in the transaction.
    let mut reached = 0;
    for bytes in [100, 800, 1_200, 2_000, 4_000] {
        let proxy = Proxy::start(scene.cluster.port()).await;
        proxy.set(Network::LostAfter(bytes));
        let url = url_as(proxy.port(), SUPERUSER, PASSWORD);
        let found = scene.look_as(&url, &limits, &[]).await;
        assert!(
            found.took < Duration::from_secs(5),
            "{bytes}: {:?}",
            found.took
        );
        let is_told = [Some(1), Some(3)].contains(&found.code());
        assert!(is_told, "{bytes}: {:?}", found.rows);
        if found.row("database.reach", None)["verdict"] == "ok" {
            reached += 1;
            let lost = found
                .rows
                .iter()
                .any(|row| row["verdict"] == "unknown" && row["code"] == "DFE-DB-002");
            assert!(lost, "{bytes}: {:?}", found.rows);
        }
    }
    assert!(reached > 0, "none of them was lost inside the transaction");
}
