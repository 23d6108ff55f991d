//! What mends an incident: shown as it is to be run, done after evidence was taken, and found in the timeline.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::actions::{PAUSE, post};
use crate::harness::{OPERATOR, Peer, World, execute};
use crate::outage::{all_is_well, order, report, start, until};

/// What is taken at each occasion.
const PIECES: usize = 8;
/// What must stand nowhere.
const SECRET: &str = "zqcanary";

fn list<'a>(incident: &'a Value, member: &str) -> Vec<&'a Value> {
    incident[member].as_array().into_iter().flatten().collect()
}

/// The places in the timeline of the entries of a kind that say this.
fn places(incident: &Value, kind: &str, says: &str) -> Vec<usize> {
    let entries = list(incident, "timeline").into_iter().enumerate();
    let meant = entries.filter(|(_, entry)| {
        let text = entry["text"].as_str().expect("a text");
        entry["kind"] == kind && text.contains(says)
    });
    meant.map(|(at, _)| at).collect()
}

/// The last sessions wait for longer than a minute before it is critical.
#[tokio::test(flavor = "multi_thread")]
async fn a_pile_up_of_locks_is_seen_and_ended_by_the_command_that_is_shown() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    let mut admin = world.admin_after("CREATE TABLE public.t (id int)").await;
    let mut holder = world.admin().await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut holder)
        .await
        .expect("it answers");
    execute(
        &mut holder,
        "BEGIN; LOCK TABLE public.t; SELECT 'zqcanary-of-the-holder'",
    )
    .await;
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let mut reader = world.admin().await;
        readers.spawn(async move {
            let _ = sqlx::raw_sql("SELECT count(*) FROM public.t WHERE 'zqcanary' = 'x'")
                .execute(&mut reader)
                .await;
        });
    }
    let wait = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(waitstart)), 0)::float8 FROM pg_locks
                WHERE NOT granted";
    loop {
        let waited: f64 = sqlx::query_scalar(wait)
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
        if waited > 60.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let opened = until(&service, OPERATOR, "it is opened, with evidence", |one| {
        one["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("LOCKS-"))
            && list(one, "evidence").len() >= PIECES
    })
    .await;
    let tree = list(&opened, "evidence")
        .into_iter()
        .find(|piece| piece["name"] == "lock tree");
    let url = tree.expect("it was taken")["url"].as_str().expect("a path");
    let bearer = format!("Bearer {OPERATOR}");
    let tree = service
        .send(hyper::Method::GET, url, &[("authorization", &*bearer)])
        .await;
    assert_eq!(
        tree.json()["facts"]["roots"][0]["pid"],
        pid,
        "{}",
        tree.body
    );
    assert_eq!(tree.json()["facts"]["waiting"], 3, "{}", tree.body);
    for piece in list(&opened, "evidence") {
        let url = piece["url"].as_str().expect("a path");
        let holds = service
            .send(hyper::Method::GET, url, &[("authorization", &*bearer)])
            .await;
        assert!(!holds.body.contains(SECRET), "{piece}: {}", holds.body);
    }
    let remedy = &opened["remedies"][0];
    assert_eq!(remedy["action"], "pg.terminate", "{opened:#}");
    let command = remedy["command"].as_str().expect("it is seen to what");
    assert!(
        command.starts_with(&format!(
            "dragonfly-ops pg terminate {pid} --backend-start "
        )),
        "{command}"
    );
    // As it is shown, by a shell, from a terminal that asks no instance.
    let home = Path::new(env!("CARGO_BIN_EXE_dragonfly-ops"))
        .parent()
        .expect("its folder");
    let output = tokio::process::Command::new("/bin/sh")
        .args(["-c", &format!("{command} --yes")])
        .env_clear()
        .env("PATH", home)
        .env("DATABASE_URL", &world.url)
        .env("OPS_TOKEN", OPERATOR)
        .env("DRAGONFLY_TOKEN", OPERATOR)
        .output()
        .await
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("on record as ops.audit_log 1"), "{output:?}");
    readers.join_all().await;
    let mended = until(&service, OPERATOR, "it is in the timeline", |one| {
        !places(one, "remedy", "pg.terminate").is_empty()
    })
    .await;
    assert_eq!(
        places(&mended, "remedy", "on record as ops.audit_log 1").len(),
        1,
        "{mended:#}"
    );
    until(&service, OPERATOR, "it is good again", |one| {
        one["state"] == "mitigated"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remedy_over_http_takes_evidence_first_and_is_entered_once() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    let opened = report(
        &service,
        json!({ "title": "too many requests", "code": "DFE-VND-004" }),
    )
    .await;
    let preview = &opened["remedies"][0]["preview"];
    let preview = preview.as_str().expect("a command");
    assert!(
        preview.starts_with("dragonfly-ops queue pause --for 30m"),
        "{preview}"
    );
    assert!(preview.ends_with(" --dry-run"), "{preview}");
    until(&service, OPERATOR, "evidence is there", |one| {
        list(one, "evidence").len() >= PIECES
    })
    .await;
    let ask = async |key: &str, dry_run: bool| {
        let body = json!({ "reason": "they would fail", "by": "ada", "dry_run": dry_run });
        let reply = post(
            &service,
            PAUSE,
            OPERATOR,
            &[("idempotency-key", key)],
            &body,
        )
        .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["audit_id"].as_i64()
    };
    assert_eq!(ask("one", true).await, None);
    let row = ask("one", false).await.expect("it is on record");
    assert_eq!(ask("one", false).await, Some(row), "once");
    let words = format!("Begins to mend it: queue.pause, on record as ops.audit_log {row}");
    let mended = until(&service, OPERATOR, "it is entered", |one| {
        !places(one, "remedy", &words).is_empty()
    })
    .await;
    let remedies = places(&mended, "remedy", "");
    assert_eq!(remedies.len(), 1, "{mended:#}");
    let before = places(&mended, "evidence", "Evidence was kept before a remedy");
    assert_eq!(before.len(), PIECES, "{mended:#}");
    assert!(before.iter().all(|at| *at < remedies[0]), "{mended:#}");
    let entry = &list(&mended, "timeline")[remedies[0]];
    assert!(
        entry["who"]
            .as_str()
            .is_some_and(|who| who.starts_with("ada")),
        "{entry}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_from_elsewhere_is_entered_however_much_was_done_before() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    report(
        &service,
        json!({ "title": "too many requests", "code": "DFE-VND-004" }),
    )
    .await;
    let mut admin = world.admin().await;
    let mut done = 0;
    let insert = "
        INSERT INTO ops.audit_log (phase, action, request, actor, reason, environment, request_id)
        SELECT 'done', 'queue.pause', '{}', 'ada', 'a test', 'test', 'r' FROM generate_series(1, $1)";
    // More than are read at once, and more after that.
    for more in [450_i32, 3] {
        let inserted = sqlx::query(insert).bind(more).persistent(false);
        inserted.execute(&mut admin).await.expect("it is recorded");
        done += usize::try_from(more).expect("a few");
        let mended = until(&service, OPERATOR, "all of it is entered", |one| {
            places(one, "remedy", "").len() >= done
        })
        .await;
        assert_eq!(places(&mended, "remedy", "").len(), done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_from_elsewhere_is_entered_though_it_is_over_before_anybody_has_read_it() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    let mut admin = world.admin().await;
    let insert = "
        INSERT INTO ops.audit_log (phase, action, request, actor, reason, environment, request_id)
        VALUES ('done', 'queue.pause', '{}', 'ada', 'a test', 'test', 'r')";
    let told = json!({ "title": "too many requests", "code": "DFE-VND-004" });
    let opened = report(&service, told).await;
    execute(&mut admin, insert).await;
    let name = opened["name"].as_str().expect("a name");
    let path = format!("/api/ops/incidents/{name}");
    let over = json!({ "deed": "resolve", "text": "seen by hand" });
    let over = order(&service, &path, OPERATOR, "over", over).await;
    assert_eq!(over.json()["state"], "resolved", "{}", over.body);
    // It was over then.
    execute(&mut admin, insert).await;
    let at = "SELECT round(extract(epoch FROM at) * 1000)::bigint FROM ops.audit_log ORDER BY id LIMIT 1";
    let at: i64 = sqlx::query_scalar(at)
        .fetch_one(&mut admin)
        .await
        .expect("it is on record");
    let mended = until(&service, OPERATOR, "it is entered", |one| {
        !places(one, "remedy", "on record as ops.audit_log 1").is_empty()
    })
    .await;
    assert_eq!(mended["state"], "resolved");
    let remedies = places(&mended, "remedy", "");
    assert_eq!(remedies.len(), 1, "{mended:#}");
    let at_of = |place: usize| -> jiff::Timestamp {
        let at = list(&mended, "timeline")[place]["at"].as_str();
        at.expect("a time").parse().expect("a time")
    };
    let entered = at_of(remedies[0]);
    // Within one millisecond either may stand first.
    let resolved = at_of(places(&mended, "resolved", "")[0]);
    assert!(entered <= resolved, "{mended:#}");
    assert!((entered.as_millisecond() - at).abs() <= 1, "{entered}");
}
