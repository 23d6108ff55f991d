//! A message as an embed of Discord's.
//!
//! # Design notes
//!
//! - Facts: docs.discord.com, resources/webhook (Execute Webhook), resources/message (embed limits,
//!   allowed mentions), components/reference (buttons). Content 2,000; title 256, description 4,096, 25
//!   fields of 256 and 1,024, all of an embed 6,000 characters; a link button's label 80, its address 512,
//!   five in a row.
//! - `allowed_mentions` says whom a message may call: nobody but whoever is configured, whatever stands in
//!   it. Beside that, everything that begins something in Discord's Markdown is escaped, and no `@` stands
//!   before a word: a backslash alone does not stop `@everyone`.
//! - The content is what a phone shows: it says how bad it is, what, and what it is called.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::mention::{Mentions, discord_role, discord_user};
use crate::domain::message::Message;
use crate::reading::chat::text::{Lines, address, fitted, plain, utc};
use crate::reading::redact::Redactor;

const CONTENT: usize = 2_000;
const TITLE: usize = 256;
/// How much of one thing is told. With the title, the digest and seven of them an embed is below 6,000.
const VALUE: usize = 500;
const DIGEST_TEXT: usize = 1_800;
/// How many incidents of a digest stand in it.
const DIGEST: usize = 10;
const ADDRESS: usize = 512;

/// A row of components, a button, a button that is a link.
const ROW: u8 = 1;
const BUTTON: u8 = 2;
const LINK: u8 = 5;

/// The body of a post or, with nobody to mention, of an edit.
#[must_use]
pub fn render(message: &Message, mentions: &Mentions, redactor: &Redactor) -> Value {
    let calls = mentions.of(message);
    json!({
        "content": content(message, calls, redactor),
        "embeds": [embed(message, redactor)],
        "allowed_mentions": allowed(calls),
        "components": components(message),
    })
}

/// Whom the message may call: who is called, and nobody else.
fn allowed(calls: &[String]) -> Value {
    let is_all = |who: &String| who == "@here" || who == "@everyone";
    let parse = if calls.iter().any(is_all) {
        &["everyone"][..]
    } else {
        &[]
    };
    let mut allowed = json!({ "parse": parse });
    let ids = |id: fn(&str) -> Option<&str>| calls.iter().filter_map(|who| id(who)).collect();
    for (kind, ids) in [("users", ids(discord_user)), ("roles", ids(discord_role))] {
        let ids: Vec<&str> = ids;
        if !ids.is_empty() {
            allowed[kind] = ids.into();
        }
    }
    allowed
}

fn content(message: &Message, calls: &[String], redactor: &Redactor) -> String {
    let said = |text: &str| escaped(redactor, text, VALUE);
    let calls: String = calls.iter().flat_map(|who| [who.as_str(), " "]).collect();
    let content = format!(
        "{calls}{}: {}. {}",
        said(&message.head()),
        said(message.headline()),
        said(&message.title)
    );
    // The mentions are configured, and have no end of their own.
    fitted(&content, CONTENT, |c, _, out| out.push(c))
}

fn embed(message: &Message, redactor: &Redactor) -> Value {
    let value = |text: &str| escaped(redactor, text, VALUE);
    let mut fields: Vec<(&str, String, bool)> = Vec::new();
    if let Some(code) = &message.code {
        let code = format!("{}: {}", value(&code.id), value(&code.title));
        fields.push(("Code", code, true));
    }
    fields.push(("Since", moment(message.since), true));
    fields.extend(message.until.map(|until| ("Until", moment(until), true)));
    let holder = message.holder.as_deref().map(value);
    let holder = holder.unwrap_or_else(|| "nobody yet".to_owned());
    fields.push(("Who has it", holder, true));
    let cause = message.cause.as_deref();
    fields.extend(cause.map(|cause| ("Cause", value(cause), false)));
    let first_check = message.first_check().map(value);
    fields.extend(first_check.map(|check| ("First check", check, false)));
    fields.push(("Next step", value(&message.next_step), false));
    let fields: Vec<_> = fields
        .into_iter()
        // A field without a value makes Discord refuse all of it.
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(name, value, inline)| json!({ "name": name, "value": value, "inline": inline }))
        .collect();
    let mut digest = Lines::new(DIGEST_TEXT);
    for one in message.digest.iter().take(DIGEST) {
        digest.push(&format!(
            "• {} {}: {}",
            escaped(redactor, &one.severity, 20),
            escaped(redactor, &one.incident, 40),
            escaped(redactor, &one.title, 110)
        ));
    }
    if message.digest.len() > DIGEST {
        digest.push(&format!("• and {} more", message.digest.len() - DIGEST));
    }
    let incident = escaped(redactor, &message.incident, 40);
    let title = escaped(redactor, &message.title, TITLE - 42);
    let mut embed = json!({
        "title": format!("{incident}: {title}"),
        "color": colour(message),
        "fields": fields,
    });
    if !digest.text.is_empty() {
        embed["description"] = digest.text.into();
    }
    if let Some(url) = address(message.links.incident.as_ref(), ADDRESS) {
        embed["url"] = url.into();
    }
    embed
}

fn components(message: &Message) -> Vec<Value> {
    let links = &message.links;
    let acknowledge = links.acknowledge.as_ref();
    let buttons: Vec<_> = [
        (
            "Acknowledge",
            acknowledge.filter(|_| message.asks_for_acknowledgement()),
        ),
        ("The incident", links.incident.as_ref()),
        ("What the code means", links.code.as_ref()),
    ]
    .into_iter()
    .filter_map(|(label, url)| Some((label, address(url, ADDRESS)?)))
    .map(|(label, url)| json!({ "type": BUTTON, "style": LINK, "label": label, "url": url }))
    .collect();
    if buttons.is_empty() {
        return Vec::new();
    }
    vec![json!({ "type": ROW, "components": buttons })]
}

/// The strip beside an embed: how bad it is, beside the word for it.
fn colour(message: &Message) -> u32 {
    match (message.says_trouble(), message.severity.as_str()) {
        (false, _) => 0x002E_7D32,
        (true, "P1") => 0x00B7_1C1C,
        (true, "P2") => 0x00E6_5100,
        (true, _) => 0x00F9_A825,
    }
}

fn escaped(redactor: &Redactor, text: &str, limit: usize) -> String {
    fitted(&plain(redactor, text), limit, escape)
}

fn escape(c: char, next: Option<char>, out: &mut String) {
    // Headings, lists and quotes begin a line, and a foreign text is one line.
    let is_first = out.is_empty() && "#-+>".contains(c);
    // A colon begins an emoji or ends the scheme of an address, and neither goes on with a space. Where it is shown
    // as it was sent, on a locked phone, what is escaped is hard to read.
    let is_plain = c == ':' && next.is_none_or(char::is_whitespace);
    if is_first || (!is_plain && "\\*_~`|[]()<:@".contains(c)) {
        out.push('\\');
    }
    out.push(c);
    if c == '@' {
        out.push('\u{200b}');
    }
}

/// A point in time in UTC, and in the reader's own.
fn moment(at: Timestamp) -> String {
    let second = at.as_second();
    format!("{} (<t:{second}:F>, <t:{second}:R>)", utc(at))
}
