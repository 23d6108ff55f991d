//! The commands: what they ask for before they act, and what those show that only look.

use serde_json::{Value, json};

use crate::actions::{run, said, until};
use crate::harness::{OPERATOR, READER, World, execute, typed, url_as};

#[tokio::test]
async fn a_command_that_changes_something_takes_a_token_a_target_and_a_yes() {
    let world = World::with_postgres(&[]).migrated();
    let base = [
        ("DATABASE_URL", world.url.as_str()),
        ("SUPABASE_MODE", "prod"),
        ("OPS_TOKEN", OPERATOR),
        ("OPS_READ_TOKEN", READER),
    ];
    let pause = ["queue", "pause", "--reason", "a test"];
    let with = |token: &'static str| [base.as_slice(), &[("DRAGONFLY_TOKEN", token)]].concat();
    for (token, code) in [
        ("", "DFE-AUTH-001"),
        ("x", "DFE-AUTH-002"),
        (READER, "DFE-AUTH-003"),
    ] {
        let (exit, out, err) = said(&run(&with(token), &[&pause[..], &["--yes"]].concat()).await);
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(code), "{err}");
    }
    for (more, complaint) in [
        (vec!["--env", "staging", "--yes"], "--env says staging"),
        (vec!["--env", "prod"], "--yes goes ahead"),
        (vec!["--for", "soon", "--yes"], "a number with a unit"),
        (
            vec!["--reason", "\t", "--yes"],
            "cannot be used multiple times",
        ),
    ] {
        let (exit, _, err) = said(&run(&with(OPERATOR), &[&pause[..], &more].concat()).await);
        assert_eq!(exit, Some(2), "{err}");
        assert!(err.contains(complaint), "{err}");
    }
    let mut admin = world.admin().await;
    let pauses = "SELECT count(*) FROM ops.queue_pauses";
    let count: i64 = sqlx::query_scalar(pauses)
        .fetch_one(&mut admin)
        .await
        .expect("a number");
    assert_eq!(count, 0, "nothing was changed so far");
    let go = [
        &pause[..],
        &[
            "--env",
            "production",
            "--for",
            "30m",
            "--type",
            "mail",
            "--yes",
        ],
    ]
    .concat();
    let (exit, out, err) = said(&run(&with(OPERATOR), &go).await);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(err.contains("target: environment prod, database "), "{err}");
    assert!(
        out.contains("queue.pause: done, and seen to have had its effect"),
        "{out}"
    );
    let (exit, out, _) = said(&run(&base, &["queue", "status"]).await);
    assert_eq!(exit, Some(0), "{out}");
    assert!(
        out.contains("mail") && out.contains("a test") && out.contains("in 30 min"),
        "{out}"
    );
    let (exit, out, _) = said(
        &run(
            &with(OPERATOR),
            &[
                "queue", "resume", "--reason", "over", "--yes", "--output", "json",
            ],
        )
        .await,
    );
    let done: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (exit, &done["action"], &done["verified"]),
        (Some(0), &json!("queue.resume"), &json!(true))
    );
    let (exit, _, err) = said(
        &run(
            &with(OPERATOR),
            &["queue", "resume", "7", "--reason", "over", "--yes"],
        )
        .await,
    );
    assert_eq!(exit, Some(2), "{err}");
}

#[tokio::test]
async fn on_a_terminal_it_shows_what_would_change_and_asks() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after("INSERT INTO ops.job_queue (job_type) VALUES ('mail')")
        .await;
    let settings = [
        ("DATABASE_URL", world.url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let status = "SELECT status FROM ops.job_queue";
    for (answer, exit, after) in [
        ("no\n", 2, "pending"),
        ("\n", 2, "pending"),
        ("yes\n", 0, "paused"),
    ] {
        let (code, text) = typed(&settings, "queue pause --reason test", answer).await;
        assert_eq!(code, Some(exit), "{text}");
        assert!(
            text.contains("it would be so") && text.contains("Type yes"),
            "{text}"
        );
        let is: String = sqlx::query_scalar(status)
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
        assert_eq!(is, after, "{text}");
    }
}

#[tokio::test]
async fn the_looks_show_what_the_report_knows() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after(
            "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x');
         INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('intake-1', now() - interval '7 minutes')",
        )
        .await;
    let mut holder = world.admin().await;
    execute(
        &mut holder,
        "BEGIN; UPDATE t SET v = 'zqcanary' WHERE id = 1",
    )
    .await;
    let waiting = {
        let mut waiter = world.admin().await;
        tokio::spawn(async move {
            execute(&mut waiter, "UPDATE t SET v = 'zqcanary' WHERE id = 1").await;
        })
    };
    until(
        &mut admin,
        "EXISTS (SELECT FROM pg_locks WHERE NOT granted)".to_owned(),
    )
    .await;
    let base = [("DATABASE_URL", world.url.as_str())];
    let (exit, out, err) = said(&run(&base, &["pg", "locks"]).await);
    assert_eq!(exit, Some(0), "{err}");
    assert!(
        out.contains("idle in transaction")
            && out.contains("└─ ")
            && out.contains("dragonfly-ops pg terminate "),
        "{out}"
    );
    assert!(!out.contains("zqcanary"), "{out}");
    let (exit, out, _) = said(&run(&base, &["pg", "locks", "--output", "json"]).await);
    let locks: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((exit, &locks["waiting"]), (Some(0), &json!(1)), "{locks}");
    let (exit, out, _) = said(&run(&base, &["pg", "connections"]).await);
    assert!(
        exit == Some(0) && out.contains("idle in transaction") && out.contains(" of "),
        "{out}"
    );
    let (exit, out, _) = said(&run(&base, &["pg", "long"]).await);
    assert!(exit == Some(0) && out.contains("0 statements"), "{out}");
    let (exit, out, _) = said(&run(&base, &["workers"]).await);
    assert!(
        exit == Some(1) && out.contains("intake-1") && out.contains("stale"),
        "{out}"
    );
    execute(&mut holder, "ROLLBACK").await;
    waiting.await.expect("it ends");
    let (exit, out, _) = said(&run(&base, &["pg", "locks"]).await);
    assert!(exit == Some(0) && out.contains("No session waits"), "{out}");
    let gone = url_as(1, "u", "p");
    let (exit, _, err) = said(&run(&[("DATABASE_URL", gone.as_str())], &["workers"]).await);
    assert!(exit == Some(3) && err.contains("DFE-DB-001"), "{err}");
}
