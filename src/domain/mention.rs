//! Who is called by name in a chat, by how bad it is.

use std::collections::BTreeMap;

use crate::domain::message::Message;

/// The severities, as they are written.
const SEVERITIES: &[&str] = &["P1", "P2", "P3", "P4"];

/// Who is mentioned at which severity; by itself nobody is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions(BTreeMap<String, Vec<String>>);

impl Mentions {
    /// Reads `P1=who who,P2=who`; `is_mention` knows what a mention looks like in this chat. Nothing
    /// where a part of it is not understood.
    #[must_use]
    pub fn parse(text: &str, is_mention: fn(&str) -> bool) -> Option<Self> {
        let mut mentions = BTreeMap::new();
        for part in text.split(',') {
            let (severity, who) = part.split_once('=')?;
            let severity = severity.trim().to_ascii_uppercase();
            let who: Vec<_> = who.split_whitespace().map(str::to_owned).collect();
            let is_understood = SEVERITIES.contains(&&*severity)
                && !who.is_empty()
                && who.iter().all(|who| is_mention(who));
            if !is_understood || mentions.insert(severity, who).is_some() {
                return None;
            }
        }
        Some(Self(mentions))
    }

    /// Whom a message calls. One that says that all is well calls nobody.
    #[must_use]
    pub fn of(&self, message: &Message) -> &[String] {
        let who = self.0.get(&message.severity);
        who.filter(|_| message.says_trouble())
            .map_or(&[], Vec::as_slice)
    }
}

/// Whether that is a mention in Slack: `<!here>`, `<!channel>`, `<!everyone>`, `<@U...>`, `<!subteam^S...>`.
#[must_use]
pub fn is_slack_mention(text: &str) -> bool {
    let inner = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    inner.is_some_and(|inner| {
        matches!(inner, "!here" | "!channel" | "!everyone")
            || inner.strip_prefix('@').is_some_and(is_id)
            || inner.strip_prefix("!subteam^").is_some_and(is_id)
    })
}

/// Whether that is a mention in Discord: `@here`, `@everyone`, `<@1...>` or, of a role, `<@&1...>`.
#[must_use]
pub fn is_discord_mention(text: &str) -> bool {
    matches!(text, "@here" | "@everyone")
        || discord_user(text).is_some()
        || discord_role(text).is_some()
}

/// The id of the user that a mention in Discord calls.
#[must_use]
pub fn discord_user(text: &str) -> Option<&str> {
    discord_id(text.strip_prefix("<@")?)
}

/// The id of the role that a mention in Discord calls.
#[must_use]
pub fn discord_role(text: &str) -> Option<&str> {
    discord_id(text.strip_prefix("<@&")?)
}

fn discord_id(text: &str) -> Option<&str> {
    let id = text.strip_suffix('>')?;
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(severity: &str, kind: &str) -> Message {
        let text = format!(
            r#"{{"incident":"DB-17","kind":"{kind}","title":"x","severity":"{severity}","since":"2026-11-29T10:17:30Z","next_step":"y"}}"#
        );
        serde_json::from_str(&text).expect("a message")
    }

    #[test]
    fn whoever_is_named_is_called_at_that_severity_and_only_where_something_is_wrong() {
        let mentions = Mentions::parse("P1=<!here> <@U1>, p2=<!subteam^S1>", is_slack_mention);
        let mentions = mentions.expect("it is understood");
        for (severity, kind, who) in [
            ("P1", "told", &["<!here>", "<@U1>"][..]),
            ("P1", "all_clear", &[]),
            ("P2", "reminder", &["<!subteam^S1>"]),
            ("P3", "told", &[]),
        ] {
            assert_eq!(
                mentions.of(&message(severity, kind)),
                who,
                "{severity} {kind}"
            );
        }
        assert!(Mentions::default().of(&message("P1", "told")).is_empty());
    }

    #[test]
    fn what_calls_nobody_is_not_understood() {
        for text in [
            "",
            "P1",
            "P1=",
            "P5=<!here>",
            "P1=here",
            "P1=<!here>,P1=<@U1>",
            "P1=<https://x.example.com|here>",
            "P1=<@>",
            "P1=<@U1|x>",
        ] {
            assert_eq!(Mentions::parse(text, is_slack_mention), None, "{text}");
        }
        for (text, is_mention) in [
            ("@here", true),
            ("@everyone", true),
            ("<@123>", true),
            ("<@&123>", true),
            ("@Here", false),
            ("<@!123>", false),
            ("<@&>", false),
            ("<@12a>", false),
            ("<#123>", false),
        ] {
            assert_eq!(is_discord_mention(text), is_mention, "{text}");
        }
        assert_eq!(discord_role("<@&12>"), Some("12"));
        assert_eq!(
            (discord_user("<@12>"), discord_user("<@&12>")),
            (Some("12"), None)
        );
    }
}
