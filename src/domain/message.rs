//! What people are told of an incident, complete by itself.
//!
//! # Design notes
//!
//! It names nothing that has to be looked up later: the database may be what is dead. The kind and the
//! severity are their words on the wire.
//!
//! What came from outside stands in it as it came. Each channel masks, escapes and cuts it in its own way.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::taxonomy::Code;

/// The kinds of notice, by the word on the wire: what a reader is told, and whether it says that
/// something is wrong.
const KINDS: &[(&str, &str, bool)] = &[
    ("told", "Incident", true),
    ("acknowledged", "Somebody has it", false),
    ("reminder", "Still there, and nobody has it", true),
    ("severity_raised", "Worse than it was told", true),
    ("cause_joined", "Another cause has joined", true),
    ("relapsed", "Failing again before it was over", true),
    ("all_clear", "All clear", false),
    ("report", "Its report is to be completed", false),
    ("digest", "Several incidents at once", true),
    ("test", "A test: nothing is wrong", false),
];

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The incident's name.
    pub incident: String,
    /// How often it had come back when this was written.
    #[serde(default)]
    pub generation: u32,
    /// The kind of notice, by its word: `told`, `reminder`, `all_clear`, ...
    pub kind: String,
    /// The incident in one line.
    pub title: String,
    /// `P1` to `P4`; empty where nothing is wrong.
    pub severity: String,
    /// What kind of cause it is, where that is known.
    #[serde(default)]
    pub code: Option<MessageCode>,
    /// What happened.
    #[serde(default)]
    pub cause: Option<String>,
    /// What to look at first, where no code says that.
    #[serde(default)]
    pub advice: Option<String>,
    /// When it began.
    pub since: Timestamp,
    /// When it ended, where it has.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Who has it.
    #[serde(default)]
    pub holder: Option<String>,
    /// What the reader is to do.
    pub next_step: String,
    /// Where more of it stands.
    #[serde(default)]
    pub links: MessageLinks,
    /// All incidents of a digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<DigestLine>,
}

/// A code, as somebody reads it who does not know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCode {
    /// Such as `DFE-DB-002`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What to look at first.
    pub first_check: String,
}

/// Where more stands, as whole addresses. None of them is there where nobody has said where this
/// service is reached.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLinks {
    /// The incident's page.
    #[serde(default)]
    pub incident: Option<String>,
    /// The page of its code.
    #[serde(default)]
    pub code: Option<String>,
    /// The form that acknowledges it. Whoever has it can do that, and nothing else.
    #[serde(default)]
    pub acknowledge: Option<String>,
}

/// One of several incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// Its name.
    pub incident: String,
    /// `P1` to `P4`.
    pub severity: String,
    /// The incident in one line.
    pub title: String,
}

impl Message {
    /// What the notice is about, for people.
    #[must_use]
    pub fn headline(&self) -> &str {
        headline_of(&self.kind)
    }

    /// How bad it is, and what it is called.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{} {}", self.severity, self.incident)
            .trim_start()
            .to_owned()
    }

    /// Whether it says that something is wrong. What is over by the time that it is told is not any more.
    #[must_use]
    pub fn says_trouble(&self) -> bool {
        self.until.is_none() && self.row().is_some_and(|(.., says_trouble)| *says_trouble)
    }

    /// Whether the reader is asked to acknowledge it. Of many, each is acknowledged on its own page.
    #[must_use]
    pub fn asks_for_acknowledgement(&self) -> bool {
        self.says_trouble() && self.holder.is_none() && self.digest.is_empty()
    }

    /// What to look at first, as far as that is known.
    #[must_use]
    pub fn first_check(&self) -> Option<&str> {
        let of_code = self.code.as_ref().map(|code| code.first_check.as_str());
        of_code.or(self.advice.as_deref())
    }

    fn row(&self) -> Option<&'static (&'static str, &'static str, bool)> {
        KINDS.iter().find(|(kind, ..)| *kind == self.kind)
    }
}

/// What a kind of notice is about, for people.
#[must_use]
pub fn headline_of(kind: &str) -> &str {
    let row = KINDS.iter().find(|(of, ..)| *of == kind);
    row.map_or(kind, |(_, words, _)| words)
}

