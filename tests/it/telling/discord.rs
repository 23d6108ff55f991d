//! Discord. The shapes: docs.discord.com, resources/webhook (Execute Webhook, Edit Webhook Message),
//! topics/rate-limits (a 429's body), topics/opcodes-and-status-codes (JSON error codes).

use std::time::Duration;

use dragonfly_ops::adapters::discord::Discord;
use dragonfly_ops::domain::delivery::Delivery;
use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::reading::chat::discord::render;
use reqwest::Method;
use serde_json::{Value, json};

use super::stand_in::StandIn;
use super::{SECRET, message, nobody, redactor, told};

const MESSAGE: &str = r#"{"id":"1310986500012343296","type":0,"channel_id":"9","content":"x"}"#;
const ID: &str = "1310986500012343296";

fn discord(base: &str) -> Discord {
    let webhook = format!("{base}/api/v10/webhooks/42/{SECRET}?thread_id=7");
    Discord::new(webhook.into(), redactor()).expect("there are certificates")
}

fn body() -> Value {
    render(&message(), &nobody(), &redactor())
}

#[tokio::test]
async fn a_message_is_waited_for_and_changed_by_its_id() {
    let stand_in = StandIn::start(Some((200, None, MESSAGE))).await;
    let discord = discord(&stand_in.base);
    let delivery = discord.post(&body()).await;
    let reference = Some(ID.to_owned());
    assert_eq!(delivery, Delivery::Sent { reference });
    let asked = stand_in.asked();
    assert_eq!(asked[0].method, Method::POST);
    let query = "thread_id=7&wait=true&with_components=true";
    assert_eq!(
        asked[0].uri,
        format!("/api/v10/webhooks/42/{SECRET}?{query}")
    );
    // Without one of its own, what stands before Discord refuses.
    assert!(asked[0].agent.starts_with("dragonfly-ops/"));
    assert_eq!(asked[0].body["allowed_mentions"], json!({ "parse": [] }));
    let delivery = discord.edit(ID, &body()).await;
    assert_eq!(told(&delivery), ("sent", None, None));
    let changed = stand_in.next_change().await;
    assert_eq!(changed.method, Method::PATCH);
    let query = "thread_id=7&with_components=true";
    assert_eq!(
        changed.uri,
        format!("/api/v10/webhooks/42/{SECRET}/messages/{ID}?{query}")
    );
    assert_eq!(changed.body["allowed_mentions"], json!({ "parse": [] }));
    for wrong in ["", "../..", "1?x"] {
        let delivery = discord.edit(wrong, &body()).await;
        assert_eq!(told(&delivery), ("given up", Some(Code::ValData), None));
    }
    assert!(stand_in.asked().is_empty());
    assert!(!format!("{discord:?}").contains("zq"));
}

#[tokio::test]
async fn each_answer_of_discords_says_what_became_of_it() {
    let stand_in = StandIn::start(None).await;
    let discord = discord(&stand_in.base);
    let invalid = Some(Code::ConfigInvalid);
    let limited = Some(Code::VendorRateLimited);
    for (reply, expected) in [
        (
            (404, None, r#"{"message":"Unknown Webhook","code":10015}"#),
            ("given up", invalid, None),
        ),
        (
            (
                401,
                None,
                r#"{"message":"Invalid Webhook Token","code":50027}"#,
            ),
            ("given up", invalid, None),
        ),
        (
            (
                400,
                None,
                r#"{"message":"Invalid Form Body","code":50035,"errors":{}}"#,
            ),
            ("given up", Some(Code::Internal), None),
        ),
        (
            (
                429,
                Some(("retry-after", "65")),
                r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#,
            ),
            ("again", limited, Some(Duration::from_millis(64_570))),
        ),
        (
            (429, Some(("retry-after", "12")), "error code: 1015"),
            ("again", limited, Some(Duration::from_secs(12))),
        ),
        (
            (502, None, "<html>"),
            ("again", Some(Code::NetRefused), None),
        ),
        ((204, None, ""), ("given up", invalid, None)),
    ] {
        stand_in.reply(Some(reply));
        assert_eq!(told(&discord.post(&body()).await), expected, "{reply:?}");
        assert_eq!(stand_in.asked().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn what_was_taken_and_not_answered_may_be_there() {
    let stand_in = StandIn::start(None).await;
    let discord = discord(&stand_in.base);
    let delivery = discord.post(&body()).await;
    assert_eq!(told(&delivery), ("unsure", Some(Code::NetTimeout), None));
    assert_eq!(stand_in.asked().len(), 1);
}
