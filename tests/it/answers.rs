//! `--output json` is evidence: one document on stdout, whatever came of it, that says what was looked at, when, and by
//! which version.

use std::collections::BTreeSet;

use clap::CommandFactory;
use dragonfly_ops::cli::Cli;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::harness::{KEY, OPERATOR, PASSWORD, Peer, World};
use crate::outage_commands::{Said, address, run};
use crate::railway::{Railway, TOKEN};
use crate::telling::stand_in::StandIn;

/// A document as it has to be: a member that stands there twice is refused.
#[derive(Deserialize)]
struct Evidence {
    target: Map<String, Value>,
    time: Timestamp,
    version: String,
    #[serde(flatten)]
    answer: Map<String, Value>,
}

impl Evidence {
    #[track_caller]
    fn of(said: &Said) -> Self {
        let evidence: Self = serde_json::from_str(&said.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr));
        assert!(!evidence.target.is_empty(), "{}", said.stdout);
        let age = Timestamp::now().duration_since(evidence.time);
        assert!(!age.is_negative(), "{}", said.stdout);
        assert_eq!(evidence.version, env!("CARGO_PKG_VERSION"));
        let all = format!("{}{}", said.stdout, said.stderr);
        for secret in [PASSWORD, OPERATOR, KEY, TOKEN, "hunter22"] {
            assert!(!all.contains(secret), "{all}");
        }
        evidence
    }

    /// The members of a failure, as over HTTP.
    #[track_caller]
    fn assert_problem(&self, code: &str) {
        let member = |name: &str| self.answer.get(name).cloned().unwrap_or_default();
        assert_eq!(member("code"), code, "{:?}", self.answer);
        assert_eq!(member("type"), format!("/errors/{code}"));
        for text in ["title", "detail", "category", "retry", "first_check"] {
            assert!(member(text).is_string(), "{text}: {:?}", self.answer);
        }
        assert!(member("status").is_u64() && member("retryable").is_boolean());
        assert!(member("cause").is_array());
        for of_a_request in ["instance", "request_id", "timestamp"] {
            assert!(!self.answer.contains_key(of_a_request), "{of_a_request}");
        }
    }
}

/// The commands that answer programs: each that takes `--output`.
fn commands(command: &clap::Command, path: &mut Vec<String>, found: &mut BTreeSet<String>) {
    let takes_it = |argument: &clap::Arg| argument.get_long() == Some("output");
    if command.get_arguments().any(takes_it) {
        found.insert(path.join(" "));
    }
    for below in command.get_subcommands() {
        path.push(below.get_name().to_owned());
        commands(below, path, found);
        path.pop();
    }
}

/// Every command, and which of them have been run.
struct Table {
    missing: BTreeSet<String>,
}

impl Table {
    fn new() -> Self {
        let mut missing = BTreeSet::new();
        commands(&Cli::command(), &mut Vec::new(), &mut missing);
        assert!(missing.len() > 30, "{missing:?}");
        Self { missing }
    }

    /// What a command says that is asked for JSON.
    async fn run(
        &mut self,
        settings: &[(&str, &str)],
        command: &str,
        more: &[&str],
    ) -> (Said, Evidence) {
        let words: Vec<_> = command.split(' ').chain(more.iter().copied()).collect();
        let said = run(settings, &[&words[..], &["--output", "json"]].concat(), "").await;
        let evidence = Evidence::of(&said);
        self.missing.remove(command);
        (said, evidence)
    }

