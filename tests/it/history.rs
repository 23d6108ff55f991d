//! What was seen is kept: once, whatever happens in between.

mod clock;
mod disk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use sqlx::postgres::PgConnection;

use crate::harness::{Instance, PASSWORD, SUPERUSER, World, connect, execute, url_as};
use crate::pooler::Pooler;
use crate::watch::{Scraper, verdict};

/// Between two looks at what gives no sign.
const GLANCE: Duration = Duration::from_millis(20);

/// Every bucket has to be what the samples of its time add up to; so many rows are not so.
const WRONG_BUCKETS: &str = "
    WITH said AS (
        SELECT series, grain, start, ok_seconds, warning_seconds, unknown_seconds, critical_seconds, looks,
            (SELECT sum(n) FROM unnest(histogram) AS n) AS counted
        FROM ops.check_buckets
    ), meant AS (
        SELECT s.series, g.grain, to_timestamp(floor(extract(epoch FROM s.at) / g.seconds) * g.seconds) AS start,
            coalesce(sum(covers) FILTER (WHERE verdict = 'ok'), 0)::int,
            coalesce(sum(covers) FILTER (WHERE verdict = 'warning'), 0)::int,
            coalesce(sum(covers) FILTER (WHERE verdict = 'unknown'), 0)::int,
            coalesce(sum(covers) FILTER (WHERE verdict = 'critical'), 0)::int,
            count(*)::int, count(*)
        FROM ops.check_samples AS s
        CROSS JOIN (VALUES ('5m', 300), ('1h', 3600), ('1d', 86400)) AS g (grain, seconds)
        GROUP BY 1, 2, 3
    )
    SELECT count(*) FROM (
        (TABLE said EXCEPT TABLE meant) UNION ALL (TABLE meant EXCEPT TABLE said)
    ) AS differences";

async fn number(admin: &mut PgConnection, sql: &'static str) -> i64 {
    let answer = sqlx::query_scalar(sql).persistent(false);
    answer.fetch_one(admin).await.expect("it answers")
}

/// Waits until a number of the database is as it should be.
async fn until(
    admin: &mut PgConnection,
    what: &str,
    sql: &'static str,
    is_so: impl Fn(i64) -> bool,
) {
    let mut last = 0;
    for _ in 0..4_500 {
        last = number(admin, sql).await;
        if is_so(last) {
            return;
        }
        tokio::time::sleep(GLANCE).await;
    }
    panic!("{what}: {last}");
}

fn watch(url: &str, state: &Path, more: &[(&str, &str)]) -> Instance {
    let state = state.to_string_lossy();
    let mut settings = vec![
        ("DATABASE_URL", url),
        ("STATE_DIR", &*state),
        ("WATCH_INTERVAL", "1"),
        ("HEALTH_DB_TIMEOUT", "0.5"),
        ("HEALTH_OPS_TIMEOUT", "0.5"),
    ];
    settings.extend_from_slice(more);
    Instance::start(&settings)
}

/// What stands on disk of looks, file by file.
fn texts(state: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for folder in std::fs::read_dir(state).expect("a folder") {
        for file in std::fs::read_dir(folder.expect("one").path()).expect("a folder") {
            let path = file.expect("one").path();
            // Entries of incidents stand beside them.
            if path.extension().is_some_and(|ending| ending == "samples") {
                texts.push(std::fs::read_to_string(path).expect("text"));
            }
        }
    }
    texts
}

/// How many samples stand on disk.
fn written_down(state: &Path) -> i64 {
    let lines: usize = texts(state).iter().map(|text| text.lines().count()).sum();
    i64::try_from(lines).expect("a few")
}

const SAMPLES: &str = "SELECT count(*) FROM ops.check_samples";
const TERM: &str = "SELECT coalesce(max(term), 0) FROM ops.leases";
/// What was seen, as it stands on disk: each look by its series and the second when its slot began.
fn seen(states: &[&Path]) -> BTreeSet<(String, i64)> {
    let mut seen = BTreeSet::new();
    for text in states.iter().flat_map(|state| texts(state)) {
        for line in text.lines() {
            // The last one may be on its way.
            let Ok(look) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let at: jiff::Timestamp = look["at"]
                .as_str()
                .expect("a time")
                .parse()
                .expect("a time");
            let series = look["series"].as_str().expect("a series").to_owned();
            seen.insert((series, at.as_second()));
        }
    }
    seen
}

