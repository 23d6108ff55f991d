//! The embedded default, started in a shell that is set up for production.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{client, command};

#[tokio::test]
async fn nothing_of_production_reaches_it() {
    let mut process = command(&[
        ("PORT", "0"),
        ("LOG_FORMAT", "json"),
        ("PATH", env!("PATH")),
        ("SUPABASE_MODE", "prod"),
        ("RAILWAY_ENVIRONMENT_NAME", "production"),
        ("RAILWAY_TOKEN", "zqcanary-railway"),
        ("DATABASE_URL", "postgres://zqcanary:p@db.example.com/x"),
        ("SUPABASE_DB_URL", "postgres://zqcanary:p@db.example.com/x"),
        (
            "DATABASE_DIRECT_URL",
            "postgres://zqcanary:p@db.example.com/x",
        ),
        ("SUPABASE_SECRET_KEY", "zqcanary-key"),
        ("OPS_TOKEN", "zqcanary-token-0123456789"),
        ("OPS_READ_TOKEN", "zqcanary-reader-012345678"),
    ])
    .arg("dev")
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("it starts");
    let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
    let mut log = BufReader::new(process.stdout.take().expect("piped")).lines();
    let listening = loop {
        let line = log.next().expect("it listens").expect("text");
        assert!(!line.contains("zqcanary"), "{line}");
        let entry: Value = serde_json::from_str(&line).expect("JSON");
        if entry["message"] == "listening" {
            break entry;
        }
    };
    let address = listening["address"]
        .as_str()
        .expect("an address")
        .to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    assert_eq!(listening["environment"], "dev");
    let token = loop {
        let line = said.next().expect("it says its token").expect("text");
        if let Some((_, rest)) = line.split_once("Authorization: Bearer ") {
            break rest.split('"').next().expect("a token").to_owned();
        }
    };
    assert!(token.starts_with("dev-") && token.len() > 20, "{token}");
    let client = client();
    let ask = |token: String| {
        let client = client.clone();
        let url = format!("http://{address}/api/health/ops");
        async move {
            client
                .get(url)
                .bearer_auth(token)
                .send()
                .await
                .expect("it answers")
        }
    };
    for wrong in [
        "dev-operator-token",
        "zqcanary-token-0123456789",
        "zqcanary-reader-012345678",
    ] {
        assert_eq!(ask(wrong.to_owned()).await.status(), 401, "{wrong}");
    }
    let answer = ask(token.clone()).await;
    assert_eq!(answer.status(), 200);
    let restart = client
        .post(format!("http://{address}/api/ops/workers/intake/restart"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(r#"{"reason": "a test"}"#)
        .send()
        .await
        .expect("it answers");
    let body: Value = serde_json::from_str(&restart.text().await.expect("text")).expect("JSON");
    assert_eq!(
        body["code"], "DFE-CFG-001",
        "there is no token of Railway: {body}"
    );
    let pid = i32::try_from(process.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a pid");
    kill_process(pid, Signal::INT).expect("it runs");
    let rest = std::thread::spawn(move || log.map_while(Result::ok).collect::<Vec<_>>());
    assert!(process.wait().expect("it ends").success());
    for line in said.map_while(Result::ok).chain(rest.join().expect("read")) {
        assert!(!line.contains("zqcanary"), "{line}");
    }
}

/// Starts it with a file for shells; returns it, what it says, and the line that loads the file.
fn start_with(
    file: &std::path::Path,
) -> (
    std::process::Child,
    std::io::Lines<BufReader<std::process::ChildStderr>>,
    String,
) {
    let mut process = command(&[("PORT", "0"), ("PATH", env!("PATH"))])
        .args(["dev", "--env-file"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
    let line = loop {
        let line = said.next().expect("it says how").expect("text");
        if line.trim_start().starts_with("set -a; . ") {
            break line.trim().to_owned();
        }
    };
    (process, said, line)
}

/// What a shell says to a script, after the line that is printed, and how it exits.
async fn shell(line: &str, script: &str) -> (Option<i32>, String) {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_dragonfly-ops"));
    let folder = binary.parent().expect("a folder").display();
    let output = tokio::process::Command::new("/bin/bash")
        .env("PATH", format!("{folder}:{}", env!("PATH")))
        // What a shell holds that is set up for production.
        .env("RAILWAY_TOKEN", "zqcanary-railway")
        .env(
            "DATABASE_DIRECT_URL",
            "postgres://zqcanary:p@db.example.com/x",
        )
        .args(["-c", &format!("{line}; {script}")])
        .output()
        .await
        .expect("a shell");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test]
async fn every_command_works_after_the_line_that_is_printed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dev.env");
    std::fs::write(&file, "of a run before").expect("it is written");
    let (mut process, said, line) = start_with(&file);
    let mode = std::fs::metadata(&file).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    for (script, code, expected) in [
        ("dragonfly-ops doctor", 0, "expires in"),
        ("dragonfly-ops smoke", 1, "v_plaintiff_call_queue"),
        ("dragonfly-ops pg locks", 0, "report"),
        ("dragonfly-ops queue status", 0, "paused"),
        ("dragonfly-ops incident list", 0, "goes on"),
        (
            "dragonfly-ops triage --run 'canceling statement due to statement timeout'",
            0,
            "DFE-DB-002",
        ),
        (
            "curl -s http://localhost:$PORT/api/ops/queue/pause -H \"Authorization: Bearer $OPS_TOKEN\" \
             -H \"Content-Type: application/json\" -d '{\"reason\": \"the mailer sends twice\", \"seconds\": 1800}'",
            0,
            "\"action\":\"queue.pause\"",
        ),
        (
            "dragonfly-ops queue resume 1 --reason 'it is mended' --yes",
            0,
            "resume",
        ),
        (
            "psql -q \"$DATABASE_URL\" -c \"UPDATE plaintiff_contacts SET priority = '1'\" && dragonfly-ops smoke",
            0,
            "v_plaintiff_call_queue",
        ),
    ] {
        let (exit, text) = shell(&line, script).await;
        assert!(!text.contains("zqcanary"), "{text}");
        assert!(text.contains(expected), "{script}: {text}");
        assert_eq!(exit, Some(code), "{script}: {text}");
    }
    let pid = i32::try_from(process.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a pid");
    // As a terminal does that is closed.
    kill_process(pid, Signal::HUP).expect("it runs");
    assert!(process.wait().expect("it ends").success());
    assert!(!file.exists(), "it goes with what it leads to");
    let rest: Vec<_> = said.map_while(Result::ok).collect();
    let is_over = |line: &String| line.contains("Everything is stopped");
    assert!(rest.iter().any(is_over), "{rest:?}");
}

#[test]
fn who_may_not_install_is_told_what_is_missing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let id = folder.path().join("id");
    std::fs::write(&id, "#!/bin/sh\necho 1000\n").expect("it is written");
    std::fs::set_permissions(&id, PermissionsExt::from_mode(0o755)).expect("it runs");
    let output = std::process::Command::new("/usr/bin/make")
        .args(["-s", "postgres", "-C", env!("CARGO_MANIFEST_DIR")])
        .env_clear()
        .env("PATH", folder.path())
        .output()
        .expect("make");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(text.contains("sudo is not here"), "{text}");
    assert!(text.contains("util-linux gcc libc6-dev"), "{text}");
    assert!(!text.contains("Error 127"), "{text}");
}
