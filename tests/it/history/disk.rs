//! A disk that is full, or cannot be written, while the watch goes on.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use serde_json::Value;

use super::{SAMPLES, WRONG_BUCKETS, number, texts, until, watch};
use crate::harness::{Instance, KEY, Manner, NO_ROWS, Peer, World, in_namespaces};

/// Where the small disk is.
const DISK: &str = "SMALL_DISK";

/// Runs a test below with a disk of 64 kB that is gone with it.
fn with_a_small_disk(test: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display();
    in_namespaces(
        &format!("mount -t tmpfs -o size=64k none {path} && export {DISK}={path}"),
        &format!("history::disk::{test}"),
    );
}

fn small_disk() -> PathBuf {
    PathBuf::from(std::env::var_os(DISK).expect("it is mounted"))
}

fn remount(disk: &Path, how: &str) {
    let status = Command::new("mount")
        .args(["-o", &format!("remount,{how}")])
        .arg(disk)
        .status();
    assert!(status.expect("mount is installed").success());
}

/// How often it has said that nothing is written down, and how often that it is again.
fn said(service: &Instance) -> (usize, usize) {
    let log = service.log_text();
    let count = |text: &str| log.matches(text).count();
    (
        count("kept in memory only"),
        count("STATE_DIR can be written again"),
    )
}

/// The page, as anybody sees it, once it says how it stands with the disk.
async fn page(service: &Instance, is_on_disk: bool) -> String {
    for _ in 0..1_500 {
        let kept = &service.get("/status.json").await.json()["kept"];
        if kept["is_on_disk"] == is_on_disk {
            let html = [("accept", "text/html")];
            return service.send(Method::GET, "/status", &html).await.body;
        }
        tokio::time::sleep(super::GLANCE).await;
    }
    panic!("never {is_on_disk}: {}", service.log_text());
}

/// The looks that stand on disk, once each line is whole: a part of one is there until it is taken back.
async fn on_disk(state: &Path) -> usize {
    for _ in 0..1_500 {
        let texts = texts(state);
        let mut lines = texts.iter().flat_map(|text| text.lines());
        if lines.all(|line| serde_json::from_str::<Value>(line).is_ok()) {
            return texts.iter().map(|text| text.lines().count()).sum();
        }
        tokio::time::sleep(super::GLANCE).await;
    }
    panic!("a line is a half one: {:?}", texts(state));
}

/// Waits until so many looks stand on disk.
async fn is_written(state: &Path, looks: i64) {
    for _ in 0..1_500 {
        if i64::try_from(on_disk(state).await).expect("a few") >= looks {
            return;
        }
        tokio::time::sleep(super::GLANCE).await;
    }
    panic!("{looks} are not there: {:?}", texts(state));
}

#[test]
fn a_disk_that_is_full_loses_nothing_and_is_written_again_when_there_is_room() {
    with_a_small_disk("on_a_full_disk");
}

