//! `alerts[]`: Alertmanager's webhook of version 4, and Grafana's, which has the same shape.
//!
//! How an alert stands is said by the alert and never by its group: a group fires as long as one of its
//! alerts does.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::{Draft, hash};
use crate::reading::alerts::found::{self, Found};
use crate::reading::alerts::member::Member;
use crate::reading::alerts::refusal::{self, MAX_ALERTS};

/// What Grafana calls the alert of its test button. It never ends.
const TEST: &str = "TestAlert";

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let needed = "a list of alerts";
    let list = body
        .get("alerts")
        .ok_or_else(|| body.lacks("alerts", needed))?;
    let alerts: Vec<_> = match list.items() {
        Some(alerts) => alerts.collect(),
        None => return Err(list.wrong_kind(needed)),
    };
    if alerts.is_empty() {
        return Err(refusal::wrong(list.place(), "an empty list", "an alert"));
    }
    if alerts.len() > MAX_ALERTS {
        return Err(refusal::too_many_alerts());
    }
    let is_grafana = body.has("orgId") || body.text(&["version"])?.as_deref() == Some("1");
    let source = found.source(if is_grafana {
        "grafana"
    } else {
        "alertmanager"
    });
    found.left_out(body.count("truncatedAlerts")?.unwrap_or_default());
    let home = body.text(&["externalURL"])?;
    for alert in &alerts {
        if !alert.is_object() {
            return Err(alert.wrong_kind("an object"));
        }
        read_one(alert, &source, home.as_ref(), found)?;
    }
    Ok(())
}

fn read_one(
    alert: &Member<'_>,
    source: &str,
    home: Option<&String>,
    found: &mut Found<'_>,
) -> Result<(), Fault> {
    let labels = alert.object("labels")?;
    let annotations = alert.object("annotations")?;
    let of = |member: &Option<Member<'_>>, names: &[&str]| match member {
        Some(member) => member.text(names),
        None => Ok(None),
    };
    let name = of(&labels, &["alertname"])?;
    if name.as_deref() == Some(TEST) {
        return found.set_aside(alert, "It is a test of its sender, and was understood.");
    }
    let standing = found::standing(alert, &["status"])?
        .ok_or_else(|| alert.lacks("status", "firing or resolved"))?;
    let summary = of(&annotations, &["summary", "title", "message"])?;
    let message = of(&annotations, &["description", "message", "summary"])?;
    let title = summary.or_else(|| name.clone());
    let title = title.ok_or_else(|| match &labels {
        Some(labels) => labels.lacks("alertname", "a name or a summary"),
        None => alert.lacks("labels", "a name or a summary"),
    })?;
    let code = of(&labels, &["code"])?.or(of(&annotations, &["code"])?);
    let severity = of(&labels, &["severity", "priority", "level"])?;
    let severity = severity.or(of(&annotations, &["severity", "priority"])?);
    let url = alert.text(&["panelURL", "dashboardURL", "generatorURL"])?;
    let draft = Draft {
        source: source.to_owned(),
        id: match alert.text(&["fingerprint"])? {
            Some(fingerprint) => Some(fingerprint),
            None => of_labels(labels.as_ref())?,
        },
        name,
        message: message
            .filter(|message| *message != title)
            .unwrap_or_default(),
        title,
        severity,
        code,
        url: url.or_else(|| home.cloned()),
        started_at: alert.time(&["startsAt"])?,
        ends_by_itself: true,
        ..Draft::default()
    };
    found.stands(alert, standing, draft)
}

/// Which alert it is by its labels, where a template has left out the fingerprint that is made of them.
fn of_labels(labels: Option<&Member<'_>>) -> Result<Option<String>, Fault> {
    let Some(labels) = labels else {
        return Ok(None);
    };
    let mut names: Vec<&str> = labels.names().collect();
    names.sort_unstable();
    let mut id = String::new();
    for name in names {
        if let Some(value) = labels.text(&[name])? {
            id.extend([name, "=", &value, "\n"]);
        }
    }
    Ok((!id.is_empty()).then(|| hash(&id)))
}
