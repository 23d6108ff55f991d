//! Pauses on queues of others: held by state or by due time, and given back exactly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::{FIRST, HARDENED, INTEGERS, migrated, report, run};
use crate::harness::{OPERATOR, World, command, connect, execute};
use crate::pooler::Pooler;

/// Every job as it is, by its kind and when it was added.
async fn jobs(admin: &mut PgConnection) -> Vec<String> {
    let sql =
        "SELECT concat_ws(' ', kind, status, attempts, coalesce(next_run_at::text, 'null')) AS job
               FROM ops.job_queue ORDER BY kind, created_at, id";
    sqlx::query_scalar(sql)
        .fetch_all(admin)
        .await
        .expect("it answers")
}

async fn count(admin: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(admin)
        .await
        .expect("it answers")
}

fn order(url: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["queue"];
    all.extend_from_slice(arguments);
    all.extend(["--reason", "a test", "--yes", "--output", "json"]);
    let (code, answer, said) = run(url, &[], &all);
    assert_eq!(code, Some(0), "{arguments:?}: {answer} {said}");
    serde_json::from_str(&answer).expect("JSON")
}

/// What a worker of that queue claims.
async fn claim(worker: &mut PgConnection) -> Option<String> {
    // Without a statement that a pooler would have to know.
    let row =
        sqlx::raw_sql("SELECT id::text FROM ops.claim_pending_job('w')").fetch_optional(worker);
    row.await.expect("it claims").map(|row| row.get(0))
}

const MIXTURE: &str = "
    INSERT INTO ops.job_queue (kind, next_run_at, created_at) VALUES
        ('enrich', NULL, now() - interval '3 minutes'),
        ('enrich', now() - interval '1 second', now() - interval '2 minutes'),
        ('enrich', '2099-01-01 00:00:00.123456+00', now() - interval '1 minute'),
        ('enrich', 'infinity', now()),
        ('outreach', NULL, now());
    INSERT INTO ops.job_queue (kind, status, next_run_at) VALUES
        ('judgment', 'completed', '2001-01-01'), ('judgment', 'failed', NULL)";

/// A queue whose states know no pause is held by due times, as its claims heed them.
#[tokio::test]
async fn jobs_are_held_by_never_being_due_and_come_back_as_they_were() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(&mut admin, MIXTURE).await;
    let before = jobs(&mut admin).await;
    let done = order(&world.url, &["pause"]);
    assert_eq!(done["after"]["held"], 4, "{done}");
    assert_eq!(claim(&mut admin).await, None, "nothing is claimed");
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["scheduled"], &queue["paused"]),
        (&0.into(), &0.into(), &5.into()),
        "{queue}"
    );
    assert_eq!(queue["pauses"][0]["held"], 4, "{queue}");
    // What arrives is held, also what a worker gives back, and what an insert gives up is not on record.
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, kind, next_run_at) VALUES ('00000000-0000-0000-0000-000000000001', 'enrich', '2098-01-01');
         INSERT INTO ops.job_queue (id, kind) VALUES ('00000000-0000-0000-0000-000000000001', 'enrich') ON CONFLICT DO NOTHING;
         UPDATE ops.job_queue SET status = 'pending' WHERE status = 'failed'",
    )
    .await;
    assert_eq!(
        count(&mut admin, "SELECT count(*) FROM ops.queue_holds").await,
        6
    );
    assert_eq!(claim(&mut admin).await, None);
    let done = order(&world.url, &["resume"]);
    assert_eq!(done["after"]["held"], 0, "{done}");
    execute(
        &mut admin,
        "DELETE FROM ops.job_queue WHERE id = '00000000-0000-0000-0000-000000000001';
         UPDATE ops.job_queue SET status = 'failed' WHERE kind = 'judgment' AND status = 'pending'",
    )
    .await;
    assert_eq!(jobs(&mut admin).await, before);
    assert_eq!(
        count(&mut admin, "SELECT count(*) FROM ops.queue_holds").await,
        0
    );
}

