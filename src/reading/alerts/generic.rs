//! The generic form: `key, status, title, message, severity, service, url, started_at, source`, each under
//! the names that senders give it. So are read what can be templated (Gatus), OnCall's formatted webhook,
//! and events of PagerDuty's form, whose particulars stand in `payload`.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::{self, Found};
use crate::reading::alerts::member::Member;
use crate::reading::alerts::refusal;
use crate::reading::alerts::words::Standing;

const KEY: &[&str] = &[
    "key",
    "alert_uid",
    "dedup_key",
    "dedupKey",
    "incident_key",
    "fingerprint",
    "alert_id",
    "alertId",
    "incident_id",
    "alias",
    "rule_id",
    "ruleId",
    "uid",
    "id",
];
const STATUS: &[&str] = &[
    "status",
    "state",
    "alert_status",
    "alert_state",
    "current_state",
    "event_action",
];
const TITLE: &[&str] = &[
    "title",
    "alertname",
    "alert_name",
    "alertName",
    "summary",
    "subject",
    "name",
    "rule_name",
    "ruleName",
    "monitor_name",
    "check_name",
];
/// What stays the same when the sentence of the title changes.
const NAME: &[&str] = &[
    "alertname",
    "alert_name",
    "alertName",
    "name",
    "rule_name",
    "ruleName",
];
const MESSAGE: &[&str] = &[
    "message",
    "description",
    "text",
    "msg",
    "body",
    "summary",
    "cause",
    "reason",
    "output",
];
const SEVERITY: &[&str] = &["severity", "level", "priority", "urgency"];
const SERVICE: &[&str] = &[
    "service",
    "service_name",
    "serviceName",
    "component",
    "monitor",
    "check",
    "host",
];
const URL: &[&str] = &[
    "url",
    "link",
    "link_to_upstream_details",
    "details_url",
    "incident_url",
    "alert_url",
    "html_url",
    "rule_url",
    "ruleUrl",
];
const STARTED_AT: &[&str] = &[
    "started_at",
    "startedAt",
    "starts_at",
    "startsAt",
    "start_time",
    "startTime",
    "triggered_at",
    "opened_at",
    "created_at",
    "createdAt",
];
const SOURCE: &[&str] = &["source", "sender", "origin"];
const CODE: &[&str] = &["code", "error_code", "errorCode"];

/// How many names of members are said of a body of no known shape.
const SAID: usize = 12;

/// What every other shape is told apart by, and the least that the generic form needs.
const NEEDED: &str =
    "alerts[], or a title or a message (title, name, summary, message, text, description)";

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let payload = match body.get("payload") {
        Some(payload) if payload.is_object() => Some(payload),
        _ => None,
    };
    let both = || [Some(body), payload.as_ref()].into_iter().flatten();
    let text = |names: &[&str]| first(both().map(|member| member.text(names)));
    let name = |names: &[&str]| first(both().map(|member| member.name(names)));
    let title = text(TITLE)?;
    let message = text(MESSAGE)?;
    let Some(headline) = title.clone().or_else(|| message.clone()) else {
        return Err(no_shape(body));
    };
    let standing = match found::standing(body, STATUS)? {
        Some(standing) => Some(standing),
        None => match (
            body.flag(&["firing", "is_firing"])?,
            body.flag(&["resolved"])?,
        ) {
            (Some(false), _) | (_, Some(true)) => Some(Standing::Over),
            (Some(true), _) | (_, Some(false)) => Some(Standing::Firing),
            (None, None) => None,
        },
    };
    let draft = Draft {
        source: body
            .name(SOURCE)?
            .unwrap_or_else(|| found.source("webhook")),
        id: text(KEY)?,
        name: text(NAME)?,
        service: name(SERVICE)?,
        message: message
            .filter(|message| *message != headline)
            .unwrap_or_default(),
        title: headline,
        severity: text(SEVERITY)?,
        code: text(CODE)?,
        url: text(URL)?,
        // When it was sent says nothing of that: whoever repeats it would say each time that it has begun anew.
        started_at: first(both().map(|member| member.time(STARTED_AT)))?,
        // Who says how it stands also says when it is over.
        ends_by_itself: standing.is_some(),
        ..Draft::default()
    };
    found.stands(body, standing.unwrap_or(Standing::Firing), draft)
}

fn first<T>(mut all: impl Iterator<Item = Result<Option<T>, Fault>>) -> Result<Option<T>, Fault> {
    all.find_map(Result::transpose).transpose()
}

/// Says which members were there. What they are called came from outside, so only a plain name is said.
fn no_shape(body: &Member<'_>) -> Fault {
    let is_plain = |name: &&str| {
        name.len() <= 24 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
    };
    let all = body.names().count();
    let said: Vec<&str> = body.names().filter(is_plain).take(SAID).collect();
    let members = match (all, all - said.len()) {
        (0, _) => "no members".to_owned(),
        (_, 0) => format!("the members {}", said.join(", ")),
        _ if said.is_empty() => format!("{all} members"),
        (_, more) => format!("the members {} and {more} more", said.join(", ")),
    };
    refusal::no_shape(body.place(), &members, NEEDED)
}
