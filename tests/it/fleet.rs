//! Fifty replicas beside each other: one writes, and the others cost next to nothing.

use std::time::Duration;

use rustix::process::Signal;
use sqlx::postgres::PgConnection;

use crate::harness::{Instance, World};

const REPLICAS: usize = 50;
/// Over how many attempts at the lease it is counted how often they are made: three of each replica.
const ATTEMPTS: usize = 150;
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
    while ask::<i64>(admin, sql).await < term {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
        writers += loop {
            let metrics = replica.metrics().await;
            let names = metrics.series();
            let has_taken_part = names
                .iter()
                .any(|(name, _)| name == "dragonfly_history_shipped_timestamp_seconds");
            if has_taken_part {
                break metrics.value("dragonfly_history_writer", &[]);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
    }
    writers
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_replicas_one_writes_and_the_others_hardly_ask() {
    let world = World::with_postgres(&["max_connections=300", "log_statement=all"]).migrated();
    let mut admin = world.admin().await;
    let mut fleet: Vec<_> = (0..REPLICAS)
        .map(|number| {
            let number = number.to_string();
            let settings = [("WATCH_INTERVAL", "30"), ("RAILWAY_REPLICA_ID", &*number)];
            Some(world.start(&settings))
        })
        .collect();
    let first = writer(&mut admin, 1).await;
    assert_eq!(writers(&fleet).await, 1);

    let attempts = || {
        let log = world.cluster.folder().join("server.log");
        let log = std::fs::read_to_string(log).expect("a log");
        log.matches("INSERT INTO ops.leases").count()
    };
    let (before, began): (_, f64) = (attempts(), ask(&mut admin, CLOCK).await);
    while attempts() < before + ATTEMPTS {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let took = ask::<f64>(&mut admin, CLOCK).await - began;
    let each_second = f64::from(u32::try_from(ATTEMPTS).expect("a few")) / took;
    println!("{each_second:.1} attempts at the lease a second");
    assert!(each_second <= 4.0, "{each_second}");

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
    assert!(took < 44.0, "{took}");

    assert_eq!(writers(&fleet).await, 1);
    for replica in fleet.iter().flatten() {
        let metrics = replica.metrics().await;
        for check in ["db", "supabase", "ops"] {
            assert_eq!(metrics.value(LATE, &[("check", check)]), 0);
        }
    }
}