#[tokio::test]
async fn pauses_by_due_time_overlap_and_each_lifts_only_itself() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(&mut admin, MIXTURE).await;
    let before = jobs(&mut admin).await;
    let some = order(&world.url, &["pause", "--type", "enrich"]);
    let all = order(&world.url, &["pause"]);
    assert_eq!(
        (&some["after"]["held"], &all["after"]["held"]),
        (&3.into(), &1.into())
    );
    let id = some["after"]["pause"].to_string();
    let lifted = order(&world.url, &["resume", &id]);
    let notes = lifted["notes"].to_string();
    assert!(notes.contains("3 jobs stay paused"), "{notes}");
    assert_eq!(claim(&mut admin).await, None);
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["held"], 4, "{queue}");
    order(&world.url, &["resume"]);
    assert_eq!(jobs(&mut admin).await, before);
    let (code, _, said) = run(
        &world.url,
        &[],
        &["queue", "pause", "--type", "spam", "--reason", "r", "--yes"],
    );
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("There is no job type spam; there are: enrich, outreach, judgment."),
        "{said}"
    );
}

/// Where neither state nor due time can hold a job, the order is refused and both ways are named; the
/// one that is `migrate --add-paused` is taken.
#[tokio::test]
async fn a_queue_that_cannot_be_paused_says_how_it_could_be() {
    let (world, mut admin) = migrated(FIRST).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('enrich'), ('outreach')",
    )
    .await;
    let pause = ["queue", "pause", "--reason", "a test", "--yes"];
    let (code, _, said) = run(&world.url, &[], &pause);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("DFE-VAL-002") && said.contains("migrate --add-paused"),
        "{said}"
    );
    let (code, shown, _) = run(&world.url, &[], &["migrate", "--add-paused", "--dry-run"]);
    assert_eq!(code, Some(0), "{shown}");
    let statement = "ALTER TYPE ops.job_status ADD VALUE IF NOT EXISTS 'paused'";
    assert!(
        shown.contains(statement) && shown.contains("stays for good"),
        "{shown}"
    );
    assert!(shown.contains("CREATE TRIGGER hold_new_job"), "{shown}");
    let (code, _, said) = run(&world.url, &[], &["migrate", "--add-paused"]);
    assert_eq!(code, Some(2), "nobody can be asked: {said}");
    let (code, shown, said) = run(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
    assert_eq!(code, Some(0), "{shown} {said}");
    let done = order(&world.url, &["pause", "--type", "enrich"]);
    assert_eq!(done["after"]["held"], 1, "{done}");
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('enrich')",
    )
    .await;
    let paused = "SELECT count(*) FROM ops.job_queue WHERE status::text = 'paused'";
    assert_eq!(count(&mut admin, paused).await, 2);
    order(&world.url, &["resume"]);
    assert_eq!(
        count(
            &mut admin,
            "SELECT count(*) FROM ops.job_queue WHERE status = 'pending'"
        )
        .await,
        3
    );
    let (_, again, _) = run(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
    assert!(again.contains("may be paused already"), "{again}");
}

#[tokio::test]
async fn a_check_constraint_and_a_domain_learn_to_be_paused() {
    for (shape, alters) in [
        (
            "status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed'))",
            "ALTER TABLE ops.job_queue DROP CONSTRAINT",
        ),
        (
            "status ops.job_state NOT NULL DEFAULT 'pending'",
            "ALTER DOMAIN ops.job_state DROP CONSTRAINT",
        ),
    ] {
        let world = World::with_postgres(&[]);
        let mut admin = world.admin().await;
        let create = format!(
            "CREATE SCHEMA ops;
             CREATE DOMAIN ops.job_state AS text CHECK (VALUE IN ('pending', 'processing', 'completed', 'failed'));
             CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, {shape}, created_at timestamptz DEFAULT now());
             INSERT INTO ops.job_queue (id) VALUES (1)"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&mut admin)
            .await
            .expect("it creates");
        let (code, shown, said) = run(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
        assert_eq!(code, Some(0), "{shown} {said}");
        assert!(shown.contains(alters), "{shown}");
        let done = order(&world.url, &["pause"]);
        assert_eq!(done["after"]["held"], 1, "{done}");
        order(&world.url, &["resume"]);
        let pending = "SELECT count(*) FROM ops.job_queue WHERE status = 'pending'";
        assert_eq!(count(&mut admin, pending).await, 1);
        let wrong = sqlx::raw_sql("UPDATE ops.job_queue SET status = 'blue'")
            .execute(&mut admin)
            .await;
        assert!(wrong.is_err(), "all else is as forbidden as it was");
    }
}

/// What claims does not heed due times, or nobody knows whether it does: then a hold would hold nothing.
#[tokio::test]
async fn jobs_are_not_held_by_due_times_that_nobody_heeds() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(
        &mut admin,
        "CREATE FUNCTION ops.claim_anything() RETURNS SETOF ops.job_queue LANGUAGE sql
         AS $$ SELECT * FROM ops.job_queue WHERE status = 'pending' LIMIT 1 FOR UPDATE SKIP LOCKED $$",
    )
    .await;
    let pause = ["queue", "pause", "--reason", "a test", "--yes"];
    let (code, _, said) = run(&world.url, &[], &pause);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("ops.claim_anything() does not"), "{said}");
    execute(
        &mut admin,
        "DROP FUNCTION ops.claim_anything(), ops.claim_pending_job(text)",
    )
    .await;
    let (_, _, said) = run(&world.url, &[], &pause);
    assert!(said.contains("QUEUE_CLAIMS_HEED_DUE=true"), "{said}");
    let (code, _, said) = run(&world.url, &[("QUEUE_CLAIMS_HEED_DUE", "true")], &pause);
    assert_eq!(code, Some(0), "{said}");
}

