//! Whatever comes from outside is inert, masked and not too long.

use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "zqhunter2";
const HOSTILE: &[&str] = &[
    "\"><script>alert(1)</script>",
    "<!channel> <!here> <!everyone> <!subteam^S1>",
    "@everyone @here",
    "<@U1> <@1> <@!1> <@&1> <#C1> <#1>",
    "[click](https://evil.example.com) <https://evil.example.com|click>",
    "`code` **bold** __under__ ~~gone~~ ||hidden||",
    "# heading",
    "> quote",
    "- list",
    "<!date^0^{date}^https://evil.example.com|x> <t:0:F> <a:x:1> </x:1>",
    "&lt;!channel&gt;",
    "at postgres://me:zqhunter2@db.example.com:5432/app now",
    "host=db.example.com user=me password=zqhunter2 dbname=app",
    "key sb_secret_zqhunter2 and eyJzqhunter2.x.y",
    "the token zq-known-secret came",
    "zq\u{200b}-known\u{2060}-secret",
    "\u{202e}turned\u{2066}",
    "line\r\nbreak\u{1b}[31m\u{0}",
];

fn everywhere(text: &str) -> Message {
    let own = message("told");
    Message {
        incident: text.to_owned(),
        kind: text.to_owned(),
        title: text.to_owned(),
        severity: text.to_owned(),
        code: Some(MessageCode {
            id: text.to_owned(),
            title: text.to_owned(),
            first_check: text.to_owned(),
        }),
        cause: Some(text.to_owned()),
        until: Some(own.since),
        holder: Some(text.to_owned()),
        next_step: text.to_owned(),
        links: MessageLinks {
            incident: Some(format!("https://x.example.com/{text}")),
            code: Some(text.to_owned()),
            acknowledge: Some(format!("javascript:{text}")),
        },
        digest: vec![
            DigestLine {
                incident: text.to_owned(),
                severity: text.to_owned(),
                title: text.to_owned(),
            };
            12
        ],
        ..own
    }
}

fn redactor() -> Redactor {
    Redactor::new(["zq-known-secret".to_owned()])
}

fn bodies(message: &Message) -> (Value, Value) {
    let style = slack::SlackStyle {
        mentions: &Mentions::default(),
        is_interactive: true,
        redactor: &redactor(),
    };
    let discord = discord::render(message, &Mentions::default(), &redactor());
    (slack::render(message, &style), discord)
}

/// Every text in a body, by the name of its member.
fn texts(body: &Value, name: &str, found: &mut Vec<(String, String)>) {
    match body {
        Value::String(text) => found.push((name.to_owned(), text.clone())),
        Value::Array(all) => all.iter().for_each(|one| texts(one, name, found)),
        Value::Object(members) => {
            for (name, value) in members {
                texts(value, name, found);
            }
        }
        _ => {}
    }
}

/// What is between `<` and `>` in Slack's text: all that Slack makes something of.
fn sequences(text: &str) -> Vec<&str> {
    let parts = text.split('<').skip(1);
    parts
        .map(|part| part.split('>').next().unwrap_or_default())
        .collect()
}

fn assert_slack_is_inert(body: &Value) {
    let mut found = Vec::new();
    texts(body, "", &mut found);
    for (name, text) in found {
        // What the button carries is ours to read, and nothing that Slack shows.
        if name == "value" || name == "url" {
            continue;
        }
        for sequence in sequences(&text) {
            let is_ours = sequence.starts_with("!date^1795947450^{date_short_pretty} {time}|2026-")
                || sequence.starts_with("https://x.example.com/");
            assert!(is_ours, "{name}: <{sequence}> in {text}");
        }
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }
}

/// A text without what a backslash has made plain.
fn unescaped(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                rest.next();
            }
            c => left.push(c),
        }
    }
    left
}

fn assert_discord_is_inert(body: &Value) {
    assert_eq!(body["allowed_mentions"], serde_json::json!({ "parse": [] }));
    let mut found = Vec::new();
    texts(body, "", &mut found);
    for (name, text) in found {
        if name == "url" {
            continue;
        }
        for word in ["@everyone", "@here", "@1", "@U", "@&", "@!"] {
            assert!(!text.contains(word), "{name}: {word} in {text}");
        }
        // Our own times are all that is left of what Discord makes something of.
        let left = unescaped(&text)
            .replace("<t:1795947450:F>", "")
            .replace("<t:1795947450:R>", "");
        let left = left.trim_start_matches("• ");
        for mark in ["<", "`", "*", "_", "~", "|", "[", "](", "://"] {
            assert!(!left.contains(mark), "{name}: {mark} in {text}");
        }
        for line in text.lines() {
            assert!(!line.starts_with(['#', '>', '-', '+']), "{name}: {line}");
        }
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }
}

