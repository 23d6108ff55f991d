//! Jobs that a constraint, a trigger or their own ids keep from being held.

use std::time::{Duration, Instant};

use dragonfly_ops::adapters::postgres::statements;
use dragonfly_ops::domain::tables::TableSettings;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{PAUSE, RESUME, done, report, rows, run, with};
use crate::harness::{connect, execute};

const HELD: &str = "SELECT job_id FROM ops.queue_holds ORDER BY 1";

/// Whoever adds a job must not fail for a pause: the job is added, and shows as pending in spite of it.
#[tokio::test]
async fn what_cannot_be_held_is_added_all_the_same_and_is_said() {
    for obstacle in [
        "ALTER TABLE ops.job_queue ADD CHECK (status IN ('pending', 'processing', 'completed', 'failed') AND (status <> 'processing' OR locked_at IS NOT NULL))",
        "CREATE FUNCTION ops.check_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.status NOT IN ('pending', 'processing') THEN RAISE 'no such step'; END IF; RETURN NEW;
         END $$;
         CREATE TRIGGER check_step BEFORE UPDATE ON ops.job_queue FOR EACH ROW EXECUTE FUNCTION ops.check_step()",
    ] {
        let (world, mut admin) = with(
            "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', locked_at timestamptz, created_at timestamptz DEFAULT now())",
        )
        .await;
        execute(&mut admin, obstacle).await;
        done(&world.url, &[], &["migrate"]);
        done(&world.url, &[], PAUSE);
        execute(
            &mut admin,
            "INSERT INTO ops.job_queue (id) VALUES (1), (2);
             UPDATE ops.job_queue SET status = 'processing', locked_at = now() WHERE id = 2;
             UPDATE ops.job_queue SET status = 'pending' WHERE id = 2",
        )
        .await;
        let queue = report(&world, &[]).await["queue"].clone();
        assert_eq!(
            (&queue["pending"], &queue["pauses"][0]["escaped"]),
            (&2.into(), &2.into()),
            "{queue}"
        );
        let said = queue["summary"].as_str().expect("text");
        assert!(said.contains("2 jobs are pending in spite of"), "{said}");
        // What is there is refused aloud.
        let (code, _, said) = run(&world.url, &[], PAUSE);
        assert_ne!(code, Some(0), "{said}");
        assert_eq!(rows(&mut admin, HELD).await, [""; 0]);
    }
}

/// A transaction that cannot go on is told so: what it added may be gone.
#[tokio::test]
async fn a_transaction_that_has_to_begin_anew_is_not_kept_from_it() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now());
         CREATE FUNCTION ops.give_up() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE 'in vain' USING ERRCODE = 'serialization_failure'; END $$;
         CREATE TRIGGER give_up BEFORE UPDATE ON ops.job_queue FOR EACH ROW EXECUTE FUNCTION ops.give_up()",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    let added = sqlx::raw_sql("INSERT INTO ops.job_queue (id) VALUES (1)");
    let error = added.execute(&mut admin).await.expect_err("it gives up");
    assert!(error.to_string().contains("in vain"), "{error}");
}

/// The queue's own trigger changes the state back: nothing is held, and the order ends.
#[tokio::test]
async fn what_the_queue_decides_otherwise_is_not_on_record() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now());
         INSERT INTO ops.job_queue (id) VALUES (1);
         CREATE FUNCTION ops.decide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.status = 'paused' THEN NEW.status := 'pending'; END IF; RETURN NEW;
         END $$;
         CREATE TRIGGER decide BEFORE UPDATE ON ops.job_queue FOR EACH ROW EXECUTE FUNCTION ops.decide()",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    let began = Instant::now();
    let said = run(&world.url, &[], PAUSE).1;
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "it does not try for as long as it may"
    );
    assert!(said.contains("1 job is pending in spite of"), "{said}");
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (2)").await;
    assert_eq!(rows(&mut admin, HELD).await, [""; 0]);
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["escaped"], 2, "{queue}");
}

/// Of jobs with the same id none that is over is touched, and one without an id is no obstacle to the others.
#[tokio::test]
async fn an_id_that_is_none_or_stands_for_several_holds_nothing_else() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint, status text DEFAULT 'pending', note text, created_at timestamptz DEFAULT now());
         INSERT INTO ops.job_queue VALUES (1, 'completed', 'a'), (1, 'pending', 'b'), (2, 'failed', 'c'), (NULL, 'pending', 'd')",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    let said = run(&world.url, &[], PAUSE).1;
    assert!(said.contains("1 job is pending in spite of"), "{said}");
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue VALUES (2, 'pending', 'e'), (NULL, 'pending', 'f')",
    )
    .await;
    let states = "SELECT concat_ws(' ', note, status) FROM ops.job_queue ORDER BY note";
    assert_eq!(
        rows(&mut admin, states).await,
        [
            "a completed",
            "b paused",
            "c failed",
            "d pending",
            "e paused",
            "f pending"
        ]
    );
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["escaped"], 2, "{queue}");
    done(&world.url, &[], RESUME);
    assert_eq!(
        rows(&mut admin, states).await,
        [
            "a completed",
            "b pending",
            "c failed",
            "d pending",
            "e pending",
            "f pending"
        ]
    );
}