/// Waits until all that was seen up to now is in the database.
async fn is_shipped(admin: &mut PgConnection, states: &[&Path]) {
    let seen = seen(states);
    assert!(seen.len() >= 14, "{seen:?}");
    let sql = "SELECT series, extract(epoch FROM at)::int8 FROM ops.check_samples";
    let mut missing = seen.clone();
    for _ in 0..3_000 {
        let kept: Vec<(String, i64)> = sqlx::query_as(sql)
            .persistent(false)
            .fetch_all(&mut *admin)
            .await
            .expect("it answers");
        let kept: BTreeSet<_> = kept.into_iter().collect();
        missing = &seen - &kept;
        if missing.is_empty() {
            return;
        }
        tokio::time::sleep(GLANCE).await;
    }
    panic!("of {} these are not kept: {missing:?}", seen.len());
}

/// A pooler in transaction mode, as in production: what is kept exactly once has to be kept so through it.
/// Those that disturb the disk, the clock and the server go straight to the server.
async fn pooled(world: &World) -> (Pooler, String) {
    let settings = ["pool_mode=transaction", "server_login_retry=1"];
    let pooler = Pooler::start(&world.cluster, &settings).await;
    let url = url_as(pooler.port(), SUPERUSER, PASSWORD);
    (pooler, url)
}

#[tokio::test]
async fn what_was_seen_survives_a_kill_and_counts_once() {
    let world = World::with_postgres(&[]).migrated();
    let (_pooler, url) = pooled(&world).await;
    let state = tempfile::tempdir().expect("a folder");
    let mut admin = world.admin().await;
    let first = watch(&url, state.path(), &[]);
    until(&mut admin, "it ships", SAMPLES, |count| count >= 7).await;
    // What it has seen since stands on disk only.
    let on_disk = loop {
        let (shipped, on_disk) = (
            number(&mut admin, SAMPLES).await,
            written_down(state.path()),
        );
        if on_disk >= shipped + 21 {
            break on_disk;
        }
        tokio::time::sleep(GLANCE).await;
    };
    // Dropped, an instance is killed.
    drop(first);
    let lease = "UPDATE ops.leases SET expires_at = now()";
    sqlx::raw_sql(lease)
        .execute(&mut admin)
        .await
        .expect("it is given up for the killed one");
    let _second = watch(&url, state.path(), &[]);
    until(&mut admin, "it ships what it found", SAMPLES, |count| {
        count >= on_disk
    })
    .await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
    assert_eq!(
        number(&mut admin, TERM).await,
        2,
        "the lease was taken anew"
    );
}

/// Killed while the database is at it, nobody knows whether it was kept.
#[tokio::test]
async fn who_is_killed_in_the_middle_of_a_flush_loses_nothing_and_counts_nothing_twice() {
    let world = World::with_postgres(&[]).migrated();
    let (_pooler, url) = pooled(&world).await;
    let state = tempfile::tempdir().expect("a folder");
    let mut admin = world.admin().await;
    let first = watch(&url, state.path(), &[]);
    until(&mut admin, "it ships", SAMPLES, |count| count >= 7).await;
    let mut holder = world.admin().await;
    execute(&mut holder, "BEGIN; LOCK TABLE ops.check_buckets").await;
    let waits = "SELECT count(*) FROM pg_locks
        WHERE NOT granted AND relation = 'ops.check_buckets'::regclass AND mode = 'RowExclusiveLock'";
    until(&mut admin, "a flush waits", waits, |count| count == 1).await;
    // Dropped, an instance is killed.
    drop(first);
    execute(&mut holder, "ROLLBACK").await;
    let lease = "UPDATE ops.leases SET expires_at = now()";
    execute(&mut admin, lease).await;
    let _second = watch(&url, state.path(), &[]);
    is_shipped(&mut admin, &[state.path()]).await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
}

