//! What tables of others may have beside their shape: types without operators, constraints, triggers, owners.

use super::{PAUSE, RESUME, doctor, done, make_indexes, report, row, rows, with};
use crate::harness::execute;

/// A cast to `character` is one to a single one.
#[tokio::test]
async fn texts_of_a_fixed_length_come_back_whole() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id char(26) PRIMARY KEY, status char(12) NOT NULL DEFAULT 'pending', created_at timestamptz DEFAULT now());
         INSERT INTO ops.job_queue (id) VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAV'), ('01ARZ3NDEKTSV4RRFFQ69G5FAW')",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES ('x')").await;
    let states = "SELECT DISTINCT status::text FROM ops.job_queue";
    assert_eq!(rows(&mut admin, states).await, ["paused"]);
    done(&world.url, &[], RESUME);
    assert_eq!(rows(&mut admin, states).await, ["pending"]);
}

/// An empty or a small table has no statistics that could say which words there are.
#[tokio::test]
async fn words_in_capitals_count_and_those_that_nobody_knows_are_named() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text, created_at timestamptz, started_at timestamptz, finished_at timestamptz);
         INSERT INTO ops.job_queue SELECT n, CASE n % 2 WHEN 0 THEN 'PENDING' ELSE 'Queued' END, now() - interval '3 hours' FROM generate_series(1, 40) AS n",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&40.into(), &"critical".into()),
        "{queue}"
    );
    execute(
        &mut admin,
        "UPDATE ops.job_queue SET status = CASE WHEN id > 1 THEN 'purple' END",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "unknown", "{queue}");
    let open = queue["unanswered"].to_string();
    assert!(open.contains("What `purple`, null in"), "{open}");
}

/// The server looks again at which words there are once a tenth of the rows has changed.
#[tokio::test]
async fn words_that_are_newer_than_the_statistics_are_named() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, job_type text, worker_name text, status text NOT NULL,
             created_at timestamptz DEFAULT now(), started_at timestamptz, finished_at timestamptz
         ) WITH (autovacuum_enabled = off);
         INSERT INTO ops.job_queue (id, status) SELECT n, CASE n % 2 WHEN 0 THEN 'done' ELSE 'failed' END FROM generate_series(1, 1000) AS n",
    )
    .await;
    execute(&mut admin, "ANALYZE ops.job_queue").await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "ok", "{queue}");
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, status) SELECT n, 'parked' FROM generate_series(2001, 2060) AS n",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "unknown", "{queue}");
    assert!(
        queue["unanswered"].to_string().contains("What `parked` in"),
        "{queue}"
    );
}

/// No operator takes a domain over an enum, and a constraint may leave out what the enum allows.
#[tokio::test]
async fn a_domain_over_an_enum_is_read_and_learns_to_be_paused() {
    let (world, mut admin) = with(
        "CREATE TYPE ops.word AS ENUM ('pending', 'processing', 'completed', 'failed');
         CREATE TYPE ops.kind AS ENUM ('a', 'b');
         CREATE DOMAIN ops.job_state AS ops.word;
         CREATE DOMAIN ops.job_kind AS ops.kind;
         CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, job_type ops.job_kind DEFAULT 'a', created_at timestamptz DEFAULT now(),
             status ops.job_state NOT NULL DEFAULT 'pending'
                 CHECK (status::ops.word IN ('pending', 'processing', 'completed', 'failed'))
         );
         INSERT INTO ops.job_queue (id, job_type) VALUES (1, 'a'), (2, 'b')",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pending"], 2, "{queue}");
    done(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
    let pause = [PAUSE, &["--type", "a"]].concat();
    done(&world.url, &[], &pause);
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, job_type) VALUES (3, 'a'), (4, 'b')",
    )
    .await;
    let states = "SELECT id || ' ' || status FROM ops.job_queue ORDER BY id";
    assert_eq!(
        rows(&mut admin, states).await,
        ["1 paused", "2 pending", "3 paused", "4 pending"]
    );
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["escaped"], 0, "{queue}");
    done(&world.url, &[], RESUME);
    // Its indexes are missed once it is larger, and those that are proposed are made of its types.
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, job_type, status)
         SELECT n, 'a', 'completed' FROM generate_series(5, 2000) AS n;
         ANALYZE ops.job_queue",
    )
    .await;
    let missed = doctor(&world.url);
    assert_eq!(row(&missed, "schema.indexes")["verdict"], "warning");
    make_indexes(&mut admin, &missed).await;
    let rows = doctor(&world.url);
    assert_eq!(row(&rows, "schema.indexes")["verdict"], "ok", "{rows:#?}");
}

