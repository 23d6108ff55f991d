//! What each sender's body means: `tests/corpus/alerts/`, a file per sender and case, with the members that
//! its documentation or source gives it.

mod anything;
mod corpus;
mod refusals;
mod seen;

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// What triage would say, as far as these tests need it.
fn triage(text: &str) -> Option<Code> {
    text.contains("ECONNREFUSED").then_some(Code::NetRefused)
}

fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().expect("a time")
}

/// Reads with everything that takes part.
fn with<T>(source: Option<&str>, run: impl FnOnce(&AlertContext<'_>) -> T) -> T {
    run(&AlertContext {
        source,
        now: now(),
        redactor: &Redactor::new(["hunter2".to_owned()]),
        triage: &triage,
    })
}

fn read_json(body: &Value) -> Result<ReadAlerts, Fault> {
    with(None, |context| {
        read(body.to_string().as_bytes(), None, context)
    })
}

fn one(body: &Value) -> ReadAlert {
    let read = read_json(body).expect("it is read");
    let [alert] = &read.alerts[..] else {
        panic!("{body}: {read:?}");
    };
    alert.clone()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/alerts")
}

/// A file of the corpus, sent as its name says.
fn sent(name: &str) -> Result<ReadAlerts, Fault> {
    let text = fs::read_to_string(folder().join(name)).expect("it is there");
    let kind = match name.rsplit_once('.') {
        Some((_, "query")) => return with(None, |context| read_query(text.trim(), context)),
        Some((_, "form")) => "application/x-www-form-urlencoded",
        Some((_, "multipart")) => {
            "multipart/form-data; boundary=--------------------------012345678901234567890123"
        }
        _ => "application/json; charset=utf-8",
    };
    with(None, |context| read(text.as_bytes(), Some(kind), context))
}

/// An alert on one line.
fn line(alert: &ReadAlert) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        alert.key.clone(),
        if alert.is_firing { "firing" } else { "over" }.to_owned(),
        or_dash(alert.severity.map(|severity| format!("{severity:?}"))),
        or_dash(alert.code.map(|code| code.to_string())),
        alert.title.clone(),
        alert.message.clone(),
        or_dash(alert.url.clone()),
        or_dash(alert.started_at.map(|at| format!("{at:.3}"))),
        if alert.ends_by_itself {
            "ends"
        } else {
            "stays"
        }
        .to_owned(),
    ]
    .join(" | ")
}

#[test]
fn an_alert_has_its_code_from_a_member_then_from_its_texts_then_from_triage() {
    for (body, code) in [
        (
            json!({"title": "x", "code": "dfe-db-001"}),
            Some(Code::DbConnection),
        ),
        (
            json!({"title": "x DFE-DB-003", "code": "DFE-DB-001"}),
            Some(Code::DbConnection),
        ),
        (
            json!({"title": "x", "code": "500", "message": "it is DFE-NET-002."}),
            Some(Code::NetRefused),
        ),
        (
            json!({"title": "x", "message": "ECONNREFUSED (DFE-DB-001)"}),
            Some(Code::DbConnection),
        ),
        (
            json!({"title": "x", "message": "ECONNREFUSED"}),
            Some(Code::NetRefused),
        ),
        (
            json!({"title": "x", "message": "ECONNREFUSED", "status": "ok"}),
            None,
        ),
        (json!({"title": "x DFE-XXX-999"}), None),
        (
            json!({"alerts": [{"status": "firing", "labels": {"alertname": "x", "code": "DFE-VAL-003"}}]}),
            Some(Code::ValData),
        ),
        (
            json!({"alerts": [{"status": "firing", "labels": {"alertname": "x"}, "annotations": {"description": "DFE-VAL-003"}}]}),
            Some(Code::ValData),
        ),
    ] {
        assert_eq!(one(&body).code, code, "{body}");
    }
}

