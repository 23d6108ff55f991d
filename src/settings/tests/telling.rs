//! Where people are told of incidents.

use secrecy::ExposeSecret;

use super::*;

const SLACK: &str = "https://hooks.slack.com/services/T01/B01/zqtoken0123456789abcdef";
const DISCORD: &str = "https://discord.com/api/webhooks/42/zqtoken0123456789abcdef";

#[test]
fn nobody_is_told_where_nothing_is_set_and_that_is_no_mistake() {
    let settings = read(&complete());
    assert!(settings.faults.is_empty());
    let telling = settings.telling;
    assert!(telling.slack.is_ok_and(|slack| slack.is_none()));
    assert!(telling.discord.is_ok_and(|discord| discord.is_none()));
    assert!(telling.heartbeat.is_ok_and(|url| url.is_none()));
    assert_eq!(telling.public_url, Ok(None));
}

#[test]
fn a_channel_has_its_address_and_whom_it_mentions() {
    let settings = read(&[
        ("SLACK_WEBHOOK_URL", SLACK),
        ("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5"),
        ("SLACK_MENTION", "P1=<!here>"),
        ("DISCORD_WEBHOOK_URL", DISCORD),
        ("DISCORD_MENTION", "P1=@here,P2=<@&7>"),
        (
            "HEARTBEAT_URL",
            "https://hc-ping.com/zqtoken0123456789abcdef",
        ),
    ]);
    let telling = &settings.telling;
    let slack = telling.slack.as_ref().expect("it is valid").as_ref();
    let slack = slack.expect("it is set");
    assert_eq!(slack.webhook.expose_secret(), SLACK);
    assert!(slack.signing_secret.is_some());
    assert_ne!(slack.mentions, crate::domain::mention::Mentions::default());
    let discord = telling.discord.as_ref().expect("it is valid").as_ref();
    let discord = discord.expect("it is set");
    // The version of its API whose shapes are known.
    assert_eq!(
        discord.webhook.expose_secret(),
        "https://discord.com/api/v10/webhooks/42/zqtoken0123456789abcdef"
    );
    assert!(telling.heartbeat.as_ref().is_ok_and(Option::is_some));
    assert!(!format!("{settings:?}").contains("zqtoken"));
    // In each form in which an error may have it.
    for text in [
        SLACK,
        DISCORD,
        "POST /services/T01/B01/zqtoken0123456789abcdef failed",
        "/api/v10/webhooks/42/zqtoken0123456789abcdef",
        "zqtoken0123456789abcdef",
    ] {
        let shown = settings.redactor.redact(text);
        assert!(!shown.contains("zqtoken"), "{shown}");
    }
}

#[test]
fn a_short_path_is_a_word_and_no_secret() {
    let settings = with("HEARTBEAT_URL", "https://x.example.com/heartbeat");
    let text = "no heartbeat for 5 min";
    assert_eq!(settings.redactor.redact(text), text);
}

#[test]
fn an_address_that_takes_no_message_is_named_and_never_shown() {
    for (name, value) in [
        ("SLACK_WEBHOOK_URL", "zqcanary"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/zqcanary"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/"),
        (
            "SLACK_WEBHOOK_URL",
            "https://hooks.slack.com/services/T/B/x/zqcanary",
        ),
        (
            "SLACK_WEBHOOK_URL",
            "https://hooks.slack.com/triggers/T/B/zqcanary",
        ),
        (
            "SLACK_WEBHOOK_URL",
            "http://hooks.slack.com/services/T/B/zqcanary",
        ),
        (
            "SLACK_WEBHOOK_URL",
            "https://u:zqcanary@x.example.com/services/T/B/x",
        ),
        ("SLACK_WEBHOOK_URL", "https://x.example.com/#zqcanary"),
        ("SLACK_WEBHOOK_URL", "https://x.example.com/"),
        (
            "DISCORD_WEBHOOK_URL",
            "https://discord.com/channels/1/zqcanary",
        ),
        ("DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1"),
        (
            "DISCORD_WEBHOOK_URL",
            "https://discord.com/api/webhooks/x/zqcanary",
        ),
        (
            "DISCORD_WEBHOOK_URL",
            "https://discord.com/api/webhooks/1/zqcanary/slack",
        ),
        (
            "DISCORD_WEBHOOK_URL",
            "http://discord.com/api/webhooks/1/zqcanary",
        ),
        ("HEARTBEAT_URL", "http://hc-ping.com/zqcanary"),
        ("HEARTBEAT_URL", "ftp://hc-ping.com/zqcanary"),
        ("SLACK_SIGNING_SECRET", "zqcanary"),
        ("SLACK_SIGNING_SECRET", "zqcanary zqcanary zqcanary"),
        ("SLACK_MENTION", "P1=zqcanary"),
        ("DISCORD_MENTION", "P1=<!here>"),
        ("PUBLIC_URL", "https://u:zqcanary@x.example.com"),
        ("PUBLIC_URL", "https://x.example.com/?q=zqcanary"),
        ("PUBLIC_URL", "ftp://zqcanary.example.com"),
        ("RAILWAY_PUBLIC_DOMAIN", "zq canary"),
    ] {
        let settings = with(name, value);
        let faults: Vec<_> = settings.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{name}={value}: {faults:?}");
        let is_named = faults[0].starts_with("DFE-CFG-002") && faults[0].contains(name);
        assert!(is_named, "{faults:?}");
        let shown = format!("{faults:?}{settings:?}");
        assert!(!shown.contains("zq"), "{name}: {shown}");
    }
}

#[test]
fn a_mention_that_is_not_understood_stops_no_message() {
    let settings = read(&[
        ("SLACK_WEBHOOK_URL", SLACK),
        ("SLACK_MENTION", "everybody"),
        ("SLACK_SIGNING_SECRET", "short"),
    ]);
    let slack = settings.telling.slack.expect("it is valid");
    let slack = slack.expect("it is set");
    assert_eq!(slack.mentions, crate::domain::mention::Mentions::default());
    assert!(slack.signing_secret.is_none());
    let named = ["SLACK_MENTION", "SLACK_SIGNING_SECRET"];
    for name in named {
        let is_named = |fault: &Fault| fault.detail.starts_with(name);
        assert!(settings.faults.iter().any(is_named), "{name}");
    }
}

#[test]
fn a_page_is_where_it_is_said_to_be_or_where_railway_says() {
    let url = |pairs: &[(&str, &str)]| {
        let url = read(pairs).telling.public_url.expect("it is valid");
        url.map(String::from)
    };
    let railway = ("RAILWAY_PUBLIC_DOMAIN", "ops.up.railway.app");
    assert_eq!(
        url(&[railway]).as_deref(),
        Some("https://ops.up.railway.app/")
    );
    let own = ("PUBLIC_URL", "https://ops.example.com/base");
    assert_eq!(
        url(&[railway, own]).as_deref(),
        Some("https://ops.example.com/base")
    );
    let local = ("PUBLIC_URL", "http://localhost:8080");
    assert_eq!(url(&[local]).as_deref(), Some("http://localhost:8080/"));
}

#[test]
fn what_takes_what_slack_takes_is_told_too() {
    for value in [
        SLACK,
        "https://hooks.slack-gov.com/services/T01/B01/x",
        "https://mattermost.example.com/hooks/abc",
        "http://127.0.0.1:4000/services/T01/B01/x",
    ] {
        let settings = with("SLACK_WEBHOOK_URL", value);
        assert!(
            settings.telling.slack.is_ok_and(|slack| slack.is_some()),
            "{value}"
        );
    }
}