    #[track_caller]
    fn assert_whole(&self) {
        assert!(self.missing.is_empty(), "not run: {:?}", self.missing);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_finds_is_evidence() {
    let world = World::with_postgres(&[]);
    let rest = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let rest = format!("http://127.0.0.1:{}", rest.port);
    let railway = Railway::start().await;
    let slack = StandIn::start(Some((200, None, "ok"))).await;
    let hook = format!("{}/services/T01/B01/hunter22", slack.base);
    let settings = [
        ("DATABASE_URL", world.url.as_str()),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("SMOKE_RELATIONS", "ops.job_queue"),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
        ("RAILWAY_API_URL", &railway.url),
        ("RAILWAY_TOKEN", TOKEN),
        ("SLACK_WEBHOOK_URL", &hook),
        ("WATCH_INTERVAL", "600"),
    ];
    let mut table = Table::new();
    let (said, evidence) = table.run(&settings, "migrate", &[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert_eq!(evidence.answer["objects"][0]["outcome"], "created");
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;

    // By the settings.
    let port = world.cluster.port();
    let of_settings =
        json!({ "environment": "prod", "database": format!("127.0.0.1:{port}/postgres") });
    let mut session = world.admin().await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut session)
        .await
        .expect("it answers");
    let statement = tokio::spawn(async move {
        // Ended with its server.
        let _ = sqlx::raw_sql("SELECT pg_sleep(3600)")
            .execute(&mut session)
            .await;
    });
    let mut admin = world.admin().await;
    let is_active = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1";
    while !sqlx::query_scalar::<_, bool>(is_active)
        .bind(pid)
        .fetch_one(&mut admin)
        .await
        .expect("it answers")
    {
        tokio::task::yield_now().await;
    }
    let pid = pid.to_string();
    let order = ["--reason", "a test", "--yes"];
    let rehearsal = ["--reason", "a test", "--dry-run"];
    for (command, more, member) in [
        ("doctor", vec![], "checks"),
        ("smoke", vec![], "checks"),
        ("notify test", vec![], "checks"),
        ("pg connections", vec![], "complaints"),
        ("pg long", vec![], "complaints"),
        ("pg locks", vec![], "complaints"),
        ("workers", vec![], "complaints"),
        ("queue status", vec![], "complaints"),
        ("queue pause", order.to_vec(), "action"),
        ("queue resume", order.to_vec(), "action"),
        ("reload-schema", order.to_vec(), "action"),
        ("pg cancel", [&[&*pid][..], &rehearsal].concat(), "action"),
        (
            "pg terminate",
            [&[&*pid][..], &rehearsal].concat(),
            "action",
        ),
        ("restart", [&["intake"][..], &rehearsal].concat(), "action"),
    ] {
        let (said, evidence) = table.run(&settings, command, &more).await;
        assert!(evidence.answer.contains_key(member), "{}", said.stdout);
        let mut target = Value::Object(evidence.target);
        target["project"].take();
        let target: Map<_, _> = match target {
            Value::Object(members) => members
                .into_iter()
                .filter(|(_, one)| !one.is_null())
                .collect(),
            _ => Map::new(),
        };
        assert_eq!(Value::Object(target), of_settings, "{command}");
    }

    statement.abort();

    // What is no database.
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("worker.log");
    std::fs::write(&log, "2026-11-24 10:00:00 ERROR it broke\n").expect("it is written");
    std::fs::write(folder.path().join("flow.json"), "{}").expect("it is written");
    let (folder, log) = (folder.path().to_string_lossy(), log.to_string_lossy());
    for (command, more, name, value) in [
        ("variables", vec![], "program", "dragonfly-ops"),
        ("explain", vec!["db-002"], "program", "dragonfly-ops"),
        (
            "triage",
            vec!["statement timeout"],
            "program",
            "dragonfly-ops",
        ),
        ("triage", vec!["-"], "file", "-"),
        ("logs", vec![&*log], "file", &*log),
        ("logs", vec!["--railway", "intake"], "service", "intake"),
        ("validate-flows", vec![&*folder], "folder", &*folder),
    ] {
        let (_, evidence) = table.run(&settings, command, &more).await;
        // Nothing in stdin is no text.
        let fails = more == ["-"];
        assert_eq!(evidence.answer.contains_key("type"), fails, "{command}");
        assert_eq!(evidence.target[name], value, "{command}");
    }

    // By an instance.
    let service = world.start(&settings[1..]);
    let url = address(&service);
    let with_secret = url.replace("http://", "http://somebody:hunter22@");
    let of_instance = json!({ "environment": "prod", "instance": url });
    let (_, check) = table.run(&settings, "check", &[&with_secret]).await;
    assert_eq!(Value::Object(check.target), json!({ "instance": url }));
    let mut ask = async |command: &str, more: &[&str]| {
        let via = ["--via", url.as_str()];
        let (said, evidence) = table.run(&settings, command, &[more, &via].concat()).await;
        assert_eq!(
            said.code,
            Some(0),
            "{command}: {}{}",
            said.stdout,
            said.stderr
        );
        assert!(!evidence.answer.contains_key("type"), "{}", said.stdout);
        assert_eq!(Value::Object(evidence.target), of_instance, "{command}");
        evidence.answer
    };
    for command in [
        "pg connections",
        "pg long",
        "pg locks",
        "workers",
        "queue status",
    ] {
        ask(command, &[]).await;
    }
    let opened = ask("incident open", &["No mail", "--severity", "P3"]).await;
    let name = opened["name"].as_str().expect("a name").to_owned();
    let other = ask("incident open", &["No mail either"]).await;
    let other = other["name"].as_str().expect("a name").to_owned();
    let because = ["--reason", "by hand"];
    let (name, other) = (&*name, &*other);
    for (command, more) in [
        ("list", &[][..]),
        ("show", &[name]),
        ("ack", &[name]),
        ("note", &[name, "--text", "a word"]),
        ("severity", &[name, "P4", because[0], because[1]]),
        ("mitigate", &[name, "--text", "a plaster"]),
        ("action", &[name, "--title", "mend it"]),
        ("write", &[name, "impact", "--text", "none"]),
        (
            "runbook",
            &[name, "--code", "DFE-DB-002", "--text", "look twice"],
        ),
        ("attach", &[name, &*log]),
        ("merge", &[other, name]),
        ("resolve", &[name, because[0], because[1]]),
        ("reopen", &[name, because[0], because[1]]),
        ("resolve", &[name, because[0], because[1]]),
        ("close", &[name]),
    ] {
        ask(&format!("incident {command}"), more).await;
    }
    let quiet = ask("quiet add", &["--for", "1h", "--reason", "a test"]).await;
    let id = quiet["id"].as_str().expect("an id").to_owned();
    ask("quiet list", &[]).await;
    ask("quiet end", &[&id]).await;
    table.assert_whole();

    // Those that are JSON whether it is asked for or not.
    let via = ["--via", url.as_str()];
    for words in [
        &["incident", "report", name, "--format", "json"][..],
        &["incident", "export", name],
    ] {
        let said = run(&settings, &[words, &via].concat(), "").await;
        let evidence = Evidence::of(&said);
        assert_eq!(Value::Object(evidence.target), of_instance, "{words:?}");
        let unknown: Vec<_> = words
            .iter()
            .map(|word| if *word == name { "XX-99" } else { *word })
            .collect();
        let said = run(&settings, &[&unknown[..], &via].concat(), "").await;
        Evidence::of(&said).assert_problem("DFE-VAL-001");
    }

    // The same members as over HTTP.
    let ops = service
        .send(
            hyper::Method::GET,
            "/api/health/ops",
            &[("authorization", &format!("Bearer {OPERATOR}"))],
        )
        .await
        .json();
    for (command, section) in [
        ("pg connections", "connections"),
        ("pg long", "long_running"),
        ("pg locks", "locks"),
        ("workers", "workers"),
        ("queue status", "queue"),
    ] {
        let (_, evidence) = table.run(&settings, command, &[]).await;
        let told = ops["sections"][section].as_object().expect("a section");
        let names: Vec<_> = evidence.answer.keys().collect();
        assert_eq!(names, told.keys().collect::<Vec<_>>(), "{command}");
    }
    let (_, evidence) = table.run(&settings, "explain", &["db-002"]).await;
    assert_eq!(
        Value::Object(evidence.answer),
        service.get("/errors/DFE-DB-002").await.json()
    );
}

#[tokio::test]
async fn so_is_that_it_failed() {
    let in_dispute = [
        ("DATABASE_URL", "postgres://u:hunter22@db.internal/postgres"),
        ("SUPABASE_MODE", "prod"),
    ];
    let mut table = Table::new();
    let order = ["--reason", "a test", "--yes", "--env", "staging"];
    let look = ["--env", "staging"];
    for (command, more) in [
        ("migrate", look.to_vec()),
        ("doctor", look.to_vec()),
        ("smoke", look.to_vec()),
        ("notify test", look.to_vec()),
        ("pg connections", look.to_vec()),
        ("pg long", look.to_vec()),
        ("pg locks", look.to_vec()),
        ("workers", look.to_vec()),
        ("queue status", look.to_vec()),
        ("queue pause", order.to_vec()),
        ("queue resume", order.to_vec()),
        ("reload-schema", order.to_vec()),
        ("pg cancel", [&["1"][..], &order].concat()),
        ("pg terminate", [&["1"][..], &order].concat()),
        ("restart", [&["intake"][..], &order].concat()),
        ("logs", [&["--railway", "intake"][..], &look].concat()),
        ("validate-flows", [&["tests"][..], &look].concat()),
        (
            "triage",
            [&["--run", "statement timeout"][..], &look].concat(),
        ),
    ] {
        let (said, evidence) = table.run(&in_dispute, command, &more).await;
        assert_eq!(said.code, Some(2), "{command}: {}", said.stdout);
        evidence.assert_problem("DFE-CFG-002");
        assert_eq!(evidence.target["database"], "db.internal:5432/postgres");
        assert!(said.stderr.contains("DFE-CFG-002"), "people read it, too");
    }

    let nobody = ["--via", "http://u:hunter22@127.0.0.1:1/x?token=hunter22"];
    let reason = ["--reason", "a test"];
    let text = ["--text", "a word"];
    for (command, more) in [
        ("pg locks", vec![]),
        ("incident list", vec![]),
        ("incident show", vec!["DB-1"]),
        ("incident open", vec!["No mail"]),
        ("incident ack", vec!["DB-1"]),
        ("incident note", [&["DB-1"][..], &text].concat()),
        ("incident severity", [&["DB-1", "P1"][..], &reason].concat()),
        ("incident mitigate", [&["DB-1"][..], &text].concat()),
        ("incident action", vec!["DB-1", "--title", "mend it"]),
        ("incident write", [&["DB-1", "impact"][..], &text].concat()),
        (
            "incident runbook",
            [&["DB-1", "--code", "DFE-DB-002"][..], &text].concat(),
        ),
        ("incident attach", vec!["DB-1", "Cargo.toml"]),
        ("incident merge", vec!["DB-1", "DB-2"]),
        ("incident resolve", vec!["DB-1"]),
        ("incident reopen", [&["DB-1"][..], &reason].concat()),
        ("incident close", vec!["DB-1"]),
        ("quiet add", [&["--for", "1h"][..], &reason].concat()),
        ("quiet list", vec![]),
        ("quiet end", vec!["01JD0000000000000000000000"]),
    ] {
        let (said, evidence) = table
            .run(&[], command, &[&more[..], &nobody].concat())
            .await;
        assert_eq!(said.code, Some(3), "{command}: {}", said.stdout);
        evidence.assert_problem("DFE-NET-002");
        assert_eq!(evidence.target["instance"], "http://127.0.0.1:1");
    }

    for (command, more, code) in [
        ("explain", vec!["DFE-XX-999"], 2),
        ("triage", vec!["-"], 2),
        ("logs", vec!["no-such.log"], 2),
        ("validate-flows", vec!["no-such-folder"], 2),
        ("incident attach", vec!["DB-1", "no-such.png"], 2),
    ] {
        let (said, evidence) = table.run(&[], command, &more).await;
        assert_eq!(said.code, Some(code), "{command}: {}", said.stdout);
        evidence.assert_problem("DFE-VAL-001");
    }
    let (said, evidence) = table.run(&[], "check", &["u:hunter22@nowhere"]).await;
    assert_eq!(said.code, Some(2), "{}", said.stdout);
    evidence.assert_problem("DFE-CFG-002");

    // What is not understood is said alike, of the one that cannot fail otherwise, too.
    for (command, more) in [
        ("variables", &["--no-such-option"][..]),
        ("pg cancel", &["pid"]),
        ("incident note", &["DB-1"]),
        ("no-such-command", &["postgres://u:hunter22@db/x"]),
    ] {
        let (said, evidence) = table.run(&[], command, more).await;
        assert_eq!(said.code, Some(2), "{command}: {}", said.stdout);
        evidence.assert_problem("DFE-VAL-001");
        assert!(said.stderr.starts_with("error: "), "{}", said.stderr);
    }
    table.assert_whole();
}

#[tokio::test]
async fn nobody_who_can_be_asked_is_a_problem_and_help_is_none() {
    let world = World::with_postgres(&[]).migrated();
    let settings = [
        ("DATABASE_URL", world.url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let words = ["queue", "pause", "--reason", "a test", "--output=json"];
    let said = run(&settings, &words, "").await;
    assert_eq!(said.code, Some(2), "{}", said.stdout);
    Evidence::of(&said).assert_problem("DFE-VAL-001");
    let help = run(&[], &["check", "--output", "json", "--help"], "").await;
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Usage: "), "{}", help.stdout);
    // Behind `--` it is no option.
    let said = run(&[], &["no-such-command", "--", "--output", "json"], "").await;
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
}

#[tokio::test]
async fn the_readmes_example_is_as_it_is_shown() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme
        .split_once("```console\n$ dragonfly-ops ")
        .expect("an example");
    let (command, rest) = rest.split_once('\n').expect("what it says");
    let (shown, _) = rest.split_once("\n```").expect("an end");
    let words: Vec<_> = command.split(' ').collect();
    let said = run(&[], &words, "").await;
    Evidence::of(&said);
    let without_time = |text: &str| {
        let (before, time) = text.split_once("\"time\":\"").expect("a time");
        let (_, after) = time.split_once('"').expect("its end");
        format!("{before}{after}")
    };
    assert_eq!(without_time(said.stdout.trim_end()), without_time(shown));
}
