//! `/openapi.json` as those meet it who build on it: linters, a typed client, and each answer beside what it says.

mod answers;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Instance, KEY, OPERATOR, Peer, World, npm_install};
use crate::watch::Scraper;

const README: &str = include_str!("../../README.md");

/// Runs a program in that folder; what it has said.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        // They are to lint, and tell nobody of it.
        .envs([
            ("REDOCLY_TELEMETRY", "off"),
            ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        ])
        .env("npm_config_update_notifier", "false")
        .output()
        .unwrap_or_else(|error| {
            panic!("{program} is not installed ({error}): make tools does that")
        });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}{complained}"
    );
    said
}

/// The service, with a watch that looks once, and each look anew.
fn served(world: &World, peer: &Peer) -> Instance {
    let rest = format!("http://127.0.0.1:{}", peer.port);
    world.start(&[
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_FRESHNESS_MS", "0"),
        ("WATCH_INTERVAL", "3600"),
    ])
}

#[tokio::test]
async fn linters_have_nothing_to_say_against_the_description() {
    let files = [
        "package.json",
        "package-lock.json",
        "redocly.yaml",
        ".spectral.yaml",
    ];
    let linters = npm_install("tests/api-lint", &files);
    let service = Instance::start(&[]);
    let document = service.get("/openapi.json").await;
    std::fs::write(linters.path().join("openapi.json"), &document.body).expect("it is written");
    let redocly = [
        "node_modules/@redocly/cli/bin/cli.js",
        "lint",
        "openapi.json",
        "--format",
        "json",
    ];
    let found: Value = serde_json::from_str(&run(linters.path(), "node", &redocly)).expect("JSON");
    assert_eq!(found["problems"], json!([]), "{found:#}");
    let spectral = [
        "node_modules/@stoplight/spectral-cli/dist/index.js",
        "lint",
        "openapi.json",
        "--fail-severity",
        "hint",
    ];
    let said = run(linters.path(), "node", &spectral);
    assert!(said.contains("No results"), "{said}");
}

/// The commands of the README's paragraph on clients.
fn commands() -> Vec<&'static str> {
    let paragraph = README.split("### A client of the API").nth(1);
    let block = paragraph.and_then(|rest| rest.split("```sh\n").nth(1));
    let block = block.and_then(|rest| rest.split("```").next());
    block
        .expect("the README says how to make a client")
        .lines()
        .collect()
}

/// Types are made as the README says, and hold what an instance answers: a client compiles with them and runs. One that
/// reads what may be absent does not compile: that is in `misuse.ts`, line by line.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_generated_types_compiles_and_finds_what_they_say() {
    let files = [
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "client.ts",
        "misuse.ts",
        "run.mjs",
    ];
    let client = npm_install("tests/api-client", &files);
    let mut world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake');
             INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('mail'), ('scan');
             INSERT INTO ops.job_queue (job_type, created_at) VALUES ('late', now() - interval '2 hours')",
        )
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = served(&world, &peer);
    let url = format!("http://127.0.0.1:{}", service.port);
    let in_folder = |program: &'static str, arguments: &[&str]| {
        tokio::task::block_in_place(|| run(client.path(), program, arguments))
    };
    let locked = std::fs::read_to_string(client.path().join("package.json")).expect("it is there");
    for command in commands() {
        let here = command.replace("http://localhost:8080", &url);
        in_folder("sh", &["-c", &here]);
    }
    let installed =
        std::fs::read_to_string(client.path().join("package.json")).expect("it is there");
    let versions =
        |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["dependencies"].clone();
    assert_eq!(
        versions(&installed),
        versions(&locked),
        "the README names the versions that are tested"
    );
    in_folder(
        "node",
        &["node_modules/typescript/bin/tsc", "--project", "."],
    );
    // What it looks at has to have been looked at.
    let look = "dragonfly_watch_last_look_timestamp_seconds";
    let has_looked = |seen: &BTreeMap<String, f64>| seen.get(look).is_some_and(|at| *at > 0.0);
    Scraper(&service).until("it looks", has_looked).await;
    let visit = |name: &'static str| -> Value {
        let found = in_folder("node", &["run.mjs", name, &url, OPERATOR]);
        serde_json::from_str(&found).expect("JSON")
    };
    let well = json!({ "rows": ["db ok true", "supabase ok true"], "problem": null });
    assert_eq!(visit("checks"), well);
    let mut found = visit("visit");
    let looks = found["looks"].take();
    assert!(looks.as_u64().is_some_and(|looks| looks > 0), "{looks}");
    let queue = "critical: 4 pending, true, 2, ";
    let expected = json!({
        "queue": queue,
        "failed": format!("503  unknown critical  never false {queue}"),
        "codes": vec![Value::Null; 7],
        "looks": null,
        "kinds": ["opened", "notified", "note"],
        "hidden": null,
        "order": ["queue.pause", "mail", 2, true],
        "resumed": 0,
        "rest": "ok",
        "record": ["done", "mail", 2],
        "refused": "401 DFE-AUTH-001 no   never false",
    });
    assert_eq!(found, expected, "{found:#}");
    world.cluster.crash().expect("it stops");
    let found = visit("checks");
    let row = "db DFE-DB-001: Database connection failed (/errors/DFE-DB-001, 1)";
    let expected = json!({
        "rows": [row, "supabase ok true"],
        "problem": format!("503 DFE-DB-001 yes  ready once true {row} supabase ok true"),
    });
    assert_eq!(found, expected, "{found:#}");
}
