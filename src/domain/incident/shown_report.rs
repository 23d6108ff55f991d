//! What is written of the report of an incident, as it is shown.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::name::Name;
use super::report::{ActionItem, Heading, Report};
use super::runbook::ShownSuggestion;
use super::state::Incident;
use crate::domain::repository::Repository;

/// What is written of the report of an incident, and what it lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownReport {
    /// Whether the incident closes only once it is complete: that of a P1 or P2.
    pub is_required: bool,
    /// What is missing, in words; nothing where it is complete.
    pub lacks: Vec<String>,
    /// The headings that somebody has to write.
    pub texts: Vec<ShownText>,
    /// What is to be done so that it does not happen again.
    pub action_items: Vec<ShownItem>,
    /// What it has taught, for the runbook, the newest first.
    #[serde(default)]
    #[schema(required = true)]
    pub runbook: Vec<ShownSuggestion>,
}

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownText {
    /// The heading.
    pub heading: Heading,
    /// The same for people.
    pub title: String,
    /// What stands there; null where nobody has written it yet.
    pub text: Option<String>,
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownItem {
    /// Its id: that of its first entry.
    pub id: String,
    /// What.
    pub title: String,
    /// Who does it.
    pub owner: Option<String>,
    /// Until when.
    #[schema(value_type = Option<String>, format = Date)]
    pub due: Option<Date>,
    /// The address of the issue that it is filed as.
    pub issue: Option<String>,
    /// What it lacks before the incident may close.
    pub lacks: Vec<String>,
    /// Where to file it, with its title filled in; null where it is filed, or no repository is known.
    pub new_issue: Option<String>,
}

impl ShownReport {
    pub(super) fn of(incident: &Incident, runbook: Vec<ShownSuggestion>) -> Self {
        let report = &incident.report;
        Self {
            is_required: incident.severity.takes_report(),
            lacks: report.lacks(),
            texts: Heading::ALL
                .into_iter()
                .map(|heading| ShownText {
                    heading,
                    title: heading.title().to_owned(),
                    text: written(report, heading),
                })
                .collect(),
            action_items: report
                .items
                .iter()
                .map(|(id, item)| shown(id, item))
                .collect(),
            runbook,
        }
    }

    /// Offers to file what is not filed yet.
    pub(super) fn offer_issues(&mut self, incident: &Name, repository: &Repository) {
        let open = self
            .action_items
            .iter_mut()
            .filter(|item| item.issue.is_none());
        for item in open {
            let due = item
                .due
                .map_or_else(String::new, |due| format!(", due on {due}"));
            let body = format!("An action item of the incident {incident}{due}.");
            item.new_issue = Some(repository.new_issue(&item.title, &body));
        }
    }
}

fn written(report: &Report, heading: Heading) -> Option<String> {
    let text = report.texts.get(&heading);
    text.filter(|text| !text.trim().is_empty()).cloned()
}

fn shown(id: &str, item: &ActionItem) -> ShownItem {
    ShownItem {
        id: id.to_owned(),
        title: item.title.clone(),
        owner: item.owner.clone(),
        due: item.due,
        issue: item.issue.clone(),
        lacks: item.lacks().into_iter().map(ToOwned::to_owned).collect(),
        new_issue: None,
    }
}
