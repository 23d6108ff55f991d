//! A clock that jumps by an hour, under the real process: only its time of day, as on a machine whose clock is set.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::{GLANCE, WRONG_BUCKETS, is_shipped, number, seen, watch};
use crate::harness::{Instance, World};

const HOUR: i64 = 3_600;

/// Sets the clock of a process that reads it from this file, so many seconds beside the right time.
fn set(clock: &Path, seconds: i64) {
    let next = clock.with_extension("next");
    std::fs::write(&next, format!("{seconds:+}")).expect("it is written");
    std::fs::rename(next, clock).expect("it is there at once");
}

fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("a folder").flatten();
    let files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    let found = files.into_iter().find(|file| file.exists());
    found.expect("faketime is installed (make tools)")
}

/// The slots of looks at the database that stand on disk and are so many seconds beside the right time, and a
/// minute more or less.
fn looks(state: &Path, beside: i64) -> usize {
    let meant = Timestamp::now().as_second() + beside;
    let seen = seen(&[state]);
    let near = |at: i64| (at - meant).abs() < 120;
    seen.iter()
        .filter(|(series, at)| series == "db" && near(*at))
        .count()
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(GLANCE).await;
    }
    panic!("{what}");
}

async fn status(service: &Instance) -> Value {
    service.get("/status.json").await.json()
}

#[tokio::test]
async fn a_clock_that_jumps_by_an_hour_loses_nothing_doubles_nothing_and_hides_nothing() {
    let mut world = World::with_postgres(&[]).migrated();
    let home = tempfile::tempdir().expect("a folder");
    let (clock, state) = (home.path().join("clock"), home.path().join("state"));
    std::fs::create_dir(&state).expect("a folder");
    set(&clock, 0);
    let library = library();
    let service = watch(
        &world.url,
        &state,
        &[
            ("LD_PRELOAD", &*library.to_string_lossy()),
            ("FAKETIME_TIMESTAMP_FILE", &*clock.to_string_lossy()),
            ("FAKETIME_NO_CACHE", "1"),
            // What a machine measures does not jump.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ],
    );
    // Ahead, right again, behind, and right again: the second time, what the clock shows has been seen in part.
    for beside in [0, HOUR, 0, -HOUR, 0] {
        set(&clock, beside);
        let what = format!("it looks, {beside} s beside the right time");
        let before = looks(&state, beside);
        until(&what, async || looks(&state, beside) >= before + 4).await;
        // A look after it was set, what is shown is as old as that.
        until(&what, async || {
            let watch = &status(&service).await["watch"];
            watch["state"] == "on_time"
                && watch["age_seconds"].as_i64().is_some_and(|age| age <= 10)
        })
        .await;
    }
    // Set back, it sees how it is now, though the clock shows what it has shown before.
    set(&clock, -30);
    world.cluster.crash().expect("it dies");
    until("the death is seen", async || {
        let status = status(&service).await;
        let database = &status["checks"][0];
        let since = database["since"].as_str().unwrap_or_default();
        let since: Timestamp = since.parse().unwrap_or(Timestamp::MAX);
        database["verdict"] == "critical"
            && database["code"] == "DFE-DB-001"
            && since <= Timestamp::now()
    })
    .await;
    world.cluster.recover(&[]).expect("it comes back");
    set(&clock, 0);
    until("it is well again", async || {
        status(&service).await["checks"][0]["verdict"] == "ok"
    })
    .await;
    // Memory has counted each slot once, as the disk and the database have.
    let day = jiff::SignedDuration::from_hours(48);
    let (from, to) = (Timestamp::now() - day, Timestamp::now() + day);
    let path = format!("/api/history/db?grain=1d&from={from:.0}&to={to:.0}");
    until("each slot is counted once", async || {
        let found = service.get(&path).await.json();
        let buckets = found["buckets"].as_array().expect("buckets").iter();
        let counted: u64 = buckets.filter_map(|one| one["looks"].as_u64()).sum();
        let on_disk = seen(&[&state]);
        let on_disk = on_disk.iter().filter(|(series, _)| series == "db").count();
        u64::try_from(on_disk) == Ok(counted)
    })
    .await;
    let mut admin = world.admin().await;
    is_shipped(&mut admin, &[&state]).await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
    let log = service.log_text();
    assert!(
        !log.contains("panicked") && !log.contains("DFE-INT-001"),
        "{log}"
    );
}
