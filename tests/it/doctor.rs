//! `dragonfly-ops doctor`, on real servers: each group fires, and nothing is changed.

use std::collections::BTreeSet;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dragonfly_ops::dev::cluster::{Cluster, free_port};
use rustix::process::Signal;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::{
    KEY, OPERATOR, PASSWORD, Peer, SUPERUSER, command, connect, execute, postgres, url, url_as,
};
use crate::pooler::Pooler;
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
    "schema.indexes",
    "postgrest.reach",
    "postgrest.key",
    "postgrest.expiry",
    "postgrest.schema-cache",
    "workers.summary",
    "queue.backlog",
    "connections.used",
    "connections.long-running",
    "locks.waiting",
];

/// What a sound production has, roles of Supabase included.
const SCENE: &str = "
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
        let cluster = postgres(settings);
        crate::ops::migrate(&url(&cluster));
        execute(&mut connect(&url(&cluster)).await, SCENE).await;
        let rest = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
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
    command
        .args(["doctor", "--output", "json"])
        .args(arguments)
        .kill_on_drop(true);
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
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
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

/// Everything in the schemas `ops` and `public`, and the next transaction id: it stays the same
/// only where nobody has written anything.
async fn contents(admin: &mut PgConnection) -> Vec<String> {
    let mut contents = Vec::new();
    for sql in [
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text",
        "SELECT string_agg(query_to_xml(format('SELECT * FROM %s', oid::regclass), true, true, '')::text, '' ORDER BY oid)
         FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('ops'::regnamespace, 'public'::regnamespace)",
        "SELECT string_agg(format('%s %s %s', oid, relname, relacl), ',' ORDER BY oid) FROM pg_class",
        "SELECT string_agg(format('%s %s %s', jobid, a, b), ',') FROM (SELECT 1 AS jobid, n_tup_ins + n_tup_upd + n_tup_del AS a,
         relname AS b FROM pg_stat_user_tables ORDER BY relid) AS t",
    ] {
        let row = sqlx::raw_sql(sql).fetch_one(&mut *admin).await;
        let text: Option<String> = row.expect("it answers").try_get(0).expect("text");
        contents.push(text.unwrap_or_default());
    }
    contents
}

/// Each statement that our sessions have sent, comments left out.
fn statements(log: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    let mut is_ours = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if is_ours && !more.trim_start().starts_with("--") {
                messages.last_mut().expect("it began").push_str(more);
            }
            continue;
        }
        is_ours = line.contains("app=dragonfly-ops ");
        let message = line.split_once("LOG:  ").map(|(_, message)| message);
        if let Some(message) = message.filter(|_| is_ours) {
            // Neither of the extended protocol, nor anything else that is not a simple statement.
            let sql = message
                .strip_prefix("statement: ")
                .unwrap_or_else(|| panic!("not asked simply: {message}"));
            let sql = sql.split_once("--").map_or(sql, |(sql, _)| sql);
            messages.push(format!("{sql} "));
        }
    }
    messages
        .iter()
        .flat_map(|message| message.split(';'))
        .map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|sql| !sql.is_empty())
        .collect()
}

#[tokio::test]
async fn doctor_and_smoke_only_read() {
    let settings = [
        "log_statement=all",
        "log_line_prefix=[%p] app=%a ",
        "autovacuum=off",
    ];
    let scene = Scene::start(&settings).await;
    let mut admin = scene.admin().await;
    // So that every statement is sent: nothing limits the states, and one table is missing.
    execute(
        &mut admin,
        "ALTER TABLE ops.job_queue DROP CONSTRAINT job_queue_status_check; DROP TABLE ops.audit_log",
    )
    .await;
    let before = contents(&mut admin).await;
    let mark = server_log(&scene.cluster).len();
    let found = scene.look(&[], &[]).await;
    let subject = Some("ops.audit_log");
    found.assert("schema.table", subject, "warning", Some("DFE-VAL-002"));
    let mut smoke = tokio::process::Command::from(command(&[
        ("DATABASE_URL", &url(&scene.cluster)),
        (
            "SMOKE_RELATIONS",
            "plaintiffs,missing,v_plaintiffs_overview",
        ),
    ]));
    let smoked = smoke.arg("smoke").output().await.expect("it runs");
    assert_eq!(smoked.status.code(), Some(1), "{smoked:?}");
    let after = contents(&mut admin).await;
    assert_eq!(before, after);
    let sent = statements(&server_log(&scene.cluster)[mark..]);
    assert!(sent.len() > 50, "{sent:#?}");
    let mut kinds = BTreeSet::new();
    for sql in &sent {
        let kind = [
            "BEGIN READ ONLY",
            "SET LOCAL ",
            "SELECT ",
            "WITH ",
            "SAVEPOINT ",
            "ROLLBACK TO ",
            "COMMIT",
        ]
        .into_iter()
        .find(|kind| sql.starts_with(kind));
        kinds.insert(kind.unwrap_or_else(|| panic!("it sent {sql}")));
        // What a SELECT can do beside reading.
        for word in ["FOR UPDATE", "FOR SHARE", "nextval", "set_config", "INTO "] {
            assert!(!sql.contains(word), "{sql}");
        }
    }
    assert!(kinds.len() >= 6, "{kinds:?}");
    // Outside of a transaction, nothing but the first question.
    let loose = sent
        .iter()
        .filter(|sql| sql.contains("pg_backend_pid() AS backend"));
    let begun = sent.iter().filter(|sql| *sql == "BEGIN READ ONLY").count();
    assert!(loose.count() >= 2 && begun >= 4, "{sent:#?}");
}