impl MessageCode {
    /// A code; `first_check` is better than that of its row, where there is one.
    #[must_use]
    pub fn of(code: Code, first_check: Option<&str>) -> Self {
        let entry = code.entry();
        Self {
            id: entry.id.to_owned(),
            title: entry.title.to_owned(),
            first_check: first_check.unwrap_or(entry.first_check).to_owned(),
        }
    }
}

impl MessageLinks {
    /// The links of an incident on the service that is reached at `base`, with the token of the link
    /// that acknowledges it.
    #[must_use]
    pub fn of(base: &Url, incident: &str, code: Option<Code>, token: Option<&str>) -> Self {
        let at = |segments: &[&str]| {
            let mut url = base.clone();
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().extend(segments);
            }
            url
        };
        let acknowledge = token.map(|token| {
            let mut url = at(&["incidents", incident, "acknowledge"]);
            url.query_pairs_mut().append_pair("token", token);
            url.into()
        });
        Self {
            incident: Some(at(&["incidents", incident]).into()),
            code: code.map(|code| at(&["errors", code.id()]).into()),
            acknowledge,
        }
    }
}

// Who reads the log must not be able to acknowledge.
impl fmt::Debug for MessageLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageLinks")
            .field("incident", &self.incident)
            .field("code", &self.code)
            .field("acknowledge", &self.acknowledge.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str) -> Message {
        let text = format!(
            r#"{{"incident":"DB-17","kind":"{kind}","title":"x","severity":"P1","since":"2026-11-29T10:17:30Z","next_step":"y"}}"#
        );
        serde_json::from_str(&text).expect("what is not there is nothing")
    }

    #[test]
    fn a_row_of_the_outbox_is_read_as_it_was_written() {
        let base = Url::parse("https://ops.example.com/base/").expect("a URL");
        let links = MessageLinks::of(&base, "DB-17", Some(Code::DbTimeout), Some("t0.k"));
        let whole = Message {
            code: Some(MessageCode::of(Code::DbTimeout, None)),
            links,
            ..message("told")
        };
        let text = serde_json::to_string(&whole).expect("it is JSON");
        assert_eq!(serde_json::from_str::<Message>(&text).ok(), Some(whole));
    }

    #[test]
    fn a_test_is_of_no_severity() {
        let mut message = message("test");
        assert_eq!(message.head(), "P1 DB-17");
        message.severity.clear();
        assert_eq!(message.head(), "DB-17");
    }

    #[test]
    fn each_kind_is_said_and_one_that_is_not_known_too() {
        for (kind, headline, says_trouble) in KINDS {
            let message = message(kind);
            assert_eq!(message.headline(), *headline);
            assert_eq!(message.says_trouble(), *says_trouble);
        }
        let newer = message("handed_over");
        assert_eq!(newer.headline(), "handed_over");
        assert!(!newer.asks_for_acknowledgement());
        let mut told = message("told");
        assert!(told.asks_for_acknowledgement());
        told.holder = Some("anna".to_owned());
        assert!(!told.asks_for_acknowledgement());
    }

    #[test]
    fn links_keep_a_path_and_break_out_of_nothing() {
        for (base, incident, expected) in [
            (
                "https://ops.example.com",
                "DB-17",
                "https://ops.example.com/incidents/DB-17/acknowledge?token=a%2Bb",
            ),
            (
                "https://x.example.com/ops/",
                "A/../?#",
                "https://x.example.com/ops/incidents/A%2F..%2F%3F%23/acknowledge?token=a%2Bb",
            ),
        ] {
            let base = Url::parse(base).expect("a URL");
            let links = MessageLinks::of(&base, incident, None, Some("a+b"));
            assert_eq!(links.acknowledge.as_deref(), Some(expected));
            assert!(!format!("{links:?}").contains("token"));
        }
        let base = Url::parse("https://ops.example.com").expect("a URL");
        let links = MessageLinks::of(&base, "DB-17", Some(Code::DbTimeout), None);
        assert_eq!(
            links.code.as_deref(),
            Some("https://ops.example.com/errors/DFE-DB-002")
        );
        assert_eq!(links.acknowledge, None);
    }

    #[test]
    fn a_better_first_check_is_told() {
        let code = MessageCode::of(Code::DbTimeout, Some("the pooler"));
        assert_eq!(code.first_check, "the pooler");
        let code = MessageCode::of(Code::DbTimeout, None);
        assert_eq!(code.first_check, Code::DbTimeout.entry().first_check);
    }
}