#[test]
fn a_time_that_cannot_be_is_none() {
    for (started_at, expected) in [
        (json!("2026-11-24T09:00:00Z"), Some("2026-11-24T09:00:00Z")),
        (
            json!("2026-11-24T10:00:00+02:00"),
            Some("2026-11-24T08:00:00Z"),
        ),
        (json!("2026-11-24 09:00:00"), Some("2026-11-24T09:00:00Z")),
        (json!(1_795_510_800), Some("2026-11-24T09:00:00Z")),
        (json!(1_795_510_800.0), Some("2026-11-24T09:00:00Z")),
        (json!("1795510800"), Some("2026-11-24T09:00:00Z")),
        (json!(1_795_510_800_000_i64), Some("2026-11-24T09:00:00Z")),
        (json!("1795510800000"), Some("2026-11-24T09:00:00Z")),
        (json!("2026-11-24T10:00:30Z"), Some("2026-11-24T10:00:00Z")),
        (json!("2026-11-24T10:02:00Z"), None),
        (json!("2999-01-01T00:00:00Z"), None),
        (json!("1999-12-31T23:59:59Z"), None),
        (json!("0001-01-01T00:00:00Z"), None),
        (json!(5), None),
        (json!(1e300), None),
        (json!(-1), None),
        (json!("tomorrow"), None),
        (json!(""), None),
        (json!(null), None),
    ] {
        let alert = one(&json!({"title": "x", "started_at": started_at}));
        let expected = expected.map(|at| at.parse::<Timestamp>().expect("a time"));
        assert_eq!(alert.started_at, expected, "{started_at}");
    }
    for status in ["firing", "ok"] {
        let sent = json!({"title": "x", "status": status, "timestamp": "2026-11-24T09:00:00Z"});
        assert_eq!(
            one(&sent).started_at,
            None,
            "when it was sent is not when it began"
        );
    }
}

#[test]
fn the_key_is_the_same_for_what_fires_and_for_what_is_over() {
    for (before, after) in [
        (
            json!({"title": "[FIRING:1] api is down", "status": "firing"}),
            json!({"title": "[RESOLVED] api is up", "status": "resolved"}),
        ),
        (
            json!({"name": "api", "title": "It burns", "state": "alerting"}),
            json!({"name": "api", "title": "It is out", "state": "ok"}),
        ),
        (
            json!({"id": 7, "service": "a", "message": "x", "status": "open"}),
            json!({"id": "7", "service": "b", "message": "y", "status": "closed"}),
        ),
    ] {
        let (before, after) = (one(&before), one(&after));
        assert_eq!(before.key, after.key);
        assert!(before.is_firing && !after.is_firing);
    }
    for (one_of, other) in [
        (
            json!({"title": "down", "service": "a"}),
            json!({"title": "down", "service": "b"}),
        ),
        (
            json!({"title": "down", "source": "a"}),
            json!({"title": "down", "source": "b"}),
        ),
        (
            json!({"title": "x", "key": format!("{}1", "k".repeat(300))}),
            json!({"title": "x", "key": format!("{}2", "k".repeat(300))}),
        ),
        (
            json!({"title": "x", "key": "postgres://a:b@c"}),
            json!({"title": "x", "key": "postgres://a:c@c"}),
        ),
    ] {
        let (one_of, other) = (one(&one_of), one(&other));
        assert_ne!(one_of.key, other.key);
        assert!(one_of.key.chars().count() < 200 && !one_of.key.contains("a:b@c"));
    }
    let long = one(
        &json!({"alerts": [{"status": "firing", "labels": {"alertname": "x", "b": "1", "a": "2"}}]}),
    );
    let same = one(
        &json!({"alerts": [{"status": "resolved", "labels": {"a": "2", "b": "1", "alertname": "x"}}]}),
    );
    assert_eq!(long.key, same.key, "no fingerprint: by the labels");
}

#[test]
fn who_sent_it_is_said_by_the_address_unless_a_generic_body_does() {
    let source = |body: &Value, source| {
        let read = with(source, |context| {
            read(body.to_string().as_bytes(), None, context)
        });
        read.expect("it is read").alerts.remove(0).source
    };
    let generic = json!({"title": "x"});
    assert_eq!(source(&generic, None), "webhook");
    assert_eq!(source(&generic, Some("nagios")), "nagios");
    assert_eq!(
        source(&json!({"title": "x", "source": "cron"}), Some("nagios")),
        "cron"
    );
    let group = json!({"alerts": [{"status": "firing", "labels": {"alertname": "x"}}]});
    assert_eq!(source(&group, None), "alertmanager");
    assert_eq!(source(&group, Some("prometheus-eu")), "prometheus-eu");
}