/// Jobs that are deleted, archived into another table, cut off or added anew while they are held.
#[tokio::test]
async fn what_becomes_of_held_jobs_meanwhile_is_on_record() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', note text, created_at timestamptz DEFAULT now());
         CREATE TABLE ops.archive (LIKE ops.job_queue);
         INSERT INTO ops.job_queue (id, status) VALUES (1, 'pending'), (2, 'pending'), (3, 'pending'), (4, 'pending')",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    execute(
        &mut admin,
        "DELETE FROM ops.job_queue WHERE id = 1;
         WITH gone AS (DELETE FROM ops.job_queue WHERE id = 2 RETURNING *) INSERT INTO ops.archive SELECT * FROM gone;
         DELETE FROM ops.job_queue WHERE id = 3; INSERT INTO ops.job_queue (id, status, note) VALUES (3, 'failed', 'anew');
         UPDATE ops.job_queue SET status = 'failed' WHERE id = 4",
    )
    .await;
    assert_eq!(rows(&mut admin, HELD).await, [""; 0]);
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id) VALUES (2), (5); TRUNCATE ops.job_queue; INSERT INTO ops.job_queue (id) VALUES (5)",
    )
    .await;
    assert_eq!(rows(&mut admin, HELD).await, ["5"]);
    // Where no trigger sees it, resuming does.
    execute(
        &mut admin,
        "SET session_replication_role = replica; DELETE FROM ops.job_queue; INSERT INTO ops.job_queue (id, status) VALUES (5, 'completed')",
    )
    .await;
    done(&world.url, &[], RESUME);
    assert_eq!(rows(&mut admin, HELD).await, [""; 0]);
    let states = "SELECT id || ' ' || status FROM ops.job_queue";
    assert_eq!(rows(&mut admin, states).await, ["5 completed"]);
}

/// Row movement between partitions is a deletion and an insertion; held jobs stay on record all the same.
#[tokio::test]
async fn a_queue_that_is_partitioned_by_state_is_held_and_given_back() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint, job_type text DEFAULT 'a', created_at timestamptz DEFAULT now(),
             status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paused', 'processing', 'completed', 'failed'))
         ) PARTITION BY LIST (status);
         CREATE TABLE ops.open PARTITION OF ops.job_queue FOR VALUES IN ('pending');
         CREATE TABLE ops.rest PARTITION OF ops.job_queue DEFAULT;
         INSERT INTO ops.job_queue (id) SELECT n FROM generate_series(1, 1500) AS n",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    let again = done(&world.url, &[], &["migrate"]);
    assert!(again.contains("ops.job_queue: exists"), "{again}");
    // Workers move jobs from one partition to another while they are being held.
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let url = world.url.clone();
            tokio::spawn(async move {
                let mut worker = connect(&url).await;
                for _ in 0..100 {
                    // Who works with such a queue begins anew where a job was moved under its hands.
                    let _ = sqlx::raw_sql(
                        "UPDATE ops.job_queue SET status = 'completed' WHERE id = (
                             SELECT id FROM ops.job_queue WHERE status = 'pending' LIMIT 1 FOR UPDATE SKIP LOCKED)",
                    )
                    .execute(&mut worker)
                    .await;
                }
            })
        })
        .collect();
    let url = world.url.clone();
    let orders = tokio::task::spawn_blocking(move || {
        done(&url, &[], &[PAUSE, &["--type", "a"]].concat());
        done(&url, &[], PAUSE);
    });
    orders.await.expect("both are carried out");
    for worker in workers {
        worker.await.expect("it worked");
    }
    execute(
        &mut admin,
        "INSERT INTO ops.open (id) VALUES (2000); INSERT INTO ops.job_queue (id, job_type) VALUES (2001, 'b')",
    )
    .await;
    let open = "SELECT count(*)::text FROM ops.job_queue WHERE status = 'pending'";
    assert_eq!(rows(&mut admin, open).await, ["0"]);
    let held = "SELECT count(*)::text FROM ops.queue_holds WHERE pause_id = 2";
    assert_eq!(rows(&mut admin, held).await, ["1"]);
    done(&world.url, &[], &[RESUME, &["1"]].concat());
    assert_eq!(rows(&mut admin, open).await, ["0"], "the other holds it");
    done(&world.url, &[], RESUME);
    let left =
        "SELECT count(*)::text FROM ops.job_queue WHERE status NOT IN ('pending', 'completed')
                UNION ALL SELECT count(*)::text FROM ops.queue_holds";
    assert_eq!(rows(&mut admin, left).await, ["0", "0"]);
}

/// The server's statistics are of before the pause and know no held job: whoever believes them goes through
/// all that are, once for each that is given back.
#[tokio::test]
async fn jobs_are_given_back_one_by_one_whatever_the_statistics_say() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now()) WITH (autovacuum_enabled = off);
         CREATE INDEX ON ops.job_queue (status, created_at);
         INSERT INTO ops.job_queue SELECT n FROM generate_series(1, 5000) AS n;
         ANALYZE ops.job_queue",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    execute(&mut admin, "ANALYZE ops.queue_holds").await;
    let settings = TableSettings::default();
    let all = statements(&mut admin, &settings).await.expect("it answers");
    let ids: Vec<_> = (1..=1000).map(|id| id.to_string()).collect();
    for name in ["pause_release", "pause_forget"] {
        let (_, sql) = all.iter().find(|(other, _)| *other == name).expect("it is");
        let types = "text[], bigint";
        let explain = format!(
            "PREPARE {name} ({types}) AS {sql}; EXPLAIN EXECUTE {name} ('{{{}}}', 1)",
            ids.join(",")
        );
        let plan: Vec<String> = sqlx::raw_sql(AssertSqlSafe(explain).into_sql_str())
            .fetch_all(&mut admin)
            .await
            .expect("it explains")
            .iter()
            .map(|row| sqlx::Row::get(row, 0))
            .collect();
        let plan = plan.join("\n");
        assert!(plan.contains("job_queue_pkey"), "{name}: {plan}");
        let by_state = "job_queue_status_created_at_idx";
        assert!(!plan.contains(by_state), "{name}: {plan}");
    }
}