#[tokio::test]
#[ignore = "runs in namespaces of its own"]
async fn on_a_full_disk() {
    let world = World::with_postgres(&[]).migrated();
    let disk = small_disk();
    let filler = disk.join("filler");
    // Two blocks are left: the second one is full after a few looks.
    std::fs::write(&filler, vec![0; 56 * 1024]).expect("there is room");
    let room = 8 * 1024;
    let state = disk.join("state");
    // There is no incident, which would take a block for its entries before the looks have it, and might give it back:
    // Supabase is there, and a machine that is slow for a moment is none.
    let peer = Peer::start(NO_ROWS.to_owned(), Manner::Answer).await;
    let supabase = format!("http://127.0.0.1:{}", peer.port);
    let well = [
        ("SUPABASE_URL", supabase.as_str()),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_DB_TIMEOUT", "5"),
        ("HEALTH_SUPABASE_TIMEOUT", "5"),
        ("HEALTH_OPS_TIMEOUT", "5"),
    ];
    let service = watch(&world.url, &state, &well);
    service.logged("The disk of STATE_DIR is full", 1).await;
    let shown = page(&service, false).await;
    assert!(shown.contains("The disk of STATE_DIR is full."), "{shown}");
    assert!(shown.contains("DFE-INT-002") && shown.contains("in memory only"));
    let metrics = service.metrics().await;
    assert_eq!(metrics.value("dragonfly_history_on_disk", &[]), 0);
    // The watch goes on, and what it sees is shipped.
    let mut admin = world.admin().await;
    let texts = texts(&state);
    let whole = texts.iter().flat_map(|text| text.lines());
    // A part of one is there until it is taken back.
    let whole = whole.filter(|line| serde_json::from_str::<Value>(line).is_ok());
    let most = room / whole.map(str::len).min().expect("a look");
    let more = i64::try_from(most).expect("a few") + 14;
    until(
        &mut admin,
        "more than there is room for",
        SAMPLES,
        |count| count >= more,
    )
    .await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
    assert!(on_disk(&state).await <= most, "there is no room for them");
    assert_eq!(said(&service), (1, 0), "{}", service.log_text());
    let line = service.log_text();
    let line = line.lines().find(|line| line.contains("memory only"));
    let line: Value = serde_json::from_str(line.expect("it is said")).expect("JSON");
    assert_eq!(line["code"], "DFE-INT-002");

    std::fs::remove_file(&filler).expect("it goes");
    service.logged("STATE_DIR can be written again", 1).await;
    let shown = page(&service, true).await;
    assert!(!shown.contains("in memory only"), "{shown}");
    // What was seen in between stands there, too: with no database, a crash would lose nothing.
    let shipped = number(&mut admin, SAMPLES).await;
    is_written(&state, shipped).await;
    assert_eq!(said(&service), (1, 1));

    // Killed in the middle of a line, which the next one does not mind.
    drop(service);
    let folder = std::fs::read_dir(&state).expect("a folder").next();
    let folder = folder.expect("one").expect("one").path();
    let file = std::fs::read_dir(folder).expect("a folder").next();
    let file = file.expect("one").expect("one").path();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(file)
        .expect("it opens");
    let before = super::seen(&[&state]);
    file.write_all(b"{\"series\":\"db\",\"at\":\"20")
        .expect("there is room");
    drop(file);
    sqlx::raw_sql("UPDATE ops.leases SET expires_at = now()")
        .execute(&mut admin)
        .await
        .expect("it is given up for the killed one");
    let second = watch(&world.url, &state, &[]);
    super::is_shipped(&mut admin, &[&state]).await;
    assert!(super::seen(&[&state]).is_superset(&before));
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
    assert_eq!(said(&second), (0, 0));
}

#[test]
fn a_disk_that_takes_no_writes_is_said_and_written_when_it_does() {
    with_a_small_disk("on_a_disk_that_takes_no_writes");
}

#[tokio::test]
#[ignore = "runs in namespaces of its own"]
async fn on_a_disk_that_takes_no_writes() {
    let world = World::with_postgres(&[]).migrated();
    let disk = small_disk();
    remount(&disk, "ro");
    let state = disk.join("state");
    let service = watch(&world.url, &state, &[]);
    service.logged("STATE_DIR cannot be written", 1).await;
    let shown = page(&service, false).await;
    assert!(shown.contains("STATE_DIR cannot be written. ("), "{shown}");
    assert!(shown.contains("DFE-CFG-002"), "{shown}");
    let mut admin = world.admin().await;
    until(&mut admin, "it ships", SAMPLES, |count| count >= 14).await;
    assert_eq!(said(&service), (1, 0));
    remount(&disk, "rw");
    service.logged("STATE_DIR can be written again", 1).await;
    let shown = page(&service, true).await;
    assert!(!shown.contains("STATE_DIR"), "{shown}");
    let shipped = number(&mut admin, SAMPLES).await;
    is_written(&state, shipped).await;
    assert_eq!(number(&mut admin, WRONG_BUCKETS).await, 0);
}
