//! `/api/ops` and the commands that change something: who may, what is refused, what is on record.

mod commands;
mod http;
pub(crate) mod reload;
mod sessions;

use std::process::Output;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::harness::{Instance, Reply, command};

pub(crate) const PAUSE: &str = "/api/ops/queue/pause";
pub(crate) const RESUME: &str = "/api/ops/queue/resume";
pub(crate) const RELOAD: &str = "/api/ops/schema/reload";
pub(crate) const RESTART: &str = "/api/ops/workers/intake/restart";
pub(crate) const CANCEL: &str = "/api/ops/sessions/1/cancel";
pub(crate) const TERMINATE: &str = "/api/ops/sessions/1/terminate";

pub(crate) async fn post(
    service: &Instance,
    path: &str,
    token: &str,
    more: &[(&str, &str)],
    body: &Value,
) -> Reply {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", &authorization));
    }
    headers.extend_from_slice(more);
    service
        .send_body(Method::POST, path, &headers, body.to_string())
        .await
}

/// Status and code of an answer.
fn coded(reply: &Reply) -> (u16, String) {
    let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
    (reply.status, code)
}

pub(crate) fn because() -> Value {
    json!({ "reason": "the mailer sends twice" })
}

pub(crate) async fn run(settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::from(command(settings));
    command.args(arguments).output().await.expect("it runs")
}

/// Exit code, stdout and stderr.
pub(crate) fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

pub(crate) async fn until(admin: &mut PgConnection, condition: String) {
    for _ in 0..1_000 {
        let is: bool = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {condition}")))
            .fetch_one(&mut *admin)
            .await
            .expect("it answers");
        if is {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {condition}");
}
