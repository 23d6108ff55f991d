//! Whether people are told of incidents, as far as the settings say. Nothing is sent.

use crate::domain::check::Check;
use crate::domain::doctor::look::Look;
use crate::domain::verdict::Verdict;

/// What the settings say of telling people. Of each channel: nothing where it is not understood.
#[derive(Debug, Clone, Copy)]
pub struct TellingFacts {
    /// Whether Slack is told.
    pub slack: Option<bool>,
    /// Whether Slack says back that a button was pressed.
    pub has_button: bool,
    /// Whether Discord is told.
    pub discord: Option<bool>,
    /// Whether somebody hears a heartbeat.
    pub heartbeat: Option<bool>,
    /// Whether messages have a link that acknowledges: it is known where the page is, and there is an operator's token.
    pub has_link: bool,
    /// Whether anything watches.
    pub watches: bool,
}

/// The rows of telling people.
#[must_use]
pub(crate) fn judge(facts: TellingFacts) -> Vec<Check> {
    let TellingFacts {
        slack,
        has_button,
        discord,
        heartbeat,
        has_link,
        watches,
    } = facts;
    let channel = |id, title: &str, variable: &str, set, has_button| match set {
        None => unknown(id),
        Some(false) => Check::new(
            id,
            Verdict::Ok,
            format!("{title} is not told: {variable} is not set."),
        ),
        Some(true) if !watches => idle(id, title),
        Some(true) => {
            let how = match (has_button, has_link) {
                (true, _) => "acknowledged by its button",
                (false, true) => "acknowledged by its link",
                (false, false) => {
                    let summary =
                        format!("{title} is told, and no message can be acknowledged from there.");
                    return Check::new(id, Verdict::Warning, summary)
                        .advice("Set PUBLIC_URL and OPS_TOKEN: messages then have a link");
                }
            };
            let summary = format!("{title} is told of incidents; a message is {how}.");
            Check::new(id, Verdict::Ok, summary)
        }
    };
    let heartbeat_row = "telling.heartbeat";
    vec![
        channel(
            "telling.slack",
            "Slack",
            "SLACK_WEBHOOK_URL",
            slack,
            has_button,
        ),
        channel(
            "telling.discord",
            "Discord",
            "DISCORD_WEBHOOK_URL",
            discord,
            false,
        ),
        match heartbeat {
            None => unknown(heartbeat_row),
            Some(false) => Check::new(
                heartbeat_row,
                Verdict::Ok,
                "Nobody notices where this service is gone: HEARTBEAT_URL is not set.",
            ),
            Some(true) if !watches => idle(heartbeat_row, "The receiver of the heartbeat"),
            Some(true) => Check::new(
                heartbeat_row,
                Verdict::Ok,
                "Somebody else hears once a minute that all is in order here.",
            ),
        },
    ]
}

fn unknown(id: &'static str) -> Check {
    Look::<()>::after("settings.valid").row(id, |()| Check::new(id, Verdict::Unknown, ""))
}

fn idle(id: &'static str, title: &str) -> Check {
    let summary = format!("{title} is set, and nothing watches (WATCH_INTERVAL=0).");
    Check::new(id, Verdict::Warning, summary).advice("Leave WATCH_INTERVAL at its default")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: TellingFacts = TellingFacts {
        slack: Some(true),
        has_button: true,
        discord: Some(true),
        heartbeat: Some(true),
        has_link: true,
        watches: true,
    };

    #[test]
    fn each_channel_has_a_row_and_says_what_it_lacks() {
        let none = TellingFacts {
            slack: Some(false),
            discord: Some(false),
            heartbeat: Some(false),
            ..ALL
        };
        let wrong = TellingFacts {
            slack: None,
            discord: None,
            heartbeat: None,
            ..ALL
        };
        let no_link = TellingFacts {
            has_link: false,
            ..ALL
        };
        let no_button = TellingFacts {
            has_button: false,
            ..no_link
        };
        let blind = TellingFacts {
            watches: false,
            ..ALL
        };
        let (ok, warning, unknown) = (Verdict::Ok, Verdict::Warning, Verdict::Unknown);
        for (facts, expected) in [
            (ALL, [ok, ok, ok]),
            (none, [ok, ok, ok]),
            (wrong, [unknown, unknown, unknown]),
            (no_link, [ok, warning, ok]),
            (no_button, [warning, warning, ok]),
            (blind, [warning, warning, warning]),
        ] {
            let rows = judge(facts);
            let verdicts: Vec<_> = rows.iter().map(|row| row.verdict).collect();
            assert_eq!(verdicts, expected, "{facts:?}");
        }
    }
}
