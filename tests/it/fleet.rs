//! Fifty replicas beside each other: one writes, and the others cost next to nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use crate::harness::{Instance, OPERATOR, World};
use crate::outage::order;

const REPLICAS: usize = 50;
/// Over how many statements it is counted how often they are sent: two of each replica.
const STATEMENTS: usize = 100;
/// Over how many seconds at least: each replica reads in that time what others have recorded.
const SECONDS: f64 = 60.0;
/// How many statements a second all of them may send beside the checks.
const MOST: f64 = 4.0;
/// How long anything here may take to come about.
const PATIENCE: Duration = Duration::from_secs(150);
const LATE: &str = "dragonfly_check_answers_late_total";

/// One number from the database.
async fn ask<T>(admin: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let answer = sqlx::query_scalar(sql).persistent(false);
    answer.fetch_one(admin).await.expect("it answers")
}

/// The server's own seconds: what is counted by them does not depend on when this process runs.
const CLOCK: &str = "SELECT extract(epoch FROM clock_timestamp())::float8";

/// Which replica holds the lease for this term, once somebody does.
async fn writer(admin: &mut PgConnection, term: i64) -> usize {
    let sql = "SELECT coalesce(max(term), 0) FROM ops.leases";
    let took_over = async {
        while ask::<i64>(admin, sql).await < term {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let took_over = tokio::time::timeout(PATIENCE, took_over).await;
    took_over.unwrap_or_else(|_| panic!("nobody writes for term {term}"));
    let name: String = ask(
        admin,
        "SELECT split_part(holder, ' ', 1) FROM ops.leases LIMIT 1",
    )
    .await;
    name.parse().expect("a replica's number")
}

/// Waits until every replica has found out who writes; how many say that they do.
async fn writers(fleet: &[Option<Instance>]) -> i64 {
    let mut writers = 0;
    for replica in fleet.iter().flatten() {
        let is_writer = async {
            loop {
                let metrics = replica.metrics().await;
                let names = metrics.series();
                let has_taken_part = names
                    .iter()
                    .any(|(name, _)| name == "dragonfly_history_kept_timestamp_seconds");
                if has_taken_part {
                    break metrics.value("dragonfly_history_writer", &[]);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let is_writer = tokio::time::timeout(PATIENCE, is_writer).await;
        writers += is_writer.expect("each replica finds out who writes");
    }
    writers
}

/// How many statements the server has been sent that are about the history or the incidents, by table.
fn beside_the_checks(log: &Path) -> BTreeMap<&'static str, usize> {
    let log = std::fs::read_to_string(log).expect("a log");
    let mut counts = BTreeMap::new();
    for statement in log.split("LOG:  statement:").skip(1) {
        let tables = [
            "ops.leases",
            "ops.incident_entries",
            "ops.check_buckets",
            "ops.audit_log",
            "ops.evidence",
            "ops.notices",
        ];
        let table = tables.into_iter().find(|table| statement.contains(table));
        if let Some(table) = table {
            *counts.entry(table).or_default() += 1;
        }
    }
    counts
}

/// Waits until what each asks once, as it starts, is behind all of them, however long that takes where fifty start at once:
/// for a while they send no more than later.
async fn settle(admin: &mut PgConnection, log: &Path) {
    let settled = async {
        loop {
            let sent = || beside_the_checks(log).values().sum::<usize>();
            let (before, began): (_, f64) = (sent(), ask(admin, CLOCK).await);
            let took = loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let took = ask::<f64>(admin, CLOCK).await - began;
                if took >= SECONDS / 4.0 {
                    break took;
                }
            };
            let count = f64::from(u32::try_from(sent() - before).expect("a few"));
            if count / took <= MOST {
                return;
            }
        }
    };
    let settled = tokio::time::timeout(PATIENCE, settled).await;
    settled.expect("what they ask as they start has an end");
}

/// Somebody says that something is wrong, and all replicas hear of it. Fifty processes leave the disk
/// little time: who is asked to come back does.
async fn report(replica: &Instance) {
    let reported = async {
        loop {
            let report = json!({ "title": "Nobody gets mail", "severity": "P2" });
            let reply = order(replica, "/api/ops/incidents", OPERATOR, "a", report).await;
            if reply.status == 200 {
                return;
            }
            assert_eq!(reply.json()["retry"], "yes", "{}", reply.body);
        }
    };
    let reported = tokio::time::timeout(PATIENCE, reported).await;
    reported.expect("it is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_replicas_one_writes_and_the_others_hardly_ask() {
    let world = World::with_postgres(&["max_connections=300", "log_statement=all"]).migrated();
    let mut admin = world.admin().await;
    let mut fleet: Vec<_> = (0..REPLICAS)
        .map(|number| {
            let number = number.to_string();
            let settings = [
                ("WATCH_INTERVAL", "30"),
                ("RAILWAY_REPLICA_ID", &*number),
                ("OPS_TOKEN", OPERATOR),
            ];
            Some(world.start(&settings))
        })
        .collect();
    let first = writer(&mut admin, 1).await;
    assert_eq!(writers(&fleet).await, 1);

    let log = world.cluster.folder().join("server.log");
    settle(&mut admin, &log).await;
    for situation in ["nothing goes on", "an incident goes on"] {
        if situation == "an incident goes on" {
            report(fleet.iter().flatten().next().expect("a replica")).await;
        }
        let (before, began): (_, f64) = (beside_the_checks(&log), ask(&mut admin, CLOCK).await);
        let counted = async {
            loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let took = ask::<f64>(&mut admin, CLOCK).await - began;
                let mut counts = beside_the_checks(&log);
                for (table, count) in &mut counts {
                    *count -= before.get(table).copied().unwrap_or_default();
                }
                let count = counts.values().sum::<usize>();
                if took >= SECONDS && count >= STATEMENTS {
                    let count = f64::from(u32::try_from(count).expect("a few"));
                    break (count / took, counts);
                }
            }
        };
        let counted = tokio::time::timeout(PATIENCE, counted).await;
        let (each_second, counts) = counted.expect("they take part");
        println!("while {situation}: {each_second:.1} a second beside the checks: {counts:?}");
        assert!(each_second <= MOST, "while {situation}: {each_second}");
    }

    let killed = ask::<f64>(&mut admin, CLOCK).await;
    // Dropped, an instance is killed.
    fleet[first] = None;
    let second = writer(&mut admin, 2).await;
    let took = ask::<f64>(&mut admin, CLOCK).await - killed;
    println!("taken over {took:.1} s after a kill");
    assert!(took < 60.0, "{took}");
    assert_ne!(first, second);

    let ended = ask::<f64>(&mut admin, CLOCK).await;
    let mut leaver = fleet[second].take().expect("it runs");
    leaver.signal(Signal::TERM);
    assert!(leaver.wait().success());
    writer(&mut admin, 3).await;
    let took = ask::<f64>(&mut admin, CLOCK).await - ended;
    println!("taken over {took:.1} s after it was given up");
    // Nobody waited for it to run out.
    assert!(took < 30.0, "{took}");

    assert_eq!(writers(&fleet).await, 1);
    for replica in fleet.iter().flatten() {
        // Who has not been asked has not been late.
        for check in ["db", "ops"] {
            let path = format!("/api/health/{check}");
            assert_eq!(replica.get(&path).await.status, 200, "{path}");
        }
        let metrics = replica.metrics().await;
        for check in ["db", "ops"] {
            assert_eq!(metrics.value(LATE, &[("check", check)]), 0);
        }
    }
}
