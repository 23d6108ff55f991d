//! Incidents on the terminal, by a running instance, with the database dead.

use std::process::{Output, Stdio};

use hyper::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::harness::{Instance, KEY, OPERATOR, Peer, READER, World, command};
use crate::outage::{all_is_well, start, until};

const COLUMNS: usize = 80;

/// What a command said, and how it exited.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn is(self, code: i32, says: &[&str]) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.code, Some(code), "{all}");
        // Where a line is broken follows how long the times and names in it are.
        let flat = flat(&all);
        for part in says {
            assert!(flat.contains(part), "{part} is not in: {all}");
        }
        self
    }

    /// The commands that it printed.
    fn commands(&self) -> Vec<Vec<String>> {
        let lines = self.stdout.lines().map(str::trim);
        lines
            .filter_map(|line| line.strip_prefix("dragonfly-ops "))
            .map(|line| line.split(' ').map(ToOwned::to_owned).collect())
            .collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs a command with this token and these settings, and with this in its standard input.
pub(crate) async fn run(settings: &[(&str, &str)], arguments: &[&str], stdin: &str) -> Said {
    let mut command = tokio::process::Command::from(command(settings));
    command.args(arguments);
    said(command, stdin).await
}

/// What a command says that has this in its standard input.
pub(crate) async fn said(mut command: tokio::process::Command, stdin: &str) -> Said {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    let mut pipe = process.stdin.take().expect("it is piped");
    // One that reads nothing may have ended before.
    let _ = pipe.write_all(stdin.as_bytes()).await;
    drop(pipe);
    let Output {
        status,
        stdout,
        stderr,
    } = process.wait_with_output().await.expect("it ends");
    Said {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}

pub(crate) async fn by_operator(arguments: &[&str], stdin: &str) -> Said {
    run(&[("DRAGONFLY_TOKEN", OPERATOR)], arguments, stdin).await
}

pub(crate) fn address(service: &Instance) -> String {
    format!("http://127.0.0.1:{}", service.port)
}

/// A service whose database is dead from the beginning, and that has looked once and does not again.
pub(crate) async fn without_database(more: &[(&str, &str)]) -> (Instance, Peer) {
    let peer = Peer::http("200 OK", "", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let settings = [
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/postgres"),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("WATCH_INTERVAL", "600"),
    ];
    (Instance::start(&[&settings, more].concat()), peer)
}

/// Runs the printed command that has this in it, as it is printed.
pub(crate) async fn run_printed(said: &Said, deed: &str, stdin: &str) -> Said {
    let commands = said.commands();
    let found = commands.iter().find(|words| words.join(" ").contains(deed));
    let words = found.unwrap_or_else(|| panic!("{deed} is not printed: {}", said.stdout));
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    by_operator(&words, stdin).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_woken_is_led_from_one_command_to_the_next() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    let via = address(&service);
    by_operator(&["incident", "list", "--via", &via], "")
        .await
        .is(0, &["Nothing goes on"]);
    world.cluster.crash().expect("it dies");
    until(
        &service,
        OPERATOR,
        "it is opened, and the boxes are looked at",
        |one| {
            let boxes = one["all_clear"]["boxes"].as_array();
            let mut boxes = boxes.into_iter().flatten();
            one["state"] == "open" && boxes.any(|one| one["verdict"] == "critical")
        },
    )
    .await;

    // Without --via it is the instance on this machine.
    let port = service.port.to_string();
    let here = [("PORT", &*port), ("DRAGONFLY_TOKEN", OPERATOR)];
    let list = run(&here, &["incident", "list"], "")
        .await
        .is(1, &["One incident goes on", "DB-1", "P1", "open"]);
    assert!(
        list.stdout.contains("dragonfly-ops incident show DB-1\n"),
        "{}",
        list.stdout
    );
    run(&here, &["incident", "list", "--output", "json"], "")
        .await
        .is(1, &["\"is_whole\":true"]);

    let show = ["incident", "show", "db-1", "--via", &via];
    let shown = by_operator(&show, "").await.is(
        0,
        &[
            "P1, open, since ",
            "NOBODY HAS IT",
            "Look at: Database pooler status (DFE-DB-001",
            "Timeline (UTC)",
            "critical ",
        ],
    );
    assert!(shown.stdout.starts_with("DB-1, "), "{}", shown.stdout);
    run_printed(&shown, "explain DFE-DB-001", "")
        .await
        .is(0, &["Database connection failed"]);
    run_printed(&shown, "incident ack", "")
        .await
        .is(0, &["P1, acknowledged, since ", " has it"]);

    let shown = by_operator(&show, "").await.is(0, &["terminal: uid "]);
    let note = "the disk is full\nand so is the other one, which is not what anybody who was asked has expected of it";
    let noted = run_printed(&shown, "incident note", note).await;
    let noted = noted.is(0, &["incident mitigate"]);
    let severity = ["incident", "severity", "DB-1", "p1", "--reason", "as bad"];
    by_operator(
        &[&severity[..], &["--via", &via, "--by", "ada"]].concat(),
        "",
    )
    .await
    .is(0, &["P1, acknowledged"]);
    let shown = by_operator(&show, "").await.is(
        0,
        &[
            "the disk is full and so is",
            "ada (http: 127.0.0.1): as bad",
        ],
    );
    for line in shown.stdout.lines() {
        let is_command = line.trim().starts_with("dragonfly-ops ");
        assert!(line.chars().count() <= COLUMNS || is_command, "{line}");
    }
    let whole = flat(&shown.stdout);
    assert!(whole.contains(&note.replace('\n', " ")), "{whole}");

    let resolve = ["incident", "resolve", "DB-1", "--via", &via];
    by_operator(&resolve, "")
        .await
        .is(1, &["DFE-VAL-003", "what it is about still fails"]);
    run_printed(&noted, "incident mitigate", "the replica serves")
        .await
        .is(0, &["P1, mitigated"]);
    by_operator(&[&resolve[..], &["--reason", "by hand"]].concat(), "")
        .await
        .is(0, &["P1, resolved, from "]);
    // Of all this the database has seen nothing.
    let json = by_operator(&[&show[..], &["--output", "json"]].concat(), "").await;
    let timeline = json.json()["timeline"].as_array().cloned();
    let acknowledged = timeline.into_iter().flatten();
    let mut acknowledged = acknowledged.filter(|entry| entry["kind"] == "acknowledged");
    let one = acknowledged.next().expect("somebody has had it");
    assert_eq!(one["recorded_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_is_written_up_and_closed() {
    let (service, _peer) = without_database(&[]).await;
    let via = address(&service);
    let run = async |words: &[&str], stdin: &str| {
        let words = [&["incident"], words, &["--via", &via]].concat();
        by_operator(&words, stdin).await
    };
    let open = [
        "open",
        "No mail",
        "--text",
        "since noon",
        "--severity",
        "P2",
    ];
    let json = [&open[..], &["--output", "json", "--idempotency-key", "one"]].concat();
    let opened = run(&json, "").await.is(0, &[]).json();
    let name = opened["name"].as_str().expect("a name").to_owned();
    let again = run(&json, "").await.is(0, &[]).json();
    assert_eq!(again["name"], *name, "the same key is one order");
    let other = run(
        &[
            "open",
            "The same",
            "--code",
            "DFE-VND-003",
            "--output",
            "json",
        ],
        "",
    )
    .await;
    let other = other.is(0, &[]).json()["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    run(&["merge", &other, &name], "")
        .await
        .is(0, &["closed", "It turned out to be"]);
    let mut both = [name, other];
    both.sort();
    let [kept, gone] = both;
    run(&["show", &gone], "")
        .await
        .is(0, &[&format!("It turned out to be {kept}")]);
    run(&["severity", &kept, "P2", "--reason", "mail"], "")
        .await
        .is(0, &["P2, open"]);
    let over = run(&["resolve", &kept, "--reason", "it arrives"], "").await;
    let over = over.is(0, &["P2, resolved", "Close it once its report is complete"]);
    run_printed(&over, "incident close", "")
        .await
        .is(1, &["it lacks", "Root cause analysis"]);
    for heading in ["impact", "root-cause", "what-worked"] {
        run_printed(&over, heading, "- first\n- second\n")
            .await
            .is(0, &["resolved"]);
    }
    let action = [
        "action",
        &kept,
        "--title",
        "alert earlier",
        "--owner",
        "ada",
    ];
    let rest = ["--due", "2026-12-01", "--issue", "https://example.com/1"];
    run(&[&action[..], &rest].concat(), "")
        .await
        .is(0, &["resolved"]);
    run(&["reopen", &kept, "--reason", "not yet"], "")
        .await
        .is(0, &["P2, ", "since "]);
    run(&["list", "--strict"], "")
        .await
        .is(1, &["One incident goes on"]);
    run(&["ack", &kept, "--by", "ada"], "")
        .await
        .is(0, &["ada (http: 127.0.0.1) has it"]);
    run(&["resolve", &kept, "--reason", "now it is"], "")
        .await
        .is(0, &["P2, resolved"]);
    run(&["close", &kept], "").await.is(0, &["P2, closed"]);
    // What the database knows is not known.
    run(&["list"], "").await.is(
        3,
        &[
            "Nothing goes on that is known there",
            "What the database knows of",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_or_is_not_allowed_is_said() {
    let environment = ("RAILWAY_ENVIRONMENT_NAME", "staging");
    let (service, _peer) = without_database(&[environment]).await;
    let via = address(&service);
    let open = [
        "incident",
        "open",
        "No mail",
        "--severity",
        "P3",
        "--via",
        &via,
    ];
    let opened = by_operator(&[&open[..], &["--output", "json"]].concat(), "").await;
    let name = opened.is(0, &[]).json()["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let ack = ["incident", "ack", &name, "--via", &via];
    for (token, code) in [
        (None, "DFE-AUTH-001"),
        (Some("wrong-token-1234567"), "DFE-AUTH-002"),
        (Some(READER), "DFE-AUTH-003"),
    ] {
        let settings: Vec<_> = token
            .map(|token| ("DRAGONFLY_TOKEN", token))
            .into_iter()
            .collect();
        run(&settings, &ack, "")
            .await
            .is(2, &[code, "first check: DRAGONFLY_TOKEN"]);
    }
    // Whoever is not let in sees that it goes on, and not what was said.
    let show = ["incident", "show", &name, "--via", &via];
    let shown = run(&[], &show, "")
        .await
        .is(0, &["P3, open", "DRAGONFLY_TOKEN is not set"]);
    assert!(!shown.stdout.contains("No mail"), "{}", shown.stdout);
    for arguments in [
        &["incident", "show", "DB-999", "--via", &via][..],
        &["incident", "ack", "DB-999", "--via", &via],
    ] {
        // The database is dead, and may know of it.
        by_operator(arguments, "").await.is(
            3,
            &["Whether there is an incident of that name cannot be known"],
        );
    }
    by_operator(&["incident", "show", "../x", "--via", &via], "")
        .await
        .is(2, &["no name of an incident"]);
    let note = ["incident", "note", &name, "--via", &via, "--text", "-"];
    by_operator(&note, "").await.is(2, &["DFE-VAL-001"]);
    by_operator(&[&ack[..], &["--env", "prod"]].concat(), "")
        .await
        .is(2, &["is of the environment staging, not of prod"]);
    // As the API says it, beside what says of which instance it is, when and by which version.
    let bearer = format!("Bearer {OPERATOR}");
    let headers = [("authorization", &*bearer)];
    let path = format!("/incidents/{name}");
    let said = service.send(Method::GET, &path, &headers).await.json();
    let shown = by_operator(&[&show[..], &["--output", "json"]].concat(), "").await;
    let mut shown = shown.json();
    let members = shown.as_object_mut().expect("an object");
    for of_the_answer in ["target", "time", "version"] {
        assert!(members.remove(of_the_answer).is_some(), "{of_the_answer}");
    }
    assert_eq!(shown, said);
    // The environment that was named is named again.
    let shown = by_operator(&[&show[..], &["--env", "staging"]].concat(), "").await;
    run_printed(&shown, "--env staging", "")
        .await
        .is(0, &["P3, acknowledged"]);
    let port = service.port.to_string();
    drop(service);
    for arguments in [&ack[..], &["incident", "list", "--via", &via]] {
        by_operator(arguments, "").await.is(3, &["DFE-NET-002"]);
    }
    run(&[("PORT", &*port)], &["incident", "list"], "")
        .await
        .is(3, &["DFE-NET-002", &via, "--via URL asks another one"]);
}
