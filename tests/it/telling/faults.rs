//! What is told and kept while Postgres hangs, and while the process is killed again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::chats::{Chats, button, head, link, outbox, shown, until_entry, well};
use crate::harness::{Dice, Instance, OPERATOR, client};
use crate::outage::until;

/// How often the process is killed.
const KILLS: usize = 100;
/// How long somebody waits between two orders.
const APART: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_postgres_that_is_stopped_is_told_and_kept_as_one_incident_over_a_restart() {
    let world = well().await;
    let chats = Chats::start().await;
    let state = tempfile::tempdir().expect("a folder");
    let settings = [
        ("STATE_DIR", state.path().to_str().expect("a path")),
        ("HEALTH_DB_TIMEOUT", "2"),
        ("HEALTH_OPS_TIMEOUT", "2"),
    ];
    let mut service = chats.serve(&world, &settings);
    service.logged("who writes the history", 1).await;
    world.cluster.signal_all(Signal::STOP);

    let told = chats.slack.next().await;
    let (_, name) = button(&told);
    assert_eq!(head(&told), format!("P1 {name}: Incident"));
    let text = told.body["text"].as_str().expect("a text");
    assert!(text.contains("DFE-DB-002"), "{text}");
    let path = link(&chats.discord.next().await);
    let linked = service.send(Method::POST, &path, &[]).await;
    assert_eq!(linked.status, 200, "{}", linked.body);
    assert_eq!(
        head(&chats.slack.next().await),
        format!("P1 {name}: Somebody has it")
    );
    until_entry(&service, &name, "Told in Slack (Somebody has it)").await;

    service.signal(Signal::KILL);
    service.wait();
    let service = chats.serve(&world, &settings);
    until_entry(&service, &name, "Told in Slack (Somebody has it)").await;
    world.cluster.signal_all(Signal::CONT);
    until(&service, OPERATOR, "all of it is recorded", |one| {
        let all = one["timeline"].as_array().expect("a timeline");
        one["state"] == "mitigated" && all.iter().all(|entry| !entry["recorded_at"].is_null())
    })
    .await;
    let mut admin = world.admin().await;
    let (incidents, entries): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM ops.incidents), (SELECT count(*) FROM ops.incident_entries)",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    let timeline = shown(&service, &name).await["timeline"].clone();
    let timeline = timeline.as_array().expect("a timeline");
    let times: Vec<_> = timeline.iter().map(|entry| entry["at"].as_str()).collect();
    assert!(times.is_sorted(), "{timeline:#?}");
    let kinds: Vec<_> = timeline.iter().map(|entry| &entry["kind"]).collect();
    let once = |kind: &str| kinds.iter().filter(|one| **one == kind).count();
    assert_eq!(
        (once("opened"), once("acknowledged"), once("mitigated")),
        (1, 1, 1),
        "{kinds:?}"
    );
    assert_eq!(incidents, 1);
    let known = i64::try_from(timeline.len()).expect("a count");
    assert!(
        known <= entries,
        "{known} of {entries} rows are in its timeline"
    );
    let rows = outbox(&mut admin, 4).await;
    assert!(rows.iter().all(|(_, is_sent)| *is_sent), "{rows:?}");
    assert_eq!(rows.len(), 4);
}

/// What somebody has been answered to be kept, and what has been told.
#[derive(Default)]
struct Promised {
    /// The notes by the incident that they are of.
    notes: BTreeMap<String, BTreeSet<String>>,
    incident: Option<String>,
    made: usize,
}

