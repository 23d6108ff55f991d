//! What stands in a message, what must not, and how long it may be.

mod hostile;

use serde_json::Value;

use super::*;
use crate::domain::mention::{Mentions, is_discord_mention, is_slack_mention};
use crate::domain::message::{DigestLine, Message, MessageCode, MessageLinks};
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

fn message(kind: &str) -> Message {
    let base = "https://ops.example.com".parse().expect("a URL");
    Message {
        incident: "DB-17".to_owned(),
        generation: 1,
        kind: kind.to_owned(),
        title: "The database does not answer".to_owned(),
        severity: "P1".to_owned(),
        code: Some(MessageCode::of(Code::DbTimeout, None)),
        cause: Some("Postgres did not answer SELECT 1 within 5 s.".to_owned()),
        advice: None,
        since: "2026-11-29T10:17:30Z".parse().expect("a time"),
        until: None,
        holder: None,
        next_step: "Acknowledge it, then look at the first check.".to_owned(),
        links: MessageLinks::of(&base, "DB-17", Some(Code::DbTimeout), Some("zqtoken")),
        digest: Vec::new(),
    }
}

fn slack_of(message: &Message, mentions: &Mentions, is_interactive: bool) -> Value {
    slack::render(
        message,
        &slack::SlackStyle {
            mentions,
            is_interactive,
            redactor: &Redactor::default(),
        },
    )
}

fn discord_of(message: &Message, mentions: &Mentions) -> Value {
    discord::render(message, mentions, &Redactor::default())
}

/// The buttons of Slack's: what each says, its id, and where it leads.
fn slack_buttons(body: &Value) -> Vec<(&str, &str, Option<&str>)> {
    let blocks = body["blocks"].as_array().expect("blocks");
    let actions = blocks.iter().filter(|block| block["type"] == "actions");
    let buttons = actions.flat_map(|block| block["elements"].as_array().expect("buttons"));
    buttons
        .map(|button| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            assert!(text(&button["text"]["text"]).is_some());
            (
                button["text"]["text"].as_str().unwrap_or_default(),
                button["action_id"].as_str().unwrap_or_default(),
                button["url"].as_str(),
            )
        })
        .collect()
}

