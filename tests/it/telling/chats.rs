//! Two chats, a service that tells them, and what can be read and pressed there.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::postgres::PgConnection;

use super::SECRET;
use super::stand_in::{Asked, StandIn};
use crate::harness::{Instance, KEY, OPERATOR, Peer, Reply, World};

const SIGNING_SECRET: &str = "zqSigningSecret0123456789abcdef01";
pub(super) const MESSAGE: &str = r#"{"id":"1310986500012343296"}"#;

/// Two chats, and a service that tells them.
pub(super) struct Chats {
    pub(super) slack: StandIn,
    pub(super) discord: StandIn,
    supabase: Peer,
}

impl Chats {
    pub(super) async fn start() -> Self {
        Self {
            slack: StandIn::start(Some((200, None, "ok"))).await,
            discord: StandIn::start(Some((200, None, MESSAGE))).await,
            supabase: Peer::http("200 OK", "", "[]").await,
        }
    }

    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let supabase = format!("http://127.0.0.1:{}", self.supabase.port);
        vec![
            ("WATCH_INTERVAL", "1".to_owned()),
            ("SUPABASE_URL", supabase),
            ("SUPABASE_SERVICE_ROLE_KEY", KEY.to_owned()),
            (
                "SLACK_WEBHOOK_URL",
                format!("{}/services/T01/B01/{SECRET}", self.slack.base),
            ),
            ("SLACK_SIGNING_SECRET", SIGNING_SECRET.to_owned()),
            (
                "DISCORD_WEBHOOK_URL",
                format!("{}/api/webhooks/42/{SECRET}", self.discord.base),
            ),
            ("PUBLIC_URL", "https://ops.example.com".to_owned()),
        ]
    }

    pub(super) fn serve(&self, world: &World, more: &[(&str, &str)]) -> Instance {
        let own = self.settings();
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = own.chain(more.iter().copied()).collect();
        world.start(&all)
    }
}

/// A Postgres in which all is well.
pub(super) async fn well() -> World {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    world
}

/// What stands in the head of a message of Slack's.
pub(super) fn head(asked: &Asked) -> String {
    let head = &asked.body["blocks"][0]["text"]["text"];
    head.as_str().expect("a header").to_owned()
}

/// The value of its button, and the incident that it names.
pub(super) fn button(asked: &Asked) -> (String, String) {
    let all = asked.body["blocks"].as_array().into_iter().flatten();
    let buttons = all.filter_map(|block| block["elements"].as_array());
    let value = buttons
        .flatten()
        .find_map(|button| button["value"].as_str())
        .expect("a button that acknowledges");
    let (_, incident) = value.split_once(' ').expect("two words");
    (value.to_owned(), incident.to_owned())
}

/// The path of the link that acknowledges.
pub(super) fn link(asked: &Asked) -> String {
    let buttons = asked.body["components"][0]["components"].as_array();
    let url = buttons
        .into_iter()
        .flatten()
        .find_map(|button| button["url"].as_str().filter(|url| url.contains("token=")))
        .expect("a link that acknowledges");
    let path = url.strip_prefix("https://ops.example.com");
    path.expect("it leads to PUBLIC_URL").to_owned()
}

/// What Slack sends when somebody presses a button.
pub(super) fn click(value: &str) -> String {
    let payload = json!({
        "type": "block_actions",
        "user": { "id": "U1", "username": "ada", "name": "ada" },
        "response_url": "https://hooks.slack.com.invalid/x",
        "actions": [{ "type": "button", "action_id": "acknowledge", "value": value }],
    });
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish()
}

pub(super) async fn press(service: &Instance, body: &str, signed: &str, age: i64) -> Reply {
    let at = (Timestamp::now().as_second() - age).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING_SECRET.as_bytes()).expect("a key");
    mac.update(format!("v0:{at}:{signed}").as_bytes());
    let mut signature = "v0=".to_owned();
    for byte in mac.finalize().into_bytes() {
        let _ = write!(signature, "{byte:02x}");
    }
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-slack-request-timestamp", &*at),
        ("x-slack-signature", &*signature),
    ];
    service
        .send_body(Method::POST, "/api/hooks/slack", &headers, body.to_owned())
        .await
}

pub(super) async fn order(service: &Instance, path: &str, body: &Value) -> Value {
    let bearer = format!("Bearer {OPERATOR}");
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json"),
    ];
    let reply = service
        .send_body(Method::POST, path, &headers, body.to_string())
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

async fn ask(service: &Instance, incident: &str) -> Reply {
    let bearer = format!("Bearer {OPERATOR}");
    let path = format!("/incidents/{incident}");
    let headers = [("authorization", &*bearer)];
    service.send(Method::GET, &path, &headers).await
}

pub(super) async fn shown(service: &Instance, incident: &str) -> Value {
    let reply = ask(service, incident).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

/// Waits until the timeline of an incident has such an entry.
pub(super) async fn until_entry(service: &Instance, incident: &str, text: &str) {
    let is_meant = |entry: &Value| {
        let said = entry["text"].as_str();
        said.is_some_and(|said| said.starts_with(text))
    };
    let found = async {
        loop {
            // Another replica may have noticed it a moment earlier.
            let shown = ask(service, incident).await.json();
            let all = shown["timeline"].as_array();
            if all.is_some_and(|all| all.iter().any(is_meant)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(120), found);
    let found = found.await;
    assert!(found.is_ok(), "{text} is no entry of {incident}");
}

/// Waits until it is written down there.
pub(super) async fn until_written(folder: &Path, text: &str) {
    let is_written = || {
        let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok());
        let mut files = files.flatten().flatten();
        files.any(|file| {
            std::fs::read(file.path())
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text))
        })
    };
    let written = async {
        while !is_written() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let written = tokio::time::timeout(Duration::from_secs(60), written);
    assert!(written.await.is_ok(), "{text} is not written down");
}

/// The outbox, once so many rows of it are settled.
pub(super) async fn outbox(admin: &mut PgConnection, rows: usize) -> Vec<(String, bool)> {
    let found = async {
        loop {
            let all: Vec<(String, bool)> =
                sqlx::query_as("SELECT id, sent_at IS NOT NULL FROM ops.notices WHERE coalesce(sent_at, given_up_at) IS NOT NULL ORDER BY id")
                    .fetch_all(&mut *admin)
                    .await
                    .expect("it answers");
            if all.len() >= rows {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(120), found);
    found.await.expect("it is kept")
}