#[tokio::test]
async fn an_outage_of_the_database_is_in_its_history() {
    let mut world = World::with_postgres(&[]).migrated();
    let state = tempfile::tempdir().expect("a folder");
    let mut admin = world.admin().await;
    let service = watch(&world.url, state.path(), &[]);
    until(&mut admin, "it ships", SAMPLES, |count| count >= 7).await;
    drop(admin);
    world.cluster.crash().expect("it dies");
    service.logged("the history is not shipped", 1).await;
    world.cluster.recover(&[]).expect("it comes back");
    let mut admin = world.admin().await;
    let critical = "SELECT count(*) FROM ops.check_samples WHERE series = 'db' AND verdict = 'critical' AND code = 'DFE-DB-001'";
    until(&mut admin, "what was seen then", critical, |count| {
        count >= 1
    })
    .await;
    service.logged("the history is shipped again", 1).await;
    let unknown =
        "SELECT count(*) FROM ops.check_samples WHERE series = 'queue' AND verdict = 'unknown'";
    assert!(number(&mut admin, unknown).await >= 1);
    is_shipped(&mut admin, &[state.path()]).await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
}

#[tokio::test]
async fn of_two_replicas_one_writes_and_the_other_takes_over() {
    let world = World::with_postgres(&[]).migrated();
    let (_pooler, through) = pooled(&world).await;
    let states = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    let mut admin = connect(&world.url).await;
    let first = watch(
        &through,
        states[0].path(),
        &[("RAILWAY_REPLICA_ID", "first")],
    );
    until(&mut admin, "the first one writes", SAMPLES, |count| {
        count >= 7
    })
    .await;
    let second = watch(
        &through,
        states[1].path(),
        &[("RAILWAY_REPLICA_ID", "second")],
    );
    let writers = async || {
        let mut writers = Vec::new();
        for service in [&first, &second] {
            writers.push(
                service
                    .metrics()
                    .await
                    .value("dragonfly_history_writer", &[]),
            );
        }
        writers
    };
    second.logged("listening", 1).await;
    until(&mut admin, "more is written", SAMPLES, |count| count >= 35).await;
    assert_eq!(writers().await, [1, 0]);
    // It has seen that the history is kept, and has shipped none of it.
    let second_looks_on = |gauges: &BTreeMap<String, f64>| {
        gauges.contains_key("dragonfly_history_kept_timestamp_seconds")
            && !gauges.contains_key("dragonfly_history_shipped_timestamp_seconds")
    };
    Scraper(&second)
        .until("the second one looks on", second_looks_on)
        .await;
    Scraper(&first)
        .until("the first one ships", |gauges| {
            gauges.contains_key("dragonfly_history_shipped_timestamp_seconds")
        })
        .await;
    first.signal(Signal::STOP);
    until(&mut admin, "the second one takes over", TERM, |term| {
        term == 2
    })
    .await;
    first.signal(Signal::CONT);
    let held = "SELECT count(*) FROM ops.leases WHERE holder LIKE 'second%'";
    for _ in 0..1_500 {
        if writers().await == [0, 1] {
            break;
        }
        tokio::time::sleep(GLANCE).await;
    }
    assert_eq!(writers().await, [0, 1]);
    assert_eq!(number(&mut admin, held).await, 1);
    // What either saw is there, whoever wrote it: the second one fills the gap.
    is_shipped(&mut admin, &[states[0].path(), states[1].path()]).await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
}

#[tokio::test]
async fn whoever_ends_gives_the_lease_up() {
    let world = World::with_postgres(&[]).migrated();
    let (_pooler, url) = pooled(&world).await;
    let state = tempfile::tempdir().expect("a folder");
    let mut admin = world.admin().await;
    let mut service = watch(&url, state.path(), &[]);
    until(&mut admin, "it ships", SAMPLES, |count| count >= 7).await;
    service.signal(Signal::TERM);
    assert!(service.wait().success());
    let free = "SELECT count(*) FROM ops.leases WHERE expires_at <= now()";
    assert_eq!(number(&mut admin, free).await, 1);
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
}

#[tokio::test]
async fn without_a_disk_or_the_tables_it_watches_on_and_says_so() {
    let world = World::with_postgres(&[]);
    let file = tempfile::NamedTempFile::new().expect("a file");
    let service = watch(&world.url, file.path(), &[]);
    service.logged("STATE_DIR cannot be written", 1).await;
    service
        .logged(
            "The tables of the history do not exist: run dragonfly-ops migrate",
            1,
        )
        .await;
    Scraper(&service)
        .until("it watches on", |gauges| {
            gauges.get(&verdict("db")) == Some(&0.0)
                && gauges.get("dragonfly_history_on_disk") == Some(&0.0)
                && gauges.get("dragonfly_history_writer") == Some(&0.0)
        })
        .await;
}