impl Promised {
    /// Orders one thing after the other until nobody answers any more: the process was killed.
    async fn order_on(&mut self, service: &Instance) {
        let client = client();
        let base = format!("http://127.0.0.1:{}", service.port);
        loop {
            let note = format!("note {}", self.made);
            let (path, key, body) = match &self.incident {
                Some(name) => (
                    format!("/api/ops/incidents/{name}"),
                    note.replace(' ', "-"),
                    json!({ "deed": "note", "text": note, "by": "ada" }),
                ),
                // Who was not answered asks again for the same.
                None => (
                    "/api/ops/incidents".to_owned(),
                    format!("open-{}", self.notes.len()),
                    json!({ "title": format!("it is slow, {}", self.notes.len()) }),
                ),
            };
            self.made += 1;
            let request = client
                .post(format!("{base}{path}"))
                .bearer_auth(OPERATOR)
                .header("content-type", "application/json")
                .header("idempotency-key", key)
                .body(body.to_string());
            let Ok(reply) = request.send().await else {
                return;
            };
            let status = reply.status();
            let Ok(text) = reply.text().await else {
                return;
            };
            assert_eq!(status, 200, "{text}");
            let shown: Value = serde_json::from_str(&text).expect("JSON");
            let name = shown["name"].as_str().expect("a name").to_owned();
            let notes = self.notes.entry(name.clone()).or_default();
            if self.incident.replace(name).is_some() {
                notes.insert(note);
            }
            tokio::time::sleep(APART).await;
        }
    }
}

/// Everything that is written down there.
fn written(folder: &Path) -> String {
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok());
    let texts = files
        .flatten()
        .flatten()
        .map(|file| std::fs::read(file.path()).unwrap_or_default());
    texts
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_lose_nothing_that_was_promised_and_tell_nothing_twice() {
    let mut world = well().await;
    let chats = Chats::start().await;
    let state = tempfile::tempdir().expect("a folder");
    let settings = [("STATE_DIR", state.path().to_str().expect("a path"))];
    let seed = std::env::var("KILLS_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("KILLS_SEED={seed}");
    let mut dice = Dice::of(seed);
    let mut promised = Promised::default();
    // Of which it was written down that they were told, and in which round.
    let mut delivered: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: Vec<(usize, String)> = Vec::new();
    for round in 0..KILLS {
        if round % 25 == 0 {
            promised.incident = None;
        }
        match round {
            // For a part of the time there is no database.
            40 => world.cluster.crash().expect("it dies"),
            60 => world.cluster.recover(&[]).expect("it is back"),
            _ => {}
        }
        let mut service = chats.serve(&world, &settings);
        let lives = dice.millis(0, 1_200);
        let killer = async {
            tokio::time::sleep(lives).await;
            service.signal(Signal::KILL);
        };
        tokio::join!(promised.order_on(&service), killer);
        service.wait();
        told.extend(chats.slack.asked().iter().map(|asked| (round, head(asked))));
        let text = written(state.path());
        for name in promised.notes.keys() {
            if text.contains(&format!("{name}/delivered/told/1/slack/1")) {
                delivered.entry(name.clone()).or_insert(round);
            }
        }
    }
    let service = chats.serve(&world, &settings);
    let mut notes = 0;
    for (name, promised) in &promised.notes {
        until_entry(&service, name, "Told in Slack").await;
        let shown = shown(&service, name).await;
        let timeline = shown["timeline"].as_array().expect("a timeline");
        let said: Vec<_> = timeline
            .iter()
            .filter(|entry| entry["kind"] == "note")
            .filter_map(|entry| entry["text"].as_str())
            .collect();
        for note in promised {
            let count = said
                .iter()
                .filter(|said| said.ends_with(note.as_str()))
                .count();
            assert_eq!(count, 1, "{note} of {name}: {said:?}");
        }
        notes += promised.len();
    }
    told.extend(chats.slack.asked().iter().map(|asked| (KILLS, head(asked))));
    println!(
        "{KILLS} kills, {} incidents and {notes} notes promised, {} messages",
        promised.notes.len(),
        told.len()
    );
    assert!(promised.notes.len() == 4 && notes > KILLS / 2 && !delivered.is_empty());
    for name in promised.notes.keys() {
        // Further messages, as of the outage that joins it, are of other kinds.
        let first = format!("{name}: Incident");
        let rounds = told.iter().filter(|(_, head)| head.ends_with(&first));
        let rounds: Vec<_> = rounds.map(|(round, _)| *round).collect();
        assert!(!rounds.is_empty(), "nobody was told of {name}");
        if let Some(written) = delivered.get(name) {
            let is_late = rounds.iter().any(|round| round > written);
            assert!(
                !is_late,
                "{name} was told in {rounds:?}, and that in {written} it had been"
            );
        }
    }
}
