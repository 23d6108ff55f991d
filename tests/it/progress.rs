//! What a command is at is said on a terminal, and nowhere else.

use crate::harness::{Instance, KEY, OPERATOR, Peer, World, typed};
use crate::outage_commands::{address, run};

const TERMINAL: (&str, &str) = ("TERM", "xterm");
const LOOKING: &str = "looking at settings, database, schema, REST and work";

#[tokio::test]
async fn each_row_of_the_all_clear_is_written_as_it_arrives_and_once() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = world.start(&[
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]);
    let check = format!("check {}", address(&service));
    let (code, text) = typed(&[TERMINAL], &check, "").await;
    assert_eq!(code, Some(0), "{text}");
    for pass in 1..=3 {
        for endpoint in ["health", "db", "supabase", "ready", "version", "ops"] {
            let row = format!("check.{endpoint} [pass {pass}]: ");
            assert_eq!(text.matches(&row).count(), 1, "{row} {text}");
        }
        assert!(text.contains(&format!("pass {pass} of 3")), "{text}");
    }
    assert!(text.trim_end().ends_with("ok: 6 ok"), "{text}");
    assert!(text.contains("\u{1b}[32m√"), "{text}");

    // In a pipe there are the rows of the last pass alone, in their order.
    let words: Vec<_> = check.split(' ').collect();
    let piped = run(&[TERMINAL], &words, "").await.is(0, &["ok: 6 ok"]);
    assert_eq!(piped.stderr, "");
    let rows = piped
        .stdout
        .lines()
        .filter(|line| line.contains("[pass 3]"));
    let ids: Vec<_> = rows.filter_map(|row| row.split(' ').nth(1)).collect();
    let order = ["health", "db", "supabase", "ready", "version", "ops"];
    assert_eq!(ids, order.map(|name| format!("check.{name}")));
    assert!(!piped.stdout.contains("[pass 1]"), "{}", piped.stdout);
}

#[tokio::test]
async fn a_terminal_that_can_do_nothing_is_left_alone_and_colours_are_a_wish() {
    let service = Instance::start(&[]);
    let check = format!("check {}", address(&service));
    for (settings, is_seen) in [
        (vec![("TERM", "dumb")], false),
        (vec![], false),
        (vec![TERMINAL, ("NO_COLOR", "1")], true),
    ] {
        let (code, text) = typed(&settings, &check, "").await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("√ check.health [pass 1]: ok"), "{text}");
        assert_eq!(text.contains("pass 1 of 3"), is_seen, "{settings:?} {text}");
        assert!(!text.contains("\u{1b}[3"), "{settings:?} {text}");
    }
}

#[tokio::test]
async fn a_pause_of_many_jobs_has_a_bar() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.job_queue (job_type) SELECT 'mail' FROM generate_series(1, 2500)")
        .await;
    let settings = [
        TERMINAL,
        ("DATABASE_URL", world.url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    for (verb, doing) in [
        ("pause", "holding what is pending"),
        ("resume", "giving back what the pause holds"),
    ] {
        let order = format!("queue {verb} --reason test --yes");
        let (code, text) = typed(&settings, &order, "").await;
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(doing), "{text}");
        assert!(text.contains(" of 2500 jobs, about "), "{text}");
        assert!(
            text.contains("done, and seen to have had its effect"),
            "{text}"
        );
    }
    let words = ["queue", "pause", "--reason", "a test", "--yes"];
    let piped = run(&settings, &words, "").await.is(0, &[]);
    assert!(!piped.stderr.contains("holding"), "{}", piped.stderr);
}

#[tokio::test]
async fn what_takes_long_says_what_it_does() {
    let peer = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let settings = [
        TERMINAL,
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/postgres"),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SMOKE_RELATIONS", "plaintiffs"),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    for (command, doing) in [
        ("doctor", LOOKING),
        ("smoke", "reading the relations in SMOKE_RELATIONS"),
        ("reload-schema --reason test --yes", "reloading the schema"),
        ("restart intake --reason test --yes", "restarting intake"),
        (
            "restart intake --reason test --dry-run",
            "looking what would change",
        ),
    ] {
        let (code, text) = typed(&settings, command, "").await;
        assert!(text.contains(doing), "{command}: {text}");
        assert_ne!(code, Some(0), "{text}");
        let words: Vec<_> = command.split(' ').collect();
        let piped = run(&settings, &words, "").await;
        assert!(!piped.stderr.contains(doing), "{command}: {}", piped.stderr);
        assert!(!piped.stdout.contains(doing), "{command}: {}", piped.stdout);
    }
}
