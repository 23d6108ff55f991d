//! What goes over the wire and to the terminal, word for word, as files under `tests/it/snapshots/`.
//!
//! A change of any of it shows in the review as a change of a file. Whoever means it accepts it:
//! `INSTA_UPDATE=always cargo test --all-features --test it wire::`. The order of JSON's members is
//! pinned, too; each stands on a line of its own.

mod http;
mod log;
mod terminal;

use std::process::Output;

use reqwest::Method;
use tokio::sync::OnceCell;

use crate::harness::{Description, Instance, OPERATOR, Reply};

/// What differs from run to run or from machine to machine, and what stands in its place.
const REDACTED: &[(&str, &str)] = &[
    (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
        "[time to the millisecond]",
    ),
    (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
        "[time to the microsecond]",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
    (
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d",
        "[time of Postgres]",
    ),
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "[ulid]"),
    (
        r#""(latency_ms|age_ms|took_ms|[a-z_]*seconds[a-z_]*)":\d+(\.\d+)?"#,
        r#""$1":[number]"#,
    ),
    (r"dur=[\d.]+", "dur=[number]"),
    (r"\(\d+ ms\)", "([number] ms)"),
    (r"\b(dns|connect|login|query) \d+\.\d ms", "$1 [number] ms"),
    // Only in what was waited for: thresholds and deadlines are seconds, too.
    (
        r"\b((?:waits(?: for)?|longest for|transaction for|alive|pending +1|every type +\d+) +)\d+ s\b",
        "${1}[number] s",
    ),
    // How wide the column is that it stands in follows its digits.
    (r"\[number\] s +", "[number] s "),
    (r"\bheartbeat +", "heartbeat "),
    (
        r"[\d.]+ s (behind|ahead of) ours, give or take [\d.]+ s",
        "[number] s [off] ours, give or take [number] s",
    ),
    (r#""(pid|port)":\d+"#, r#""$1":[$1]"#),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
    (r"\bport \d+", "port [port]"),
    (r"/assets/page\.[0-9a-f]{12}\.", "/assets/page.[hash]."),
    (r#""version":"\d+\.\d+\.\d+""#, r#""version":"[version]""#),
    (r"PostgreSQL \d+(\.\d+)?", "PostgreSQL [version]"),
    // Where the code stands that says it.
    (
        r#""target":"dragonfly_ops::[a-z_:]+""#,
        r#""target":"dragonfly_ops::[module]""#,
    ),
    // Who runs the tests, and how wide that is in a table.
    (r"uid \d+ on \S+ +", "uid [uid] on [host] "),
    (r"\bby +reason\b", "by reason"),
    // Sessions that have ended take a while to be gone.
    (r"\b(active|idle) +\d+", "$1 [number]"),
    (r"\d+ of (97)\b", "[number] of $1"),
    (r#""used":\d+"#, r#""used":[number]"#),
    (r#""ratio":[\d.]+"#, r#""ratio":[number]"#),
    (
        r#""by_state":\{"active":[^}]*\}"#,
        r#""by_state":{[states]}"#,
    ),
    (r"pg (cancel|terminate) \d+", "pg $1 [pid]"),
    (r#"(?s)"holders":\[.*?\}\],"#, r#""holders":[[holders]],"#),
    (
        r"application +user +client +state +sessions +oldest +its pid +its backend start\n(?:.+\n)+",
        "application user client state sessions oldest its pid its backend start\n[holders]\n",
    ),
];

/// Compares what is always the same with the snapshot of that name.
#[track_caller]
fn assert_pinned(name: &str, text: &str) {
    pin(name, text, &[]);
}

/// Compares with the snapshot of that name all but what differs from run to run.
#[track_caller]
fn assert_alike(name: &str, text: &str) {
    pin(name, text, REDACTED);
}

#[track_caller]
fn pin(name: &str, text: &str, redacted: &[(&str, &str)]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (what, instead) in redacted {
        settings.add_filter(what, *instead);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Each member of a JSON document on a line of its own, in the order in which it was sent. Inside a
/// string the quote would be escaped.
fn by_line(json: &str) -> String {
    json.replace(",\"", ",\n\"")
}

/// An answer as a client sees it, without what describes the connection.
fn answer(asked: &str, reply: &Reply) -> String {
    let mut headers: Vec<_> = reply
        .headers
        .keys()
        .filter(|name| !["date", "content-length"].contains(&name.as_str()))
        .map(|name| format!("{name}: {}\n", reply.header(name.as_str())))
        .collect();
    headers.sort();
    format!(
        ">>> {asked}\n{}\n{}\n{}\n",
        reply.status,
        headers.concat(),
        by_line(&reply.body)
    )
}

/// Asserts that the answer is as the description of the API has it.
async fn assert_described(service: &Instance, method: &Method, path: &str, reply: &Reply) {
    // It is the same for all of them.
    static DESCRIPTION: OnceCell<Description> = OnceCell::const_new();
    let made = DESCRIPTION.get_or_init(|| Description::of(service)).await;
    made.assert_described(method, path, reply);
}

/// What is answered to GET.
async fn got(service: &Instance, path: &str, headers: &[(&str, &str)]) -> String {
    let reply = service.send(Method::GET, path, headers).await;
    assert_described(service, &Method::GET, path, &reply).await;
    let mut asked = format!("GET {path}");
    for (name, value) in headers {
        asked = format!("{asked} {name}: {value}");
    }
    answer(&asked, &reply)
}

/// What is answered to an order. The same one twice is the same order.
async fn ordered(service: &Instance, path: &str, token: &str, media: &str, body: &str) -> String {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", media), ("idempotency-key", path)];
    if !token.is_empty() {
        headers.push(("authorization", &authorization));
    }
    let reply = service
        .send_body(Method::POST, path, &headers, body.to_owned())
        .await;
    assert_described(service, &Method::POST, path, &reply).await;
    let who = match token {
        "" => "nobody",
        OPERATOR => "the operator",
        other => other,
    };
    let body: String = body.chars().take(80).collect();
    answer(&format!("POST {path} by {who}, {media}: {body}"), &reply)
}

/// What a command says and how it exits.
fn said(arguments: &[&str], output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "$ dragonfly-ops {}\n{}--- stderr\n{}--- exits with {:?}\n\n",
        arguments.join(" "),
        by_line(&text(&output.stdout)),
        text(&output.stderr),
        output.status.code()
    )
}
