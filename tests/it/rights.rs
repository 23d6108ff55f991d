//! Nobody gains by the service: not by the functions that it creates, and not by what stands in the
//! way of its own statements.

use dragonfly_ops::dev::cluster::Cluster;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{
    Instance, OPERATOR, World, command, connect, execute, in_namespaces, migrate, url_as,
};

/// What there was before the migration that takes the rights away.
const BEFORE: &[&str] = &[
    include_str!("../../migrations/0001_worker_heartbeats.sql"),
    include_str!("../../migrations/0002_job_queue.sql"),
    include_str!("../../migrations/0003_worker_started_at.sql"),
    include_str!("../../migrations/0004_audit_log.sql"),
    include_str!("before/0005_queue_pauses.sql"),
];

const WORKER: &str = "worker-password-1";

fn run(url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(&[("DATABASE_URL", url)])
        .args(arguments)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

/// A role that may add jobs, on a queue that is paused.
async fn paused_queue(admin: &mut PgConnection) {
    execute(
        admin,
        "CREATE ROLE worker LOGIN PASSWORD 'worker-password-1';
         GRANT USAGE ON SCHEMA ops TO worker;
         GRANT SELECT, INSERT ON ops.job_queue TO worker;
         INSERT INTO ops.queue_pauses (reason, paused_by) VALUES ('a test', 'a test')",
    )
    .await;
}

/// Attaches the function to a table whose type runs code, and says whether its owner ran it.
async fn attack(cluster: &Cluster) -> Result<(), String> {
    let mut worker = connect(&url_as(cluster.port(), "worker", WORKER)).await;
    let steps = "
        CREATE FUNCTION pg_temp.evil(t text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user <> 'worker' THEN EXECUTE 'ALTER ROLE worker SUPERUSER'; END IF;
            RETURN true;
        END $$;
        CREATE DOMAIN pg_temp.st AS text CHECK (pg_temp.evil(value));
        CREATE TEMP TABLE t (status pg_temp.st, held_by bigint, job_type text);
        CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION ops.hold_job();
        INSERT INTO t VALUES ('pending', NULL, 'x')";
    sqlx::raw_sql(steps)
        .execute(&mut worker)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

async fn is_superuser(admin: &mut PgConnection) -> bool {
    sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = 'worker'")
        .fetch_one(admin)
        .await
        .expect("it answers")
}

fn row<'a>(report: &'a Value, subject: &str) -> Option<&'a Value> {
    let rows = report["checks"].as_array().expect("rows");
    rows.iter()
        .find(|row| row["id"] == "schema.functions" && row["subject"] == subject)
}

fn doctor(url: &str) -> Value {
    let (_, text) = run(url, &["doctor", "--output", "json"]);
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn a_worker_cannot_become_the_owner_of_the_queue_and_its_jobs_are_held_all_the_same() {
    let World { cluster, url } = World::with_postgres(&[]).migrated();
    let mut admin = connect(&url).await;
    paused_queue(&mut admin).await;
    let refused = attack(&cluster).await.expect_err("it may not");
    assert!(
        refused.contains("permission denied for function"),
        "{refused}"
    );
    assert!(!is_superuser(&mut admin).await);
    let mut worker = connect(&url_as(cluster.port(), "worker", WORKER)).await;
    execute(
        &mut worker,
        "INSERT INTO ops.job_queue (job_type) VALUES ('mail')",
    )
    .await;
    let status: String =
        sqlx::query_scalar("SELECT status FROM ops.job_queue ORDER BY id DESC LIMIT 1")
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
    assert_eq!(status, "paused");
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p
         WHERE p.pronamespace = 'ops'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')",
    )
    .fetch_all(&mut admin)
    .await
    .expect("it answers");
    assert_eq!(open, Vec::<String>::new(), "whatever migrations create");
}

#[tokio::test]
async fn an_installation_of_before_is_named_by_doctor_and_mended_by_migrate() {
    let world = World::with_postgres(&[]);
    let mut admin = world.admin().await;
    for step in BEFORE {
        execute(&mut admin, step).await;
    }
    paused_queue(&mut admin).await;
    // What the race of before has left: two ends of one beginning, in a log that cannot be changed.
    execute(
        &mut admin,
        "INSERT INTO ops.audit_log (follows, phase, action, request, actor, reason, environment, request_id) VALUES
             (NULL, 'begun', 'queue.pause', '{}', 'a', 'r', 'e', '1'),
             (1, 'done', 'queue.pause', '{}', 'a', 'r', 'e', '1'),
             (1, 'done', 'queue.pause', '{}', 'a', 'r', 'e', '2')",
    )
    .await;
    let found = doctor(&world.url);
    let open = row(&found, "ops.hold_job()").expect("it is named");
    assert_eq!(open["verdict"], "critical", "{open}");
    assert_eq!(open["code"], "DFE-AUTH-003", "{open}");
    attack(&world.cluster)
        .await
        .expect("that is what is wrong with it");
    assert!(is_superuser(&mut admin).await, "the attack is one");
    execute(&mut admin, "ALTER ROLE worker NOSUPERUSER").await;
    migrate(&world.url);
    attack(&world.cluster)
        .await
        .expect_err("it may not any more");
    assert!(!is_superuser(&mut admin).await);
    assert_eq!(row(&doctor(&world.url), "ops.hold_job()"), None);
    // From now on there is one end.
    let again = "INSERT INTO ops.audit_log (follows, phase, action, request, actor, reason, environment, request_id)
                 SELECT id, 'done', 'queue.pause', '{}', 'a', 'r', 'e', '4' FROM ops.audit_log WHERE request_id = '3'";
    execute(
        &mut admin,
        "INSERT INTO ops.audit_log (phase, action, request, actor, reason, environment, request_id)
         VALUES ('begun', 'queue.pause', '{}', 'a', 'r', 'e', '3')",
    )
    .await;
    execute(&mut admin, again).await;
    let second = sqlx::raw_sql(again).execute(&mut admin).await;
    assert!(second.is_err_and(|error| error.to_string().contains("audit_log_follows")));
    // Whoever grants it again is told again.
    execute(
        &mut admin,
        "GRANT EXECUTE ON FUNCTION ops.hold_job() TO PUBLIC",
    )
    .await;
    assert!(row(&doctor(&world.url), "ops.hold_job()").is_some());
    migrate(&world.url);
    attack(&world.cluster).await.expect_err("it may not");
}

/// Operators and functions that a service with an open path would call in place of Postgres's own.
const HOSTILE: &str = "
    GRANT CREATE ON SCHEMA public TO intruder;
    SET ROLE intruder;
    CREATE FUNCTION public.steal() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        RETURN (SELECT secret FROM private.t);
    EXCEPTION WHEN insufficient_privilege THEN
        RETURN 'nothing';
    END $$;
    CREATE FUNCTION public.a(name, text) RETURNS text LANGUAGE sql AS 'SELECT public.steal()';
    CREATE FUNCTION public.b(text, name) RETURNS text LANGUAGE sql AS 'SELECT public.steal()';
    CREATE FUNCTION public.c(name, name) RETURNS text LANGUAGE sql AS 'SELECT public.steal()';
    CREATE OPERATOR public.|| (FUNCTION = public.a, LEFTARG = name, RIGHTARG = text);
    CREATE OPERATOR public.|| (FUNCTION = public.b, LEFTARG = text, RIGHTARG = name);
    CREATE OPERATOR public.|| (FUNCTION = public.c, LEFTARG = name, RIGHTARG = name);
    CREATE FUNCTION public.unnest(int[]) RETURNS SETOF int LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', public.steal();
    END $$;
    CREATE FUNCTION public.starts_with(text, text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', public.steal();
    END $$;
    RESET ROLE";

#[tokio::test]
async fn nothing_in_public_stands_in_for_an_operator_or_a_function_of_ours() {
    let World {
        cluster,
        url: owner,
    } = World::with_postgres(&[]).migrated();
    let mut admin = connect(&owner).await;
    execute(
        &mut admin,
        "CREATE ROLE intruder; CREATE ROLE watcher LOGIN PASSWORD 'watcher-password';
         GRANT pg_read_all_stats TO watcher;
         CREATE SCHEMA private; CREATE TABLE private.t AS SELECT 'zqcanary' AS secret;
         GRANT USAGE ON SCHEMA private TO watcher; GRANT SELECT ON private.t TO watcher;
         GRANT USAGE ON SCHEMA ops TO watcher; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO watcher;
         CREATE TABLE public.plaintiffs (id int)",
    )
    .await;
    execute(&mut admin, HOSTILE).await;
    let watcher = url_as(cluster.port(), "watcher", "watcher-password");
    let mut ours = connect(&watcher).await;
    let stands_in: String = sqlx::query_scalar("SELECT 'a'::name || 'b'::name")
        .fetch_one(&mut ours)
        .await
        .expect("it answers");
    assert_eq!(stands_in, "zqcanary", "the attack is one");
    // A lock on a relation, so that its name is put together.
    let mut holder = connect(&owner).await;
    execute(&mut holder, "BEGIN; LOCK TABLE public.plaintiffs").await;
    let mut waiter = connect(&owner).await;
    let waiting = tokio::spawn(async move {
        let _ = sqlx::raw_sql("SELECT * FROM public.plaintiffs")
            .execute(&mut waiter)
            .await;
    });
    loop {
        let waits: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_locks WHERE NOT granted")
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
        if waits == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let service = Instance::start(&[("DATABASE_URL", &watcher)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(
        body["sections"]["locks"]["edges"][0]["relation"], "public.plaintiffs",
        "{body}"
    );
    for path in ["/api/health/ops", "/api/health/db"] {
        let authorization = format!("Bearer {OPERATOR}");
        let headers = [("authorization", authorization.as_str())];
        let reply = service.send(reqwest::Method::GET, path, &headers).await;
        assert!(!reply.body.contains("zqcanary"), "{}", reply.body);
    }
    let settings = [("DATABASE_URL", watcher.as_str())];
    for arguments in [
        &["doctor"][..],
        &["pg", "locks"],
        &["queue", "status"],
        &["workers"],
    ] {
        let output = command(&settings)
            .args(arguments)
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("zqcanary"), "{arguments:?}: {text}");
        assert!(!text.is_empty(), "{arguments:?}");
    }
    execute(&mut holder, "ROLLBACK").await;
    waiting.await.expect("it went on");
}

/// Every transaction has the path, or somebody forgets it the next time: the server's own log says so.
#[tokio::test]
async fn every_transaction_begins_with_its_own_path() {
    let World {
        cluster,
        url: owner,
    } = World::with_postgres(&["log_statement=all", "log_line_prefix=%a|%p|"]).migrated();
    let service = Instance::start(&[("DATABASE_URL", &owner)]);
    for path in ["/api/health/db", "/api/health/ops"] {
        service.get(path).await.assert_ok();
    }
    for arguments in [
        &["doctor"][..],
        &["queue", "pause", "--reason", "a test", "--yes"],
        &["queue", "resume", "--reason", "a test", "--yes"],
        &["smoke"],
    ] {
        let settings = [
            ("DATABASE_URL", owner.as_str()),
            ("OPS_TOKEN", OPERATOR),
            ("DRAGONFLY_TOKEN", OPERATOR),
        ];
        let output = command(&settings)
            .args(arguments)
            .output()
            .expect("it runs");
        assert!(output.status.code() < Some(2), "{arguments:?}: {output:?}");
    }
    let log = std::fs::read_to_string(cluster.folder().join("server.log")).expect("a log");
    let mut has_path = std::collections::BTreeMap::<String, bool>::new();
    let mut asked = 0;
    for line in log
        .lines()
        .filter(|line| line.starts_with("dragonfly-ops|"))
    {
        let process = line.split('|').nth(1).unwrap_or_default().to_owned();
        let Some((_, said)) = line.split_once("LOG:  ") else {
            continue;
        };
        let simple = said.strip_prefix("statement: ");
        let prepared = || Some(said.strip_prefix("execute ")?.split_once(": ")?.1);
        let Some(statement) = simple.or_else(prepared) else {
            continue;
        };
        let here = has_path.entry(process).or_default();
        let sets = statement.contains("SET LOCAL search_path = pg_catalog, pg_temp");
        let ends = statement.starts_with("COMMIT")
            || statement.starts_with("ROLLBACK") && !statement.contains("SAVEPOINT");
        if ends {
            *here = false;
        } else if statement.starts_with("BEGIN") || statement.starts_with("SET LOCAL") {
            *here |= sets;
        } else if !statement.contains("SAVEPOINT") && !statement.starts_with("SET ") {
            asked += 1;
            assert!(*here || sets, "without a path: {line}");
        }
    }
    assert!(asked > 10, "the log was understood: {log}");
}

/// An address that is nobody's, and not private: it exists in the namespaces of one test.
const ELSEWHERE: &str = "203.0.113.5";

#[test]
fn a_password_is_not_told_to_whoever_offers_no_encryption() {
    in_namespaces(
        &format!("ip addr add {ELSEWHERE}/32 dev lo"),
        "rights::within_their_namespaces",
    );
}

#[tokio::test]
#[ignore = "runs in namespaces of its own: a_password_is_not_told_to_whoever_offers_no_encryption"]
async fn within_their_namespaces() {
    let listener = tokio::net::TcpListener::bind((ELSEWHERE, 0))
        .await
        .expect("the address is ours, in these namespaces");
    let port = listener.local_addr().expect("an address").port();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let ears = std::sync::Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let ears = std::sync::Arc::clone(&ears);
            tokio::spawn(async move {
                let mut said = [0; 1024];
                loop {
                    let length = stream.read(&mut said).await.unwrap_or(0);
                    let Some(said) = said.get(..length).filter(|said| !said.is_empty()) else {
                        return;
                    };
                    ears.lock().expect("not poisoned").extend_from_slice(said);
                    // No encryption is offered; to all else the answer is: your password, in clear.
                    let is_ssl_request = said.len() == 8 && said[4..] == [4, 210, 22, 47];
                    let answer: &[u8] = if is_ssl_request {
                        b"N"
                    } else {
                        b"R\0\0\0\x08\0\0\0\x03"
                    };
                    let _ = stream.write_all(answer).await;
                }
            });
        }
    });
    for (mode, is_told) in [
        ("", false),
        ("?sslmode=require", false),
        ("?sslmode=prefer", true),
    ] {
        told.lock().expect("not poisoned").clear();
        let url = format!("postgres://u:zqcanary@{ELSEWHERE}:{port}/db{mode}");
        let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_DB_TIMEOUT", "2")]);
        let reply = service.get("/api/health/db").await;
        if !is_told {
            reply.assert_code("DFE-NET-004");
        }
        let heard = String::from_utf8_lossy(&told.lock().expect("not poisoned")).into_owned();
        assert_eq!(heard.contains("zqcanary"), is_told, "{mode}: {heard:?}");
        if is_told {
            service
                .logged("whether the password travels encrypted", 1)
                .await;
        }
    }
}
