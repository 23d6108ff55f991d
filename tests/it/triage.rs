//! `triage`: real messages, and what is so now.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Output, Stdio};

use dragonfly_ops::domain::taxonomy::Code;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::harness::{KEY, Manner, Peer, World, command, connect, execute, url_as};

/// Family, expected code or `none`, message; with `\n` and `\t` as in a string.
const CORPUS: &str = include_str!("../corpus/messages.tsv");

async fn run(settings: &[(&str, &str)], arguments: &[&str], stdin: &str) -> Output {
    let mut command = tokio::process::Command::from(command(settings));
    let mut process = command
        .arg("triage")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = process.stdin.take().expect("it is piped");
    // Whoever does not read it closes it, and that is no failure.
    let _ = input.write_all(stdin.as_bytes()).await;
    drop(input);
    process.wait_with_output().await.expect("it ends")
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn first(output: &Output) -> String {
    let code = report(output)["candidates"][0]["code"].clone();
    code.as_str().unwrap_or("none").to_owned()
}

#[tokio::test]
async fn real_messages_are_understood() {
    let rows: Vec<Vec<&str>> = CORPUS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.splitn(3, '\t').collect())
        .collect();
    assert!(rows.len() >= 60, "{} messages", rows.len());
    let mut families: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut misses = Vec::new();
    let mut expected_codes = BTreeSet::new();
    for row in &rows {
        let [family, expected, message] = row.as_slice() else {
            panic!("not three columns: {row:?}");
        };
        let message = message.replace("\\n", "\n").replace("\\t", "\t");
        let got = first(&run(&[], &["-", "--output", "json"], &message).await);
        let (right, all) = families.entry(family).or_default();
        *all += 1;
        expected_codes.insert(*expected);
        if got == *expected {
            *right += 1;
        } else {
            misses.push(format!("{family}: {got} and not {expected}: {message}"));
        }
    }
    let report = misses.join("\n");
    assert!(
        misses.len() * 20 <= rows.len(),
        "{} of {}:\n{report}",
        misses.len(),
        rows.len()
    );
    for (family, (right, all)) in families {
        assert!(
            right * 10 >= all * 8,
            "{family}: {right} of {all}:\n{report}"
        );
    }
    for code in Code::ALL {
        assert!(
            expected_codes.contains(code.id()),
            "{code} is expected nowhere"
        );
    }
    assert!(
        !report.contains("and not none"),
        "what means nothing must not match:\n{report}"
    );
}

#[tokio::test]
async fn a_text_is_answered_with_what_to_do_and_no_secret() {
    let settings = [("SUPABASE_SERVICE_ROLE_KEY", KEY)];
    let text = format!("password authentication failed for user x with {KEY}");
    let output = run(&settings, &[&text], "").await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in ["DFE-CFG-002", "because", "first check", "fix", "[redacted]"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains(KEY), "{said}");
    let nothing = run(&[], &["Hello,", "world"], "").await;
    assert_eq!(nothing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nothing.stdout).contains("No code matches"));
    for empty in [
        run(&[], &["-"], "").await,
        run(&[], &[" "], "").await,
        run(&[], &[], "").await,
    ] {
        assert_eq!((empty.status.code(), empty.stdout.len()), (Some(2), 0));
    }
}

/// The standing of a code, after a run.
fn standing(report: &Value, code: &str) -> String {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["code"] == code);
    finding
        .map_or("absent", |finding| {
            finding["standing"].as_str().expect("a word")
        })
        .to_owned()
}

