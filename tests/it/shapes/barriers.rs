//! Row level security that is not in the queue itself, or not for our role.

use super::{PAUSE, doctor, done, report, row, rows, run, with};
use crate::harness::{execute, url_as};

const JOBS: &str = "CREATE ROLE app_owner; CREATE ROLE app LOGIN PASSWORD 'app-password-1';
    CREATE SCHEMA app; GRANT ALL ON SCHEMA app, ops TO app_owner; GRANT USAGE ON SCHEMA app, ops TO app;
    GRANT SELECT ON ops.worker_heartbeats TO app, app_owner;
    SET ROLE app_owner;
    CREATE TABLE app.jobs (
        id bigint PRIMARY KEY, job_type text, worker_name text,
        created_at timestamptz, started_at timestamptz, finished_at timestamptz,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paused', 'processing', 'completed', 'failed'))
    );
    INSERT INTO app.jobs (id, created_at) VALUES (1, now() - interval '3 hours');
    ALTER TABLE app.jobs ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ON app.jobs TO app";

/// A view hides what the tables below it hide, from its owner or from who asks.
#[tokio::test]
async fn rows_that_are_hidden_below_a_view_are_not_none() {
    for (view, role) in [
        (
            "CREATE VIEW app.inner WITH (security_invoker = on) AS SELECT * FROM app.jobs",
            "app",
        ),
        (
            "ALTER TABLE app.jobs FORCE ROW LEVEL SECURITY; CREATE VIEW app.inner AS SELECT * FROM app.jobs",
            "app_owner",
        ),
    ] {
        let (world, mut admin) = with(JOBS).await;
        execute(&mut admin, view).await;
        execute(
            &mut admin,
            "CREATE VIEW ops.job_queue WITH (security_invoker) AS SELECT * FROM app.inner;
             GRANT SELECT ON ops.job_queue, app.inner TO app; RESET ROLE",
        )
        .await;
        let app = url_as(world.cluster.port(), "app", "app-password-1");
        let service = world.start(&[("DATABASE_URL", &app)]);
        let queue = service.get("/api/health/ops").await.assert_ok()["sections"]["queue"].clone();
        assert_eq!(
            (&queue["verdict"], &queue["problem"]["code"]),
            (&"unknown".into(), &"DFE-AUTH-003".into()),
            "{view}: {queue}"
        );
        let checks = doctor(&app);
        let policy = row(&checks, "schema.rows-visible")["advice"].as_str();
        let policy = policy.expect("a policy").to_owned();
        assert!(
            policy.contains(&format!("ON \"app\".\"jobs\" FOR SELECT TO \"{role}\"")),
            "{policy}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(policy))
            .execute(&mut admin)
            .await
            .expect("it runs as printed");
        let queue = report(&world, &[("DATABASE_URL", &app)]).await["queue"].clone();
        assert_eq!(queue["pending"], 1, "{queue}");
    }
}

/// What arrives is held by the owner of the triggers: a policy that keeps it from the rows lets every job
/// through.
#[tokio::test]
async fn a_trigger_whose_owner_sees_no_job_is_said_before_it_holds_none() {
    let (world, mut admin) = with(JOBS).await;
    execute(
        &mut admin,
        "RESET ROLE; ALTER ROLE app_owner LOGIN PASSWORD 'app-password-1'; GRANT CREATE ON DATABASE postgres TO app_owner",
    )
    .await;
    let owner = url_as(world.cluster.port(), "app_owner", "app-password-1");
    let said = [("QUEUE_TABLE", "app.jobs")];
    done(&owner, &said, &["migrate"]);
    done(&world.url, &said, &[PAUSE, &["--dry-run"]].concat());
    execute(
        &mut admin,
        "ALTER TABLE app.jobs FORCE ROW LEVEL SECURITY; CREATE POLICY adds ON app.jobs FOR INSERT WITH CHECK (true)",
    )
    .await;
    let (code, _, text) = run(&world.url, &said, PAUSE);
    assert_ne!(code, Some(0), "{text}");
    assert!(text.contains("the owner of the triggers"), "{text}");
    let (_, text, _) = run(&world.url, &said, &["doctor"]);
    assert!(text.contains("what arrives would not be held"), "{text}");
    // Jobs that escape a pause that lasts already are counted.
    execute(
        &mut admin,
        "INSERT INTO ops.queue_pauses (reason, paused_by) VALUES ('a test', 'tests'); INSERT INTO app.jobs (id, created_at) VALUES (2, now())",
    )
    .await;
    let queue = report(&world, &said).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["escaped"], 2, "{queue}");
}

/// Defaults of a schema may give every new function to a role; whoever may execute one that runs as its owner
/// may attach it to a table of their own.
#[tokio::test]
async fn nobody_may_execute_what_holds_jobs_whatever_the_defaults_are() {
    let (world, mut admin) = with(
        "CREATE ROLE \"Anon\"; GRANT USAGE ON SCHEMA ops TO \"Anon\";
         ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT ALL ON FUNCTIONS TO \"Anon\"",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    let open = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'ops'::regnamespace AND prosecdef
                AND (has_function_privilege('Anon', oid, 'EXECUTE') OR has_function_privilege('public', oid, 'EXECUTE'))";
    assert_eq!(rows(&mut admin, open).await, [""; 0]);
    done(&world.url, &[], PAUSE);
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('a')",
    )
    .await;
    let states = "SELECT status FROM ops.job_queue";
    assert_eq!(rows(&mut admin, states).await, ["paused"]);
}
