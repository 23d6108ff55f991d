//! Another table, or another column, that is named as the queue's while jobs are held.

use super::{PAUSE, RESUME, done, rows, run, with};
use crate::harness::execute;

const TABLES: &str = "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now());
    CREATE TABLE ops.tasks (key bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now());
    INSERT INTO ops.job_queue (id) VALUES (1), (2);
    INSERT INTO ops.tasks (key) VALUES (1), (7)";
const OLD: &str = "SELECT id || ' ' || status FROM ops.job_queue ORDER BY id";
const NEW: &str = "SELECT key || ' ' || status FROM ops.tasks ORDER BY key";

#[tokio::test]
async fn held_jobs_of_another_table_are_given_back_before_it_is_left() {
    let (world, mut admin) = with(TABLES).await;
    let other = [("QUEUE_TABLE", "ops.tasks"), ("QUEUE_COLUMNS", "id=key")];
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    for order in [&["migrate"][..], &["migrate", "--dry-run"], PAUSE, RESUME] {
        let (code, answer, said) = run(&world.url, &other, order);
        assert_ne!(code, Some(0), "{order:?}");
        let said = answer + &said;
        assert!(
            said.contains("Pauses hold jobs of ops.job_queue, and the queue is ops.tasks"),
            "{order:?}: {said}"
        );
    }
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (3)").await;
    assert_eq!(
        rows(&mut admin, OLD).await,
        ["1 paused", "2 paused", "3 paused"]
    );
    assert_eq!(rows(&mut admin, NEW).await, ["1 pending", "7 pending"]);
    done(&world.url, &[], RESUME);
    assert_eq!(
        rows(&mut admin, OLD).await,
        ["1 pending", "2 pending", "3 pending"]
    );
    // Now it may be left, and nothing of ours stays behind.
    done(&world.url, &other, &["migrate"]);
    let triggers =
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_job'";
    assert_eq!(rows(&mut admin, triggers).await, ["ops.tasks"]);
    done(&world.url, &other, PAUSE);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (7)").await;
    assert_eq!(rows(&mut admin, NEW).await, ["1 paused", "7 paused"]);
    done(&world.url, &other, RESUME);
    assert_eq!(rows(&mut admin, NEW).await, ["1 pending", "7 pending"]);
}

/// A table that is put aside takes its triggers along.
#[tokio::test]
async fn held_jobs_of_a_table_that_was_renamed_are_not_taken_off_the_record() {
    let (world, mut admin) = with(TABLES).await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    execute(
        &mut admin,
        "ALTER TABLE ops.job_queue RENAME TO old_jobs; CREATE TABLE ops.job_queue (LIKE ops.old_jobs INCLUDING ALL)",
    )
    .await;
    let (code, _, said) = run(&world.url, &[], RESUME);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("QUEUE_TABLE=ops.old_jobs"), "{said}");
    done(&world.url, &[("QUEUE_TABLE", "ops.old_jobs")], RESUME);
    let old = "SELECT id || ' ' || status FROM ops.old_jobs ORDER BY id";
    assert_eq!(rows(&mut admin, old).await, ["1 pending", "2 pending"]);
}

/// What is held is told by the id, the due time and the word that it was held by.
#[tokio::test]
async fn held_jobs_are_given_back_before_their_columns_are_others() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, key uuid DEFAULT gen_random_uuid(), status text DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed')),
             run_at timestamptz, visible_at timestamptz, created_at timestamptz DEFAULT now()
         );
         INSERT INTO ops.job_queue (id) VALUES (1)",
    )
    .await;
    let heeds = ("QUEUE_CLAIMS_HEED_DUE", "true");
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[heeds], PAUSE);
    let refused = |columns| {
        let said = [heeds, ("QUEUE_COLUMNS", columns)];
        for order in [&["migrate"][..], RESUME] {
            let (code, answer, text) = run(&world.url, &said, order);
            assert_ne!(code, Some(0), "{columns}");
            let text = answer + &text;
            assert!(
                text.contains("QUEUE_COLUMNS and QUEUE_STATES as they were"),
                "{text}"
            );
        }
    };
    refused("id=key");
    refused("due=visible_at");
    refused("due=none");
    // Once it may be paused, what is held by due time still is.
    done(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (2)").await;
    let jobs = "SELECT concat_ws(' ', id, status, run_at) FROM ops.job_queue ORDER BY id";
    assert_eq!(
        rows(&mut admin, jobs).await,
        ["1 pending infinity", "2 paused"]
    );
    refused("due=visible_at");
    done(&world.url, &[], RESUME);
    assert_eq!(rows(&mut admin, jobs).await, ["1 pending", "2 pending"]);
    done(&world.url, &[("QUEUE_COLUMNS", "id=key")], &["migrate"]);
}