#[tokio::test]
async fn a_rejected_login_is_tried_once_however_long_it_waits() {
    let cluster = postgres(&["log_connections=on"]);
    let rest = Peer::http("503 x", "", "").await;
    let wrong = url_as(cluster.port(), SUPERUSER, "zqcanary-password");
    let found = look(&wrong, rest.port, &[], &["--wait", "7s"]).await;
    found.assert("database.reach", None, "critical", Some("DFE-CFG-002"));
    let log = server_log(&cluster);
    let attempts = log.matches("password authentication failed").count();
    assert_eq!(attempts, 1, "{log}");
    assert!(rest.seen() >= 2, "what may pass was asked again");
    let said = found.stderr();
    assert!(
        said.contains("waiting for postgrest.reach DFE-VND-001"),
        "{said}"
    );
    assert!(!said.contains("waiting for database.reach"), "{said}");
    assert!(!format!("{:?}", found.output).contains("zqcanary"));
    assert_eq!(found.code(), Some(1));
}

#[tokio::test]
async fn a_rejected_key_is_not_waited_for_and_not_repeated() {
    let cluster = postgres(&[]);
    let rest = Peer::http("401 Unauthorized", "", "").await;
    let found = look(&url(&cluster), rest.port, &[], &["--wait", "30s"]).await;
    found.assert("postgrest.reach", None, "critical", Some("DFE-VND-001"));
    assert_eq!(rest.seen(), 1);
    assert!(found.took < Duration::from_secs(15), "{:?}", found.took);
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
async fn what_the_role_may_not_is_named() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "CREATE ROLE poor LOGIN PASSWORD 'poor-password'",
    )
    .await;
    let poor = url_as(scene.cluster.port(), "poor", "poor-password");
    let found = scene.look_as(&poor, &[], &[]).await;
    let id = "database.privileges";
    let forbidden = Some("DFE-AUTH-003");
    found.assert(id, Some("pg_read_all_stats"), "warning", forbidden);
    found.assert(id, Some("ops"), "critical", forbidden);
    found.assert(id, Some("ops.job_queue"), "critical", forbidden);
    found.assert(id, Some("ops.audit_log"), "warning", forbidden);
    found.assert("workers.summary", None, "unknown", forbidden);
    found.assert("schema.table", Some("ops.job_queue"), "ok", None);
    execute(
        &mut admin,
        "GRANT USAGE ON SCHEMA ops TO poor; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO poor;
         GRANT pg_read_all_stats TO poor",
    )
    .await;
    let found = scene.look_as(&poor, &[], &[]).await;
    found.assert(id, Some("pg_read_all_stats"), "ok", None);
    found.assert(id, Some("ops"), "ok", None);
    assert_eq!(found.code(), Some(0), "{:?}", found.rows);
}

#[tokio::test]
async fn a_standby_and_a_database_that_takes_no_writes_are_critical() {
    let mut scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
    )
    .await;
    drop(admin);
    let found = scene.look(&[], &[]).await;
    found.assert("database.read-only", None, "critical", Some("DFE-INT-002"));
    found.assert("database.standby", None, "ok", None);
    scene.cluster.crash().expect("it stops");
    scene
        .cluster
        .restart(&[], true, "ready to accept read-only connections")
        .expect("it starts");
    let found = scene.look(&[], &[]).await;
    found.assert("database.standby", None, "critical", Some("DFE-CFG-002"));
    assert_eq!(found.code(), Some(1));
}

#[tokio::test]
async fn what_is_open_to_the_internet_is_critical() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "GRANT SELECT (id) ON plaintiff_contacts TO anon;
         GRANT SELECT ON v_plaintiff_call_queue TO authenticated;
         CREATE TABLE countries (id int); GRANT SELECT ON countries TO anon;
         CREATE SCHEMA crm; CREATE TABLE crm.cases (id int); GRANT SELECT ON crm.cases TO anon;
         GRANT USAGE ON SCHEMA ops TO anon",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    let forbidden = Some("DFE-AUTH-003");
    let id = "schema.rls";
    found.assert(id, Some("plaintiff_contacts"), "critical", forbidden);
    found.assert(id, Some("v_plaintiff_call_queue"), "warning", forbidden);
    found.assert(id, Some("countries"), "warning", forbidden);
    found.assert("schema.grants", Some("ops"), "critical", forbidden);
    let subjects: BTreeSet<_> = found
        .rows
        .iter()
        .filter(|row| row["id"] == id)
        .map(|row| row["subject"].to_string())
        .collect();
    assert_eq!(
        subjects.len(),
        3,
        "the guarded ones are no finding: {subjects:?}"
    );
    // A schema of its own counts once it may be used, and is the business.
    execute(&mut admin, "GRANT USAGE ON SCHEMA crm TO anon").await;
    let more = [("SMOKE_RELATIONS", "plaintiffs,crm.cases")];
    let found = scene.look(&more, &[]).await;
    found.assert(id, Some("crm.cases"), "critical", forbidden);
}

