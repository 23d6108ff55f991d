//! On the terminal: every `--help`, and what the commands say.

use std::fmt::Write as _;
use std::time::Duration;

use clap::CommandFactory;
use dragonfly_ops::cli::Cli;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::{assert_alike, assert_pinned, said};
use crate::doctor::SCENE;
use crate::harness::{Instance, KEY, OPERATOR, Peer, command, connect, execute, postgres, url};

async fn run(settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = tokio::process::Command::from(command(settings));
    let output = command.args(arguments).output().await.expect("it runs");
    said(arguments, &output)
}

/// The help of a command, and of those below it.
fn helps(command: &clap::Command, arguments: &mut Vec<String>, text: &mut String) {
    let output = crate::harness::command(&[])
        .args(&*arguments)
        .arg("--help")
        .output()
        .expect("it runs");
    let help = String::from_utf8(output.stdout).expect("text");
    let _ = writeln!(
        text,
        "$ dragonfly-ops {} --help\n{help}",
        arguments.join(" ")
    );
    for below in command.get_subcommands() {
        arguments.push(below.get_name().to_owned());
        helps(below, arguments, text);
        arguments.pop();
    }
}

#[test]
fn every_help() {
    let mut text = String::new();
    helps(&Cli::command(), &mut Vec::new(), &mut text);
    assert_pinned("help", &text);
}

#[tokio::test]
async fn without_settings() {
    let mut text = String::new();
    for arguments in [
        &["doctor"][..],
        &["pg", "locks"],
        &["queue", "status"],
        &["smoke"],
        &["migrate"],
        &["queue", "pause", "--reason", "a test", "--yes"],
        &["restart", "intake", "--reason", "a test", "--yes"],
        &["explain", "dfe-db-002"],
        &["explain", "DFE-XX-999"],
        &["triage", "could not connect to server: Connection refused"],
        &["triage", "nothing that anybody knows"],
    ] {
        text += &run(&[], arguments).await;
    }
    assert_alike("commands_without_settings", &text);
}

#[tokio::test]
async fn where_all_is_well() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    let mut text = run(&[("DATABASE_URL", &url)], &["migrate"]).await;
    let mut admin = connect(&url).await;
    execute(&mut admin, SCENE).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('mail')",
    )
    .await;
    let peer = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
        ("SMOKE_RELATIONS", "plaintiffs,v_plaintiffs_overview"),
    ];
    let service = Instance::start(&settings);
    let address = format!("http://127.0.0.1:{}", service.port);
    let because = ["--reason", "a test", "--yes"];
    for arguments in [
        &["doctor"][..],
        &["doctor", "--output", "json"],
        &["smoke"],
        &["check", &address],
        &["check", &address, "--env", "staging"],
        &["workers"],
        &["queue", "status"],
        &[&["queue", "pause"][..], &because].concat(),
        &["queue", "status"],
        &[&["queue", "resume"][..], &because].concat(),
        &[&["reload-schema"][..], &because].concat(),
        &["pg", "connections"],
        &["pg", "long"],
        &["pg", "locks"],
    ] {
        text += &run(&settings, arguments).await;
    }
    assert_alike("commands_where_all_is_well", &text);
}

#[tokio::test]
async fn a_tree_of_locks() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    let mut admin = connect(&url).await;
    execute(&mut admin, "CREATE TABLE t (id int PRIMARY KEY)").await;
    let mut holder = connect(&url).await;
    let mut pids = vec![(pid(&mut holder).await, "[holder]")];
    execute(&mut holder, "BEGIN; SELECT * FROM t").await;
    let mut waiters = tokio::task::JoinSet::new();
    for (name, statement) in [
        ("[ddl]", "ALTER TABLE t ADD COLUMN w int"),
        ("[reader-1]", "SELECT * FROM t"),
        ("[reader-2]", "SELECT * FROM t"),
    ] {
        let mut waiter = connect(&url).await;
        pids.push((pid(&mut waiter).await, name));
        waiters.spawn(async move {
            let _ = sqlx::raw_sql(statement).execute(&mut waiter).await;
        });
        until_waiting(&mut admin, waiters.len()).await;
    }
    let settings = [("DATABASE_URL", url.as_str())];
    let mut text = String::new();
    for arguments in [&["pg", "locks"][..], &["pg", "locks", "--output", "json"]] {
        text += &run(&settings, arguments).await;
    }
    for (pid, name) in pids {
        text = text.replace(&pid.to_string(), name);
    }
    assert_alike("pg_locks", &text);
}

async fn pid(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await
        .expect("it answers")
}

/// Waits until so many sessions wait for a lock.
async fn until_waiting(admin: &mut PgConnection, count: usize) {
    let sql = format!("SELECT count(DISTINCT pid) = {count} FROM pg_locks WHERE NOT granted");
    loop {
        let is: bool = sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
            .fetch_one(&mut *admin)
            .await
            .expect("it answers");
        if is {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