/// Integer ids, free text, times without a zone.
#[tokio::test]
async fn words_and_local_times_come_back_as_they_were() {
    let (world, mut admin) = migrated(INTEGERS).await;
    execute(
        &mut admin,
        "INSERT INTO ops.jobs (task, state, scheduled_at) VALUES
             ('a', 'queued', NULL), ('b', 'retry', '2030-07-01 12:00:00.5'), ('c', 'done', NULL), ('d', 'paused', NULL)",
    )
    .await;
    let sql = "SELECT concat_ws(' ', task, state, coalesce(scheduled_at::text, 'null')) FROM ops.jobs ORDER BY id";
    let before: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&mut admin)
        .await
        .expect("it answers");
    let done = order(&world.url, &["pause"]);
    assert_eq!(done["after"]["held"], 2, "{done}");
    let held = count(
        &mut admin,
        "SELECT count(*) FROM ops.jobs WHERE state = 'paused'",
    )
    .await;
    assert_eq!(held, 3);
    order(&world.url, &["resume"]);
    let after: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&mut admin)
        .await
        .expect("it answers");
    assert_eq!(after, before);
}

/// Runs an order and kills it once this is so.
async fn killed(url: &str, admin: &mut PgConnection, arguments: &[&str], until: &'static str) {
    let settings = [
        ("DATABASE_URL", url),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let mut process = command(&settings)
        .arg("queue")
        .args(arguments)
        .args(["--reason", "a test", "--yes"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    while count(admin, until).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.kill().expect("it runs");
    process.wait().expect("it ends");
}

/// An order that dies half-way is finished by the same order again. A job that somebody has locked keeps
/// it from coming to its end before.
#[tokio::test]
async fn an_order_that_was_killed_is_finished_by_the_next() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (kind, next_run_at) SELECT 'enrich', now() - n * interval '1 second' FROM generate_series(1, 3000) AS n",
    )
    .await;
    let before = jobs(&mut admin).await;
    let mut worker = connect(&world.url).await;
    let lock = "BEGIN; SELECT FROM ops.job_queue WHERE status = 'pending' LIMIT 1 FOR UPDATE";
    execute(&mut worker, lock).await;
    let pause = ["pause", "--idempotency-key", "first"];
    let is_held = "SELECT count(*) FROM (SELECT FROM ops.queue_holds HAVING count(*) >= 2000) AS w";
    killed(&world.url, &mut admin, &pause, is_held).await;
    execute(&mut worker, "ROLLBACK").await;
    let held = "SELECT count(*) FROM ops.queue_holds";
    assert!(
        count(&mut admin, held).await < 3_000,
        "it has not come to its end"
    );
    let done = order(&world.url, &pause);
    assert_eq!(
        (&done["complete"], &done["after"]["held"]),
        (&json!(true), &json!(3_000)),
        "{done}"
    );
    execute(&mut worker, lock).await;
    let resume = ["resume", "--idempotency-key", "second"];
    let is_released =
        "SELECT count(*) FROM (SELECT FROM ops.queue_holds HAVING count(*) <= 1000) AS w";
    killed(&world.url, &mut admin, &resume, is_released).await;
    execute(&mut worker, "ROLLBACK").await;
    assert!(
        count(&mut admin, held).await > 0,
        "it has not come to its end"
    );
    let done = order(&world.url, &resume);
    assert_eq!(
        (&done["complete"], &done["after"]["held"]),
        (&json!(true), &json!(0)),
        "{done}"
    );
    assert_eq!(jobs(&mut admin).await, before);
}

/// Four workers claim, finish and give back through the queue's own functions while operators pause and
/// resume: nothing is lost, nothing is done twice, nobody waits.
#[tokio::test]
async fn pauses_and_claims_do_not_disturb_each_other() {
    for (through_pooler, shape) in [(false, "due"), (true, "due"), (false, "state")] {
        let (world, mut admin) = migrated(HARDENED).await;
        if shape == "state" {
            let (code, _, said) = run(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
            assert_eq!(code, Some(0), "{said}");
        }
        execute(
            &mut admin,
            "CREATE TABLE ops.work (job uuid, at timestamptz DEFAULT clock_timestamp());
             INSERT INTO ops.job_queue (kind, next_run_at)
                 SELECT CASE WHEN n % 3 = 0 THEN 'outreach' ELSE 'enrich' END::ops.job_type,
                     CASE WHEN n % 5 = 0 THEN now() END FROM generate_series(1, 1500) AS n",
        )
        .await;
        let pooler = if through_pooler {
            Some(
                Pooler::start(
                    &world.cluster,
                    &["ignore_startup_parameters = extra_float_digits"],
                )
                .await,
            )
        } else {
            None
        };
        let url = match &pooler {
            Some(pooler) => crate::harness::url_as(
                pooler.port(),
                crate::harness::SUPERUSER,
                crate::harness::PASSWORD,
            ),
            None => world.url.clone(),
        };
        let over = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..4)
            .map(|at| {
                let (url, over) = (url.clone(), Arc::clone(&over));
                tokio::spawn(async move {
                    let mut worker = connect(&url).await;
                    if !through_pooler {
                        execute(&mut worker, "SET lock_timeout = '30s'").await;
                    }
                    let mut idle = 0;
                    let mut turn = at;
                    // Until the orders are over, and nothing has come for a while.
                    while idle < 400 || !over.load(Ordering::Acquire) {
                        let Some(job) = claim(&mut worker).await else {
                            idle += 1;
                            tokio::time::sleep(Duration::from_millis(10)).await;
                            continue;
                        };
                        idle = 0;
                        turn += 1;
                        // Some are given back once before they are done.
                        let back = turn % 7 == 0;
                        let sql = if back {
                            format!("SELECT ops.return_job('{job}', interval '0')")
                        } else {
                            format!("WITH w AS (INSERT INTO ops.work (job) VALUES ('{job}')) SELECT ops.finish_job('{job}')")
                        };
                        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut worker).await.expect("it works");
                    }
                })
            })
            .collect();
        let orders = {
            let url = url.clone();
            tokio::task::spawn_blocking(move || {
                for _ in 0..3 {
                    let some = order(&url, &["pause", "--type", "outreach"]);
                    let all = order(&url, &["pause"]);
                    for pause in [some, all] {
                        assert_eq!(pause["complete"], json!(true), "{pause}");
                        order(&url, &["resume", &pause["after"]["pause"].to_string()]);
                    }
                }
            })
        };
        orders.await.expect("the orders are carried out");
        over.store(true, Ordering::Release);
        for worker in workers {
            worker.await.expect("it worked");
        }
        let done = count(
            &mut admin,
            "SELECT count(*) FROM ops.job_queue WHERE status = 'completed'",
        )
        .await;
        assert_eq!(done, 1500, "{shape} {through_pooler}: none is lost");
        let twice =
            "SELECT count(*) FROM (SELECT job FROM ops.work GROUP BY job HAVING count(*) > 1) AS w";
        assert_eq!(count(&mut admin, twice).await, 0, "none is done twice");
        assert_eq!(
            count(&mut admin, "SELECT count(*) FROM ops.queue_holds").await,
            0
        );
    }
}
