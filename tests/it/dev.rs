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
