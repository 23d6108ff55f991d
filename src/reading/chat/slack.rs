//! A message as Slack's blocks.
//!
//! # Design notes
//!
//! - Facts: docs.slack.dev, reference/block-kit (blocks, block-elements, composition-objects/text-object)
//!   and messaging/formatting-message-text. At most 50 blocks; header 150, section 3,000 characters (a
//!   field 2,000), a button's text 75, its value 2,000, its address 3,000.
//! - `&`, `<` and `>` are all that begins something in Slack's text: escaped, no mention and no link is
//!   left in what came from outside. `verbatim` keeps Slack from making links and mentions of plain text.
//!   The header is plain text of our own words, as it is not documented how that is escaped.
//! - `text` is what notifications show and screen readers read: it says all that the blocks say.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::mention::Mentions;
use crate::domain::message::Message;
use crate::reading::chat::click::{ACKNOWLEDGE, button_value};
use crate::reading::chat::text::{Lines, address, fitted, plain, utc};
use crate::reading::redact::Redactor;

/// How long a text may be that notifications show: above it, Slack advises against it.
const TEXT: usize = 4_000;
const HEADER: usize = 150;
const SECTION: usize = 3_000;
const ADDRESS: usize = 3_000;
/// How much of one thing is told.
const VALUE: usize = 600;
/// How many incidents of a digest stand in it.
const DIGEST: usize = 10;

/// How Slack is told.
#[derive(Debug)]
pub struct SlackStyle<'a> {
    /// Who is mentioned.
    pub mentions: &'a Mentions,
    /// Whether Slack can say back that the button was pressed: the signing secret is set.
    pub is_interactive: bool,
    /// Knows what must not be told.
    pub redactor: &'a Redactor,
}

