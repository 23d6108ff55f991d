//! What a report needs before an incident closes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

/// The headings of the checklist's section 6.2 that somebody has to write. The other two are the
/// timeline, which the entries are, and the action items.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Heading {
    /// Summary of impact.
    Impact,
    /// Root cause analysis.
    RootCause,
    /// What worked, and what did not.
    WhatWorked,
}

impl Heading {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Impact, Self::RootCause, Self::WhatWorked];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::RootCause => "root_cause",
            Self::WhatWorked => "what_worked",
        }
    }

    /// As it stands in the report.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Impact => "Summary of impact",
            Self::RootCause => "Root cause analysis",
            Self::WhatWorked => "What worked / what didn't",
        }
    }
}

/// Something that is to be done so that it does not happen again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ActionItem {
    /// What.
    pub title: String,
    /// Who does it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Until when.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub due: Option<Date>,
    /// The issue that it is filed as: an address.
    #[serde(default)]
    pub issue: Option<String>,
}

impl ActionItem {
    /// What it lacks before its incident may close.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        let is_said = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
        let is_link = self.issue.as_deref().is_some_and(is_web_address);
        [
            (is_said(&self.owner), "an owner"),
            (self.due.is_some(), "a date"),
            (is_link, "an issue's link"),
        ]
        .into_iter()
        .filter_map(|(is_there, what)| (!is_there).then_some(what))
        .collect()
    }
}

/// Whether it is an address that a browser opens, and nothing else.
pub(super) fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// What has been written of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What stands under each heading.
    pub texts: BTreeMap<Heading, String>,
    /// The action items by their ids.
    pub items: BTreeMap<String, ActionItem>,
}

impl Report {
    /// What is missing, in words; nothing where the report is complete.
    #[must_use]
    pub fn lacks(&self) -> Vec<String> {
        let is_empty = |heading: &Heading| {
            let text = self.texts.get(heading);
            text.is_none_or(|text| text.trim().is_empty())
        };
        let headings = Heading::ALL.into_iter().filter(is_empty);
        let mut missing: Vec<_> = headings.map(|heading| heading.title().to_owned()).collect();
        if self.items.is_empty() {
            missing.push("Action items to prevent recurrence".to_owned());
        }
        for item in self.items.values() {
            let lacks = item.lacks();
            if !lacks.is_empty() {
                missing.push(format!("{} of `{}`", lacks.join(" and "), item.title));
            }
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_lacks_what_is_empty_and_what_its_items_lack() {
        let mut report = Report::default();
        assert_eq!(report.lacks().len(), 4);
        for heading in Heading::ALL {
            report.texts.insert(heading, " ".to_owned());
        }
        assert_eq!(report.lacks().len(), 4, "blanks are no text");
        for heading in Heading::ALL {
            report.texts.insert(heading, "said".to_owned());
        }
        let mut item = ActionItem {
            title: "alert earlier".to_owned(),
            ..ActionItem::default()
        };
        report.items.insert("1".to_owned(), item.clone());
        let all = "an owner and a date and an issue's link of `alert earlier`";
        assert_eq!(report.lacks(), [all]);
        item.owner = Some("Ada".to_owned());
        item.due = "2026-12-01".parse().ok();
        for (link, is_complete) in [
            ("javascript:alert(1)", false),
            ("issue 7", false),
            ("https://github.com/o/r/issues/7", true),
        ] {
            item.issue = Some(link.to_owned());
            report.items.insert("1".to_owned(), item.clone());
            assert_eq!(report.lacks().is_empty(), is_complete, "{link}");
        }
    }
}