#[test]
fn what_comes_from_outside_calls_nobody_links_nowhere_and_tells_no_secret() {
    for text in HOSTILE {
        let (slack, discord) = bodies(&everywhere(text));
        assert_slack_is_inert(&slack);
        assert_discord_is_inert(&discord);
        for body in [slack, discord] {
            let mut found = Vec::new();
            texts(&body, "", &mut found);
            let shown = found.iter().filter(|(name, _)| name != "value");
            for (name, shown) in shown {
                assert!(!shown.contains(PASSWORD), "{name}: {shown}");
                assert!(!shown.contains("zq-known-secret"), "{name}: {shown}");
                assert!(!shown.contains(['\u{202e}', '\u{2066}']), "{name}: {shown}");
            }
            assert!(!body.to_string().contains("javascript:"), "{body}");
        }
    }
}

fn utf16(value: &Value) -> usize {
    value.as_str().map_or(0, text::utf16)
}

fn assert_slack_fits(body: &Value) {
    assert!((1..=4_000).contains(&utf16(&body["text"])));
    let blocks = body["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50);
    for block in blocks {
        match block["type"].as_str() {
            Some("header") => assert!((1..=150).contains(&utf16(&block["text"]["text"]))),
            Some("section") => {
                let fields = block["fields"].as_array();
                assert_eq!(
                    fields.is_none(),
                    block["text"].is_object(),
                    "one of the two"
                );
                let fields = fields.map_or(&[][..], Vec::as_slice);
                assert!(fields.len() <= 10);
                for field in fields {
                    assert!((1..=2_000).contains(&utf16(&field["text"])));
                }
                if fields.is_empty() {
                    assert!(
                        (1..=3_000).contains(&utf16(&block["text"]["text"])),
                        "{block}"
                    );
                }
            }
            Some("actions") => {
                let buttons = block["elements"].as_array().expect("buttons");
                assert!((1..=25).contains(&buttons.len()));
                for button in buttons {
                    assert!((1..=75).contains(&utf16(&button["text"]["text"])));
                    assert!((1..=255).contains(&utf16(&button["action_id"])));
                    assert!(utf16(&button["value"]) <= 2_000);
                    assert!(utf16(&button["url"]) <= 3_000);
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn assert_discord_fits(body: &Value) {
    assert!((1..=2_000).contains(&utf16(&body["content"])));
    let embed = &body["embeds"][0];
    let fields = embed["fields"].as_array().expect("fields");
    assert!(fields.len() <= 25);
    let mut all = utf16(&embed["title"]) + utf16(&embed["description"]);
    for field in fields {
        assert!((1..=256).contains(&utf16(&field["name"])));
        assert!((1..=1_024).contains(&utf16(&field["value"])), "{field}");
        all += utf16(&field["name"]) + utf16(&field["value"]);
    }
    assert!((1..=256).contains(&utf16(&embed["title"])), "{embed}");
    assert!(utf16(&embed["description"]) <= 4_096);
    assert!(all <= 6_000, "{all}");
    for (label, url) in discord_buttons(body) {
        assert!((1..=80).contains(&text::utf16(label)));
        assert!((1..=512).contains(&text::utf16(url)));
    }
}

#[test]
fn what_is_long_is_cut_to_what_each_chat_takes() {
    for one in ["x", "&", "<", "*", "@", "\u{1d11e}", "\u{e9} ", "\\", ""] {
        let (slack, discord) = bodies(&everywhere(&one.repeat(5_000)));
        assert_slack_fits(&slack);
        assert_discord_fits(&discord);
    }
}

proptest! {
    #[test]
    fn any_text_is_inert_and_fits(text in "\\PC{0,400}|[<>@!&*_`|()\\[\\]#:/\\\\\\p{L}\r\n-]{0,400}") {
        let (slack, discord) = bodies(&everywhere(&text));
        assert_slack_is_inert(&slack);
        assert_discord_is_inert(&discord);
        assert_slack_fits(&slack);
        assert_discord_fits(&discord);
    }
}
