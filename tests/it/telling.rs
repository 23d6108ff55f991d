//! How people are told, with stand-ins of the shapes that Slack and Discord document.

mod chats;
mod deployment;
mod discord;
mod faults;
mod heartbeat;
mod incident;
mod slack;
pub(crate) mod stand_in;

use std::time::Duration;

use dragonfly_ops::domain::delivery::Delivery;
use dragonfly_ops::domain::mention::Mentions;
use dragonfly_ops::domain::message::{Message, MessageCode, MessageLinks};
use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::reading::redact::Redactor;

/// What is secret in every address here, and stands in nothing that is said.
const SECRET: &str = "zqWebhookToken0123456789";

fn redactor() -> Redactor {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Redactor::new([SECRET.to_owned()])
}

fn message() -> Message {
    let base = "https://ops.example.com".parse().expect("a URL");
    Message {
        incident: "DB-17".to_owned(),
        generation: 0,
        kind: "told".to_owned(),
        title: "The database does not answer".to_owned(),
        severity: "P1".to_owned(),
        code: Some(MessageCode::of(Code::DbTimeout, None)),
        cause: Some("Postgres did not answer SELECT 1 within 5 s.".to_owned()),
        advice: None,
        since: "2026-11-29T10:17:30Z".parse().expect("a time"),
        until: None,
        holder: None,
        next_step: "Acknowledge it, then look at the first check.".to_owned(),
        links: MessageLinks::of(&base, "DB-17", Some(Code::DbTimeout), Some("t0ken")),
        digest: Vec::new(),
    }
}

fn nobody() -> Mentions {
    Mentions::default()
}

/// What became of it, in short: the word, the code, and how long to wait. Nothing secret is said.
fn told(delivery: &Delivery) -> (&'static str, Option<Code>, Option<Duration>) {
    let shown = format!("{delivery:?}");
    assert!(!shown.contains("zq"), "{shown}");
    let word = match delivery {
        Delivery::Sent { .. } => "sent",
        Delivery::Again(_) => "again",
        Delivery::Unsure(_) => "unsure",
        Delivery::GivenUp(_) => "given up",
    };
    let fault = delivery.fault();
    (
        word,
        fault.map(|fault| fault.code),
        fault.and_then(|fault| fault.retry_after),
    )
}