#[tokio::test]
async fn a_run_says_what_is_so_now() {
    let World { cluster, url } = World::with_postgres(&[]).migrated();
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')",
    )
    .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let well = [
        ("DATABASE_URL", url.as_str()),
        ("SUPABASE_URL", rest.as_str()),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
    ];
    let refused = "connection to server at \"db\", port 5432 failed: Connection refused";
    let arguments = ["--run", "--env", "prod", "--output", "json", refused];
    let output = run(&well, &arguments, "").await;
    let said = report(&output);
    assert_eq!(
        (output.status.code(), standing(&said, "DFE-DB-001").as_str()),
        (Some(0), "ruled_out"),
        "{said}"
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("target: environment prod"));
    let n8n = run(
        &well,
        &["--run", "--output", "json", "n8n webhook returns 404"],
        "",
    )
    .await;
    assert_eq!(
        (
            n8n.status.code(),
            standing(&report(&n8n), "DFE-VND-003").as_str()
        ),
        (Some(3), "undecided")
    );
    let other = run(&well, &["--run", "--env", "staging", refused], "").await;
    assert_eq!((other.status.code(), other.stdout.len()), (Some(2), 0));

    let gone = url_as(1, "u", "p");
    let mut down = well;
    down[0].1 = &gone;
    let output = run(&down, &arguments, "").await;
    let said = report(&output);
    assert_eq!(
        (output.status.code(), standing(&said, "DFE-DB-001").as_str()),
        (Some(1), "supported"),
        "{said}"
    );
    // What the text does not speak of is found all the same.
    let output = run(&down, &["--run", "--output", "json", "rate limited"], "").await;
    let said = report(&output);
    assert_eq!(standing(&said, "DFE-DB-001"), "supported", "{said}");
    assert_eq!(standing(&said, "DFE-VND-004"), "ruled_out", "{said}");
    let nobody = url_as(cluster.port(), "nobody", "wrong-password");
    let mut rejected = well;
    rejected[0].1 = &nobody;
    let output = run(&rejected, &arguments, "").await;
    let said = report(&output);
    assert_eq!(standing(&said, "DFE-CFG-002"), "supported", "{said}");
    assert_eq!(standing(&said, "DFE-DB-001"), "undecided", "{said}");
    assert_eq!(said["findings"][0]["code"], json!("DFE-DB-001"));
}

#[tokio::test]
async fn a_run_says_what_to_look_at_where_it_is_as_it_is_now() {
    let world = World::with_postgres(&[]).migrated();
    let silent = Peer::start(String::new(), Manner::Silent).await;
    let rest = format!("http://127.0.0.1:{}", silent.port);
    let settings = [
        ("DATABASE_URL", world.url.as_str()),
        ("SUPABASE_URL", rest.as_str()),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("HEALTH_DB_TIMEOUT", "1"),
        ("HEALTH_SUPABASE_TIMEOUT", "1"),
        ("HEALTH_OPS_TIMEOUT", "1"),
    ];
    let text = "ERROR: Query timeout\nn8n: The requested webhook \"POST jobs\" is not registered.";
    world.cluster.signal_all(Signal::STOP);
    let page = run(&settings, &["--run", text], "").await;
    let json = run(&settings, &["--run", "--output", "json", text], "").await;
    world.cluster.signal_all(Signal::CONT);
    // pg long, which the code's row names, would hang as well.
    let page = String::from_utf8(page.stdout).expect("text");
    let (slow, rest) = page.split_once("DFE-VND-003").expect("both are named");
    assert!(slow.starts_with("DFE-DB-002  Query timeout"), "{page}");
    // The check, or what the row names, whichever logs in first.
    let seen = [
        "  seen         The database accepted the connection and did not",
        "  seen         Another login to the database was under way and did not end",
    ];
    assert!(seen.iter().any(|seen| slow.contains(seen)), "{page}");
    assert!(
        slow.contains("  first check  The server itself: REST does not reach it"),
        "{page}"
    );
    assert!(!slow.contains("  fix  "), "pg long would hang, too: {page}");
    // What the text says for certain stands above what it does not speak of.
    assert!(
        rest.contains("undecided") && rest.contains("DFE-NET-001"),
        "{page}"
    );
    let said = report(&json);
    let finding = |code: &str| {
        let findings = said["findings"].as_array().expect("findings").iter();
        findings
            .clone()
            .find(|finding| finding["code"] == code)
            .cloned()
            .expect("it is there")
    };
    assert!(
        finding("DFE-DB-002")["first_check"]
            .to_string()
            .contains("The server itself"),
        "{said}"
    );
    assert_eq!(finding("DFE-VND-003")["first_check"], Value::Null, "{said}");
}