#[test]
fn a_deployment_that_failed_is_over_its_workers_and_ends_with_one_that_runs() {
    let read = |name| sent(name).expect("it is read").alerts.remove(0);
    let (crashed, well) = (read("railway_crashed.json"), read("railway_example.json"));
    assert_eq!(crashed.key, well.key);
    assert!(
        crashed.is_firing && !well.is_firing,
        "its status counts, not its type"
    );
    assert!(crashed.over.contains(&Series::Workers));
    assert!(read("railway_volume.json").over.is_empty());
    for (kind, is_firing) in [
        ("Deployment.crashed", true),
        ("Deployment.OomKilled", true),
        ("Deployment.oom_killed", true),
        ("Deployment.deployed", false),
        ("Monitor.triggered", true),
        ("Monitor.resolved", false),
        ("VolumeAlert.Resolved", false),
    ] {
        let body = json!({"type": kind, "details": {}, "resource": {"service": {"id": "s", "name": "web"}}});
        assert_eq!(one(&body).is_firing, is_firing, "{kind}");
    }
}

#[test]
fn what_comes_from_outside_is_inert_masked_and_bounded() {
    let dsn = "postgres://app:s3cret@db.example.com:5432/app";
    let title = format!(r#""><script>alert(1)</script> <!channel> @everyone {dsn}"#);
    let alert = one(&json!({
        "title": title, "message": format!("hunter2\u{0}\u{1b}[2J\r\n{dsn} {}", "ä".repeat(9_000)),
        "url": "javascript:alert(1)", "source": "a\nb", "key": "k\u{202e}",
    }));
    let whole = format!("{alert:?}");
    for secret in [
        "s3cret",
        "hunter2",
        "\\0",
        "\\u{1b}",
        "\\n",
        "javascript",
        "202e",
    ] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
    assert_eq!(
        alert.title,
        r#""><script>alert(1)</script> <!channel> @everyone [redacted]"#
    );
    assert!(
        alert.message.starts_with("[redacted][2J [redacted] ää") && alert.message.ends_with("ä…")
    );
    assert_eq!(alert.message.chars().count(), 4_001);
    assert_eq!(
        one(&json!({"title": "x".repeat(999)}))
            .title
            .chars()
            .count(),
        201
    );
    assert_eq!(
        one(&json!({"title": "\u{200b}"})).title,
        "An alert of webhook"
    );
}

#[test]
fn the_generic_form_is_read_by_the_names_that_senders_use() {
    let alert = one(&json!({
        "alert_uid": "u", "state": "alerting", "summary": "s", "text": "t", "level": "warn",
        "component": {"name": "c"}, "link": "https://a.example.com/", "startsAt": 1_795_510_800, "origin": "o",
    }));
    let expected = "o:u | firing | P3 | - | c: s | t | https://a.example.com/ | 2026-11-24T09:00:00.000Z | ends";
    assert_eq!(line(&alert), expected);
    for (body, is_firing, ends) in [
        (json!({"message": "x"}), true, false),
        (json!({"message": "x", "firing": true}), true, true),
        (json!({"message": "x", "firing": "false"}), false, true),
        (json!({"message": "x", "resolved": true}), false, true),
        (json!({"message": "x", "status": "CRITICAL"}), true, true),
        (
            json!({"message": "x", "status": "", "state": "OK"}),
            false,
            true,
        ),
        (
            json!({"message": "x", "payload": "a text of its own"}),
            true,
            false,
        ),
    ] {
        let alert = one(&body);
        assert_eq!(
            (alert.is_firing, alert.ends_by_itself),
            (is_firing, ends),
            "{body}"
        );
    }
    let pending = read_json(&json!([{"message": "x"}, {"message": "y", "state": "pending"}]));
    let pending = pending.expect("it is read");
    assert_eq!(
        (pending.alerts.len(), pending.set_aside[0].place.as_str()),
        (1, "[1]")
    );
}

#[test]
fn a_form_may_hold_json_whatever_it_is_called() {
    let form = "application/x-www-form-urlencoded";
    let kinds = [
        (Some(form), r#"{"title":"x"}"#),
        (Some(form), "data=%7B%22title%22%3A%22x%22%7D"),
        (Some(form), "payload=%7B%22title%22%3A%22x%22%7D&other=1"),
        (Some(form), "title=x"),
        (Some("text/plain"), " \n {\"title\":\"x\"}"),
        (None, "\u{feff}{\"title\":\"x\"}"),
        (
            Some("multipart/form-data; boundary=b"),
            "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--b--\r\n",
        ),
    ];
    for (kind, body) in kinds {
        let read = with(None, |context| read(body.as_bytes(), kind, context));
        assert_eq!(read.expect(body).alerts[0].title, "x", "{body}");
    }
    let test = with(None, |context| read_query("msg=Ops+Testing", context)).expect("it is read");
    assert_eq!((test.alerts.len(), test.set_aside.len()), (0, 1));
}
