//! Slack. The shapes: docs.slack.dev, messaging/sending-messages-using-incoming-webhooks ("Handling
//! errors"), apis/web-api/rate-limits, interactivity/handling-user-interaction.

use std::time::Duration;

use dragonfly_ops::adapters::slack::Slack;
use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::reading::chat::slack::{SlackStyle, render, reply};
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpListener;

use super::stand_in::StandIn;
use super::{SECRET, message, nobody, redactor, told};
use crate::harness::{Manner, Peer};

fn slack(base: &str) -> Slack {
    let webhook = format!("{base}/services/T01/B01/{SECRET}");
    Slack::new(webhook.into(), redactor()).expect("there are certificates")
}

fn body() -> Value {
    let style = SlackStyle {
        mentions: &nobody(),
        is_interactive: true,
        redactor: &redactor(),
    };
    render(&message(), &style)
}

#[tokio::test]
async fn a_message_is_told_with_its_text_and_blocks() {
    let stand_in = StandIn::start(Some((200, None, "ok"))).await;
    let slack = slack(&stand_in.base);
    assert_eq!(told(&slack.post(&body()).await), ("sent", None, None));
    let asked = stand_in.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].method, Method::POST);
    assert_eq!(asked[0].uri, format!("/services/T01/B01/{SECRET}"));
    assert!(asked[0].agent.starts_with("dragonfly-ops/"));
    assert_eq!(asked[0].body, body());
    assert!(!format!("{slack:?}").contains("zq"));
}

#[tokio::test]
async fn each_answer_of_slacks_says_what_became_of_it() {
    let stand_in = StandIn::start(None).await;
    let slack = slack(&stand_in.base);
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (reply, expected) in [
        (
            (400, None, "invalid_payload"),
            ("given up", Some(Code::Internal), None),
        ),
        (
            (403, None, "action_prohibited"),
            ("given up", Some(Code::ConfigInvalid), None),
        ),
        (
            (404, None, "no_service"),
            ("given up", Some(Code::ConfigInvalid), None),
        ),
        (
            (410, None, "channel_is_archived"),
            ("given up", Some(Code::ConfigInvalid), None),
        ),
        (
            (429, Some(("retry-after", "17")), "rate_limited"),
            ("again", Some(Code::VendorRateLimited), seconds(17)),
        ),
        (
            (429, None, ""),
            ("again", Some(Code::VendorRateLimited), seconds(30)),
        ),
        (
            (500, None, "rollup_error"),
            ("again", Some(Code::NetRefused), None),
        ),
        (
            (200, None, "<html>sign in</html>"),
            ("given up", Some(Code::ConfigInvalid), None),
        ),
        (
            (302, Some(("location", "https://slack.com/")), ""),
            ("given up", Some(Code::ConfigInvalid), None),
        ),
    ] {
        stand_in.reply(Some(reply));
        assert_eq!(told(&slack.post(&body()).await), expected, "{reply:?}");
        // Neither a redirect is followed nor anything tried twice.
        assert_eq!(stand_in.asked().len(), 1, "{reply:?}");
    }
}

/// Nobody there, no TLS there, and no answer after it was taken: ten seconds in all, all at once.
#[tokio::test]
async fn whether_it_may_be_there_is_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody_there = free.local_addr().expect("an address");
    drop(free);
    let silent = Peer::start(String::new(), Manner::Silent).await;
    let hangs = StandIn::start(None).await;
    let broken = Peer::start(String::new(), Manner::Reset).await;
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no".to_owned();
    let half = Peer::start(half, Manner::Answer).await;
    // It stays open: a reset on its heels could be what is seen first.
    let other = Peer::start("SSH-2.0-OpenSSH\r\n".to_owned(), Manner::Hold).await;
    let ends = [
        slack(&format!("http://{nobody_there}")),
        slack(&format!("https://127.0.0.1:{}", silent.port)),
        slack(&hangs.base),
        slack(&format!("http://127.0.0.1:{}", broken.port)),
        slack(&format!("http://127.0.0.1:{}", half.port)),
        slack(&format!("http://127.0.0.1:{}", other.port)),
    ];
    let body = body();
    let all = ends.iter().map(|slack| slack.post(&body));
    let all = futures_util::future::join_all(all).await;
    let found: Vec<_> = all.iter().map(told).collect();
    assert_eq!(
        found,
        [
            ("again", Some(Code::NetRefused), None),
            ("again", Some(Code::NetTimeout), None),
            ("unsure", Some(Code::NetTimeout), None),
            ("unsure", Some(Code::NetRefused), None),
            ("unsure", Some(Code::NetRefused), None),
            ("unsure", Some(Code::ConfigInvalid), None),
        ]
    );
    // It was taken, once.
    assert_eq!(hangs.asked().len(), 1);
}

#[tokio::test]
async fn a_click_is_answered_where_slack_hears_it_and_nowhere_else() {
    let stand_in = StandIn::start(Some((200, None, "{\"ok\":true}"))).await;
    let elsewhere = StandIn::start(Some((200, None, "ok"))).await;
    let slack = slack(&stand_in.base);
    let body = reply("anna has it since 10:17 UTC", &redactor());
    let at = |base: &str| format!("{base}/actions/T01/1/{SECRET}").into();
    let own = slack.reply(&at(&stand_in.base), &body).await;
    assert_eq!(told(&own), ("sent", None, None));
    assert_eq!(stand_in.asked()[0].body, body);
    for base in [
        &*elsewhere.base,
        "http://hooks.slack.com",
        "https://hooks.slack.com.evil.example",
        "x",
    ] {
        let delivery = slack.reply(&at(base), &body).await;
        assert_eq!(
            told(&delivery),
            ("given up", Some(Code::ValInput), None),
            "{base}"
        );
    }
    assert!(elsewhere.asked().is_empty());
    stand_in.reply(Some((
        404,
        None,
        "{\"ok\":false,\"error\":\"expired_url\"}",
    )));
    let late = slack.reply(&at(&stand_in.base), &body).await;
    assert_eq!(told(&late), ("given up", Some(Code::AuthInvalid), None));
}