fn discord_buttons(body: &Value) -> Vec<(&str, &str)> {
    let rows = body["components"].as_array().expect("rows");
    let buttons = rows
        .iter()
        .flat_map(|row| row["components"].as_array().expect("buttons"));
    buttons
        .map(|button| {
            assert_eq!((&button["type"], &button["style"]), (&2.into(), &5.into()));
            (
                button["label"].as_str().unwrap_or_default(),
                button["url"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

const ACKNOWLEDGE_URL: &str = "https://ops.example.com/incidents/DB-17/acknowledge?token=zqtoken";

#[test]
fn the_text_for_notifications_and_screen_readers_says_all_of_it() {
    let body = slack_of(&message("told"), &Mentions::default(), true);
    let expected = "P1 DB-17: Incident\n\
        The database does not answer\n\
        Code: DFE-DB-002: Query timeout\n\
        Since: 2026-11-29 10:17 UTC (<!date^1795947450^{date_short_pretty} {time}|2026-11-29 10:17 UTC>)\n\
        Who has it: nobody yet\n\
        Cause: Postgres did not answer SELECT 1 within 5 s.\n\
        First check: Long-running queries, pool exhaustion\n\
        Next step: Acknowledge it, then look at the first check.\n\
        <https://ops.example.com/incidents/DB-17/acknowledge?token=zqtoken|Acknowledge>\n\
        <https://ops.example.com/incidents/DB-17|The incident>\n\
        <https://ops.example.com/errors/DFE-DB-002|What the code means>";
    assert_eq!(body["text"], expected);
    let blocks = body["blocks"].to_string();
    for part in [
        "P1 DB-17: Incident",
        "DFE-DB-002",
        "SELECT 1",
        "nobody yet",
        "<!date^1795947450^",
        "First check",
        "Next step",
    ] {
        assert!(blocks.contains(part), "{part}: {blocks}");
    }
    assert_eq!(body["unfurl_links"], false);
}

#[test]
fn slack_says_back_that_its_button_was_pressed_where_it_can() {
    let own = message("told");
    let interactive = slack_of(&own, &Mentions::default(), true);
    let buttons = slack_buttons(&interactive);
    assert_eq!(buttons[0], ("Acknowledge", click::ACKNOWLEDGE, None));
    assert_eq!(buttons.len(), 3);
    let value = &interactive["blocks"]
        .as_array()
        .and_then(|blocks| blocks.last())
        .expect("a block")["elements"][0]["value"];
    assert_eq!(value, "1 DB-17");
    let link = slack_of(&own, &Mentions::default(), false);
    let buttons = slack_buttons(&link);
    assert_eq!(
        (buttons[0].0, buttons[0].2),
        ("Acknowledge", Some(ACKNOWLEDGE_URL))
    );
    let mut ids: Vec<_> = buttons.iter().map(|(_, id, _)| *id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "an id stands twice: {ids:?}");
    assert!(!ids.contains(&click::ACKNOWLEDGE), "a link is no click");
}

#[test]
fn only_what_nobody_has_asks_to_be_acknowledged() {
    for kind in ["acknowledged", "all_clear", "report"] {
        let own = message(kind);
        let slack = slack_of(&own, &Mentions::default(), true);
        let discord = discord_of(&own, &Mentions::default());
        assert!(!slack.to_string().contains("zqtoken"), "{kind}");
        assert!(!discord.to_string().contains("zqtoken"), "{kind}");
        assert_eq!(slack_buttons(&slack).len(), 2, "{kind}");
        assert_eq!(discord_buttons(&discord).len(), 2, "{kind}");
    }
    let mut held = message("severity_raised");
    held.holder = Some("anna".to_owned());
    assert_eq!(
        slack_buttons(&slack_of(&held, &Mentions::default(), true)).len(),
        2
    );
}

#[test]
fn discord_has_an_embed_and_links_below_it() {
    let body = discord_of(&message("told"), &Mentions::default());
    assert_eq!(
        body["content"],
        "P1 DB-17: Incident. The database does not answer"
    );
    let embed = &body["embeds"][0];
    assert_eq!(embed["title"], "DB-17: The database does not answer");
    assert_eq!(embed["url"], "https://ops.example.com/incidents/DB-17");
    let fields = embed["fields"].as_array().expect("fields");
    let names: Vec<_> = fields
        .iter()
        .filter_map(|field| field["name"].as_str())
        .collect();
    let expected = [
        "Code",
        "Since",
        "Who has it",
        "Cause",
        "First check",
        "Next step",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        fields[1]["value"],
        "2026-11-29 10:17 UTC (<t:1795947450:F>, <t:1795947450:R>)"
    );
    let buttons = discord_buttons(&body);
    assert_eq!(buttons[0], ("Acknowledge", ACKNOWLEDGE_URL));
    assert_eq!(buttons.len(), 3);
}

#[test]
fn without_an_address_of_ours_nothing_is_linked_to() {
    let mut own = message("told");
    own.links = MessageLinks::default();
    let slack = slack_of(&own, &Mentions::default(), false);
    assert!(slack_buttons(&slack).is_empty());
    assert!(!slack.to_string().contains("actions"), "{slack}");
    let discord = discord_of(&own, &Mentions::default());
    assert_eq!(discord["components"], serde_json::json!([]));
    assert_eq!(discord["embeds"][0]["url"], Value::Null);
}

#[test]
fn what_is_over_says_when_it_was() {
    let mut own = message("all_clear");
    own.until = Some("2026-11-29T11:17:30Z".parse().expect("a time"));
    let slack = slack_of(&own, &Mentions::default(), true).to_string();
    let discord = discord_of(&own, &Mentions::default()).to_string();
    for body in [slack, discord] {
        assert!(body.contains("2026-11-29 11:17 UTC"), "{body}");
        assert!(body.contains("All clear"), "{body}");
    }
}

#[test]
fn a_digest_names_ten_of_its_incidents_and_counts_the_others() {
    let mut own = message("digest");
    own.digest = (0..13)
        .map(|number| DigestLine {
            incident: format!("QUEUE-{number}"),
            severity: "P3".to_owned(),
            title: "Jobs wait".to_owned(),
        })
        .collect();
    let slack = slack_of(&own, &Mentions::default(), true).to_string();
    let discord = discord_of(&own, &Mentions::default()).to_string();
    for body in [slack, discord] {
        assert!(body.contains("P3 QUEUE-9: Jobs wait"), "{body}");
        assert!(!body.contains("QUEUE-10"), "{body}");
        assert!(body.contains("and 3 more"), "{body}");
    }
}

#[test]
fn a_mention_is_the_one_that_is_configured_and_no_other() {
    let own = message("told");
    let here = Mentions::parse("P1=<!here> <@U1>", is_slack_mention).expect("mentions");
    let body = slack_of(&own, &here, true);
    assert!(
        body["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("<!here> <@U1> P1"))
    );
    assert!(
        body["blocks"]
            .to_string()
            .contains("<!here> <@U1> The database")
    );
    let nobody = slack_of(&message("all_clear"), &here, true).to_string();
    assert!(!nobody.contains("<!here>"));

    for (mentions, allowed) in [
        ("P1=@here", serde_json::json!({ "parse": ["everyone"] })),
        (
            "P1=<@1> <@&2> <@&3>",
            serde_json::json!({ "parse": [], "users": ["1"], "roles": ["2", "3"] }),
        ),
        ("P2=@everyone", serde_json::json!({ "parse": [] })),
    ] {
        let mentions = Mentions::parse(mentions, is_discord_mention).expect("mentions");
        let body = discord_of(&own, &mentions);
        assert_eq!(body["allowed_mentions"], allowed);
    }
    let body = discord_of(&own, &Mentions::default());
    assert_eq!(body["allowed_mentions"], serde_json::json!({ "parse": [] }));
}

#[test]
fn a_reply_is_for_whoever_pressed_the_button() {
    let body = slack::reply("<!here> has it", &Redactor::default());
    assert_eq!(body["response_type"], "ephemeral");
    assert_eq!(body["text"], "&lt;!here&gt; has it");
}
