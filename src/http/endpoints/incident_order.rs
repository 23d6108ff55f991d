//! `/api/ops/incidents/{incident}`: do something about an incident.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::on;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::incident::{
    ActionItem, AllClear, Deed, Heading, Name, Severity, ShownIncident, Wish,
};
use crate::domain::order::refuse;
use crate::domain::taxonomy::{Code, optional};
use crate::http::endpoints::checks::INCIDENT;
use crate::http::endpoints::incident::parameter;
use crate::http::endpoints::orders::Received;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/incidents/{incident}"],
    "Acknowledge an incident, note, judge, resolve or close it, or say what is to be done or known after it",
    named::<DeedBody>(),
    AnswerSchema::Json(named::<ShownIncident>()),
    &[INCIDENT],
    |method| {
        on(
            method,
            async |name: Result<Path<String>, PathRejection>, order: Received| {
                let name = name.ok().and_then(|Path(name)| name.parse().ok());
                let wish = |body: DeedBody| {
                    let none = || refuse("There is no incident of that name.");
                    Ok((body.by.clone(), body.wish(name.ok_or_else(none)?)?))
                };
                order.about_incident(wish).await
            },
        )
    },
)
.takes(parameter)
.about(Tag::Incidents);

/// What can be done about an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DeedKind {
    /// Somebody has it.
    Acknowledge,
    /// Something to remember: `text`, and the id of the entry that it `corrects`.
    Note,
    /// How bad it is: `severity`, and why in `text`.
    Severity,
    /// The harm is averted: how, in `text`.
    Mitigate,
    /// It is over. Against the all-clear only with a `text` that says why.
    Resolve,
    /// It is not over: why, in `text`.
    Reopen,
    /// Something is to be done after it: `title`, `owner`, `due`, `issue`; `item` changes one.
    ActionItem,
    /// What stands under a `heading` of the report: `text`.
    Write,
    /// What the runbook of `code` should say from now on: `text`.
    Runbook,
    /// The `suggestion` for the runbook of that id is taken back: why, in `text`.
    WithdrawRunbook,
    /// It is written up.
    Close,
    /// It is the same as the one named in `other`.
    Merge,
}

/// What is to be done about an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "deed": "note", "text": "The mailer was deployed at noon." })))]
pub(super) struct DeedBody {
    /// What.
    deed: DeedKind,
    /// What there is to say.
    #[serde(default)]
    #[schema(max_length = 20_000)]
    text: Option<String>,
    /// How bad it is.
    #[serde(default)]
    severity: Option<Severity>,
    /// The entry that a note corrects.
    #[serde(default)]
    corrects: Option<String>,
    /// The other incident.
    #[serde(default)]
    other: Option<String>,
    /// The heading of the report.
    #[serde(default)]
    heading: Option<Heading>,
    /// The action item that is changed.
    #[serde(default)]
    item: Option<String>,
    /// What is to be done.
    #[serde(default)]
    title: Option<String>,
    /// Who does it.
    #[serde(default)]
    owner: Option<String>,
    /// Until when.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    due: Option<Date>,
    /// The address of the issue that it is filed as.
    #[serde(default)]
    issue: Option<String>,
    /// The code that a suggestion for the runbook is for, such as DFE-DB-002.
    #[serde(default, with = "optional")]
    #[schema(value_type = Option<String>)]
    code: Option<Code>,
    /// The suggestion that is taken back: its id.
    #[serde(default)]
    suggestion: Option<String>,
    /// Who acts; it goes on record beside the address.
    #[serde(default)]
    pub(super) by: Option<String>,
}

impl DeedBody {
    pub(super) fn wish(self, name: Name) -> Result<Wish, Fault> {
        let text = |what: &'static str| {
            let text = self.text.clone();
            text.ok_or_else(|| refuse(format!("text is missing: {what}.")))
        };
        let missing = |member: &'static str| move || refuse(format!("{member} is missing."));
        let deed = match self.deed {
            DeedKind::Acknowledge => Deed::Acknowledge,
            DeedKind::Note => Deed::Note {
                text: text("what there is to say")?,
                corrects: self.corrects,
            },
            DeedKind::Severity => Deed::SetSeverity {
                to: self.severity.ok_or_else(missing("severity"))?,
                reason: text("why it is as bad")?,
            },
            DeedKind::Mitigate => Deed::Mitigate {
                text: text("how the harm is averted")?,
            },
            DeedKind::Resolve => Deed::Resolve {
                all_clear: AllClear::default(),
                against: self.text,
            },
            DeedKind::Reopen => Deed::Reopen {
                reason: text("why it is not over")?,
            },
            DeedKind::ActionItem => Deed::ActionItem {
                item: self.item,
                now: ActionItem {
                    title: self.title.ok_or_else(missing("title"))?,
                    owner: self.owner,
                    due: self.due,
                    issue: self.issue,
                },
            },
            DeedKind::Write => Deed::Write {
                heading: self.heading.ok_or_else(missing("heading"))?,
                text: text("what stands under the heading")?,
            },
            DeedKind::Runbook => Deed::Suggest {
                code: self.code.ok_or_else(|| {
                    refuse("code is missing, or no error code: /errors has them.")
                })?,
                text: text("what the runbook should say")?,
            },
            DeedKind::WithdrawRunbook => Deed::Withdraw {
                suggestion: self.suggestion.ok_or_else(missing("suggestion"))?,
                reason: text("why it is taken back")?,
            },
            DeedKind::Close => Deed::Close,
            DeedKind::Merge => {
                let other = self.other.ok_or_else(missing("other"))?;
                let other = other.parse().map_err(|_| {
                    refuse("What is named in other is no name of an incident, such as DB-17.")
                })?;
                return Ok(Wish::Merge(name, other));
            }
        };
        Ok(Wish::Of(name, deed))
    }
}