/// In mixed case, as reserved words, and in two schemas: a trigger is found on the table that it stands on.
#[tokio::test]
async fn names_that_have_to_be_quoted_are() {
    let (world, mut admin) = with(
        "CREATE SCHEMA app;
         CREATE TABLE app.\"Tasks\" (\"Id\" bigint PRIMARY KEY, \"Status\" text DEFAULT 'pending', \"createdAt\" timestamptz DEFAULT now(), \"order\" text);
         INSERT INTO app.\"Tasks\" (\"Id\", \"order\") VALUES (1, 'a')",
    )
    .await;
    let said = [
        ("QUEUE_TABLE", "app.Tasks"),
        (
            "QUEUE_COLUMNS",
            "id=Id,state=Status,created=createdAt,type=order",
        ),
    ];
    done(&world.url, &said, &["migrate"]);
    let again = done(&world.url, &said, &["migrate"]);
    assert!(
        again.contains("the triggers of the pauses on app.Tasks: exists"),
        "{again}"
    );
    done(&world.url, &said, &[PAUSE, &["--type", "a"]].concat());
    execute(
        &mut admin,
        "INSERT INTO app.\"Tasks\" (\"Id\", \"order\") VALUES (2, 'a'), (3, 'b')",
    )
    .await;
    let states = "SELECT \"Id\" || ' ' || \"Status\" FROM app.\"Tasks\" ORDER BY 1";
    assert_eq!(
        rows(&mut admin, states).await,
        ["1 paused", "2 paused", "3 pending"]
    );
    done(&world.url, &said, RESUME);
    assert_eq!(
        rows(&mut admin, states).await,
        ["1 pending", "2 pending", "3 pending"]
    );
}

/// A list of what a function makes of a word does not say which words there are.
#[tokio::test]
async fn a_constraint_on_a_word_in_lower_case_hides_none_in_capitals() {
    let (world, _admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, job_type text, worker_name text,
             created_at timestamptz, started_at timestamptz, finished_at timestamptz,
             status text NOT NULL CHECK (lower(status) IN ('pending', 'paused', 'processing', 'completed', 'failed'))
         );
         INSERT INTO ops.job_queue (id, status, created_at) VALUES (1, 'PENDING', now() - interval '3 hours')",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&1.into(), &"critical".into()),
        "{queue}"
    );
}

#[tokio::test]
async fn words_with_backslashes_and_quotes_come_back_as_they_were() {
    let (world, mut admin) = with(
        r"CREATE TABLE ops.job_queue (
              id bigint PRIMARY KEY, created_at timestamptz DEFAULT now(),
              status text NOT NULL CHECK (status IN ('wait\ing', 'it''s 100%', 'paused', 'processing', 'completed', 'failed'))
          );
          INSERT INTO ops.job_queue (id, status) VALUES (1, 'wait\ing'), (2, 'it''s 100%')",
    )
    .await;
    let said = [("QUEUE_STATES", r"pending=wait\ing|it's 100%")];
    done(&world.url, &said, &["migrate"]);
    done(&world.url, &said, PAUSE);
    execute(
        &mut admin,
        r"INSERT INTO ops.job_queue (id, status) VALUES (3, 'wait\ing')",
    )
    .await;
    let states = "SELECT status FROM ops.job_queue ORDER BY id";
    assert_eq!(
        rows(&mut admin, states).await,
        ["paused", "paused", "paused"]
    );
    done(&world.url, &said, RESUME);
    assert_eq!(
        rows(&mut admin, states).await,
        [r"wait\ing", "it's 100%", r"wait\ing"]
    );
}