#[tokio::test]
async fn a_year_is_read_from_the_database_and_what_memory_has_from_there() {
    let world = World::with_postgres(&["log_statement=all"]).migrated();
    world
        .execute(
            "INSERT INTO ops.check_buckets
             SELECT 'db', '1d', date_trunc('day', now(), 'UTC') - make_interval(days => n), 86370, 0, 0, 30, 2880, 2880, 1, 9, 3,
                 'DFE-DB-001', array_fill(90, ARRAY[32])
             FROM generate_series(1, 400) AS n",
        )
        .await;
    let state = tempfile::tempdir().expect("a folder");
    let service = watch(&world.url, state.path(), &[("WATCH_INTERVAL", "3600")]);
    let mut admin = world.admin().await;
    until(&mut admin, "it ships", SAMPLES, |count| count == 7).await;
    let since = |days: i64| {
        let from = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        format!("/api/history/db?grain=1d&from={from:.0}")
    };
    // What was read at the start is there once it has been read.
    let mut buckets = Vec::new();
    for _ in 0..1_500 {
        let found = service.get(&since(80)).await.json();
        buckets = found["buckets"].as_array().expect("buckets").clone();
        if buckets.len() > 1 {
            break;
        }
        tokio::time::sleep(GLANCE).await;
    }
    assert_eq!(
        buckets.len(),
        80,
        "those that begin since then, today included"
    );
    let asked = || {
        let log = world.cluster.folder().join("server.log");
        let log = std::fs::read_to_string(log).expect("a log");
        log.matches("INNER JOIN ops.check_buckets AS b").count()
    };
    let before = asked();
    for _ in 0..20 {
        assert_eq!(service.get(&since(80)).await.status, 200);
    }
    assert_eq!(asked(), before, "memory answers");
    let year = since(365);
    for _ in 0..20 {
        let found = service.get(&year).await.json();
        let buckets = found["buckets"].as_array().expect("buckets");
        assert_eq!(buckets.len(), 365);
        assert_eq!(
            (&buckets[0]["looks"], &buckets[0]["worst_code"]),
            (&2880.into(), &"DFE-DB-001".into())
        );
    }
    assert_eq!(asked(), before + 1, "one answer is shared");
}

/// Each day of the past is another question: together they may not keep the database busy.
#[tokio::test]
async fn whoever_asks_for_all_of_the_past_at_once_is_told_to_come_back() {
    let world = World::with_postgres(&[]).migrated();
    let state = tempfile::tempdir().expect("a folder");
    let service = watch(&world.url, state.path(), &[("WATCH_INTERVAL", "3600")]);
    let mut admin = world.admin().await;
    until(&mut admin, "it ships", SAMPLES, |count| count == 7).await;
    // As slow as a database gets that has other things to do: each answer takes its whole time.
    sqlx::raw_sql("BEGIN; LOCK TABLE ops.check_buckets IN ACCESS EXCLUSIVE MODE")
        .execute(&mut admin)
        .await
        .expect("it is locked");
    let now = jiff::Timestamp::now();
    let paths: Vec<_> = (20..60)
        .map(|days| {
            let from = now - jiff::SignedDuration::from_hours(24 * days);
            format!("/api/history/db?grain=1h&from={from:.0}")
        })
        .collect();
    let asked = paths.iter().map(|path| service.get(path));
    let mut codes = BTreeSet::new();
    for reply in futures_util::future::join_all(asked).await {
        assert_eq!(reply.status, 503, "{}", reply.body);
        let code = reply.json()["code"].as_str().expect("a code").to_owned();
        if code == "DFE-INT-002" {
            assert_eq!(reply.header("retry-after"), "2");
        }
        codes.insert(code);
    }
    assert!(codes.contains("DFE-INT-002"), "{codes:?}");
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut admin)
        .await
        .expect("it is let go");
    let later = format!(
        "/api/history/db?grain=1h&from={:.0}",
        now - jiff::SignedDuration::from_hours(24 * 70)
    );
    assert_eq!(service.get(&later).await.status, 200);
    let longer = format!(
        "/api/history/db?grain=1h&from={:.0}",
        now - jiff::SignedDuration::from_hours(24 * 101)
    );
    let refused = service.get(&longer).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (400, &"DFE-VAL-001".into())
    );
}