/// The body of a post.
#[must_use]
pub fn render(message: &Message, style: &SlackStyle<'_>) -> Value {
    let told = Told::of(message, style.redactor);
    json!({
        "text": text(message, &told, style),
        "blocks": blocks(message, &told, style),
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// What only whoever pressed the button sees.
#[must_use]
pub fn reply(text: &str, redactor: &Redactor) -> Value {
    json!({
        "response_type": "ephemeral",
        "replace_original": false,
        "text": escaped(redactor, text, VALUE),
    })
}

/// What is told, escaped.
struct Told {
    head: String,
    title: String,
    facts: Vec<(&'static str, String)>,
    long: Vec<(&'static str, String)>,
    digest: String,
}

impl Told {
    fn of(message: &Message, redactor: &Redactor) -> Self {
        let value = |text: &str| escaped(redactor, text, VALUE);
        let mut facts = Vec::new();
        let mut long = Vec::new();
        if let Some(code) = &message.code {
            facts.push(("Code", value(&format!("{}: {}", code.id, code.title))));
        }
        facts.push(("Since", moment(message.since)));
        facts.extend(message.until.map(|until| ("Until", moment(until))));
        let holder = message.holder.as_deref().map(value);
        facts.push((
            "Who has it",
            holder.unwrap_or_else(|| "nobody yet".to_owned()),
        ));
        long.extend(
            message
                .cause
                .as_deref()
                .map(|cause| ("Cause", value(cause))),
        );
        let first_check = message.first_check().map(value);
        long.extend(first_check.map(|check| ("First check", check)));
        long.push(("Next step", value(&message.next_step)));
        let mut digest = Lines::new(1_500);
        for one in message.digest.iter().take(DIGEST) {
            let line = format!("{} {}: {}", one.severity, one.incident, one.title);
            digest.push(&format!("• {}", escaped(redactor, &line, 200)));
        }
        if message.digest.len() > DIGEST {
            digest.push(&format!("• and {} more", message.digest.len() - DIGEST));
        }
        let head = message.head();
        Self {
            head: format!("{}: {}", value(&head), value(message.headline())),
            title: value(&message.title),
            facts,
            long,
            digest: digest.text,
        }
    }
}

fn text(message: &Message, told: &Told, style: &SlackStyle<'_>) -> String {
    let mut lines = Lines::new(TEXT);
    let calls = style.mentions.of(message).join(" ");
    let apart = if calls.is_empty() { "" } else { " " };
    lines.push(&format!("{calls}{apart}{}", told.head));
    lines.push(&told.title);
    for (label, value) in told.facts.iter().chain(&told.long) {
        lines.push(&format!("{label}: {value}"));
    }
    for line in told.digest.lines() {
        lines.push(line);
    }
    for (label, url) in links(message) {
        lines.push(&format!("<{}|{label}>", escaped_address(url)));
    }
    lines.text
}

fn blocks(message: &Message, told: &Told, style: &SlackStyle<'_>) -> Vec<Value> {
    let head = format!("{}: {}", message.head(), message.headline());
    let head = plain(style.redactor, &head);
    // What would have to be escaped is left out.
    let own = |c: char, _: Option<char>, out: &mut String| {
        if !"<>&".contains(c) {
            out.push(c);
        }
    };
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": fitted(&head, HEADER, own), "emoji": false },
    })];
    let calls = style.mentions.of(message).join(" ");
    let title = match calls.as_str() {
        "" => told.title.clone(),
        calls => format!("{calls} {}", told.title),
    };
    // Slack refuses all of a message with an empty section.
    if !title.is_empty() {
        blocks.push(json!({ "type": "section", "text": mrkdwn(&title) }));
    }
    let labelled = |(label, value): &(&str, String)| format!("*{label}*\n{value}");
    let fields: Vec<_> = told.facts.iter().map(labelled).collect();
    let fields: Vec<_> = fields.iter().map(|field| mrkdwn(field)).collect();
    blocks.push(json!({ "type": "section", "fields": fields }));
    let mut long = Lines::new(SECTION);
    for one in &told.long {
        long.push(&labelled(one));
    }
    blocks.push(json!({ "type": "section", "text": mrkdwn(&long.text) }));
    if !told.digest.is_empty() {
        blocks.push(json!({ "type": "section", "text": mrkdwn(&told.digest) }));
    }
    let buttons = buttons(message, style);
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    blocks
}

fn buttons(message: &Message, style: &SlackStyle<'_>) -> Vec<Value> {
    let mut buttons = Vec::new();
    if message.asks_for_acknowledgement() && style.is_interactive {
        buttons.push(json!({
            "type": "button",
            "text": { "type": "plain_text", "text": "Acknowledge" },
            "style": "primary",
            "action_id": ACKNOWLEDGE,
            "value": button_value(&message.incident, message.generation),
        }));
    }
    for (label, url) in links(message) {
        // The button that says it back needs no address.
        if label == "Acknowledge" && style.is_interactive {
            continue;
        }
        let mut button = json!({
            "type": "button",
            "text": { "type": "plain_text", "text": label },
            "action_id": format!("open-{}", buttons.len()),
            "url": url,
        });
        if label == "Acknowledge" {
            button["style"] = "primary".into();
        }
        buttons.push(button);
    }
    buttons
}

/// The links of a message, by what they are called.
fn links(message: &Message) -> impl Iterator<Item = (&'static str, &str)> {
    let links = &message.links;
    let acknowledge = links.acknowledge.as_ref();
    [
        (
            "Acknowledge",
            acknowledge.filter(|_| message.asks_for_acknowledgement()),
        ),
        ("The incident", links.incident.as_ref()),
        ("What the code means", links.code.as_ref()),
    ]
    .into_iter()
    .filter_map(|(label, url)| Some((label, address(url, ADDRESS)?)))
}

fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// Foreign text, at most `limit` long.
fn escaped(redactor: &Redactor, text: &str, limit: usize) -> String {
    fitted(&plain(redactor, text), limit, escape)
}

fn escaped_address(url: &str) -> String {
    url.replace('&', "&amp;")
}

fn escape(c: char, _: Option<char>, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        c => out.push(c),
    }
}

/// A point in time in UTC, and in the reader's own.
fn moment(at: Timestamp) -> String {
    let utc = utc(at);
    let second = at.as_second();
    format!("{utc} (<!date^{second}^{{date_short_pretty}} {{time}}|{utc}>)")
}