#[tokio::test]
async fn a_schema_that_has_drifted_is_named_part_by_part() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    let schema = Some("DFE-VAL-002");
    execute(
        &mut admin,
        "DROP INDEX ops.job_queue_finished;
         ALTER TABLE ops.job_queue DROP CONSTRAINT job_queue_status_check;
         INSERT INTO ops.job_queue (job_type, status) VALUES ('t', 'done'), ('t', 'done');
         ALTER TABLE ops.worker_heartbeats DROP COLUMN started_at, ALTER COLUMN error_count TYPE text",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    found.assert("schema.indexes", None, "warning", schema);
    let strays = found.assert("schema.job-statuses", None, "warning", Some("DFE-VAL-003"));
    assert!(
        strays["summary"].to_string().contains("2 in done"),
        "{strays}"
    );
    let table = "ops.worker_heartbeats";
    let shape = found.assert("schema.table", Some(table), "critical", schema);
    assert!(
        shape["summary"]
            .to_string()
            .contains("error_count (is text"),
        "{shape}"
    );
    let column = Some("ops.worker_heartbeats.started_at");
    found.assert("schema.table", column, "warning", schema);
    execute(
        &mut admin,
        "DELETE FROM ops.job_queue;
         ALTER TABLE ops.job_queue ADD CHECK (status IN ('pending', 'processing', 'completed'))",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    let statuses = found.assert("schema.job-statuses", None, "critical", schema);
    assert!(
        statuses["summary"].to_string().contains("paused or failed"),
        "{statuses}"
    );
    execute(&mut admin, "DROP SCHEMA ops CASCADE").await;
    let found = scene.look(&[], &[]).await;
    found.assert("schema.table", Some("ops.job_queue"), "critical", schema);
    for id in [
        "schema.job-statuses",
        "schema.indexes",
        "database.privileges",
    ] {
        let subject = (id == "database.privileges").then_some("ops");
        found.assert(id, subject, "unknown", None);
    }
    found.assert("workers.summary", None, "unknown", schema);
    found.assert("locks.waiting", None, "ok", None);
}

#[tokio::test]
async fn an_enum_of_states_counts_like_a_constraint() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "DROP SCHEMA ops CASCADE; CREATE SCHEMA ops;
         CREATE TYPE ops.status AS ENUM ('pending', 'processing', 'completed', 'failed');
         CREATE TABLE ops.job_queue (id bigint, job_type text, status ops.status NOT NULL)",
    )
    .await;
    let id = "schema.job-statuses";
    let found = scene.look(&[], &[]).await;
    let row = found.assert(id, None, "critical", Some("DFE-VAL-002"));
    assert!(
        row["summary"].to_string().contains("may not be paused:"),
        "{row}"
    );
    execute(&mut admin, "ALTER TYPE ops.status ADD VALUE 'paused'").await;
    scene.look(&[], &[]).await.assert(id, None, "ok", None);
}

#[tokio::test]
async fn a_pooler_gives_itself_away() {
    let scene = Scene::start(&[]).await;
    let pooler = Pooler::start(&scene.cluster, &[]).await;
    let url = url_as(pooler.port(), SUPERUSER, PASSWORD);
    let found = scene.look_as(&url, &[], &[]).await;
    let mode = found.row("database.mode", None)["summary"].to_string();
    let own = format!("the server itself listens on {}", scene.cluster.port());
    assert!(mode.contains("A pooler") && mode.contains(&own), "{mode}");
    for row in &found.rows {
        assert_eq!(row["verdict"], "ok", "all is asked through it: {row}");
    }
}

#[tokio::test]
async fn workers_queue_and_locks_have_their_rows() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('gone', now() - interval '1 hour');
         INSERT INTO ops.job_queue (job_type, status, created_at, started_at) VALUES
             ('t', 'pending', now() - interval '20 minutes', NULL),
             ('t', 'paused', now(), NULL),
             ('t', 'processing', now(), now() - interval '20 minutes')",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    found.assert("workers.summary", None, "critical", None);
    found.assert("workers.worker", Some("gone"), "critical", None);
    found.assert("queue.stuck", None, "warning", None);
    found.assert("queue.overdue", None, "warning", None);
    found.assert("queue.paused", None, "warning", Some("DFE-VAL-003"));
    assert_eq!(found.code(), Some(1));
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
        assert_ne!(found.code(), Some(0), "{bytes}: {:?}", found.rows);
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
    found.assert("postgrest.reach", None, "critical", Some("DFE-AUTH-002"));
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
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
}