/// Nobody's word stands for a number; those that are said are held and come back.
#[tokio::test]
async fn states_that_are_numbers_mean_what_is_said() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status smallint NOT NULL DEFAULT 0, created_at timestamptz DEFAULT now());
         INSERT INTO ops.job_queue (id, created_at) VALUES (1, now() - interval '3 hours');
         INSERT INTO ops.job_queue (id, status) VALUES (2, 7)",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "unknown", "{queue}");
    let open = queue["unanswered"].to_string();
    assert!(open.contains("What `0`, `7` in"), "{open}");
    let said = [("QUEUE_STATES", "pending=0,processing=1,paused=9")];
    let queue = report(&world, &said).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&1.into(), &"critical".into()),
        "{queue}"
    );
    assert!(queue.to_string().contains("What `7` in"), "{queue}");
    done(&world.url, &said, &["migrate"]);
    done(&world.url, &said, PAUSE);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (3)").await;
    let states = "SELECT status::text FROM ops.job_queue ORDER BY id";
    assert_eq!(rows(&mut admin, states).await, ["9", "7", "9"]);
    done(&world.url, &said, RESUME);
    assert_eq!(rows(&mut admin, states).await, ["0", "7", "0"]);
}

/// Where a due time long past stands for "at once", the first to be due is not the one that waits longest.
#[tokio::test]
async fn a_job_that_is_due_since_ever_hides_none_that_waits() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, created_at timestamptz DEFAULT now(), run_at timestamptz,
             status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paused', 'processing', 'completed', 'failed'))
         );
         INSERT INTO ops.job_queue (id, created_at, run_at) VALUES
             (1, now() - interval '2 hours', now() - interval '110 minutes'), (2, now() - interval '3 hours', now() - interval '100 minutes'),
             (3, now() - interval '1 minute', '1970-01-01'), (4, now(), '1970-01-01'), (5, now(), now() + interval '1 hour')",
    )
    .await;
    for step in [
        "SELECT",
        "CREATE INDEX ON ops.job_queue (status, created_at); CREATE INDEX ON ops.job_queue (status, run_at)",
    ] {
        execute(&mut admin, step).await;
        let queue = report(&world, &[]).await["queue"].clone();
        let oldest = queue["oldest_pending_seconds"].as_f64().expect("a number");
        assert!((6_600.0..6_700.0).contains(&oldest), "{step}: {queue}");
    }
}

/// Whoever names a type, a column or a state does not write what `migrate` creates.
#[tokio::test]
async fn names_and_words_stay_inside_the_functions_that_are_made_of_them() {
    let (world, mut admin) = with(
        "CREATE SCHEMA app;
         CREATE TYPE app.\"word\nRAISE EXCEPTION 'broken out'; --$body$\" AS ENUM ('pending', 'paused', 'processing', 'completed', 'failed');
         CREATE DOMAIN ops.job_state AS app.\"word\nRAISE EXCEPTION 'broken out'; --$body$\";
         CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status ops.job_state DEFAULT 'pending', created_at timestamptz DEFAULT now());
         CREATE TABLE ops.tasks (id bigint PRIMARY KEY, status text DEFAULT 'pending', created_at timestamptz DEFAULT now())",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    let again = done(&world.url, &[], &["migrate"]);
    assert!(again.contains("ops.job_queue: exists"), "{again}");
    done(&world.url, &[], PAUSE);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES (1)").await;
    let states = "SELECT status::text FROM ops.job_queue";
    assert_eq!(rows(&mut admin, states).await, ["paused"]);
    done(&world.url, &[], RESUME);
    let broken = "pending=pending|x$body$ LANGUAGE sql; CREATE TABLE ops.broken_out (); --";
    let said = [("QUEUE_TABLE", "ops.tasks"), ("QUEUE_STATES", broken)];
    done(&world.url, &said, &["migrate"]);
    done(&world.url, &said, PAUSE);
    execute(&mut admin, "INSERT INTO ops.tasks (id) VALUES (1)").await;
    let states =
        "SELECT status || coalesce(to_regclass('ops.broken_out')::text, '') FROM ops.tasks";
    assert_eq!(rows(&mut admin, states).await, ["paused"]);
}
